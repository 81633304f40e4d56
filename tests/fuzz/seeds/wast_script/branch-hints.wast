;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; A branch hint changes no result, right or wrong, and a section of them that makes no sense is no error.

(module
  (func (export "flat") (param i32) (result i32)
    local.get 0
    (@metadata.code.branch_hint "\01")
    if (result i32)
      i32.const 10
    else
      i32.const 20
    end)
  (func (export "folded") (param i32) (result i32) (local f64 f64 i64)
    (block
      (@metadata.code.branch_hint "\00")
      (br_if 0 (i32.eqz (local.get 0)))
      (return (@metadata.code.branch_hint "\00") (if (result i32) (i32.const 1) (then (i32.const 1)) (else (i32.const 2)))))
    (i32.const 3))
)
(assert_return (invoke "flat" (i32.const 0)) (i32.const 20))
(assert_return (invoke "flat" (i32.const 1)) (i32.const 10))
(assert_return (invoke "folded" (i32.const 0)) (i32.const 3))
(assert_return (invoke "folded" (i32.const 1)) (i32.const 1))

(module
  (@custom "metadata.code.branch_hint" (before code) "\01\00\01\ff\ff\03\01\01")
  (func (export "f") (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))
)
(assert_return (invoke "f" (i32.const 1)) (i32.const 1))

(assert_invalid_custom
  (module (func (@metadata.code.branch_hint "\00") (nop)))
  "@metadata.code.branch_hint annotation: invalid target")
(assert_malformed_custom
  (module quote "(func (param i32) (if (local.get 0) (@metadata.code.branch_hint \"\\00\") (then)))")
  "@metadata.code.branch_hint annotation: must precede an instruction")
(assert_malformed_custom
  (module quote "(global i32 (@metadata.code.branch_hint \"\\00\") (i32.const 0))")
  "@metadata.code.branch_hint annotation: not in a function")
