// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What ends execution from without: fuel and interruption (EngineOptions). Code made without them has nothing of this.
//
// Fuel is paid for in segments: operators of which, once the first was reached, all are, but for traps. A segment is paid
// for as it begins, in the StoreHeader, so callees and the host see what is left, and it depends on the WebAssembly code
// alone where it ends. Interruption is a word in the StoreHeader, looked at where every endless execution comes by.
#include <cstddef>

#include "engine/codegen/translator.h"
#include "engine/runtime/context.h"

namespace witc::engine::codegen {

using llvm::Value;
using wasm::Op;

namespace {

/// May what comes after the operator be reached on other ways than what comes before, or not at all?
bool ends_segment(Op op) {
  switch (op) {
    case Op::kLoop:
    case Op::kIf:
    case Op::kElse:
    case Op::kEnd:
    case Op::kBrIf:
    case Op::kBrOnNull:
    case Op::kBrOnNonNull:
    case Op::kBrOnCast:
    case Op::kBrOnCastFail:
      return true;
    default:
      return false;
  }
}

}  // namespace

void FunctionTranslator::begin_segment() {
  if (!batch_.counts_fuel()) return;
  end_segment();
  auto* left = ir_.CreateLoad(i64(), context_address(offsetof(StoreHeader, fuel)));
  left->setMetadata(llvm::LLVMContext::MD_tbaa, batch_.context_tag());
  segment_ = llvm::BinaryOperator::CreateSub(left, constant64(0));
  ir_.Insert(segment_);
  // Volatile: what is left is told after traps, too.
  auto* store = ir_.CreateStore(segment_, context_address(offsetof(StoreHeader, fuel)), /*isVolatile=*/true);
  store->setMetadata(llvm::LLVMContext::MD_tbaa, batch_.context_tag());
  trap_if(ir_.CreateICmpSLT(segment_, constant64(0)), TrapKind::kOutOfFuel);
}

void FunctionTranslator::end_segment() {
  if (segment_ != nullptr) segment_->setOperand(1, constant64(segment_operators_));
  segment_ = nullptr;
  segment_operators_ = 0;
}

/// Only of operators that are reached; code that validation calls unreachable costs nothing.
void FunctionTranslator::after_operator(Op op) {
  if (op == Op::kLoop) poll_interrupt();
  if (!batch_.counts_fuel()) return;
  ++segment_operators_;
  if (!reachable_) end_segment();
  else if (ends_segment(op)) begin_segment();
}

void FunctionTranslator::poll_interrupt() {
  if (!batch_.is_interruptible()) return;
  auto* word = ir_.CreateAlignedLoad(i32(), context_address(offsetof(StoreHeader, interrupt)), llvm::Align(4),
                                     /*isVolatile=*/true);
  word->setAtomic(llvm::AtomicOrdering::Monotonic);
  trap_if(is_true(word), TrapKind::kInterrupt);
}

}  // namespace witc::engine::codegen
