(component
  (component $A
    (type $r (resource (rep i32)))
    (export $e "r" (type $r))
    (core module $m (func (export "f") (result i32) (i32.const 0)))
    (core instance $i (instantiate $m))
    (func (export "make") (result (own $e)) (canon lift (core func $i "f"))))
  (component $B
    (import "a:b/store" (instance $a (export "r" (type $r (sub resource)))))
    (alias export $a "r" (type $r))
    (import "make" (func (result (own $r)))))
  (instance $a1 (instantiate $A))
  (instance $a2 (instantiate $A))
  (instance $b (instantiate $B (with "a:b/store" (instance $a1)) (with "make" (func $a2 "make")))))
