// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integer arithmetic (core specification, "Execution > Numerics > Integer Operations"). What is undefined in LLVM is
// excluded by code: division by zero and its overflow, shifts by more than the width.
#include "engine/codegen/translator.h"

namespace witc::engine::codegen {

using llvm::CmpInst;
using llvm::Instruction;
using llvm::Value;
using wasm::Op;

void FunctionTranslator::binary(Instruction::BinaryOps op) {
  Value* right = pop();
  Value* left = pop();
  const bool is_shift = op == Instruction::Shl || op == Instruction::LShr || op == Instruction::AShr;
  if (is_shift) {
    right = ir_.CreateAnd(right, llvm::ConstantInt::get(right->getType(), right->getType()->getIntegerBitWidth() - 1));
  }
  push(ir_.CreateBinOp(op, left, right));
}

void FunctionTranslator::compare(CmpInst::Predicate predicate) {
  Value* right = pop();
  Value* left = pop();
  push(truth(ir_.CreateCmp(predicate, left, right)));
}

void FunctionTranslator::divide(bool is_signed, bool is_remainder) {
  Value* right = pop();
  Value* left = pop();
  llvm::Type* type = left->getType();
  trap_if(ir_.CreateICmpEQ(right, llvm::ConstantInt::get(type, 0)), TrapKind::kDivideByZero);
  if (!is_signed) {
    push(is_remainder ? ir_.CreateURem(left, right) : ir_.CreateUDiv(left, right));
    return;
  }
  Value* minus_one = ir_.CreateICmpEQ(right, llvm::ConstantInt::getAllOnesValue(type));
  if (is_remainder) {  // anything rem -1 is 0, as is anything rem 1
    push(ir_.CreateSRem(left, ir_.CreateSelect(minus_one, llvm::ConstantInt::get(type, 1), right)));
    return;
  }
  const auto lowest = llvm::APInt::getSignedMinValue(type->getIntegerBitWidth());
  Value* overflow = ir_.CreateAnd(minus_one, ir_.CreateICmpEQ(left, llvm::ConstantInt::get(type, lowest)));
  trap_if(overflow, TrapKind::kIntegerOverflow);
  push(ir_.CreateSDiv(left, right));
}

/// An operator's 0 or 1. Where only a branch wants it, the comparison itself is taken instead, and what was made here is
/// dropped in the end: LLVM's quick path joins a comparison and its branch only if nothing else uses the comparison.
Value* FunctionTranslator::truth(Value* condition) {
  auto* compare = llvm::dyn_cast<llvm::CmpInst>(condition);
  Value* extended = ir_.CreateZExt(condition, i32());
  if (compare == nullptr) return extended;
  comparisons_.push_back(compare);
  comparisons_.push_back(llvm::cast<llvm::Instruction>(extended));
  return extended;
}

namespace {
/// What `truth` was made of; null if the value is none.
llvm::CmpInst* comparison_of(Value* value) {
  auto* extended = llvm::dyn_cast<llvm::ZExtInst>(value);
  return extended == nullptr ? nullptr : llvm::dyn_cast<llvm::CmpInst>(extended->getOperand(0));
}
}  // namespace

Value* FunctionTranslator::is_true(Value* value) {
  llvm::CmpInst* compare = comparison_of(value);
  if (compare == nullptr) return ir_.CreateICmpNE(value, llvm::ConstantInt::get(value->getType(), 0));
  if (compare->getParent() == ir_.GetInsertBlock()) return compare;
  return ir_.CreateCmp(compare->getPredicate(), compare->getOperand(0), compare->getOperand(1));
}

Value* FunctionTranslator::is_zero(Value* value) {
  llvm::CmpInst* compare = comparison_of(value);
  if (compare == nullptr) return ir_.CreateICmpEQ(value, llvm::ConstantInt::get(value->getType(), 0));
  return ir_.CreateCmp(compare->getInversePredicate(), compare->getOperand(0), compare->getOperand(1));
}

void FunctionTranslator::drop_unused_comparisons() {
  for (llvm::Instruction* made : llvm::reverse(comparisons_)) {
    if (made->use_empty()) made->eraseFromParent();
  }
}

/// The halves of a 128-bit integer, low first (wide-arithmetic proposal).
void FunctionTranslator::push_wide(Value* value) {
  push(ir_.CreateTrunc(value, i64()));
  push(ir_.CreateTrunc(ir_.CreateLShr(value, 64), i64()));
}

void FunctionTranslator::wide_sum(Instruction::BinaryOps operation) {
  llvm::Type* i128 = ir_.getInt128Ty();
  auto pop_wide = [&] {
    Value* high = ir_.CreateShl(ir_.CreateZExt(pop(), i128), 64);
    return ir_.CreateOr(ir_.CreateZExt(pop(), i128), high);
  };
  Value* right = pop_wide();
  push_wide(ir_.CreateBinOp(operation, pop_wide(), right));
}

void FunctionTranslator::wide_product(bool is_signed) {
  auto extend = [&](Value* value) {
    return is_signed ? ir_.CreateSExt(value, ir_.getInt128Ty()) : ir_.CreateZExt(value, ir_.getInt128Ty());
  };
  Value* right = extend(pop());
  push_wide(ir_.CreateMul(extend(pop()), right));
}

bool FunctionTranslator::translate_integer(const wasm::Operator& op) {
  auto unary = [&](llvm::Intrinsic::ID id) {
    Value* value = pop();
    push(ir_.CreateIntrinsic(id, {value->getType()}, {value, ir_.getFalse()}));
    return true;
  };
  auto arithmetic = [&](Instruction::BinaryOps operation) { return binary(operation), true; };
  auto order = [&](CmpInst::Predicate predicate) { return compare(predicate), true; };
  auto rotate = [&](llvm::Intrinsic::ID id) {
    Value* count = pop();
    Value* value = pop();
    push(ir_.CreateIntrinsic(id, {value->getType()}, {value, value, count}));
    return true;
  };
  auto extend = [&](unsigned bits) {
    Value* value = pop();
    push(ir_.CreateSExt(ir_.CreateTrunc(value, ir_.getIntNTy(bits)), value->getType()));
    return true;
  };
  switch (op.op) {
    case Op::kI32Const:
      push(llvm::ConstantInt::getSigned(i32(), op.i32()));
      return true;
    case Op::kI64Const:
      push(llvm::ConstantInt::getSigned(i64(), op.i64()));
      return true;
    case Op::kI32Eqz:
    case Op::kI64Eqz:
      push(truth(is_zero(pop())));
      return true;
#define WITC_BOTH(name) \
  case Op::kI32##name:  \
  case Op::kI64##name
    WITC_BOTH(Clz) : return unary(llvm::Intrinsic::ctlz);
    WITC_BOTH(Ctz) : return unary(llvm::Intrinsic::cttz);
    WITC_BOTH(Add) : return arithmetic(Instruction::Add);
    WITC_BOTH(Sub) : return arithmetic(Instruction::Sub);
    WITC_BOTH(Mul) : return arithmetic(Instruction::Mul);
    WITC_BOTH(And) : return arithmetic(Instruction::And);
    WITC_BOTH(Or) : return arithmetic(Instruction::Or);
    WITC_BOTH(Xor) : return arithmetic(Instruction::Xor);
    WITC_BOTH(Shl) : return arithmetic(Instruction::Shl);
    WITC_BOTH(ShrS) : return arithmetic(Instruction::AShr);
    WITC_BOTH(ShrU) : return arithmetic(Instruction::LShr);
    WITC_BOTH(DivS) : return divide(true, false), true;
    WITC_BOTH(DivU) : return divide(false, false), true;
    WITC_BOTH(RemS) : return divide(true, true), true;
    WITC_BOTH(RemU) : return divide(false, true), true;
    WITC_BOTH(Rotl) : return rotate(llvm::Intrinsic::fshl);
    WITC_BOTH(Rotr) : return rotate(llvm::Intrinsic::fshr);
    WITC_BOTH(Eq) : return order(CmpInst::ICMP_EQ);
    WITC_BOTH(Ne) : return order(CmpInst::ICMP_NE);
    WITC_BOTH(LtS) : return order(CmpInst::ICMP_SLT);
    WITC_BOTH(LtU) : return order(CmpInst::ICMP_ULT);
    WITC_BOTH(GtS) : return order(CmpInst::ICMP_SGT);
    WITC_BOTH(GtU) : return order(CmpInst::ICMP_UGT);
    WITC_BOTH(LeS) : return order(CmpInst::ICMP_SLE);
    WITC_BOTH(LeU) : return order(CmpInst::ICMP_ULE);
    WITC_BOTH(GeS) : return order(CmpInst::ICMP_SGE);
    WITC_BOTH(GeU) : return order(CmpInst::ICMP_UGE);
    case Op::kI64Add128:
      return wide_sum(Instruction::Add), true;
    case Op::kI64Sub128:
      return wide_sum(Instruction::Sub), true;
    case Op::kI64MulWideS:
      return wide_product(true), true;
    case Op::kI64MulWideU:
      return wide_product(false), true;
    WITC_BOTH(Extend8S) : return extend(8);
    WITC_BOTH(Extend16S) : return extend(16);
    WITC_BOTH(Popcnt) : {
      Value* value = pop();
      push(ir_.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, value));
      return true;
    }
#undef WITC_BOTH
    case Op::kI64Extend32S:
      return extend(32);
    case Op::kI32WrapI64:
      push(ir_.CreateTrunc(pop(), i32()));
      return true;
    case Op::kI64ExtendI32S:
      push(ir_.CreateSExt(pop(), i64()));
      return true;
    case Op::kI64ExtendI32U:
      push(to_64(pop()));
      return true;
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
