// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integer operations on the lanes of vectors. Plain LLVM operations on vectors, wherever its x86 patterns find the
// machine's instruction.
#include "engine/codegen/native_vectors.h"
#include "engine/codegen/translator.h"

namespace witc::engine::codegen {

using llvm::CmpInst;
using llvm::FixedVectorType;
using llvm::Instruction;
using llvm::Value;
using wasm::Op;

namespace {

/// The shape with lanes of half or twice the width.
FixedVectorType* narrower(FixedVectorType* shape) {
  return FixedVectorType::get(llvm::Type::getIntNTy(shape->getContext(), shape->getScalarSizeInBits() / 2),
                              shape->getNumElements() * 2);
}
FixedVectorType* wider(FixedVectorType* shape) {
  return FixedVectorType::get(llvm::Type::getIntNTy(shape->getContext(), shape->getScalarSizeInBits() * 2),
                              shape->getNumElements() / 2);
}

}  // namespace

/// Half of a vector's lanes, widened to the lanes of `shape`.
Value* FunctionTranslator::extend_half(Value* value, FixedVectorType* shape, bool is_high, bool is_signed) {
  llvm::SmallVector<int, 8> lanes;
  const int count = static_cast<int>(shape->getNumElements());
  for (int i = 0; i < count; ++i) lanes.push_back(is_high ? count + i : i);
  Value* half = ir_.CreateShuffleVector(value, lanes);
  return is_signed ? ir_.CreateSExt(half, shape) : ir_.CreateZExt(half, shape);
}

void FunctionTranslator::shift_lanes(FixedVectorType* shape, Instruction::BinaryOps operation) {
  Value* count = ir_.CreateAnd(pop(), ir_.getInt32(shape->getScalarSizeInBits() - 1));
  count = ir_.CreateZExtOrTrunc(count, shape->getElementType());
  Value* counts = ir_.CreateVectorSplat(shape->getElementCount(), count);
  push_vector(ir_.CreateBinOp(operation, pop_vector(shape), counts));
}

void FunctionTranslator::average_lanes(FixedVectorType* shape) {
  auto* wide = FixedVectorType::get(ir_.getInt32Ty(), shape->getNumElements());
  Value* right = ir_.CreateZExt(pop_vector(shape), wide);
  Value* left = ir_.CreateZExt(pop_vector(shape), wide);
  Value* sum = ir_.CreateAdd(ir_.CreateAdd(left, right), llvm::ConstantInt::get(wide, 1));
  push_vector(ir_.CreateTrunc(ir_.CreateLShr(sum, 1), shape));
}

/// Rounds; only 0x8000 * 0x8000 saturates.
void FunctionTranslator::multiply_q15() {
  FixedVectorType* shape = vector_of(ir_.getInt16Ty());
  Value* right = pop_vector(shape);
  Value* product = native::multiply_q15(ir_, pop_vector(shape), right);
  Value* overflow = ir_.CreateICmpEQ(product, llvm::ConstantInt::get(shape, 0x8000));
  push_vector(ir_.CreateXor(product, ir_.CreateSExt(overflow, shape)));
}

void FunctionTranslator::extend_add_pairs(FixedVectorType* shape, bool is_signed) {
  Value* value = pop_vector(narrower(shape));
  Value* ones = llvm::ConstantInt::get(narrower(shape), 1);
  if (shape->getScalarSizeInBits() == 16) {
    return push_vector(is_signed ? native::dot_bytes(ir_, ones, value) : native::dot_bytes(ir_, value, ones));
  }
  if (is_signed) return push_vector(native::dot(ir_, value, ones));
  Value* pairs = ir_.CreateBitCast(value, shape);
  push_vector(ir_.CreateAdd(ir_.CreateLShr(pairs, 16), ir_.CreateAnd(pairs, llvm::ConstantInt::get(shape, 0xffff))));
}

/// One bit for each lane.
Value* FunctionTranslator::lane_bits(Value* condition) {
  const auto count = llvm::cast<FixedVectorType>(condition->getType())->getNumElements();
  return ir_.CreateBitCast(condition, ir_.getIntNTy(count));
}

bool FunctionTranslator::translate_vector_integer(const wasm::Operator& op) {
  return translate_vector_compare(op) || translate_vector_arithmetic(op) || translate_vector_widening(op);
}

bool FunctionTranslator::translate_vector_compare(const wasm::Operator& op) {
  auto order = [&](CmpInst::Predicate predicate) {
    FixedVectorType* shape = shape_of(op);
    Value* right = pop_vector(shape);
    Value* condition = ir_.CreateCmp(predicate, pop_vector(shape), right);
    return push_vector(ir_.CreateSExt(condition, FixedVectorType::getInteger(shape))), true;
  };
  switch (op.op) {
#define WITC_INTS(name)   \
  case Op::kI8x16##name:  \
  case Op::kI16x8##name:  \
  case Op::kI32x4##name
    WITC_INTS(Eq) : case Op::kI64x2Eq : return order(CmpInst::ICMP_EQ);
    WITC_INTS(Ne) : case Op::kI64x2Ne : return order(CmpInst::ICMP_NE);
    WITC_INTS(LtS) : case Op::kI64x2LtS : return order(CmpInst::ICMP_SLT);
    WITC_INTS(GtS) : case Op::kI64x2GtS : return order(CmpInst::ICMP_SGT);
    WITC_INTS(LeS) : case Op::kI64x2LeS : return order(CmpInst::ICMP_SLE);
    WITC_INTS(GeS) : case Op::kI64x2GeS : return order(CmpInst::ICMP_SGE);
    WITC_INTS(LtU) : return order(CmpInst::ICMP_ULT);
    WITC_INTS(GtU) : return order(CmpInst::ICMP_UGT);
    WITC_INTS(LeU) : return order(CmpInst::ICMP_ULE);
    WITC_INTS(GeU) : return order(CmpInst::ICMP_UGE);
#define WITC_FLOATS(name) \
  case Op::kF32x4##name:  \
  case Op::kF64x2##name
    WITC_FLOATS(Eq) : return order(CmpInst::FCMP_OEQ);
    WITC_FLOATS(Ne) : return order(CmpInst::FCMP_UNE);
    WITC_FLOATS(Lt) : return order(CmpInst::FCMP_OLT);
    WITC_FLOATS(Gt) : return order(CmpInst::FCMP_OGT);
    WITC_FLOATS(Le) : return order(CmpInst::FCMP_OLE);
    WITC_FLOATS(Ge) : return order(CmpInst::FCMP_OGE);
#undef WITC_FLOATS
    WITC_INTS(AllTrue) : case Op::kI64x2AllTrue : {
      Value* bits = lane_bits(ir_.CreateIsNull(pop_vector(shape_of(op))));
      return push(truth(ir_.CreateIsNull(bits))), true;
    }
    WITC_INTS(Bitmask) : case Op::kI64x2Bitmask : {
      Value* value = pop_vector(shape_of(op));
      Value* bits = lane_bits(ir_.CreateICmpSLT(value, llvm::Constant::getNullValue(value->getType())));
      return push(ir_.CreateZExt(bits, i32())), true;
    }
    default:
      return false;
  }
}

bool FunctionTranslator::translate_vector_arithmetic(const wasm::Operator& op) {
  FixedVectorType* shape = nullptr;
  auto arithmetic = [&](Instruction::BinaryOps operation) {
    shape = shape_of(op);
    Value* right = pop_vector(shape);
    return push_vector(ir_.CreateBinOp(operation, pop_vector(shape), right)), true;
  };
  auto intrinsic = [&](llvm::Intrinsic::ID id) {
    shape = shape_of(op);
    Value* right = pop_vector(shape);
    return push_vector(ir_.CreateBinaryIntrinsic(id, pop_vector(shape), right)), true;
  };
  auto shift = [&](Instruction::BinaryOps operation) { return shift_lanes(shape_of(op), operation), true; };
  switch (op.op) {
    WITC_INTS(Abs) : case Op::kI64x2Abs : {
      shape = shape_of(op);
      return push_vector(ir_.CreateIntrinsic(llvm::Intrinsic::abs, {shape}, {pop_vector(shape), ir_.getFalse()})), true;
    }
    WITC_INTS(Neg) : case Op::kI64x2Neg : return push_vector(ir_.CreateNeg(pop_vector(shape_of(op)))), true;
    WITC_INTS(Shl) : case Op::kI64x2Shl : return shift(Instruction::Shl);
    WITC_INTS(ShrS) : case Op::kI64x2ShrS : return shift(Instruction::AShr);
    WITC_INTS(ShrU) : case Op::kI64x2ShrU : return shift(Instruction::LShr);
    WITC_INTS(Add) : case Op::kI64x2Add : return arithmetic(Instruction::Add);
    WITC_INTS(Sub) : case Op::kI64x2Sub : return arithmetic(Instruction::Sub);
    case Op::kI16x8Mul:
    case Op::kI32x4Mul:
    case Op::kI64x2Mul:
      return arithmetic(Instruction::Mul);
    WITC_INTS(MinS) : return intrinsic(llvm::Intrinsic::smin);
    WITC_INTS(MinU) : return intrinsic(llvm::Intrinsic::umin);
    WITC_INTS(MaxS) : return intrinsic(llvm::Intrinsic::smax);
    WITC_INTS(MaxU) : return intrinsic(llvm::Intrinsic::umax);
#undef WITC_INTS
    case Op::kI8x16AddSatS:
    case Op::kI16x8AddSatS:
      return intrinsic(llvm::Intrinsic::sadd_sat);
    case Op::kI8x16AddSatU:
    case Op::kI16x8AddSatU:
      return intrinsic(llvm::Intrinsic::uadd_sat);
    case Op::kI8x16SubSatS:
    case Op::kI16x8SubSatS:
      return intrinsic(llvm::Intrinsic::ssub_sat);
    case Op::kI8x16SubSatU:
    case Op::kI16x8SubSatU:
      return intrinsic(llvm::Intrinsic::usub_sat);
    case Op::kI8x16AvgrU:
    case Op::kI16x8AvgrU:
      return average_lanes(shape_of(op)), true;
    case Op::kI8x16Popcnt:
      return push_vector(ir_.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, pop_vector(shape_of(op)))), true;
    case Op::kI16x8Q15mulrSatS:
      return multiply_q15(), true;
    default:
      return false;
  }
}

