;; Modules and components that travel: by outer alias, as arguments, out of exports; core imports followed
;; through re-exports to where they are defined.
(component
  (core module $memory (memory (export "m") 1) (global (export "g") i32 (i32.const 7)) (table (export "t") 1 funcref))
  (core module $relay
    (import "in" "m" (memory 1))
    (import "in" "f" (func $f))
    (export "m" (memory 0))
    (export "f" (func $f))
    (func (export "own")))
  (component $outer
    (alias outer 1 $memory (core module $again))
    (core instance $memory (instantiate $again))
    (alias outer 1 $relay (core module $relay))
    (export "relay" (core module $relay))
  )
  (instance $outer (instantiate $outer))
  (alias export $outer "relay" (core module $relay-again))
  (component $child
    (import "relay" (core module $relay
      (import "in" "m" (memory 1)) (import "in" "f" (func))
      (export "m" (memory 1)) (export "f" (func)) (export "own" (func))))
    (import "c" (component $c (export "x" (func))))
    (instance $c (instantiate $c))
    (core module $source (memory (export "m") 1) (func (export "f")))
    (core instance $source (instantiate $source))
    (core instance $first (instantiate $relay (with "in" (instance $source))))
    (core instance $second (instantiate $relay (with "in" (instance $first))))
    (core instance $third (instantiate $relay (with "in" (instance
      (export "m" (memory $second "m")) (export "f" (func $second "own"))))))
    (func (export "f") (canon lift (core func $third "f")))
    (export "x" (func $c "x")))
  (component $x
    (core module $m (func (export "x")))
    (core instance $m (instantiate $m))
    (func (export "x") (canon lift (core func $m "x"))))
  (instance $child (instantiate $child (with "relay" (core module $relay-again)) (with "c" (component $x))))
  (export "f" (func $child "f"))
  (export "x" (func $child "x"))
)
