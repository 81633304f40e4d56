// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vectors (core specification, "Execution > Numerics > Vector Operations"): what they are here, lanes, constants,
// shuffles and bits. On the operand stack and in locals every v128 is a <16 x i8>; an operator casts it to the shape
// that its mnemonic begins with, which costs nothing. The families: translate_simd_integer, _float, _memory, _relaxed.
//
// Floating point constants that LLVM would fold with (translate_float.cpp) hide in vectors of any shape. Those but zero
// are fenced where they are made; zero is far too useful to hide, and is fenced where it would be folded.
#include <llvm/Analysis/ConstantFolding.h>

#include "engine/codegen/native_vectors.h"
#include "engine/codegen/translator.h"

namespace witc::engine::codegen {

using llvm::FixedVectorType;
using llvm::Value;
using wasm::Op;

namespace {

/// Is it a splat of 1, -1 or -0 as f32 or f64?
bool is_neutral(const llvm::Constant& bytes) {
  const auto* data = llvm::dyn_cast<llvm::ConstantDataVector>(&bytes);
  if (data == nullptr) return false;
  std::uint8_t lanes[16];
  for (unsigned i = 0; i < 16; ++i) lanes[i] = static_cast<std::uint8_t>(data->getElementAsInteger(i));
  auto splat_of = [&](unsigned size, std::uint64_t bits) {
    for (unsigned i = 0; i < 16; ++i) {
      if (lanes[i] != static_cast<std::uint8_t>(bits >> (i % size * 8))) return false;
    }
    return true;
  };
  return splat_of(4, 0x3f800000) || splat_of(4, 0xbf800000) || splat_of(4, 0x80000000) ||
         splat_of(8, 0x3ff0000000000000) || splat_of(8, 0xbff0000000000000) || splat_of(8, 0x8000000000000000);
}

llvm::Type* lane_type(llvm::LLVMContext& context, std::string_view shape) {
  const std::string_view bits = shape.substr(1, shape.find('x') - 1);
  if (shape.starts_with('f')) return bits == "32" ? llvm::Type::getFloatTy(context) : llvm::Type::getDoubleTy(context);
  const unsigned width = bits == "8" ? 8 : bits == "16" ? 16 : bits == "32" ? 32 : 64;
  return llvm::Type::getIntNTy(context, width);
}

}  // namespace

FixedVectorType* FunctionTranslator::vector_of(llvm::Type* lane) {
  return FixedVectorType::get(lane, 128 / lane->getScalarSizeInBits());
}

/// From a mnemonic like `i8x16.add`.
FixedVectorType* FunctionTranslator::shape_of(const wasm::Operator& op) {
  return vector_of(lane_type(batch_.context(), wasm::info(op.op).text));
}

Value* FunctionTranslator::pop_vector(FixedVectorType* type) {
  Value* value = pop();
  if (auto* cast = llvm::dyn_cast<llvm::BitCastInst>(value); cast != nullptr && cast->getSrcTy() == type) {
    return cast->getOperand(0);
  }
  return ir_.CreateBitCast(value, type);
}

void FunctionTranslator::push_vector(Value* value) {
  Value* bytes = ir_.CreateBitCast(value, vector_of(ir_.getInt8Ty()));
  if (auto* constant = llvm::dyn_cast<llvm::Constant>(bytes)) {
    constant = llvm::ConstantFoldConstant(constant, batch_.module().getDataLayout());
    bytes = constant;
    if (is_neutral(*constant)) {
      bytes = ir_.CreateBitCast(fence(ir_.CreateBitCast(constant, vector_of(ir_.getFloatTy()))), bytes->getType());
    }
  }
  push(bytes);
}

/// Might LLVM find it to be zero, after propagating constants?
bool FunctionTranslator::may_be_zero(const Value* vector) {
  if (const auto* constant = llvm::dyn_cast<llvm::Constant>(vector)) return constant->isNullValue();
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(vector)) return !load->isVolatile();
  if (const auto* cast = llvm::dyn_cast<llvm::BitCastInst>(vector)) return may_be_zero(cast->getOperand(0));
  return !llvm::isa<llvm::BinaryOperator>(vector) && !llvm::isa<llvm::CallInst>(vector);
}

bool FunctionTranslator::translate_vector(const wasm::Operator& op) {
  const wasm::Feature feature = wasm::info(op.op).feature;
  if (feature == wasm::Feature::kRelaxedSimd) return translate_relaxed_vector(op);
  if (feature != wasm::Feature::kSimd) return false;
  return translate_vector_lanes(op) || translate_vector_bits(op) || translate_vector_memory(op) ||
         translate_vector_integer(op) || translate_vector_float(op) || translate_vector_conversion(op);
}

