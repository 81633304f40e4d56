// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversions between number types (core specification, "Execution > Numerics > Conversions").
#include "engine/codegen/translator.h"

namespace witc::engine::codegen {

using llvm::Value;
using wasm::Op;

namespace {

/// The values that truncate into range lie between these: the lower bound exclusive or inclusive, the upper exclusive.
struct Bounds {
  double low;
  bool low_included;
  double high;
};

Bounds bounds_of(bool from_f32, bool to_i32, bool is_signed) {
  if (!is_signed) return {-1.0, false, to_i32 ? 4294967296.0 : 18446744073709551616.0};
  if (!to_i32) return {-9223372036854775808.0, true, 9223372036854775808.0};
  // -2147483649 is no f32; the next below -2^31 is out of range anyway.
  if (from_f32) return {-2147483648.0, true, 2147483648.0};
  return {-2147483649.0, false, 2147483648.0};
}

bool is_signed_conversion(Op op) {
  switch (op) {
    case Op::kI32TruncF32S:
    case Op::kI32TruncF64S:
    case Op::kI64TruncF32S:
    case Op::kI64TruncF64S:
      return true;
    default:
      return false;
  }
}

bool gives_i32(Op op) {
  switch (op) {
    case Op::kI32TruncF32S:
    case Op::kI32TruncF32U:
    case Op::kI32TruncF64S:
    case Op::kI32TruncF64U:
      return true;
    default:
      return false;
  }
}

}  // namespace

void FunctionTranslator::truncate(const wasm::Operator& op) {
  Value* value = pop();
  llvm::Type* type = value->getType();
  const bool is_signed = is_signed_conversion(op.op);
  const Bounds bounds = bounds_of(type->isFloatTy(), gives_i32(op.op), is_signed);
  trap_if(ir_.CreateFCmpUNO(value, value), TrapKind::kInvalidConversion);
  Value* low = llvm::ConstantFP::get(type, bounds.low);
  Value* too_low = bounds.low_included ? ir_.CreateFCmpOLT(value, low) : ir_.CreateFCmpOLE(value, low);
  Value* too_high = ir_.CreateFCmpOGE(value, llvm::ConstantFP::get(type, bounds.high));
  trap_if(ir_.CreateOr(too_low, too_high), TrapKind::kIntegerOverflow);
  llvm::Type* result = gives_i32(op.op) ? i32() : i64();
  push(is_signed ? ir_.CreateFPToSI(value, result) : ir_.CreateFPToUI(value, result));
}

namespace {

/// fptosi_sat, which is long on most machines, for the values that need it only.
Value* saturate_signed(llvm::IRBuilder<>& ir, Value* value, llvm::Type* result, llvm::MDNode* unlikely) {
  llvm::Type* type = value->getType();
  llvm::Function* function = ir.GetInsertBlock()->getParent();
  auto* slow = llvm::BasicBlock::Create(ir.getContext(), "saturate", function);
  auto* fast = llvm::BasicBlock::Create(ir.getContext(), "", function);
  auto* done = llvm::BasicBlock::Create(ir.getContext(), "", function);
  Value* bound = llvm::ConstantFP::get(type, result->isIntegerTy(32) ? 0x1p31 : 0x1p63);
  Value* magnitude = ir.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, value);
  ir.CreateCondBr(ir.CreateFCmpUGE(magnitude, bound), slow, fast, unlikely);
  ir.SetInsertPoint(slow);
  Value* saturated = ir.CreateIntrinsic(llvm::Intrinsic::fptosi_sat, {result, type}, {value});
  ir.CreateBr(done);
  ir.SetInsertPoint(fast);
  Value* converted = ir.CreateFPToSI(value, result);
  ir.CreateBr(done);
  ir.SetInsertPoint(done);
  llvm::PHINode* chosen = ir.CreatePHI(result, 2);
  chosen->addIncoming(saturated, slow);
  chosen->addIncoming(converted, fast);
  return chosen;
}

}  // namespace

bool FunctionTranslator::translate_conversion(const wasm::Operator& op) {
  llvm::Type* f32 = ir_.getFloatTy();
  llvm::Type* f64 = ir_.getDoubleTy();
  auto to_signed = [&](llvm::Type* result) {
    return push(saturate_signed(ir_, pop(), result, batch_.unlikely())), true;
  };
  auto to_unsigned = [&](llvm::Type* result) {
    Value* value = pop();
    return push(ir_.CreateIntrinsic(llvm::Intrinsic::fptoui_sat, {result, value->getType()}, {value})), true;
  };
  auto from_signed = [&](llvm::Type* result) { return push(fence(ir_.CreateSIToFP(pop(), result))), true; };
  auto from_unsigned = [&](llvm::Type* result) { return push(fence(ir_.CreateUIToFP(pop(), result))), true; };
  auto reinterpret = [&](llvm::Type* result) {
    Value* value = ir_.CreateBitCast(pop(), result);
    return push(result->isFloatingPointTy() ? fence(value) : value), true;
  };
  switch (op.op) {
    case Op::kI32TruncF32S:
    case Op::kI32TruncF32U:
    case Op::kI32TruncF64S:
    case Op::kI32TruncF64U:
    case Op::kI64TruncF32S:
    case Op::kI64TruncF32U:
    case Op::kI64TruncF64S:
    case Op::kI64TruncF64U:
      return truncate(op), true;
    case Op::kI32TruncSatF32S:
    case Op::kI32TruncSatF64S:
      return to_signed(i32());
    case Op::kI32TruncSatF32U:
    case Op::kI32TruncSatF64U:
      return to_unsigned(i32());
    case Op::kI64TruncSatF32S:
    case Op::kI64TruncSatF64S:
      return to_signed(i64());
    case Op::kI64TruncSatF32U:
    case Op::kI64TruncSatF64U:
      return to_unsigned(i64());
    case Op::kF32ConvertI32S:
    case Op::kF32ConvertI64S:
      return from_signed(f32);
    case Op::kF32ConvertI32U:
    case Op::kF32ConvertI64U:
      return from_unsigned(f32);
    case Op::kF64ConvertI32S:
    case Op::kF64ConvertI64S:
      return from_signed(f64);
    case Op::kF64ConvertI32U:
    case Op::kF64ConvertI64U:
      return from_unsigned(f64);
    case Op::kF32DemoteF64:
      push(arithmetic_result(ir_.CreateFPTrunc(fence(pop()), f32)));
      return true;
    case Op::kF64PromoteF32:
      push(arithmetic_result(ir_.CreateFPExt(pop(), f64)));
      return true;
    case Op::kI32ReinterpretF32:
      return reinterpret(i32());
    case Op::kI64ReinterpretF64:
      return reinterpret(i64());
    case Op::kF32ReinterpretI32:
      return reinterpret(f32);
    case Op::kF64ReinterpretI64:
      return reinterpret(f64);
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
