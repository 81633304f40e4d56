(module $core
  (type (;0;) (func (param i32 i32) (result i32)))
  (type (;1;) (func))
  (memory $first (;0;) 1)
  (memory $second (;1;) 1)
  (export "add" (func $add))
  (func $add (;0;) (type 0) (param $a i32) (param $b i32) (result i32)
    local.get $a
    local.get $b
    i32.add
  )
  (func $copy (;1;) (type 1)
    i32.const 0
    i32.const 8
    i32.const 16
    memory.copy $second $first
  )
)
