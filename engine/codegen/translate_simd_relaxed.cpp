// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Relaxed vector operations: of the results that the specification allows, those that this machine gives in the fewest
// instructions. The choice depends on nothing but the machine's features, so a program behaves the same at every level
// of optimisation and wherever it stands.
#include "engine/codegen/native_vectors.h"
#include "engine/codegen/translator.h"

namespace witc::engine::codegen {

using llvm::FixedVectorType;
using llvm::Value;
using wasm::Op;

/// a*b+c, with one rounding if the machine has that.
void FunctionTranslator::multiply_add(FixedVectorType* shape, bool negated) {
  Value* addend = pop_vector(shape);
  Value* right = pop_vector(shape);
  Value* left = pop_vector(shape);
  if (negated) left = ir_.CreateFNeg(left);
  if (batch_.machine().has_fma) {
    return push_vector(arithmetic_result(ir_.CreateIntrinsic(llvm::Intrinsic::fma, {shape}, {left, right, addend})));
  }
  push_vector(arithmetic_result(ir_.CreateFAdd(ir_.CreateFMul(left, right), addend)));
}

/// By the highest bit of each lane of the mask.
void FunctionTranslator::select_lanes(FixedVectorType* shape) {
  Value* mask = pop_vector(shape);
  Value* otherwise = pop_vector(shape);
  Value* chosen = pop_vector(shape);
  Value* condition = ir_.CreateICmpSLT(mask, llvm::Constant::getNullValue(shape));
  push_vector(ir_.CreateSelect(condition, chosen, otherwise));
}

/// The lesser or greater; the second operand if they are equal or either is a NaN.
void FunctionTranslator::relaxed_min_or_max(FixedVectorType* shape, bool is_min) {
  Value* right = pop_vector(shape);
  Value* left = pop_vector(shape);
  Value* is_left = is_min ? ir_.CreateFCmpOLT(left, right) : ir_.CreateFCmpOGT(left, right);
  push_vector(ir_.CreateSelect(is_left, left, right));
}

/// The second operand's bytes are taken as unsigned.
Value* FunctionTranslator::relaxed_dot() {
  FixedVectorType* bytes = vector_of(ir_.getInt8Ty());
  Value* right = pop_vector(bytes);
  return native::dot_bytes(ir_, right, pop_vector(bytes));
}

bool FunctionTranslator::translate_relaxed_vector(const wasm::Operator& op) {
  FixedVectorType* bytes = vector_of(ir_.getInt8Ty());
  FixedVectorType* shorts = vector_of(ir_.getInt16Ty());
  FixedVectorType* floats = vector_of(ir_.getFloatTy());
  FixedVectorType* doubles = vector_of(ir_.getDoubleTy());
  switch (op.op) {
    case Op::kI8x16RelaxedSwizzle: {
      Value* indices = pop_vector(bytes);
      return push_vector(native::lookup_bytes(ir_, pop_vector(bytes), indices)), true;
    }
    case Op::kI32x4RelaxedTruncF32x4S:
      return push_vector(native::truncate_f32x4(ir_, pop_vector(floats))), true;
    case Op::kI32x4RelaxedTruncF32x4U:
      return push_vector(truncate_unsigned(pop_vector(floats))), true;
    case Op::kI32x4RelaxedTruncF64x2SZero:
      return push_vector(native::truncate_f64x2(ir_, pop_vector(doubles))), true;
    case Op::kI32x4RelaxedTruncF64x2UZero:
      return push_vector(truncate_doubles(pop_vector(doubles), false)), true;
    case Op::kF32x4RelaxedMadd:
    case Op::kF64x2RelaxedMadd:
      return multiply_add(shape_of(op), false), true;
    case Op::kF32x4RelaxedNmadd:
    case Op::kF64x2RelaxedNmadd:
      return multiply_add(shape_of(op), true), true;
    case Op::kI8x16RelaxedLaneselect:
    case Op::kI32x4RelaxedLaneselect:
    case Op::kI64x2RelaxedLaneselect:
      return select_lanes(shape_of(op)), true;
    case Op::kI16x8RelaxedLaneselect:  // no such instruction
      return bitselect(), true;
    case Op::kF32x4RelaxedMin:
    case Op::kF64x2RelaxedMin:
      return relaxed_min_or_max(shape_of(op), true), true;
    case Op::kF32x4RelaxedMax:
    case Op::kF64x2RelaxedMax:
      return relaxed_min_or_max(shape_of(op), false), true;
    case Op::kI16x8RelaxedQ15mulrS: {
      Value* right = pop_vector(shorts);
      return push_vector(native::multiply_q15(ir_, pop_vector(shorts), right)), true;
    }
    case Op::kI16x8RelaxedDotI8x16I7x16S:
      return push_vector(relaxed_dot()), true;
    case Op::kI32x4RelaxedDotI8x16I7x16AddS: {
      Value* addend = pop_vector(vector_of(i32()));
      Value* pairs = native::dot(ir_, relaxed_dot(), llvm::ConstantInt::get(shorts, 1));
      return push_vector(ir_.CreateAdd(pairs, addend)), true;
    }
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
