// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whole-memory operators: size, grow, copy, fill, init, drop. Ranges are checked first, so that nothing is written by
// one that traps, and the copying itself is LLVM's own memory intrinsics, which it can see through.
#include <cstddef>

#include "engine/codegen/translator.h"
#include "engine/runtime/context.h"

namespace witc::engine::codegen {

using llvm::Align;
using llvm::Value;
using wasm::Op;

namespace {

/// Is the value below 2^32, as far as can be seen?
bool is_extended(const Value* value) {
  if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(value)) return constant->getValue().isIntN(32);
  return llvm::isa<llvm::ZExtInst>(value);
}

}  // namespace

/// Traps unless start + count <= limit. An operand that the program gave as 32 bits makes the first form enough.
void FunctionTranslator::check_range(Value* start, Value* count, Value* limit, TrapKind kind) {
  if (is_extended(start) && is_extended(count)) {
    trap_if(ir_.CreateICmpUGT(ir_.CreateAdd(start, count, "", true, true), limit), kind);
    return;
  }
  trap_if(ir_.CreateICmpUGT(count, limit), kind);
  trap_if(ir_.CreateICmpUGT(start, ir_.CreateSub(limit, count)), kind);
}

bool FunctionTranslator::translate_bulk_memory(const wasm::Operator& op) {
  switch (op.op) {
    case Op::kMemorySize: {
      const wasm::MemoryType& type = module_.memories[op.memory()].type;
      push(from_64(ir_.CreateLShr(memory_bytes(op.index), type.page_size_log2), type.limits));
      return true;
    }
    case Op::kMemoryGrow: {
      Value* number = memory_number(op.index);
      Value* old = call_libcall(offsetof(Libcalls, memory_grow), i64(), {number, to_64(pop())});
      push(from_64(old, module_.memories[op.memory()].type.limits));
      return true;
    }
    case Op::kMemoryCopy: {
      Value* count = to_64(pop());
      Value* from = to_64(pop());
      Value* to = to_64(pop());
      check_range(from, count, memory_bytes(op.index2), TrapKind::kMemoryOutOfBounds);
      check_range(to, count, memory_bytes(op.index), TrapKind::kMemoryOutOfBounds);
      Value* target = offset_pointer(memory_base(op.index), to, 0);
      Value* source = offset_pointer(memory_base(op.index2), from, 0);
      const bool overlap = place_.memories[op.index].number == place_.memories[op.index2].number;
      const bool both_shared = is_shared(op.index) && is_shared(op.index2);  // two numbers may be one memory
      const bool is_volatile = is_shared(op.index) || is_shared(op.index2);
      if (overlap || both_shared) ir_.CreateMemMove(target, Align(1), source, Align(1), count, is_volatile);
      else ir_.CreateMemCpy(target, Align(1), source, Align(1), count, is_volatile);
      return true;
    }
    case Op::kMemoryFill: {
      Value* count = to_64(pop());
      Value* byte = ir_.CreateTrunc(pop(), ir_.getInt8Ty());
      Value* to = to_64(pop());
      check_range(to, count, memory_bytes(op.index), TrapKind::kMemoryOutOfBounds);
      ir_.CreateMemSet(offset_pointer(memory_base(op.index), to, 0), byte, count, Align(1),
                       is_shared(op.index));
      return true;
    }
    case Op::kMemoryInit: {
      const std::uint32_t entry = place_.data + op.index * static_cast<std::uint32_t>(sizeof(DataEntry));
      Value* count = to_64(pop());
      Value* from = to_64(pop());
      Value* to = to_64(pop());
      check_range(from, count, load_context(i64(), entry + offsetof(DataEntry, size)), TrapKind::kMemoryOutOfBounds);
      check_range(to, count, memory_bytes(op.index2), TrapKind::kMemoryOutOfBounds);
      Value* source = offset_pointer(load_context(batch_.ptr(), entry + offsetof(DataEntry, bytes)), from, 0);
      ir_.CreateMemCpy(offset_pointer(memory_base(op.index2), to, 0), Align(1), source, Align(1), count,
                       is_shared(op.index2));
      return true;
    }
    case Op::kDataDrop: {
      const std::uint32_t entry = place_.data + op.index * static_cast<std::uint32_t>(sizeof(DataEntry));
      auto* store = ir_.CreateStore(constant64(0), context_address(entry + offsetof(DataEntry, size)));
      store->setMetadata(llvm::LLVMContext::MD_tbaa, batch_.context_tag());
      return true;
    }
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