/// Operations whose operands have narrower or wider lanes than the result.
bool FunctionTranslator::translate_vector_widening(const wasm::Operator& op) {
  auto extend = [&](bool is_high, bool is_signed) {
    FixedVectorType* shape = shape_of(op);
    return push_vector(extend_half(pop_vector(narrower(shape)), shape, is_high, is_signed)), true;
  };
  auto multiply = [&](bool is_high, bool is_signed) {
    FixedVectorType* shape = shape_of(op);
    Value* right = extend_half(pop_vector(narrower(shape)), shape, is_high, is_signed);
    Value* left = extend_half(pop_vector(narrower(shape)), shape, is_high, is_signed);
    return push_vector(ir_.CreateMul(left, right)), true;
  };
  auto narrow = [&](bool is_signed) {
    FixedVectorType* from = wider(shape_of(op));
    Value* high = pop_vector(from);
    return push_vector(native::narrow(ir_, pop_vector(from), high, is_signed)), true;
  };
  switch (op.op) {
#define WITC_WIDENED(name, from16, from32, from64) \
  case Op::kI16x8##name##from16:                   \
  case Op::kI32x4##name##from32:                   \
  case Op::kI64x2##name##from64
    WITC_WIDENED(ExtendLow, I8x16S, I16x8S, I32x4S) : return extend(false, true);
    WITC_WIDENED(ExtendHigh, I8x16S, I16x8S, I32x4S) : return extend(true, true);
    WITC_WIDENED(ExtendLow, I8x16U, I16x8U, I32x4U) : return extend(false, false);
    WITC_WIDENED(ExtendHigh, I8x16U, I16x8U, I32x4U) : return extend(true, false);
    WITC_WIDENED(ExtmulLow, I8x16S, I16x8S, I32x4S) : return multiply(false, true);
    WITC_WIDENED(ExtmulHigh, I8x16S, I16x8S, I32x4S) : return multiply(true, true);
    WITC_WIDENED(ExtmulLow, I8x16U, I16x8U, I32x4U) : return multiply(false, false);
    WITC_WIDENED(ExtmulHigh, I8x16U, I16x8U, I32x4U) : return multiply(true, false);
#undef WITC_WIDENED
    case Op::kI8x16NarrowI16x8S:
    case Op::kI16x8NarrowI32x4S:
      return narrow(true);
    case Op::kI8x16NarrowI16x8U:
    case Op::kI16x8NarrowI32x4U:
      return narrow(false);
    case Op::kI16x8ExtaddPairwiseI8x16S:
    case Op::kI32x4ExtaddPairwiseI16x8S:
      return extend_add_pairs(shape_of(op), true), true;
    case Op::kI16x8ExtaddPairwiseI8x16U:
    case Op::kI32x4ExtaddPairwiseI16x8U:
      return extend_add_pairs(shape_of(op), false), true;
    case Op::kI32x4DotI16x8S: {
      FixedVectorType* shape = vector_of(ir_.getInt16Ty());
      Value* right = pop_vector(shape);
      return push_vector(native::dot(ir_, pop_vector(shape), right)), true;
    }
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
