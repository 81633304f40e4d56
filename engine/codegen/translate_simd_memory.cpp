// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads and stores of vectors: of whole ones, of halves whose lanes are widened, of single lanes.
#include "engine/codegen/translator.h"

namespace witc::engine::codegen {

using llvm::FixedVectorType;
using llvm::Value;
using wasm::Op;

void FunctionTranslator::load_widened(const wasm::Operator& op, unsigned bits, bool is_signed) {
  auto* half = FixedVectorType::get(ir_.getIntNTy(bits), 64 / bits);
  load(op, half, half, false);
  Value* lanes = pop();
  FixedVectorType* shape = vector_of(ir_.getIntNTy(bits * 2));
  push_vector(is_signed ? ir_.CreateSExt(lanes, shape) : ir_.CreateZExt(lanes, shape));
}

bool FunctionTranslator::translate_vector_memory(const wasm::Operator& op) {
  auto load_scalar = [&](unsigned bits) {
    load(op, ir_.getIntNTy(bits), ir_.getIntNTy(bits), false);
    return pop();
  };
  auto splat = [&](unsigned bits) {
    return push_vector(ir_.CreateVectorSplat(128 / bits, load_scalar(bits))), true;
  };
  auto zero_rest = [&](llvm::Type* lane) {  // a floating point one: it is loaded where it is to be
    load(op, lane, lane, false);
    Value* zero = llvm::Constant::getNullValue(vector_of(lane));
    return push_vector(ir_.CreateInsertElement(zero, pop(), std::uint64_t{0})), true;
  };
  auto load_lane = [&](unsigned bits) {
    Value* vector = pop_vector(vector_of(ir_.getIntNTy(bits)));
    return push_vector(ir_.CreateInsertElement(vector, load_scalar(bits), op.lane)), true;
  };
  auto store_lane = [&](unsigned bits) {
    llvm::Type* lane = ir_.getIntNTy(bits);
    push(ir_.CreateExtractElement(pop_vector(vector_of(lane)), op.lane));
    return store(op, lane), true;
  };
  auto widen = [&](unsigned bits, bool is_signed) { return load_widened(op, bits, is_signed), true; };
  FixedVectorType* bytes = vector_of(ir_.getInt8Ty());
  switch (op.op) {
    case Op::kV128Load:
      return load(op, bytes, bytes, false), true;
    case Op::kV128Store:
      return store(op, bytes), true;
    case Op::kV128Load8x8S:
      return widen(8, true);
    case Op::kV128Load8x8U:
      return widen(8, false);
    case Op::kV128Load16x4S:
      return widen(16, true);
    case Op::kV128Load16x4U:
      return widen(16, false);
    case Op::kV128Load32x2S:
      return widen(32, true);
    case Op::kV128Load32x2U:
      return widen(32, false);
    case Op::kV128Load8Splat:
      return splat(8);
    case Op::kV128Load16Splat:
      return splat(16);
    case Op::kV128Load32Splat:
      return splat(32);
    case Op::kV128Load64Splat:
      return splat(64);
    case Op::kV128Load32Zero:
      return zero_rest(ir_.getFloatTy());
    case Op::kV128Load64Zero:
      return zero_rest(ir_.getDoubleTy());
    case Op::kV128Load8Lane:
      return load_lane(8);
    case Op::kV128Load16Lane:
      return load_lane(16);
    case Op::kV128Load32Lane:
      return load_lane(32);
    case Op::kV128Load64Lane:
      return load_lane(64);
    case Op::kV128Store8Lane:
      return store_lane(8);
    case Op::kV128Store16Lane:
      return store_lane(16);
    case Op::kV128Store32Lane:
      return store_lane(32);
    case Op::kV128Store64Lane:
      return store_lane(64);
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
