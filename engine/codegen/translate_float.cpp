// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Floating point (core specification, "Execution > Numerics > Floating-Point Operations"). LLVM's plain operations
// are IEEE 754's, with one exception: it may fold x*1, x/1, x-0 and x+(-0) to x, and a demoted promotion to its operand,
// and so keep a signalling NaN that the specification wants quiet. Those constants are hidden behind an arithmetic
// fence, which costs nothing in machine code.
#include "engine/codegen/translator.h"

namespace witc::engine::codegen {

using llvm::CmpInst;
using llvm::Instruction;
using llvm::Value;
using wasm::Op;

Value* FunctionTranslator::fence(Value* value) {
  return ir_.CreateUnaryIntrinsic(llvm::Intrinsic::arithmetic_fence, value);
}

/// The constant, fenced if it is one that LLVM would fold with.
Value* FunctionTranslator::special(llvm::Constant* constant) {
  const auto* number = llvm::dyn_cast<llvm::ConstantFP>(constant);
  if (number == nullptr) return constant;
  const bool neutral = number->isZero() || number->isExactlyValue(1.0) || number->isExactlyValue(-1.0);
  return neutral ? fence(constant) : constant;
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
  return ir_.CreateSelect(ir_.CreateFCmpUNO(left, right), ir_.CreateFAdd(left, right), merged);
}

bool FunctionTranslator::translate_float(const wasm::Operator& op) {
  auto unary = [&](llvm::Intrinsic::ID id) { return push(ir_.CreateUnaryIntrinsic(id, pop())), true; };
  auto arithmetic = [&](Instruction::BinaryOps operation) { return binary(operation), true; };
  auto order = [&](CmpInst::Predicate predicate) { return compare(predicate), true; };
  auto extreme = [&](bool is_min) {
    Value* right = pop();
    return push(min_or_max(pop(), right, is_min)), true;
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
    WITC_BOTH(Abs) : return unary(llvm::Intrinsic::fabs);
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
      push(ir_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, magnitude, sign));
      return true;
    }
#undef WITC_BOTH
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
