// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Floating point and conversions on the lanes of vectors. For NaNs and constants see translate_float.cpp and
// translate_simd.cpp.
#include "engine/codegen/native_vectors.h"
#include "engine/codegen/translator.h"

namespace witc::engine::codegen {

using llvm::FixedVectorType;
using llvm::Instruction;
using llvm::Value;
using wasm::Op;

namespace {

bool is_absolute(Value* value) {
  const auto* call = llvm::dyn_cast<llvm::CallInst>(value);
  return call != nullptr && call->getIntrinsicID() == llvm::Intrinsic::fabs;
}

}  // namespace

/// x-0 may not be folded to x, and neither may x+0 where x cannot be -0.
void FunctionTranslator::float_lanes(const wasm::Operator& op, Instruction::BinaryOps operation) {
  FixedVectorType* shape = shape_of(op);
  Value* right = pop_vector(shape);
  Value* left = pop_vector(shape);
  if (operation == Instruction::FSub && may_be_zero(right)) right = fence(right);
  if (operation == Instruction::FAdd) {
    const bool fence_left = llvm::isa<llvm::Constant>(left) || is_absolute(right);
    if (llvm::isa<llvm::Constant>(right) || is_absolute(left)) right = fence(right);
    if (fence_left) left = fence(left);
  }
  push_vector(arithmetic_result(ir_.CreateBinOp(operation, left, right)));
}

/// Pseudo-minimum and -maximum, which are the machine's own: the first operand unless the second is less.
void FunctionTranslator::pseudo_min_or_max(FixedVectorType* shape, bool is_min) {
  Value* right = pop_vector(shape);
  Value* left = pop_vector(shape);
  Value* is_right = is_min ? ir_.CreateFCmpOLT(right, left) : ir_.CreateFCmpOLT(left, right);
  push_vector(ir_.CreateSelect(is_right, right, left));
}

bool FunctionTranslator::translate_vector_float(const wasm::Operator& op) {
  auto unary = [&](llvm::Intrinsic::ID id) {
    return push_vector(arithmetic_result(ir_.CreateUnaryIntrinsic(id, pop_vector(shape_of(op))))), true;
  };
  auto arithmetic = [&](Instruction::BinaryOps operation) { return float_lanes(op, operation), true; };
  auto extreme = [&](bool is_min) {
    FixedVectorType* shape = shape_of(op);
    Value* right = pop_vector(shape);
    return push_vector(min_or_max(pop_vector(shape), right, is_min)), true;
  };
  switch (op.op) {
#define WITC_BOTH(name)  \
  case Op::kF32x4##name: \
  case Op::kF64x2##name
    WITC_BOTH(Abs) : {
      return push_vector(ir_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, pop_vector(shape_of(op)))), true;
    }
    WITC_BOTH(Ceil) : return unary(llvm::Intrinsic::ceil);
    WITC_BOTH(Floor) : return unary(llvm::Intrinsic::floor);
    WITC_BOTH(Trunc) : return unary(llvm::Intrinsic::trunc);
    WITC_BOTH(Nearest) : return unary(llvm::Intrinsic::roundeven);
    WITC_BOTH(Sqrt) : return unary(llvm::Intrinsic::sqrt);
    WITC_BOTH(Neg) : return push_vector(ir_.CreateFNeg(pop_vector(shape_of(op)))), true;
    WITC_BOTH(Add) : return arithmetic(Instruction::FAdd);
    WITC_BOTH(Sub) : return arithmetic(Instruction::FSub);
    WITC_BOTH(Mul) : return arithmetic(Instruction::FMul);
    WITC_BOTH(Div) : return arithmetic(Instruction::FDiv);
    WITC_BOTH(Min) : return extreme(true);
    WITC_BOTH(Max) : return extreme(false);
    WITC_BOTH(Pmin) : return pseudo_min_or_max(shape_of(op), true), true;
    WITC_BOTH(Pmax) : return pseudo_min_or_max(shape_of(op), false), true;
#undef WITC_BOTH
    default:
      return false;
  }
}

/// NaN to 0; the machine gives 0x80000000 for what is too large, and that becomes 0x7fffffff.
Value* FunctionTranslator::truncate_signed(Value* value) {
  FixedVectorType* ints = vector_of(i32());
  Value* is_number = ir_.CreateSExt(ir_.CreateFCmpORD(value, value), ints);
  Value* bits = ir_.CreateAnd(ir_.CreateBitCast(value, ints), is_number);
  value = ir_.CreateBitCast(bits, value->getType());
  Value* too_large = ir_.CreateFCmpOGE(value, llvm::ConstantFP::get(value->getType(), 2147483648.0));
  return ir_.CreateXor(native::truncate_f32x4(ir_, value), ir_.CreateSExt(too_large, ints));
}

