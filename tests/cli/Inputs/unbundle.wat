;; Core modules at the root and inside, and every way to refer to a core type or a core module of the root.
(component $C
  (core type $start (func (param i32)))
  (core type $empty (module))
  (import "unbundled-module1" (core module $given (type $empty)))
  (core module $m
    (rec (type $node (struct (field (ref null $node)))) (type (func)))
    (type $unused (func (param i64)))
    (type $t (func (param i32) (result (ref null $node))))
    (import "a" "f" (func $f (type $t)))
    (export "f" (func $f)))
  (core instance (instantiate $given))
  (component
    (core module $inner)
    (alias outer $C $m (core module $again))
    (alias outer $C $start (core type $s))
    (core type (module (alias outer $C $start (type $s)) (import "x" "y" (func (type $s))))))
  (core type (module (alias outer $C $start (type $s)) (export "y" (func (type $s)))))
  (core module $table (table (export "t") 1 funcref))
  (core instance $i (instantiate $table))
  (alias core export $i "t" (core table $t))
  (core func (canon thread.new-indirect $start (table $t)))
  (export "m" (core module $m)))
