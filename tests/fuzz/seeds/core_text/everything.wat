(module $mod (import "a" "b" (func $f (param i32) (result i64))) (import "m" "t" (table 1 2 externref)) (import "m" "g" (global (mut i64))) (memory $m 1 2) (memory i64 1 shared) (table 3 funcref) (elem (table 1) (i32.const 0) func $f $f) (elem func $f) (elem funcref (ref.null func) (item (ref.func $f))) (elem declare func $f)
 (type $st (struct (field $a i32) (field (mut i8)) (field funcref))) (type (sub $st (struct (field i32) (field (mut i8)) (field funcref) ))) (rec (type (sub (array (mut i64)))) (type (func (param (ref null 2)))))
 (tag $tg (param i32)) (export "exp" (func $f)) (export "z" (memory $m)) (start $sss) (func $sss)
 (global $g (mut i32) (i32.const 5)) (global i64 (i64.add (i64.const 1) (i64.const 2))) (data (i32.const 3) "hello\00\ff\"\n\\'x\e2\82\ac") (data "pass") (func $x (param $p i32) (param f32) (result i32) (local i32 i32 f64) (local $zz i64)
    block $l local.get $p i32.const 1 i32.load offset=4 align=1 i32.add br $l end
    block (result i32) i32.const -1 br 0 end drop
    loop (param) br 0 end
    i32.const 1 if (result f32) f32.const 1.5 else f32.const nan:0x200000 end drop
    i32.const 1 i32.const 2 (if (param i32) (result i32) (then))
    f64.const inf f32.const -0 f64.const 1e300 drop drop drop f32.const 3.14159 drop f64.const 0.1 drop
    i32.const 1 br_table 0 0 0
    unreachable
    i32.const 0 i32.const 1 call_indirect 1 (param i32) (result i32)
    call_indirect (type 1)
    i32.const 1 select (result i32)
    v128.const i32x4 1 2 3 0xffffffff i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 drop
    i32.const 0 v128.load8_lane offset=3 1 drop i8x16.extract_lane_s 3
    memory.copy 0 1 memory.copy memory.fill memory.size 1 memory.grow i32.load 1 offset=2
    memory.init 0 memory.init 1 0 table.init 1 0 table.copy 1 0 table.get 1 table.size 0 table.get 0 table.copy
    ref.null func ref.null $st struct.get $st $a struct.get $st 1 struct.new $st array.new_fixed 2 4 ref.test (ref null any) ref.cast (ref $st) br_on_cast 0 anyref (ref $st) i64.const 5 ref.func $x
    try_table (catch $tg 0) (catch_all_ref 0) i32.const 1 throw $tg end
    call $f return_call $x local.tee $zz global.get $g global.get 0
    i32.atomic.load i64.store32 
    unreachable)
  (func (export "q"))
  (func)
 (@custom "foo" (after type) "bar")
 (@producers (language "C" "1"))
  )
