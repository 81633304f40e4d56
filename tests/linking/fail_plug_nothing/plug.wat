(component
  (import "f" (func $f))
  (instance $i (export "f" (func $f)))
  (export "a:b/c@1.1.0" (instance $i)))
