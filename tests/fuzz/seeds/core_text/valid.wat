(module $core
  (memory $first 1)
  (memory $second 1)
  (func $add (export "add") (param $a i32) (param $b i32) (result i32)
    (i32.add (local.get $a) (local.get $b)))
  (func $copy
    (memory.copy $second $first (i32.const 0) (i32.const 8) (i32.const 16)))
)
