(module 
 (import "x" "y" (func))
 (import "x" "y" (tag (type $ft)))
 (import "x" "m" (memory $imm 1 2 shared))
 (@custom "a" (before first) "x")
 (memory $m1 1) (memory $m2 1) (memory i64 2)
 (@custom "b" (before func) "x")
 (data $d (memory $m2) (i32.const 1) "a") (data (memory 2) (i64.const 1) "a") (data (offset i32.const 1 i32.const 2 i32.add) "a")
 (table $t 1 (ref func) (ref.func $"a b")) (table 1 funcref)
 (elem $e (table $t) (offset i32.const 0 i32.const 1 i32.add) (ref func) (ref.func $"a b") (item ref.func $"a b"))
 (elem (i32.const 0) (ref func) (ref.func $"a b"))
 (elem (table 1) (i32.const 0) funcref (ref.func $"a b") (ref.null nofunc))
 (elem (table 1) (i32.const 0) func $"a b")
 (func $"a b" (param $x i32) (param $"y\"\n" i32) (param $"x€" i32)
  block block $l block  i32.const 0 br_table 0 1 2 3 end loop $l br $l end end end
  block $l block $l br $l end end
  i32.const 1 i32.load $m2 offset=3 i64.const 0 i64.load 2 drop drop
  i32.const 0 i32.store $m2 memory.size $m2 drop memory.copy $m1 $m2 memory.fill $m2 memory.init $m2 $d data.drop $d elem.drop $e table.init 1 $e  table.get $t table.copy $t 1 table.copy 1 1
  call_indirect $t (type $ft) call_indirect 1 (type $ft) br_if 0 br_on_null 0 local.get 2 local.get 0
  block (param i32 i32) (result f32 f32) unreachable end block (type $ft) end
  f32.const nan f64.const -nan:0x1234 f32.const -inf f32.const 1e-20 f64.const 0x1p-1074 f32.const 0x1p-149 f64.const 123456789.125
  ref.null $ft ref.func 0
 )
 (func (@name "dup"))
 (func (@name "dup") (local i32) (local f32 f32))
 (func (@name ""))
 (type $ft (func (param $q i32)))
 (rec (type $r1 (struct)) (type $r2 (sub final $r1 (struct (field i32 i32) (field $f (ref null $r1))))))
 (rec)
 (type (sub (func)))
 (type (sub final 0 (func)))
 (global $x externref (ref.null extern))
 (@custom "c" (after data) "x\01\7f\80")
)
