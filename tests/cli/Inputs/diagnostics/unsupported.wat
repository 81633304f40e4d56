(component
  (core module $m
    (func (export "f") (result i64)
      v128.const i32x4 0 0 0 0
      i64x2.extract_lane 0))
  (core instance $i (instantiate $m))
  (func (export "f") (result u64) (canon lift (core func $i "f"))))
