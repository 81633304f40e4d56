;; A stream passed between two components: adapters cannot carry it yet.
(component
  (component $lib
    (core module $m (func (export "take") (param i32)))
    (core instance $i (instantiate $m))
    (func (export "take") (param "bytes" (stream u8)) (canon lift (core func $i "take"))))
  (component $app
    (import "lib" (instance $lib (export "take" (func (param "bytes" (stream u8))))))
    (core func $take (canon lower (func $lib "take")))
    (core module $m (import "lib" "take" (func $take (param i32))) (func (export "run") (call $take (i32.const 0))))
    (core instance $i (instantiate $m (with "lib" (instance (export "take" (func $take))))))
    (func (export "run") (canon lift (core func $i "run"))))
  (instance $l (instantiate $lib))
  (instance $a (instantiate $app (with "lib" (instance $l))))
  (export "run" (func $a "run")))