/// An index beyond the table gives 0: adding 0x70 with saturation makes it negative.
void FunctionTranslator::swizzle() {
  FixedVectorType* bytes = vector_of(ir_.getInt8Ty());
  Value* indices = pop_vector(bytes);
  Value* table = pop_vector(bytes);
  indices = ir_.CreateBinaryIntrinsic(llvm::Intrinsic::uadd_sat, indices, llvm::ConstantInt::get(bytes, 0x70));
  push_vector(native::lookup_bytes(ir_, table, indices));
}

bool FunctionTranslator::translate_vector_lanes(const wasm::Operator& op) {
  FixedVectorType* bytes = vector_of(ir_.getInt8Ty());
  auto extract = [&](bool is_signed) {
    Value* vector = pop_vector(shape_of(op));
    Value* lane = ir_.CreateExtractElement(vector, op.lane);
    if (!lane->getType()->isIntegerTy() || lane->getType()->getIntegerBitWidth() >= 32) {
      return push(lane->getType()->isFloatingPointTy() && may_be_zero(vector) ? fence(lane) : lane), true;
    }
    return push(is_signed ? ir_.CreateSExt(lane, i32()) : ir_.CreateZExt(lane, i32())), true;
  };
  auto pop_lane = [&](FixedVectorType* shape) {
    Value* lane = pop_float();
    return lane->getType()->isIntegerTy() ? ir_.CreateTrunc(lane, shape->getElementType()) : lane;
  };
  switch (op.op) {
    case Op::kV128Const:
      push_vector(llvm::ConstantDataVector::get(batch_.context(), llvm::ArrayRef(op.vector)));
      return true;
    case Op::kI8x16Shuffle: {
      Value* high = pop_vector(bytes);
      Value* low = pop_vector(bytes);
      const llvm::SmallVector<int, 16> lanes(op.vector.begin(), op.vector.end());
      return push_vector(ir_.CreateShuffleVector(low, high, lanes)), true;
    }
    case Op::kI8x16Swizzle:
      return swizzle(), true;
    case Op::kI8x16Splat:
    case Op::kI16x8Splat:
    case Op::kI32x4Splat:
    case Op::kI64x2Splat:
    case Op::kF32x4Splat:
    case Op::kF64x2Splat: {
      FixedVectorType* shape = shape_of(op);
      return push_vector(ir_.CreateVectorSplat(shape->getElementCount(), pop_lane(shape))), true;
    }
    case Op::kI8x16ExtractLaneS:
    case Op::kI16x8ExtractLaneS:
      return extract(true);
    case Op::kI8x16ExtractLaneU:
    case Op::kI16x8ExtractLaneU:
    case Op::kI32x4ExtractLane:
    case Op::kI64x2ExtractLane:
    case Op::kF32x4ExtractLane:
    case Op::kF64x2ExtractLane:
      return extract(false);
    case Op::kI8x16ReplaceLane:
    case Op::kI16x8ReplaceLane:
    case Op::kI32x4ReplaceLane:
    case Op::kI64x2ReplaceLane:
    case Op::kF32x4ReplaceLane:
    case Op::kF64x2ReplaceLane: {
      FixedVectorType* shape = shape_of(op);
      Value* lane = pop_lane(shape);
      return push_vector(ir_.CreateInsertElement(pop_vector(shape), lane, op.lane)), true;
    }
    default:
      return false;
  }
}

void FunctionTranslator::bitselect() {
  FixedVectorType* words = vector_of(i64());
  Value* mask = pop_vector(words);
  Value* otherwise = pop_vector(words);
  Value* chosen = pop_vector(words);
  push_vector(ir_.CreateOr(ir_.CreateAnd(chosen, mask), ir_.CreateAnd(otherwise, ir_.CreateNot(mask))));
}

bool FunctionTranslator::translate_vector_bits(const wasm::Operator& op) {
  FixedVectorType* words = vector_of(i64());
  auto binary_bits = [&](llvm::Instruction::BinaryOps operation, bool invert) {
    Value* right = pop_vector(words);
    Value* left = pop_vector(words);
    return push_vector(ir_.CreateBinOp(operation, left, invert ? ir_.CreateNot(right) : right)), true;
  };
  switch (op.op) {
    case Op::kV128Not:
      return push_vector(ir_.CreateNot(pop_vector(words))), true;
    case Op::kV128And:
      return binary_bits(llvm::Instruction::And, false);
    case Op::kV128Andnot:
      return binary_bits(llvm::Instruction::And, true);
    case Op::kV128Or:
      return binary_bits(llvm::Instruction::Or, false);
    case Op::kV128Xor:
      return binary_bits(llvm::Instruction::Xor, false);
    case Op::kV128Bitselect:
      return bitselect(), true;
    case Op::kV128AnyTrue:
      push(truth(ir_.CreateIsNotNull(ir_.CreateBitCast(pop(), ir_.getInt128Ty()))));
      return true;
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
