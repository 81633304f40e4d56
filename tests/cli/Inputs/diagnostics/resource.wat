(component
  (core module $m
    (table 99999999 funcref)
    (func (export "f") (result i64) i64.const 1))
  (core instance $i (instantiate $m))
  (func (export "f") (result u64) (canon lift (core func $i "f"))))
