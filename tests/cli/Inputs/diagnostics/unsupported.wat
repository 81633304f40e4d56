(component
  (import "g" (func $g async))
  (core func $lowered (canon lower (func $g) async))
  (core module $n
    (import "" "g" (func $g (result i32)))
    (func (export "f") (result i32) call $g))
  (core instance $j (instantiate $n (with "" (instance (export "g" (func $lowered))))))
  (func (export "f") (result u32) (canon lift (core func $j "f"))))
