// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exceptions as checked returns (runtime/exceptions.h). Every `try_table` that something may throw in has a landing: a
// block that takes the exception in a phi node and compares its tag with the clauses in turn; what none of them takes
// goes on to the landing around it, and at last to the block that leaves the function.
//
// Where a `throw` and the clause that takes it stand in one function, tags are compared here, at compile time, and the
// throw is a branch; an object is made only for an `exnref`.
#include <cstddef>

#include "engine/codegen/translator.h"
#include "engine/runtime/context.h"
#include "engine/runtime/exceptions.h"
#include "engine/slots.h"

namespace witc::engine::codegen {

using llvm::BasicBlock;
using llvm::LLVMContext;
using llvm::Value;
using wasm::Catch;
using wasm::Op;

namespace {

bool has_tag(const Catch& clause) { return clause.kind == Catch::kCatch || clause.kind == Catch::kCatchRef; }
bool has_ref(const Catch& clause) { return clause.kind == Catch::kCatchRef || clause.kind == Catch::kCatchAllRef; }

}  // namespace

void FunctionTranslator::begin_try_table(const wasm::Operator& op) {
  Control& control = begin_block(Control::kTryTable, op.block_type);
  control.catches.assign(op.catches.begin(), op.catches.end());
}

void FunctionTranslator::store_pending(Value* exception) {
  auto* store = ir_.CreateStore(exception, context_address(offsetof(StoreHeader, pending_exn)));
  store->setMetadata(LLVMContext::MD_tbaa, batch_.context_tag());
}

/// Of the innermost block among the first `depth` that takes exceptions, else of the function.
FunctionTranslator::Landing& FunctionTranslator::landing(std::size_t depth) {
  Landing* found = &function_landing_;
  for (std::size_t i = depth; i-- > 0;) {
    if (controls_[i].catches.empty() && controls_[i].kind != Control::kTry) continue;
    found = &controls_[i].landing;
    break;
  }
  if (found->block == nullptr) {
    found->block = BasicBlock::Create(batch_.context(), "landing", function_);
    found->exception = llvm::IRBuilder<>(found->block).CreatePHI(i64(), 2);
  }
  return *found;
}

/// After a call: if it was left by an exception, goes to who takes it.
void FunctionTranslator::check_exception() {
  Value* exception = load_context(i64(), offsetof(StoreHeader, pending_exn));
  Landing& target = landing(controls_.size());
  auto* next = BasicBlock::Create(batch_.context(), "", function_);
  target.exception->addIncoming(exception, ir_.GetInsertBlock());
  ir_.CreateCondBr(ir_.CreateICmpNE(exception, constant64(0)), target.block, next, batch_.unlikely());
  ir_.SetInsertPoint(next);
}

void FunctionTranslator::go_to_landing(Value* exception, std::size_t depth) {
  Landing& target = landing(depth);
  target.exception->addIncoming(exception, ir_.GetInsertBlock());
  ir_.CreateBr(target.block);
}

Value* FunctionTranslator::exception_field(Value* exception, llvm::Type* type, std::size_t offset) {
  Value* object = ir_.CreateIntToPtr(exception, batch_.ptr());
  return ir_.CreateLoad(type, offset_pointer(object, constant64(offset), 0));
}

Value* FunctionTranslator::payload(Value* exception) {
  return offset_pointer(ir_.CreateIntToPtr(exception, batch_.ptr()), constant64(sizeof(ExceptionObject)), 0);
}

std::vector<Value*> FunctionTranslator::load_payload(Value* exception, std::uint32_t tag) {
  std::vector<Value*> values;
  Value* from = payload(exception);
  std::size_t next = 0;
  for (const wasm::ValType& type : tag_type(tag).params) values.push_back(batch_.load_slots(ir_, type, from, next));
  values_ += values.size();
  return values;
}

const wasm::FuncType& FunctionTranslator::tag_type(std::uint32_t tag) const {
  return std::get<wasm::FuncType>(module_.types[module_.tags[wasm::TagIndex(tag)].type.type].type);
}

Value* FunctionTranslator::make_exception(std::uint32_t tag, const std::vector<Value*>& values) {
  Value* number = ir_.getInt32(place_.tags[tag].number);
  Value* slots = constant64(slot_count(tag_type(tag).params));
  Value* exception = call_libcall(offsetof(Libcalls, exception_new), i64(), {number, slots});
  trap_if(ir_.CreateICmpEQ(exception, constant64(0)), TrapKind::kGcHeapExhausted);
  Value* into = payload(exception);
  std::size_t next = 0;
  for (Value* value : values) next = batch_.store_slots(ir_, value, into, next);
  return exception;
}

void FunctionTranslator::mark_escaped(Value* exception) {
  Value* object = ir_.CreateIntToPtr(exception, batch_.ptr());
  ir_.CreateStore(ir_.getInt32(1), offset_pointer(object, constant64(offsetof(ExceptionObject, escaped)), 0));
}

/// A throw that a clause of this function takes, if there is one.
bool FunctionTranslator::throw_locally(std::uint32_t tag, std::vector<Value*>& values) {
  for (std::size_t i = controls_.size(); i-- > 0;) {
    if (controls_[i].kind == Control::kTry) return false;  // its clauses are not known yet
    for (const Catch& clause : controls_[i].catches) {
      if (has_tag(clause) && place_.tags[clause.tag.value].number != place_.tags[tag].number) continue;
      Value* exception = nullptr;
      if (has_ref(clause)) {
        exception = make_exception(tag, values);
        mark_escaped(exception);
      }
      if (!has_tag(clause)) values.clear();
      if (exception != nullptr) values.push_back(exception);
      const auto label = static_cast<std::uint32_t>(controls_.size() - i) + clause.label;
      ir_.CreateBr(branch_target(label, values));
      return true;
    }
  }
  return false;
}

void FunctionTranslator::throw_tag(std::uint32_t tag) {
  std::vector<Value*> values = pop_many(tag_type(tag).params.size());
  values_ += values.size();
  if (!throw_locally(tag, values)) go_to_landing(make_exception(tag, values), controls_.size());
  stop();
}

/// The exception is taken by `clause` of the `try_table` that just ended.
void FunctionTranslator::take(Value* exception, const Catch& clause) {
  std::vector<Value*> values;
  if (has_tag(clause)) values = load_payload(exception, clause.tag.value);
  store_pending(constant64(0));
  if (has_ref(clause)) {
    mark_escaped(exception);
    values.push_back(exception);
  } else {
    auto* drop = BasicBlock::Create(batch_.context(), "", function_);
    auto* next = BasicBlock::Create(batch_.context(), "", function_);
    Value* escaped = exception_field(exception, i32(), offsetof(ExceptionObject, escaped));
    ir_.CreateCondBr(is_true(escaped), next, drop);
    ir_.SetInsertPoint(drop);
    call_libcall(offsetof(Libcalls, exception_drop), llvm::Type::getVoidTy(batch_.context()), {exception});
    ir_.CreateBr(next);
    ir_.SetInsertPoint(next);
  }
  ir_.CreateBr(branch_target(clause.label, values));
}

/// The landing of a `try_table` that has just been closed: its labels count from here.
void FunctionTranslator::finish_landing(const Control& control) {
  if (control.kind == Control::kTry || control.kind == Control::kCatch) {
    return finish_try(control, control.delegated ? *control.delegated : controls_.size());
  }
  if (control.landing.block == nullptr) return;
  const llvm::IRBuilderBase::InsertPointGuard guard(ir_);
  ir_.SetInsertPoint(control.landing.block);
  Value* exception = control.landing.exception;
  Value* tag = exception_field(exception, i32(), offsetof(ExceptionObject, tag));
  for (const Catch& clause : control.catches) {
    values_ += 2;
    if (!has_tag(clause)) return take(exception, clause);
    auto* taken = BasicBlock::Create(batch_.context(), "catch", function_);
    auto* next = BasicBlock::Create(batch_.context(), "", function_);
    ir_.CreateCondBr(ir_.CreateICmpEQ(tag, ir_.getInt32(place_.tags[clause.tag.value].number)), taken, next);
    ir_.SetInsertPoint(taken);
    take(exception, clause);
    ir_.SetInsertPoint(next);
  }
  go_to_landing(exception, controls_.size());
}

/// Leaves the function. Its results are whatever they are: the caller looks at the pending exception first.
void FunctionTranslator::finish_function_landing() {
  if (function_landing_.block == nullptr) return;
  ir_.SetInsertPoint(function_landing_.block);
  if (ProgramEffects::is_barrier(batch_.program().instances[self_.instance])) return trap(TrapKind::kExceptionLeftComponent);
  store_pending(function_landing_.exception);
  llvm::Type* result = function_->getReturnType();
  if (result->isVoidTy()) ir_.CreateRetVoid();
  else ir_.CreateRet(llvm::PoisonValue::get(result));
}

bool FunctionTranslator::translate_exception(const wasm::Operator& op) {
  switch (op.op) {
    case Op::kTryTable:
      begin_try_table(op);
      return true;
    case Op::kThrow:
      throw_tag(op.index);
      return true;
    case Op::kThrowRef: {
      Value* exception = pop();
      trap_if(ir_.CreateICmpEQ(exception, constant64(0)), TrapKind::kNullExceptionReference);
      go_to_landing(exception, controls_.size());
      stop();
      return true;
    }
    case Op::kTry:
      begin_block(Control::kTry, op.block_type);
      return true;
    case Op::kCatch:
    case Op::kCatchAll:
      begin_catch(op);
      return true;
    case Op::kDelegate:
      delegate(op.index);
      return true;
    case Op::kRethrow:
      rethrow(op.index);
      return true;
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