/// NaN and what is negative to 0; then the sum of what is below 2^31, where the machine gives 2^31 for all the rest,
/// and of the rest less 2^31.
Value* FunctionTranslator::truncate_unsigned(Value* value) {
  FixedVectorType* ints = vector_of(i32());
  llvm::Type* floats = value->getType();
  Value* zero = llvm::Constant::getNullValue(floats);
  Value* middle = llvm::ConstantFP::get(floats, 2147483648.0);
  value = ir_.CreateSelect(ir_.CreateFCmpOGT(value, zero), value, zero);
  Value* rest = ir_.CreateFSub(value, middle);
  Value* too_large = ir_.CreateSExt(ir_.CreateFCmpOGE(rest, middle), ints);
  Value* high = ir_.CreateXor(native::truncate_f32x4(ir_, rest), too_large);
  high = ir_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, high, llvm::Constant::getNullValue(ints));
  return ir_.CreateAdd(native::truncate_f32x4(ir_, value), high);
}

/// Into the low half; the high half is 0.
Value* FunctionTranslator::truncate_doubles(Value* value, bool is_signed) {
  llvm::Type* doubles = value->getType();
  auto less = [&](Value* a, Value* b) { return ir_.CreateSelect(ir_.CreateFCmpOLT(a, b), a, b); };
  if (is_signed) {
    // NaN to 0, which is then the lesser of 0 and NaN; what is too small gives 0x80000000 as it is.
    Value* is_number = ir_.CreateSExt(ir_.CreateFCmpORD(value, value), vector_of(i64()));
    Value* largest = llvm::ConstantFP::get(doubles, 2147483647.0);
    Value* limit = ir_.CreateAnd(ir_.CreateBitCast(largest, is_number->getType()), is_number);
    return native::truncate_f64x2(ir_, less(value, ir_.CreateBitCast(limit, doubles)));
  }
  Value* zero = llvm::Constant::getNullValue(doubles);
  value = ir_.CreateSelect(ir_.CreateFCmpOGT(value, zero), value, zero);
  value = ir_.CreateUnaryIntrinsic(llvm::Intrinsic::trunc, less(value, llvm::ConstantFP::get(doubles, 4294967295.0)));
  // Adding 2^52 leaves the integer in the low bits.
  Value* bits = ir_.CreateBitCast(ir_.CreateFAdd(value, llvm::ConstantFP::get(doubles, 4503599627370496.0)),
                                  vector_of(i32()));
  return ir_.CreateShuffleVector(bits, llvm::Constant::getNullValue(vector_of(i32())), {0, 2, 4, 5});
}

bool FunctionTranslator::translate_vector_conversion(const wasm::Operator& op) {
  FixedVectorType* ints = vector_of(i32());
  FixedVectorType* floats = vector_of(ir_.getFloatTy());
  FixedVectorType* doubles = vector_of(ir_.getDoubleTy());
  auto low_half = [&](FixedVectorType* shape) { return ir_.CreateShuffleVector(pop_vector(shape), {0, 1}); };
  switch (op.op) {
    case Op::kI32x4TruncSatF32x4S:
      return push_vector(truncate_signed(pop_vector(floats))), true;
    case Op::kI32x4TruncSatF32x4U:
      return push_vector(truncate_unsigned(pop_vector(floats))), true;
    case Op::kI32x4TruncSatF64x2SZero:
      return push_vector(truncate_doubles(pop_vector(doubles), true)), true;
    case Op::kI32x4TruncSatF64x2UZero:
      return push_vector(truncate_doubles(pop_vector(doubles), false)), true;
    case Op::kF32x4ConvertI32x4S:
      return push_vector(fence(ir_.CreateSIToFP(pop_vector(ints), floats))), true;
    case Op::kF32x4ConvertI32x4U:
      return push_vector(fence(ir_.CreateUIToFP(pop_vector(ints), floats))), true;
    case Op::kF64x2ConvertLowI32x4S:
      return push_vector(fence(ir_.CreateSIToFP(low_half(ints), doubles))), true;
    case Op::kF64x2ConvertLowI32x4U:
      return push_vector(fence(ir_.CreateUIToFP(low_half(ints), doubles))), true;
    case Op::kF32x4DemoteF64x2Zero: {
      Value* half = ir_.CreateFPTrunc(fence(pop_vector(doubles)), FixedVectorType::get(ir_.getFloatTy(), 2));
      half = arithmetic_result(half);
      push_vector(ir_.CreateShuffleVector(half, llvm::Constant::getNullValue(half->getType()), {0, 1, 2, 3}));
      return true;
    }
    case Op::kF64x2PromoteLowF32x4:
      return push_vector(arithmetic_result(ir_.CreateFPExt(low_half(floats), doubles))), true;
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
