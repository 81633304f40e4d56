(module
  (import "m" (item "f" (func $f (param i32))) (item "t" (table 1 funcref)) (item "g" (global $g i32)))
  (import "n" (item "a") (item "b") (func (param i32)))
  (rec (type (func)))
  (memory 1 (pagesize 65536))
  (func (memory.discard (global.get $g) (i32.const 0)) (call $f (i32.const 1))))
