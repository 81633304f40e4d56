// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loop over a body's operators, and the variables.
#include "engine/codegen/translator.h"

#include <fmt/format.h>

#include "engine/codegen/write_order.h"

namespace witc::engine::codegen {

using llvm::Value;
using wasm::Op;

namespace {
constexpr std::uint64_t kMaxValues = 8'000'000;

/// May the operator trap, call or throw? The others keep the place of the one before: making places for all costs a
/// tenth of the time to compile.
bool may_trap(const wasm::OpInfo& row) {
  switch (row.immediates) {
    case wasm::ImmediateKind::kLocal:
    case wasm::ImmediateKind::kGlobal:
    case wasm::ImmediateKind::kLabel:
    case wasm::ImmediateKind::kBrTable:
    case wasm::ImmediateKind::kSelectTypes:
    case wasm::ImmediateKind::kI32:
    case wasm::ImmediateKind::kI64:
    case wasm::ImmediateKind::kF32:
    case wasm::ImmediateKind::kF64:
    case wasm::ImmediateKind::kV128:
    case wasm::ImmediateKind::kShuffle:
    case wasm::ImmediateKind::kLane:
      return false;
    case wasm::ImmediateKind::kNone:
      break;
    default:  // accesses, calls, casts, blocks
      return true;
  }
  if (row.feature == wasm::Feature::kSimd || row.feature == wasm::Feature::kRelaxedSimd) return false;
  if (row.feature != wasm::Feature::kCore1) return true;
  const std::string_view name = row.text;
  return row.op == Op::kUnreachable || name.find(".div_") != name.npos || name.find(".rem_") != name.npos ||
         name.find(".trunc_") != name.npos;
}

bool needs_place(Op op) {
  static const std::vector<bool> kTable = [] {
    std::vector<bool> out(wasm::kOpCount);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = may_trap(wasm::info(static_cast<Op>(i)));
    return out;
  }();
  return kTable[static_cast<std::size_t>(op)];
}
}

FunctionTranslator::FunctionTranslator(Batch& batch, const Body& body)
    : batch_(batch),
      body_(body),
      self_(body.func),
      module_(batch.wasm_module(self_.instance)),
      source_(batch.wasm_func(self_)),
      type_(module_.func_type(self_.func)),
      place_(batch.layout()[self_.instance]),
      function_(batch.function(body)),
      ir_(batch.context()),
      hints_(batch.branch_hints(self_)) {
  for (auto kind : {wasm::ValType::kI32, wasm::ValType::kI64, wasm::ValType::kF32, wasm::ValType::kF64,
                    wasm::ValType::kV128, wasm::ValType::kRef}) {
    value_blocks_[kind].results = {wasm::ValType{kind, {}}};
  }
}

Result<void> FunctionTranslator::run() {
  function_->setSubprogram(batch_.scope(body_));
  set_position(0);
  start_function();
  poll_interrupt();
  begin_segment();
  wasm::OperatorReader reader(module_.source, source_.body);
  while (!reader.at_end()) {
    const wasm::Operator& op = *TRY(reader.next());
    if (!reachable_) {
      skip_unreachable(op);
      if (reachable_) begin_segment();
      continue;
    }
    if (needs_place(op.op)) set_position(op.position);
    if (values_ > kMaxValues) {
      return error(DiagCode::kEngineResource, module_.code_span(op.offset),
                   "the function is too complex to compile");
    }
    take_hint(op);
    const bool known = translate_control(op) || translate_variable(op) || translate_integer(op) ||
                       translate_memory(op) || translate_call(op) || translate_float(op) || translate_conversion(op) ||
                       translate_bulk_memory(op) || translate_atomic(op) || translate_table(op) ||
                       translate_vector(op) || translate_reference(op) || translate_exception(op) ||
                       translate_struct(op) || translate_array_new(op) || translate_array(op) ||
                       translate_array_segment(op) || translate_cast(op);
    if (!known) {
      return error(DiagCode::kEngineUnsupported, module_.code_span(op.offset),
                   fmt::format("the engine cannot compile `{}`", wasm::info(op.op).text));
    }
    after_operator(op.op);
  }
  end_segment();
  finish_function();
  drop_unused_comparisons();
  return {};
}

void FunctionTranslator::take_hint(const wasm::Operator& op) {
  while (!hints_.empty() && hints_.front().position < op.position) hints_ = hints_.subspan(1);
  const bool is_hinted = !hints_.empty() && hints_.front().position == op.position;
  hint_ = is_hinted ? batch_.hinted(hints_.front().likely) : nullptr;
}

Value* FunctionTranslator::pop() {
  WITC_CHECK(!stack_.empty());
  Value* value = stack_.back();
  stack_.pop_back();
  return value;
}

std::vector<Value*> FunctionTranslator::pop_many(std::size_t count) {
  WITC_CHECK(stack_.size() >= count);
  const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
  std::vector<Value*> values(first, stack_.end());
  stack_.erase(first, stack_.end());
  return values;
}

void FunctionTranslator::count_up_to(Value* count, llvm::function_ref<void(Value* i)> body) {
  auto* before = ir_.GetInsertBlock();
  auto* loop = llvm::BasicBlock::Create(batch_.context(), "count", function_);
  auto* each = llvm::BasicBlock::Create(batch_.context(), "", function_);
  auto* done = llvm::BasicBlock::Create(batch_.context(), "", function_);
  ir_.CreateBr(loop);
  ir_.SetInsertPoint(loop);
  llvm::PHINode* i = ir_.CreatePHI(i64(), 2);
  i->addIncoming(constant64(0), before);
  ir_.CreateCondBr(ir_.CreateICmpULT(i, count), each, done);
  ir_.SetInsertPoint(each);
  body(i);
  i->addIncoming(ir_.CreateAdd(i, constant64(1)), each);
  ir_.CreateBr(loop);
  ir_.SetInsertPoint(done);
}

llvm::AllocaInst* FunctionTranslator::slot_in_entry(llvm::Type* type, std::uint64_t count) {
  llvm::IRBuilder<> entry(entry_, entry_->begin());
  return entry.CreateAlloca(type, entry.getInt32(static_cast<std::uint32_t>(count)));
}

Value* FunctionTranslator::get_local(Local& local) {
  if (is_known(local.known)) return local.known.value;
  Value* value = ir_.CreateLoad(local.slot->getAllocatedType(), local.slot);
  know(local.known, value);
  local.unread = nullptr;
  return value;
}

void FunctionTranslator::set_local(Local& local, Value* value) {
  if (local.unread != nullptr && local.unread->getParent() == ir_.GetInsertBlock()) local.unread->eraseFromParent();
  local.unread = ir_.CreateStore(value, local.slot);
  know(local.known, value);
}

bool FunctionTranslator::translate_variable(const wasm::Operator& op) {
  switch (op.op) {
    case Op::kLocalGet:
      push(get_local(locals_[op.index]));
      return true;
    case Op::kLocalSet:
      set_local(locals_[op.index], pop());
      return true;
    case Op::kLocalTee:
      set_local(locals_[op.index], stack_.back());
      return true;
    case Op::kGlobalGet: {
      const Definition& where = place_.globals[op.index];
      const wasm::GlobalType& type = module_.globals[op.global()].type;
      if (type.is_mutable) {
        push(load_context(batch_.type(type.type), where.offset));
      } else {
        push(load_constant(batch_.type(type.type), where.offset));
      }
      return true;
    }
    case Op::kGlobalSet: {
      auto* store = ir_.CreateStore(pop(), context_address(place_.globals[op.index].offset));
      store->setMetadata(llvm::LLVMContext::MD_tbaa, batch_.context_tag());
      return true;
    }
    case Op::kDrop:
      pop();
      return true;
    case Op::kSelect:
    case Op::kSelectTyped: {
      Value* condition = is_true(pop());
      Value* otherwise = pop();
      Value* chosen = pop();
      push(ir_.CreateSelect(condition, chosen, otherwise));
      return true;
    }
    default:
      return false;
  }
}

void FunctionTranslator::set_position(std::uint32_t position) {
  ir_.SetCurrentDebugLocation(llvm::DILocation::get(batch_.context(), position + 1, 0, function_->getSubprogram()));
}

/// Not merged with other traps of its kind: where it lies says which operator trapped.
void FunctionTranslator::trap(TrapKind kind) {
  const auto number = static_cast<std::uint8_t>(kind);
  if (!batch_.optimises()) {  // as codegen/quick_path.h has it
    const llvm::DebugLoc place = ir_.getCurrentDebugLocation();
    ir_.SetCurrentDebugLocation(llvm::DILocation::get(batch_.context(), place.getLine(), number + 1u, place.getScope()));
    ir_.CreateIntrinsic(llvm::Intrinsic::trap, llvm::ArrayRef<llvm::Type*>(), {});
    ir_.SetCurrentDebugLocation(place);
    ir_.CreateUnreachable();
    return;
  }
  ir_.CreateIntrinsic(llvm::Intrinsic::ubsantrap, {}, {ir_.getInt8(number)})->addFnAttr(llvm::Attribute::NoMerge);
  ir_.CreateUnreachable();
}

void FunctionTranslator::trap_if(Value* condition, TrapKind kind) {
  auto* next = llvm::BasicBlock::Create(batch_.context(), "", function_);
  auto* block = llvm::BasicBlock::Create(batch_.context(), "trap", function_);
  ir_.CreateCondBr(condition, block, next, batch_.unlikely());
  ir_.SetInsertPoint(block);
  trap(kind);
  ir_.SetInsertPoint(next);
}

namespace {
Result<void> translate(Batch& batch, const Body& body) {
  TRY(FunctionTranslator(batch, body).run());
  // No guest sees what an adapter had written when it trapped.
  if (!batch.program().instances[body.func.instance].inline_always) keep_effects_in_order(*batch.function(body));
  return {};
}
}  // namespace

Result<void> translate_functions(Batch& batch, std::span<const DefinedFunc> functions) {
  for (const DefinedFunc& func : functions) TRY(translate(batch, {func}));
  while (auto copy = batch.next_copy()) TRY(translate(batch, *copy));
  return {};
}

}  // namespace witc::engine::codegen
