// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Atomic operators (threads proposal): LLVM's own, sequentially consistent, on naturally aligned addresses; all others
// trap. They are volatile as well, so that one whose value is unused still traps. Waiting and notifying is the runtime's
// (runtime/shared_memory.h), after the address was accessed here once to see that it is there.
//
// The operators stand in the table by families of seven, of the same widths in the same order.
#include <cstddef>

#include "engine/codegen/translator.h"
#include "engine/runtime/context.h"
#include "engine/runtime/shared_memory.h"

namespace witc::engine::codegen {

using llvm::AtomicOrdering;
using llvm::Value;
using wasm::Op;

namespace {

constexpr auto kOrder = AtomicOrdering::SequentiallyConsistent;
constexpr unsigned kVariants = 7;
static_assert(static_cast<unsigned>(Op::kI64AtomicRmw32CmpxchgU) - static_cast<unsigned>(Op::kI32AtomicLoad) ==
              9 * kVariants - 1);

}  // namespace

FunctionTranslator::AtomicAccess FunctionTranslator::atomic_access(unsigned variant) {
  llvm::Type* i8 = ir_.getInt8Ty();
  llvm::Type* i16 = ir_.getInt16Ty();
  llvm::Type* const stored[kVariants] = {i32(), i64(), i8, i16, i8, i16, i32()};
  llvm::Type* const result[kVariants] = {i32(), i64(), i32(), i32(), i64(), i64(), i64()};
  return {stored[variant], result[variant], llvm::Align(stored[variant]->getPrimitiveSizeInBits() / 8)};
}

/// Pops the index; traps unless the address is a multiple of `size`, wherever it is: a memory starts at one of every size.
Value* FunctionTranslator::atomic_address(const wasm::MemArg& memarg, std::uint64_t size) {
  if (size > 1) {
    Value* start = ir_.CreateAdd(to_64(stack_.back()), constant64(memarg.offset));
    trap_if(ir_.CreateICmpNE(ir_.CreateAnd(start, size - 1), constant64(0)), TrapKind::kUnalignedAtomic);
  }
  return address(memarg, size);
}

Value* FunctionTranslator::atomic_load(const AtomicAccess& access, Value* pointer) {
  auto* value = ir_.CreateAlignedLoad(access.stored, pointer, access.align, /*isVolatile=*/true);
  value->setAtomic(kOrder);
  return ir_.CreateZExt(value, access.result);
}

void FunctionTranslator::atomic_store(const wasm::Operator& op, const AtomicAccess& access) {
  Value* value = ir_.CreateTrunc(pop(), access.stored);
  auto* store = ir_.CreateAlignedStore(value, atomic_address(op.memarg, access.align.value()), access.align,
                                       /*isVolatile=*/true);
  store->setAtomic(kOrder);
}

void FunctionTranslator::atomic_rmw(const wasm::Operator& op, const AtomicAccess& access,
                                    llvm::AtomicRMWInst::BinOp rmw) {
  Value* operand = ir_.CreateTrunc(pop(), access.stored);
  auto* old = ir_.CreateAtomicRMW(rmw, atomic_address(op.memarg, access.align.value()), operand, access.align, kOrder);
  old->setVolatile(true);
  push(ir_.CreateZExt(old, access.result));
}

/// What is loaded is compared with the expected value wrapped to its size.
void FunctionTranslator::atomic_cmpxchg(const wasm::Operator& op, const AtomicAccess& access) {
  Value* replacement = ir_.CreateTrunc(pop(), access.stored);
  Value* expected = ir_.CreateTrunc(pop(), access.stored);
  Value* pointer = atomic_address(op.memarg, access.align.value());
  auto* pair = ir_.CreateAtomicCmpXchg(pointer, expected, replacement, access.align, kOrder, kOrder);
  pair->setVolatile(true);
  push(ir_.CreateZExt(ir_.CreateExtractValue(pair, 0), access.result));
}

void FunctionTranslator::atomic_wait(const wasm::Operator& op, llvm::Type* type) {
  const std::uint32_t memory = op.memarg.memory.value;
  const std::uint64_t size = type->getPrimitiveSizeInBits() / 8;
  Value* timeout = pop();
  Value* expected = to_64(pop());
  Value* pointer = atomic_address(op.memarg, size);
  atomic_load({type, type, llvm::Align(size)}, pointer);
  if (!is_shared(memory)) {
    trap(TrapKind::kWaitOnUnsharedMemory);
    return stop();
  }
  Value* offset = ir_.CreateSub(ir_.CreatePtrToInt(pointer, i64()), ir_.CreatePtrToInt(memory_base(memory), i64()));
  Value* number = memory_number(memory);
  Value* result = call_libcall(offsetof(Libcalls, atomic_wait), i32(),
                               {number, offset, expected, ir_.getInt32(static_cast<std::uint32_t>(size)), timeout});
  trap_if(ir_.CreateICmpEQ(result, ir_.getInt32(SharedMemory::Impl::kInterrupted)), TrapKind::kInterrupt);
  push(result);
}

void FunctionTranslator::atomic_notify(const wasm::Operator& op) {
  const std::uint32_t memory = op.memarg.memory.value;
  Value* count = pop();
  Value* pointer = atomic_address(op.memarg, 4);
  atomic_load({i32(), i32(), llvm::Align(4)}, pointer);
  if (!is_shared(memory)) return push(ir_.getInt32(0));  // nobody can wait there
  Value* offset = ir_.CreateSub(ir_.CreatePtrToInt(pointer, i64()), ir_.CreatePtrToInt(memory_base(memory), i64()));
  Value* number = memory_number(memory);
  push(call_libcall(offsetof(Libcalls, atomic_notify), i32(), {number, offset, count}));
}

bool FunctionTranslator::translate_atomic(const wasm::Operator& op) {
  if (op.op < Op::kMemoryAtomicNotify || op.op > Op::kI64AtomicRmw32CmpxchgU) return false;
  switch (op.op) {
    case Op::kMemoryAtomicNotify:
      return atomic_notify(op), true;
    case Op::kMemoryAtomicWait32:
      return atomic_wait(op, i32()), true;
    case Op::kMemoryAtomicWait64:
      return atomic_wait(op, i64()), true;
    case Op::kAtomicFence:
      return ir_.CreateFence(kOrder), true;
    default:
      break;
  }
  using Rmw = llvm::AtomicRMWInst;
  constexpr Rmw::BinOp kRmw[] = {Rmw::Add, Rmw::Sub, Rmw::And, Rmw::Or, Rmw::Xor, Rmw::Xchg};
  const unsigned position = static_cast<unsigned>(op.op) - static_cast<unsigned>(Op::kI32AtomicLoad);
  const unsigned family = position / kVariants;
  const AtomicAccess access = atomic_access(position % kVariants);
  if (family == 0) push(atomic_load(access, atomic_address(op.memarg, access.align.value())));
  else if (family == 1) atomic_store(op, access);
  else if (family < 2 + std::size(kRmw)) atomic_rmw(op, access, kRmw[family - 2]);
  else atomic_cmpxchg(op, access);
  return true;
}

}  // namespace witc::engine::codegen
