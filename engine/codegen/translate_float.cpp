// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Floating point (core specification, "Execution > Numerics > Floating-Point Operations"). LLVM's plain operations
// are IEEE 754's, with one exception: it may fold x*1, x/1, x-0 and x+(-0) to x, and a demoted promotion to its operand,
// and so keep a signalling NaN that the specification wants quiet. So no value on the operand stack or in a local is one
// that LLVM could find to be such a constant, be it after propagating others: constants, and what is made from integers,
// are hidden behind an arithmetic fence, which costs nothing in machine code. An operation that has a constant for an
// operand takes it out again, unless it is one of those.
#include "engine/codegen/translator.h"

namespace witc::engine::codegen {

using llvm::CmpInst;
using llvm::Instruction;
using llvm::Value;
using wasm::Op;

Value* FunctionTranslator::fence(Value* value) {
  return ir_.CreateUnaryIntrinsic(llvm::Intrinsic::arithmetic_fence, value);
}

/// The constant as it goes onto the operand stack or into a local.
Value* FunctionTranslator::special(llvm::Constant* constant) {
  return constant->getType()->isFloatingPointTy() ? fence(constant) : constant;
}

/// An operand; the constant itself if it is one that LLVM does not fold with.
Value* FunctionTranslator::pop_float() {
  Value* value = pop();
  const auto* call = llvm::dyn_cast<llvm::CallInst>(value);
  if (call == nullptr || call->getIntrinsicID() != llvm::Intrinsic::arithmetic_fence) return value;
  auto* number = llvm::dyn_cast<llvm::ConstantFP>(call->getArgOperand(0));
  if (number == nullptr) return value;
  const bool neutral = number->isZero() || number->isExactlyValue(1.0) || number->isExactlyValue(-1.0);
  return neutral ? value : number;
}

/// What an operation gives that may make a NaN, number or vector, as it goes onto the operand stack.
Value* FunctionTranslator::arithmetic_result(Value* value) {
  if (auto* constant = llvm::dyn_cast<llvm::Constant>(value)) value = special(constant);
  if (!batch_.options().canonical_nans) return value;
  Value* nan = fence(llvm::ConstantFP::getQNaN(value->getType()));  // else LLVM leaves the NaN that it finds
  return ir_.CreateSelect(ir_.CreateFCmpUNO(value, value), nan, value);
}

void FunctionTranslator::float_binary(Instruction::BinaryOps operation) {
  Value* right = pop_float();
  push(arithmetic_result(ir_.CreateBinOp(operation, pop_float(), right)));
}

void FunctionTranslator::float_compare(CmpInst::Predicate predicate) {
  Value* right = pop_float();
  push(truth(ir_.CreateFCmp(predicate, pop_float(), right)));
}

/// Of numbers or vectors: either NaN gives a quiet NaN, and -0 is less than +0. The machine's own instruction gives its
/// second operand for two zeros, so both ways merged give the right zero.
Value* FunctionTranslator::min_or_max(Value* left, Value* right, bool is_min) {
  llvm::Type* type = left->getType();
  llvm::Type* bits = type->getWithNewType(ir_.getIntNTy(type->getScalarSizeInBits()));
  const auto order = is_min ? CmpInst::FCMP_OLT : CmpInst::FCMP_OGT;
  auto bits_of_first = [&](Value* a, Value* b) {
    return ir_.CreateBitCast(ir_.CreateSelect(ir_.CreateFCmp(order, a, b), a, b), bits);
  };
  Value* one = bits_of_first(left, right);
  Value* other = bits_of_first(right, left);
  Value* merged = ir_.CreateBitCast(is_min ? ir_.CreateOr(one, other) : ir_.CreateAnd(one, other), type);
  return arithmetic_result(ir_.CreateSelect(ir_.CreateFCmpUNO(left, right), ir_.CreateFAdd(left, right), merged));
}

bool FunctionTranslator::translate_float(const wasm::Operator& op) {
  auto unary = [&](llvm::Intrinsic::ID id) {
    return push(arithmetic_result(ir_.CreateUnaryIntrinsic(id, pop()))), true;
  };
  auto arithmetic = [&](Instruction::BinaryOps operation) { return float_binary(operation), true; };
  auto order = [&](CmpInst::Predicate predicate) { return float_compare(predicate), true; };
  auto extreme = [&](bool is_min) {
    Value* right = pop_float();
    return push(min_or_max(pop_float(), right, is_min)), true;
  };
  switch (op.op) {
    case Op::kF32Const:
      push(special(llvm::ConstantFP::get(
          batch_.context(), llvm::APFloat(llvm::APFloat::IEEEsingle(), llvm::APInt(32, op.bits & 0xffffffff)))));
      return true;
    case Op::kF64Const:
      push(special(llvm::ConstantFP::get(batch_.context(),
                                         llvm::APFloat(llvm::APFloat::IEEEdouble(), llvm::APInt(64, op.bits)))));
      return true;
#define WITC_BOTH(name) \
  case Op::kF32##name:  \
  case Op::kF64##name
    WITC_BOTH(Abs) : return push(ir_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, pop())), true;
    WITC_BOTH(Ceil) : return unary(llvm::Intrinsic::ceil);
    WITC_BOTH(Floor) : return unary(llvm::Intrinsic::floor);
    WITC_BOTH(Trunc) : return unary(llvm::Intrinsic::trunc);
    WITC_BOTH(Nearest) : return unary(llvm::Intrinsic::roundeven);
    WITC_BOTH(Sqrt) : return unary(llvm::Intrinsic::sqrt);
    WITC_BOTH(Neg) : return push(ir_.CreateFNeg(pop())), true;
    WITC_BOTH(Add) : return arithmetic(Instruction::FAdd);
    WITC_BOTH(Sub) : return arithmetic(Instruction::FSub);
    WITC_BOTH(Mul) : return arithmetic(Instruction::FMul);
    WITC_BOTH(Div) : return arithmetic(Instruction::FDiv);
    WITC_BOTH(Min) : return extreme(true);
    WITC_BOTH(Max) : return extreme(false);
    WITC_BOTH(Eq) : return order(CmpInst::FCMP_OEQ);
    WITC_BOTH(Ne) : return order(CmpInst::FCMP_UNE);
    WITC_BOTH(Lt) : return order(CmpInst::FCMP_OLT);
    WITC_BOTH(Gt) : return order(CmpInst::FCMP_OGT);
    WITC_BOTH(Le) : return order(CmpInst::FCMP_OLE);
    WITC_BOTH(Ge) : return order(CmpInst::FCMP_OGE);
    WITC_BOTH(Copysign) : {
      Value* sign = pop();
      Value* magnitude = pop();
      return push(ir_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, magnitude, sign)), true;
    }
#undef WITC_BOTH
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
