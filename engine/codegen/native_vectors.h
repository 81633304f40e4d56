// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Vector operations that a machine has an instruction for and LLVM no pattern, or none it finds reliably. One folder
// per machine implements them, in a few instructions each; their types are as the names say.

#include "engine/codegen/llvm.h"

namespace witc::engine::codegen::native {

/// Bytes of `table` by the low 4 bits of each index; 0 for a negative index.
llvm::Value* lookup_bytes(llvm::IRBuilder<>& ir, llvm::Value* table, llvm::Value* indices);
/// <8 x i16> to <16 x i8>, or <4 x i32> to <8 x i16>: two vectors into one, signed values saturated to the narrow
/// type, which `is_signed` or is not.
llvm::Value* narrow(llvm::IRBuilder<>& ir, llvm::Value* low, llvm::Value* high, bool is_signed);
/// <8 x i16>: (a * b + 0x4000) >> 15, and 0x8000 * 0x8000 is 0x8000.
llvm::Value* multiply_q15(llvm::IRBuilder<>& ir, llvm::Value* a, llvm::Value* b);
/// <8 x i16> to <4 x i32>: signed products, added in pairs.
llvm::Value* dot(llvm::IRBuilder<>& ir, llvm::Value* a, llvm::Value* b);
/// <16 x i8> to <8 x i16>: products of unsigned by signed bytes, added in pairs with signed saturation.
llvm::Value* dot_bytes(llvm::IRBuilder<>& ir, llvm::Value* is_unsigned, llvm::Value* is_signed);
/// <4 x float> to <4 x i32> towards zero; 0x80000000 for what does not fit.
llvm::Value* truncate_f32x4(llvm::IRBuilder<>& ir, llvm::Value* value);
/// <2 x double> to the low half of <4 x i32>, likewise; the high half is 0.
llvm::Value* truncate_f64x2(llvm::IRBuilder<>& ir, llvm::Value* value);

}  // namespace witc::engine::codegen::native
