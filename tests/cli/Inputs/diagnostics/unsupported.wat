(component
  (core func $set (canon backpressure.inc))
  (core module $n
    (import "" "set" (func $set))
    (func (export "f") (result i32) call $set i32.const 1))
  (core instance $j (instantiate $n (with "" (instance (export "set" (func $set))))))
  (func (export "f") (result u32) (canon lift (core func $j "f"))))
