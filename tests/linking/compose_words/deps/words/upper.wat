(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 16)
    (func (export "upper") (param i32 i32) (result i32) i32.const 8))
  (core instance $m (instantiate $m))
  (func $f (param "text" string) (result string)
    (canon lift (core func $m "upper") (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))
  (instance $i (export "upper" (func $f)))
  (export "words:upper/upper@1.0.0" (instance $i)))
