// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls. A call to another instance is a direct call with a constant added to the context; a call to the host goes
// through a function of its own (stubs.cpp).
#include <cstddef>

#include "base/overloaded.h"
#include "engine/codegen/translator.h"
#include "engine/runtime/context.h"
#include "engine/slots.h"

namespace witc::engine::codegen {

using llvm::LLVMContext;
using llvm::Value;
using wasm::Op;

namespace {
/// So often a part of an adapter, such as its check of a range, is inlined into the adapter's others; then it is called,
/// or an adapter of many strings would be as large as it has parts, times that.
constexpr unsigned kInlinedCalls = 8;

/// Is it a part that was made to keep the adapter small (adapter-gen/emit.cpp names it so)?
bool is_outlined(const wasm::Module& adapter, wasm::FuncIndex func) {
  auto name = adapter.names.funcs.find(func);
  return name != adapter.names.funcs.end() && name->second.starts_with("outlined ");
}
}  // namespace

bool FunctionTranslator::translate_call(const wasm::Operator& op) {
  switch (op.op) {
    case Op::kCall:
    case Op::kReturnCall:
      if (place_.is_shared && place_.by_reference[op.index]) {
        Value* reference = ir_.CreatePtrToInt(context_address(place_.func_refs[op.index]), i64());
        call_reference(reference, module_.funcs[op.func()].type, op.op == Op::kReturnCall);
      } else {
        call_target(place_.funcs[op.index], module_.func_type(op.func()), op.op == Op::kReturnCall);
      }
      return true;
    case Op::kCallIndirect:
    case Op::kReturnCallIndirect:
      call_indirect(op, op.op == Op::kReturnCallIndirect);
      return true;
    case Op::kCallRef:
    case Op::kReturnCallRef: {
      Value* reference = pop();
      trap_if(ir_.CreateICmpEQ(reference, constant64(0)), TrapKind::kNullFunctionReference);
      call_reference(reference, op.type(), op.op == Op::kReturnCallRef);
      return true;
    }
    default:
      return false;
  }
}

void FunctionTranslator::call_target(const FuncTarget& target, const wasm::FuncType& type, bool is_tail) {
  match(
      target,
      [&](const DefinedFunc& func) {
        llvm::Function* callee = batch_.callee(body_, func);
        const bool is_part = func.instance == self_.instance && batch_.program().instances[func.instance].inline_always;
        const bool stays_a_call = is_part && (is_outlined(module_, func.func) || callee->hasNUsesOrMore(kInlinedCalls));
        llvm::CallInst* call = call_function(callee, context_address(batch_.layout()[func.instance].context), type, is_tail,
                                             batch_.effects().may_throw(target));
        if (stays_a_call) call->addFnAttr(llvm::Attribute::NoInline);
      },
      [&](HostSlot slot) {
        llvm::CallInst* call =
            call_function(batch_.function(slot), header(), type, is_tail, batch_.effects().may_throw(target));
        // What the runtime's own code leaves to the host is what happens seldom.
        if (batch_.program().instances[self_.instance].is_internal) call->addFnAttr(llvm::Attribute::Cold);
      },
      [&](Intrinsic intrinsic) { call_intrinsic(intrinsic); },
      [&](const NativeFunc& func) { call_native(func, type, is_tail); });
}

/// An address becomes a pointer; the code is in the StoreHeader's table, for what is kept on disk knows no addresses.
void FunctionTranslator::call_native(const NativeFunc& func, const wasm::FuncType& type, bool is_tail) {
  std::vector<Value*> args = pop_many(type.params.size());
  std::size_t memory = 0;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (is_address(func.native, i)) args[i] = offset_pointer(memory_base(func.memories[memory++]), args[i], 0);
  }
  const std::size_t entry = offsetof(StoreHeader, natives) + static_cast<std::size_t>(func.native) * sizeof(void*);
  llvm::Type* result = type.results.empty() ? llvm::Type::getVoidTy(batch_.context()) : batch_.type(type.results[0]);
  Value* out = call_on_own_stack(static_cast<std::uint32_t>(entry), result, std::move(args));
  if (!type.results.empty()) push(out);
  if (is_tail) branch(static_cast<std::uint32_t>(controls_.size() - 1));
}

llvm::CallInst* FunctionTranslator::call_function(llvm::FunctionCallee callee, Value* context, const wasm::FuncType& type,
                                                 bool is_tail, bool may_throw) {
  values_ += type.params.size() + type.results.size();
  const std::vector<Value*> args = pop_many(type.params.size());
  if (is_tail) return return_call(callee, context, type, args);
  llvm::AllocaInst* buffer = nullptr;
  if (Batch::returns_by_buffer(type)) buffer = slot_in_entry(i64(), slot_count(type.results));
  llvm::CallInst* call = batch_.call(ir_, callee, type, context, args, buffer, buffer_header());
  ++calls_;
  if (may_throw) check_exception();
  if (buffer != nullptr) {
    std::size_t next = 0;
    for (const wasm::ValType& result : type.results) push(batch_.load_slots(ir_, result, buffer, next));
  } else if (type.results.size() == 1) {
    push(call);
  } else {
    for (unsigned i = 0; i < type.results.size(); ++i) push(ir_.CreateExtractValue(call, i));
  }
  return call;
}

/// The callee has the caller's results, so it may have its result buffer too.
llvm::CallInst* FunctionTranslator::return_call(llvm::FunctionCallee callee, Value* context, const wasm::FuncType& type,
                                     const std::vector<Value*>& args) {
  Value* results = nullptr;
  if (Batch::returns_by_buffer(type_)) results = function_->getArg(static_cast<unsigned>(function_->arg_size() - 1));
  llvm::CallInst* call = batch_.call(ir_, callee, type, context, args, results, buffer_header());
  call->setTailCallKind(llvm::CallInst::TCK_MustTail);
  if (call->getType()->isVoidTy()) ir_.CreateRetVoid();
  else ir_.CreateRet(call);
  stop();
  return call;
}

