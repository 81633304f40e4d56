// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Blocks and branches. A control entry knows the LLVM block a branch to it goes to and the phi nodes that take the
// branch's values. After a branch the rest of its block is skipped, so every value on the stack is real.
#include <map>

#include "engine/codegen/translator.h"

namespace witc::engine::codegen {

using llvm::BasicBlock;
using llvm::PHINode;
using llvm::Value;
using wasm::Op;

void FunctionTranslator::start_function() {
  batch_.set_attributes(*function_);
  entry_ = BasicBlock::Create(batch_.context(), "entry", function_);
  auto* body = BasicBlock::Create(batch_.context(), "body", function_);
  ir_.SetInsertPoint(body);
  context_ = function_->getArg(0);
  memory_bases_.resize(module_.memories.size());
  for (Value* argument : batch_.arguments(ir_, *function_, type_, buffer_header())) {
    set_local(locals_.emplace_back(slot_in_entry(argument->getType(), 1)), argument);
  }
  for (const wasm::LocalGroup& group : source_.locals) {
    for (std::uint32_t i = 0; i < group.count; ++i) {
      auto* slot = slot_in_entry(batch_.type(group.type), 1);
      set_local(locals_.emplace_back(slot), special(llvm::Constant::getNullValue(slot->getAllocatedType())));
    }
  }
  Control& control = controls_.emplace_back();
  control.type = &type_;
  control.tail = BasicBlock::Create(batch_.context(), "return", function_);
  control.tail_phis = make_phis(control.tail, type_.results);
}

void FunctionTranslator::finish_function() {
  if (reachable_) {
    if (Batch::returns_by_buffer(type_)) {
      Value* buffer = function_->getArg(static_cast<unsigned>(function_->arg_size() - 1));
      std::size_t next = 0;
      for (Value* value : stack_) next = batch_.store_slots(ir_, value, buffer, next);
      ir_.CreateRetVoid();
    } else if (stack_.empty()) {
      ir_.CreateRetVoid();
    } else if (stack_.size() == 1) {
      ir_.CreateRet(stack_[0]);
    } else {
      ir_.CreateAggregateRet(stack_.data(), static_cast<unsigned>(stack_.size()));
    }
  }
  finish_function_landing();
  llvm::IRBuilder<>(entry_).CreateBr(&*std::next(function_->begin()));
}

std::vector<PHINode*> FunctionTranslator::make_phis(BasicBlock* block, const std::vector<wasm::ValType>& types) {
  llvm::IRBuilder<> builder(block);
  std::vector<PHINode*> phis;
  for (const wasm::ValType& type : types) phis.push_back(builder.CreatePHI(batch_.type(type), 2));
  return phis;
}

const wasm::FuncType& FunctionTranslator::block_type(const wasm::BlockType& type) {
  switch (type.kind) {
    case wasm::BlockType::kEmpty:
      return empty_block_;
    case wasm::BlockType::kValue:
      return value_blocks_[type.value.kind];
    case wasm::BlockType::kFunc:
      return std::get<wasm::FuncType>(module_.types[type.type].type);
  }
  return empty_block_;
}

FunctionTranslator::Control& FunctionTranslator::begin_block(Control::Kind kind, const wasm::BlockType& type) {
  Control& control = controls_.emplace_back();
  control.kind = kind;
  control.type = &block_type(type);
  control.height = stack_.size() - control.type->params.size();
  values_ += control.type->params.size() + control.type->results.size();
  control.tail = BasicBlock::Create(batch_.context(), "", function_);
  control.tail_phis = make_phis(control.tail, control.type->results);
  return control;
}

void FunctionTranslator::begin_loop(const wasm::BlockType& type) {
  Control& control = begin_block(Control::kLoop, type);
  control.head = BasicBlock::Create(batch_.context(), "loop", function_);
  control.head_phis = make_phis(control.head, control.type->params);
  const std::vector<Value*> params = pop_many(control.head_phis.size());
  BasicBlock* from = ir_.GetInsertBlock();
  ir_.CreateBr(control.head);
  ir_.SetInsertPoint(control.head);
  for (std::size_t i = 0; i < params.size(); ++i) {
    control.head_phis[i]->addIncoming(params[i], from);
    push(control.head_phis[i]);
  }
}

void FunctionTranslator::begin_if(const wasm::BlockType& type) {
  Value* condition = is_true(pop());
  Control& control = begin_block(Control::kIf, type);
  control.otherwise = BasicBlock::Create(batch_.context(), "else", function_);
  control.params.assign(stack_.begin() + static_cast<std::ptrdiff_t>(control.height), stack_.end());
  auto* then = BasicBlock::Create(batch_.context(), "then", function_);
  ir_.CreateCondBr(condition, then, control.otherwise, hint_);
  ir_.SetInsertPoint(then);
}

void FunctionTranslator::begin_else() {
  Control& control = controls_.back();
  if (reachable_) branch(0);
  control.kind = Control::kElse;
  stack_.resize(control.height);
  stack_.insert(stack_.end(), control.params.begin(), control.params.end());
  ir_.SetInsertPoint(control.otherwise);
  control.otherwise = nullptr;
  reachable_ = true;
}

void FunctionTranslator::end_block() {
  if (controls_.back().otherwise != nullptr) begin_else();  // `if` without `else`: the parameters are the results
  Control control = std::move(controls_.back());
  if (reachable_) {
    const std::vector<Value*> results = pop_many(control.tail_phis.size());
    for (std::size_t i = 0; i < results.size(); ++i) control.tail_phis[i]->addIncoming(results[i], ir_.GetInsertBlock());
    ir_.CreateBr(control.tail);
  }
  controls_.pop_back();
  finish_landing(control);
  stack_.resize(control.height);
  reachable_ = !control.tail->use_empty();
  if (!reachable_) {
    control.tail->eraseFromParent();
    return;
  }
  control.tail->moveAfter(&function_->back());
  ir_.SetInsertPoint(control.tail);
  for (PHINode* phi : control.tail_phis) push(phi);
}

BasicBlock* FunctionTranslator::branch_target(std::uint32_t label, const std::vector<Value*>& values) {
  Control& control = controls_[controls_.size() - 1 - label];
  const bool is_loop = control.kind == Control::kLoop;
  const std::vector<PHINode*>& phis = is_loop ? control.head_phis : control.tail_phis;
  values_ += phis.size();
  for (std::size_t i = 0; i < phis.size(); ++i) {
    phis[i]->addIncoming(values[values.size() - phis.size() + i], ir_.GetInsertBlock());
  }
  return is_loop ? control.head : control.tail;
}

void FunctionTranslator::branch(std::uint32_t label) {
  ir_.CreateBr(branch_target(label, stack_));
  stop();
}

void FunctionTranslator::branch_when(Value* condition, std::uint32_t label) {
  BasicBlock* target = branch_target(label, stack_);
  auto* next = BasicBlock::Create(batch_.context(), "", function_);
  ir_.CreateCondBr(condition, target, next, hint_);
  ir_.SetInsertPoint(next);
}

void FunctionTranslator::branch_table(const wasm::Operator& op) {
  Value* index = pop();
  BasicBlock* from = ir_.GetInsertBlock();
  std::map<std::uint32_t, BasicBlock*> edges;  // a block for each label, so that its values are passed only once
  auto edge = [&](std::uint32_t label) {
    BasicBlock*& block = edges[label];
    if (block == nullptr) {
      block = BasicBlock::Create(batch_.context(), "", function_);
      ir_.SetInsertPoint(block);
      ir_.CreateBr(branch_target(label, stack_));
    }
    return block;
  };
  BasicBlock* otherwise = edge(op.index);
  ir_.SetInsertPoint(from);
  auto* jump = ir_.CreateSwitch(index, otherwise, static_cast<unsigned>(op.labels.size()));
  for (std::size_t i = 0; i < op.labels.size(); ++i) {
    jump->addCase(ir_.getInt32(static_cast<std::uint32_t>(i)), edge(op.labels[i]));
  }
  stop();
}

void FunctionTranslator::skip_unreachable(const wasm::Operator& op) {
  switch (op.op) {
    case Op::kBlock:
    case Op::kLoop:
    case Op::kIf:
    case Op::kTry:
    case Op::kTryTable:
      ++skipped_;
      return;
    case Op::kElse:
      if (skipped_ == 0) begin_else();
      return;
    case Op::kEnd:
      if (skipped_ != 0) --skipped_;
      else end_block();
      return;
    case Op::kCatch:
    case Op::kCatchAll:
      if (skipped_ == 0) begin_catch(op);
      return;
    case Op::kDelegate:
      if (skipped_ != 0) --skipped_;
      else delegate(op.index);
      return;
    default:
      return;
  }
}

bool FunctionTranslator::translate_control(const wasm::Operator& op) {
  switch (op.op) {
    case Op::kUnreachable:
      trap(TrapKind::kUnreachable);
      stop();
      return true;
    case Op::kNop:
      return true;
    case Op::kBlock:
      begin_block(Control::kBlock, op.block_type);
      return true;
    case Op::kLoop:
      begin_loop(op.block_type);
      return true;
    case Op::kIf:
      begin_if(op.block_type);
      return true;
    case Op::kElse:
      begin_else();
      return true;
    case Op::kEnd:
      end_block();
      return true;
    case Op::kBr:
      branch(op.index);
      return true;
    case Op::kBrIf:
      branch_when(is_true(pop()), op.index);
      return true;
    case Op::kBrTable:
      branch_table(op);
      return true;
    case Op::kReturn:
      branch(static_cast<std::uint32_t>(controls_.size() - 1));
      return true;
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
