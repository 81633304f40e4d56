;; A narrow compare-and-exchange looks at as many bits of the expected value as it loads; an address that is neither
;; aligned nor in bounds is not aligned.
(module
  (memory 1 1)
  (func (export "cmpxchg8") (param i64) (result i64)
    (i64.store (i32.const 0) (i64.const 0x1111111111111111))
    (drop (i64.atomic.rmw8.cmpxchg_u (i32.const 0) (local.get 0) (i64.const 0xcd)))
    (i64.load (i32.const 0)))
  (func (export "cmpxchg16") (param i32) (result i64)
    (i64.store (i32.const 0) (i64.const 0x1111111111111111))
    (drop (i32.atomic.rmw16.cmpxchg_u (i32.const 0) (local.get 0) (i32.const 0xcd)))
    (i64.load (i32.const 0)))
  (func (export "load") (param i32) (result i32) (i32.atomic.load offset=0xfffffffc (local.get 0))))
(assert_return (invoke "cmpxchg8" (i64.const 0x11)) (i64.const 0x11111111111111cd))
(assert_return (invoke "cmpxchg8" (i64.const 0x1234567811)) (i64.const 0x11111111111111cd))
(assert_return (invoke "cmpxchg8" (i64.const 0x12)) (i64.const 0x1111111111111111))
(assert_return (invoke "cmpxchg16" (i32.const 0x81111)) (i64.const 0x11111111111100cd))
(assert_trap (invoke "load" (i32.const 2)) "unaligned atomic")
(assert_trap (invoke "load" (i32.const 4)) "out of bounds memory access")
