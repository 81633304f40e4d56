// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// x86-64-v2 (SSE4.1), which make_machine() demands; LLVM writes the same in the AVX encoding where it can.
#include "engine/codegen/native_vectors.h"

#ifdef __x86_64__

#include <llvm/IR/IntrinsicsX86.h>

namespace witc::engine::codegen::native {

using llvm::Value;
namespace Intrinsic = llvm::Intrinsic;

Value* lookup_bytes(llvm::IRBuilder<>& ir, Value* table, Value* indices) {
  return ir.CreateIntrinsic(Intrinsic::x86_ssse3_pshuf_b_128, {table, indices});
}

Value* narrow(llvm::IRBuilder<>& ir, Value* low, Value* high, bool is_signed) {
  const bool from_i16 = low->getType()->getScalarSizeInBits() == 16;
  if (from_i16) {
    return ir.CreateIntrinsic(is_signed ? Intrinsic::x86_sse2_packsswb_128 : Intrinsic::x86_sse2_packuswb_128,
                              {low, high});
  }
  return ir.CreateIntrinsic(is_signed ? Intrinsic::x86_sse2_packssdw_128 : Intrinsic::x86_sse41_packusdw, {low, high});
}

Value* multiply_q15(llvm::IRBuilder<>& ir, Value* a, Value* b) {
  return ir.CreateIntrinsic(Intrinsic::x86_ssse3_pmul_hr_sw_128, {a, b});
}

Value* dot(llvm::IRBuilder<>& ir, Value* a, Value* b) {
  return ir.CreateIntrinsic(Intrinsic::x86_sse2_pmadd_wd, {a, b});
}

Value* dot_bytes(llvm::IRBuilder<>& ir, Value* is_unsigned, Value* is_signed) {
  return ir.CreateIntrinsic(Intrinsic::x86_ssse3_pmadd_ub_sw_128, {is_unsigned, is_signed});
}

Value* truncate_f32x4(llvm::IRBuilder<>& ir, Value* value) {
  return ir.CreateIntrinsic(Intrinsic::x86_sse2_cvttps2dq, {value});
}

Value* truncate_f64x2(llvm::IRBuilder<>& ir, Value* value) {
  return ir.CreateIntrinsic(Intrinsic::x86_sse2_cvttpd2dq, {value});
}

}  // namespace witc::engine::codegen::native

#endif
