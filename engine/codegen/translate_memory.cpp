// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The context and linear memories. What an access checks is decided by engine/memory_shape.h: nothing where an index and
// a static offset stay inside the memory's reservation (beyond the memory's size they fault), a comparison with a
// constant where the index has 64 bits, the exact range where pages are smaller than the machine's. Loads are volatile,
// because LLVM would delete one whose value is unused, and its trap with it; stores are plain, but for shared memories.
// A block of the runtime's (engine/program.h) is none of this: it moves, nothing is checked and no access traps.
#include <cstddef>

#include "engine/codegen/translator.h"
#include "engine/memory_shape.h"
#include "engine/runtime/context.h"

namespace witc::engine::codegen {

using llvm::LLVMContext;
using llvm::Value;
using wasm::Op;

/// The address of something in the context allocation, at a constant distance from this instance's context; of something in
/// the header, in code that several instances share, from the address in the instance's block.
Value* FunctionTranslator::context_address(std::uint32_t offset) {
  if (place_.is_shared && offset < sizeof(StoreHeader)) {
    Value* header = load_constant(batch_.ptr(), place_.header_cell);
    return ir_.CreateConstGEP1_64(ir_.getInt8Ty(), header, offset);
  }
  const std::int64_t delta = std::int64_t{offset} - std::int64_t{place_.context};
  return ir_.CreateGEP(ir_.getInt8Ty(), context_, llvm::ConstantInt::getSigned(i64(), delta));
}

Value* FunctionTranslator::header() { return context_address(0); }

/// For arguments that travel through a buffer; null where none do.
Value* FunctionTranslator::buffer_header() { return batch_.effects().has_tail_calls() ? header() : nullptr; }

/// The number of a memory, for a library function.
Value* FunctionTranslator::memory_number(std::uint32_t memory) {
  const Definition& where = place_.memories[memory];
  if (!place_.is_shared) return ir_.getInt32(where.number);
  return load_constant(i32(), where.offset + offsetof(MemoryEntry, number));
}

Value* FunctionTranslator::load_context(llvm::Type* type, std::uint32_t offset) {
  auto* load = ir_.CreateLoad(type, context_address(offset));
  load->setMetadata(LLVMContext::MD_tbaa, batch_.context_tag());
  return load;
}

Value* FunctionTranslator::load_constant(llvm::Type* type, std::uint32_t offset) {
  auto* load = ir_.CreateLoad(type, context_address(offset));
  load->setMetadata(LLVMContext::MD_invariant_load, batch_.empty_node());
  return load;
}

Value* FunctionTranslator::memory_base(std::uint32_t memory) {
  if (is_block(memory)) {
    auto* moving = ir_.CreateLoad(batch_.ptr(), context_address(place_.memories[memory].offset + offsetof(MemoryEntry, base)));
    moving->setMetadata(LLVMContext::MD_tbaa, batch_.named_tag("blocks"));  // moved by the host only
    return moving;
  }
  Known& known = memory_bases_[memory];
  if (is_known(known)) return known.value;
  Value* base = load_constant(batch_.ptr(), place_.memories[memory].offset + offsetof(MemoryEntry, base));
  llvm::cast<llvm::LoadInst>(base)->setMetadata(LLVMContext::MD_nonnull, batch_.empty_node());
  know(known, base);
  return base;
}

Value* FunctionTranslator::memory_bytes(std::uint32_t memory) {
  if (is_shared(memory)) {
    Value* where = load_constant(batch_.ptr(), place_.memories[memory].offset + offsetof(MemoryEntry, shared));
    auto* size = ir_.CreateAlignedLoad(i64(), where, llvm::Align(8), /*isVolatile=*/true);
    size->setAtomic(llvm::AtomicOrdering::SequentiallyConsistent);
    return size;
  }
  return load_context(i64(), place_.memories[memory].offset + offsetof(MemoryEntry, bytes));
}

Value* FunctionTranslator::offset_pointer(Value* base, Value* index, unsigned scale_log2) {
  if (scale_log2 != 0) index = ir_.CreateShl(index, scale_log2);
  return ir_.CreateGEP(ir_.getInt8Ty(), base, index);
}

Value* FunctionTranslator::address(const wasm::MemArg& memarg, std::uint64_t size) {
  const MemoryShape shape(module_.memories[memarg.memory].type);
  Value* index = to_64(pop());
  const bool is_checked = !is_block(memarg.memory.value);
  // Larger indices are beyond any memory; with smaller ones no sum below wraps around.
  if (is_checked && shape.checks_index()) {
    trap_if(ir_.CreateICmpUGT(index, constant64(shape.span())), TrapKind::kMemoryOutOfBounds);
  }
  if (is_checked && shape.checks_end(memarg.offset)) {
    const std::uint64_t past = memarg.offset > shape.span() ? shape.span() + 1 : memarg.offset + size;
    Value* end = ir_.CreateAdd(index, constant64(past));
    trap_if(ir_.CreateICmpUGT(end, memory_bytes(memarg.memory.value)), TrapKind::kMemoryOutOfBounds);
  }
  Value* pointer = offset_pointer(memory_base(memarg.memory.value), index, 0);
  return memarg.offset == 0 ? pointer : offset_pointer(pointer, constant64(memarg.offset), 0);
}

void FunctionTranslator::load(const wasm::Operator& op, llvm::Type* stored, llvm::Type* result, bool is_signed) {
  Value* pointer = address(op.memarg, stored->getPrimitiveSizeInBits() / 8);
  auto* value = ir_.CreateAlignedLoad(stored, pointer, llvm::Align(1), /*isVolatile=*/!is_block(op.memarg.memory.value));
  value->setMetadata(LLVMContext::MD_tbaa, batch_.memory_tag(place_.memories[op.memarg.memory.value].number));
  if (stored == result) return push(value);
  push(is_signed ? ir_.CreateSExt(value, result) : ir_.CreateZExt(value, result));
}

void FunctionTranslator::store(const wasm::Operator& op, llvm::Type* stored) {
  Value* value = pop_float();
  Value* pointer = address(op.memarg, stored->getPrimitiveSizeInBits() / 8);
  if (value->getType() != stored) value = ir_.CreateTrunc(value, stored);
  auto* store = ir_.CreateAlignedStore(value, pointer, llvm::Align(1), is_shared(op.memarg.memory.value));
  store->setMetadata(LLVMContext::MD_tbaa, batch_.memory_tag(place_.memories[op.memarg.memory.value].number));
}

bool FunctionTranslator::translate_memory(const wasm::Operator& op) {
  llvm::Type* i8 = ir_.getInt8Ty();
  llvm::Type* i16 = ir_.getInt16Ty();
  llvm::Type* f32 = ir_.getFloatTy();
  llvm::Type* f64 = ir_.getDoubleTy();
  auto loads = [&](llvm::Type* stored, llvm::Type* result, bool is_signed) {
    return load(op, stored, result, is_signed), true;
  };
  auto stores = [&](llvm::Type* stored) { return store(op, stored), true; };
  switch (op.op) {
    case Op::kI32Load:
      return loads(i32(), i32(), false);
    case Op::kI64Load:
      return loads(i64(), i64(), false);
    case Op::kF32Load:
      return loads(f32, f32, false);
    case Op::kF64Load:
      return loads(f64, f64, false);
    case Op::kI32Load8S:
      return loads(i8, i32(), true);
    case Op::kI32Load8U:
      return loads(i8, i32(), false);
    case Op::kI32Load16S:
      return loads(i16, i32(), true);
    case Op::kI32Load16U:
      return loads(i16, i32(), false);
    case Op::kI64Load8S:
      return loads(i8, i64(), true);
    case Op::kI64Load8U:
      return loads(i8, i64(), false);
    case Op::kI64Load16S:
      return loads(i16, i64(), true);
    case Op::kI64Load16U:
      return loads(i16, i64(), false);
    case Op::kI64Load32S:
      return loads(i32(), i64(), true);
    case Op::kI64Load32U:
      return loads(i32(), i64(), false);
    case Op::kI32Store:
      return stores(i32());
    case Op::kI64Store:
      return stores(i64());
    case Op::kF32Store:
      return stores(f32);
    case Op::kF64Store:
      return stores(f64);
    case Op::kI32Store8:
    case Op::kI64Store8:
      return stores(i8);
    case Op::kI32Store16:
    case Op::kI64Store16:
      return stores(i16);
    case Op::kI64Store32:
      return stores(i32());
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