void FunctionTranslator::call_indirect(const wasm::Operator& op, bool is_tail) {
  Value* slot = table_slot(op.index2, pop(), TrapKind::kUndefinedElement);
  const FixedTable& table = place_.fixed_tables[op.index2];
  auto* reference = ir_.CreateLoad(i64(), slot);
  if (table.is_fixed) {
    reference->setMetadata(LLVMContext::MD_invariant_load, batch_.empty_node());
  } else {
    reference->setMetadata(LLVMContext::MD_tbaa, batch_.table_tag());
  }
  trap_if(ir_.CreateICmpEQ(reference, constant64(0)), TrapKind::kUninitializedElement);
  Value* type = ir_.CreateTrunc(func_field(reference, i64(), offsetof(FuncRef, type)), i32());
  Value* fits = has_type(type, batch_.layout().type_id(self_.instance, op.type()));
  trap_if(ir_.CreateNot(fits), TrapKind::kIndirectCallTypeMismatch);
  call_reference(reference, op.type(), is_tail, table.is_own ? context_ : nullptr);
}

/// A field of a FuncRef that is not null.
Value* FunctionTranslator::func_field(Value* reference, llvm::Type* type, std::size_t offset) {
  Value* func = ir_.CreateIntToPtr(reference, batch_.ptr());
  auto* load = ir_.CreateLoad(type, offset_pointer(func, constant64(offset), 0));
  load->setMetadata(LLVMContext::MD_invariant_load, batch_.empty_node());
  return load;
}

/// Calls what a reference refers to, which is not null and of this type. `context` is the callee's, if it is known.
void FunctionTranslator::call_reference(Value* reference, wasm::TypeIndex type, bool is_tail, Value* context) {
  const auto& signature = std::get<wasm::FuncType>(module_.types[type].type);
  Value* code = func_field(reference, batch_.ptr(), offsetof(FuncRef, code));
  if (context == nullptr) context = func_field(reference, batch_.ptr(), offsetof(FuncRef, context));
  call_function({batch_.function_type(signature), code}, context, signature, is_tail,
                batch_.effects().may_throw(signature));
}

/// Is the type with the id `type` (i32) the one with the id `wanted`, or a subtype of it?
Value* FunctionTranslator::has_type(Value* type, std::uint32_t wanted) {
  const Layout& layout = batch_.layout();
  if (!layout.has_subtypes(wanted)) return ir_.CreateICmpEQ(type, ir_.getInt32(wanted));
  Value* super = load_display(type, 1 + layout.types().depth(wasm::CanonTypeId(wanted - 1)));
  return ir_.CreateICmpEQ(super, ir_.getInt32(wanted));
}

/// A word of a type's row in Layout::displays().
Value* FunctionTranslator::load_display(Value* type, std::uint32_t word) {
  Value* rows = load_constant(batch_.ptr(), offsetof(StoreHeader, displays));
  Value* index = ir_.CreateAdd(ir_.CreateMul(to_64(type), constant64(batch_.layout().display_stride())), constant64(word));
  auto* load = ir_.CreateLoad(i32(), offset_pointer(rows, index, 2));
  load->setMetadata(LLVMContext::MD_invariant_load, batch_.empty_node());
  return load;
}

void FunctionTranslator::call_intrinsic(Intrinsic intrinsic) {
  switch (intrinsic) {
    case Intrinsic::kTrap: {
      Value* number = pop();
      auto* otherwise = llvm::BasicBlock::Create(batch_.context(), "", function_);
      auto* jump = ir_.CreateSwitch(number, otherwise);
#define WITC_TRAP(value, name, message)                                        \
  {                                                                            \
    auto* block = llvm::BasicBlock::Create(batch_.context(), "", function_);   \
    jump->addCase(ir_.getInt32(value), block);                                 \
    ir_.SetInsertPoint(block);                                                 \
    trap(TrapKind::name);                                                      \
  }
      if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(number)) {
        const TrapKind kind =
            trap_kind(static_cast<std::uint32_t>(constant->getZExtValue())).value_or(TrapKind::kHost);
        jump->eraseFromParent();
        otherwise->eraseFromParent();
        trap(kind);
      } else {
#include "engine/trap.def"
        ir_.SetInsertPoint(otherwise);
        trap(TrapKind::kHost);
      }
#undef WITC_TRAP
      stop();
      return;
    }
  }
}

/// On the thread's own stack: arch/arch.h, witc_engine_call_host.
Value* FunctionTranslator::call_libcall(std::uint32_t offset, llvm::Type* result, std::vector<Value*> args) {
  return call_on_own_stack(static_cast<std::uint32_t>(offsetof(StoreHeader, libcalls)) + offset, result, std::move(args));
}

Value* FunctionTranslator::call_on_own_stack(std::uint32_t entry, llvm::Type* result, std::vector<Value*> args) {
  args.insert(args.begin(), header());
  std::vector<llvm::Type*> types;
  for (Value* arg : args) types.push_back(arg->getType());
  Value* code = load_constant(batch_.ptr(), entry);
  Value* leave = load_constant(batch_.ptr(), static_cast<std::uint32_t>(offsetof(StoreHeader, call_host)));
  types.insert(types.begin(), batch_.ptr());
  args.insert(args.begin(), code);
  llvm::CallInst* call = ir_.CreateCall(llvm::FunctionType::get(result, types, false), leave, args);
  call->addParamAttr(0, llvm::Attribute::Nest);
  call->setDoesNotThrow();
  ++calls_;
  return call;
}

}  // namespace witc::engine::codegen
