// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `try`, `catch`, `catch_all`, `delegate` and `rethrow`: exceptions as they were before `try_table`, which compilers still
// emit. The landing of a `try` is the same as that of a `try_table`; but its clauses are only seen one after the other,
// so the comparisons are made as they come: `untaken` is where an exception is that no clause so far has taken.
#include <cstddef>

#include "engine/codegen/translator.h"
#include "engine/runtime/exceptions.h"

namespace witc::engine::codegen {

using llvm::BasicBlock;
using llvm::Value;
using wasm::Op;

/// The body, or the clause before, has ended, and the handler begins.
void FunctionTranslator::begin_catch(const wasm::Operator& op) {
  if (reachable_) branch(0);
  Control& control = controls_.back();
  if (control.kind == Control::kTry) control.untaken = control.landing.block;
  control.kind = Control::kCatch;
  stack_.resize(control.height);
  reachable_ = control.untaken != nullptr;
  if (!reachable_) return;  // nothing throws
  ir_.SetInsertPoint(control.untaken);
  control.untaken = nullptr;
  Value* exception = control.landing.exception;
  if (op.op == Op::kCatch) {
    auto* taken = BasicBlock::Create(batch_.context(), "catch", function_);
    control.untaken = BasicBlock::Create(batch_.context(), "", function_);
    Value* tag = exception_field(exception, i32(), offsetof(ExceptionObject, tag));
    ir_.CreateCondBr(ir_.CreateICmpEQ(tag, ir_.getInt32(place_.tags[op.index].number)), taken, control.untaken);
    ir_.SetInsertPoint(taken);
    for (Value* value : load_payload(exception, op.index)) push(value);
  }
  values_ += 2;
  store_pending(constant64(0));
  mark_escaped(exception);  // a `rethrow` may want it
}

/// The block has been closed: what nobody took goes on. `depth` as in landing().
void FunctionTranslator::finish_try(const Control& control, std::size_t depth) {
  BasicBlock* rest = control.kind == Control::kTry ? control.landing.block : control.untaken;
  if (rest == nullptr) return;
  const llvm::IRBuilderBase::InsertPointGuard guard(ir_);
  ir_.SetInsertPoint(rest);
  go_to_landing(control.landing.exception, depth);
}

/// Ends a `try`: what it throws is thrown at the end of the block that the label names.
void FunctionTranslator::delegate(std::uint32_t label) {
  controls_.back().delegated = controls_.size() - 1 - label;
  end_block();
}

void FunctionTranslator::rethrow(std::uint32_t label) {
  go_to_landing(controls_[controls_.size() - 1 - label].landing.exception, controls_.size());
  stop();
}

}  // namespace witc::engine::codegen
