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

bool FunctionTranslator::translate_call(const wasm::Operator& op) {
  switch (op.op) {
    case Op::kCall:
    case Op::kReturnCall:
      call_target(place_.funcs[op.index], module_.func_type(op.func()), op.op == Op::kReturnCall);
      return true;
    case Op::kCallIndirect:
    case Op::kReturnCallIndirect:
      call_indirect(op, op.op == Op::kReturnCallIndirect);
      return true;
    default:
      return false;
  }
}

void FunctionTranslator::call_target(const FuncTarget& target, const wasm::FuncType& type, bool is_tail) {
  match(
      target,
      [&](const DefinedFunc& func) {
        call_function(batch_.callee(self_, func), context_address(batch_.layout()[func.instance].context), type,
                      is_tail);
      },
      [&](HostSlot slot) { call_function(batch_.function(slot), header(), type, is_tail); },
      [&](Intrinsic intrinsic) { call_intrinsic(intrinsic); });
}

void FunctionTranslator::call_function(llvm::FunctionCallee callee, Value* context, const wasm::FuncType& type,
                                       bool is_tail) {
  values_ += type.params.size() + type.results.size();
  std::vector<Value*> args = pop_many(type.params.size());
  args.insert(args.begin(), context);
  if (is_tail) return return_call(callee, std::move(args));
  llvm::AllocaInst* buffer = nullptr;
  if (Batch::returns_by_buffer(type)) {
    buffer = slot_in_entry(i64(), slot_count(type.results));
    args.push_back(buffer);
  }
  llvm::CallInst* call = ir_.CreateCall(callee, args);
  batch_.set_convention(*call);
  if (buffer != nullptr) {
    std::size_t next = 0;
    for (const wasm::ValType& result : type.results) push(batch_.load_slots(ir_, result, buffer, next));
  } else if (type.results.size() == 1) {
    push(call);
  } else {
    for (unsigned i = 0; i < type.results.size(); ++i) push(ir_.CreateExtractValue(call, i));
  }
}

/// The callee has the caller's results, so it may have its result buffer too.
void FunctionTranslator::return_call(llvm::FunctionCallee callee, std::vector<Value*> args) {
  if (Batch::returns_by_buffer(type_)) args.push_back(function_->getArg(static_cast<unsigned>(function_->arg_size() - 1)));
  llvm::CallInst* call = ir_.CreateCall(callee, args);
  batch_.set_convention(*call);
  call->setTailCallKind(llvm::CallInst::TCK_MustTail);
  if (call->getType()->isVoidTy()) ir_.CreateRetVoid();
  else ir_.CreateRet(call);
  stop();
}

void FunctionTranslator::call_indirect(const wasm::Operator& op, bool is_tail) {
  const auto& type = std::get<wasm::FuncType>(module_.types[op.type()].type);
  Value* slot = table_slot(op.index2, pop(), TrapKind::kUndefinedElement);
  auto* reference = ir_.CreateLoad(i64(), slot);
  reference->setMetadata(LLVMContext::MD_tbaa, batch_.table_tag());
  trap_if(ir_.CreateICmpEQ(reference, constant64(0)), TrapKind::kUninitializedElement);
  Value* func = ir_.CreateIntToPtr(reference, batch_.ptr());
  auto field = [&](llvm::Type* field_type, std::size_t offset) {
    auto* load = ir_.CreateLoad(field_type, offset_pointer(func, constant64(offset), 0));
    load->setMetadata(LLVMContext::MD_invariant_load, batch_.empty_node());
    return load;
  };
  Value* wanted = constant64(batch_.layout().type_id(type));
  trap_if(ir_.CreateICmpNE(field(i64(), offsetof(FuncRef, type)), wanted), TrapKind::kIndirectCallTypeMismatch);
  Value* code = field(batch_.ptr(), offsetof(FuncRef, code));
  call_function({batch_.function_type(type), code}, field(batch_.ptr(), offsetof(FuncRef, context)), type, is_tail);
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

/// Host code must not start near the end of the stack, where it would fault itself.
void FunctionTranslator::check_host_stack() {
  Value* stack = ir_.CreatePtrToInt(ir_.CreateStackSave(), i64());
  trap_if(ir_.CreateICmpULT(stack, load_context(i64(), offsetof(StoreHeader, host_stack_limit))),
          TrapKind::kCallStackExhausted);
}

Value* FunctionTranslator::call_libcall(std::uint32_t offset, llvm::Type* result, std::vector<Value*> args) {
  check_host_stack();
  args.insert(args.begin(), header());
  std::vector<llvm::Type*> types;
  for (Value* arg : args) types.push_back(arg->getType());
  Value* code = load_constant(batch_.ptr(), static_cast<std::uint32_t>(offsetof(StoreHeader, libcalls)) + offset);
  llvm::CallInst* call = ir_.CreateCall(llvm::FunctionType::get(result, types, false), code, args);
  call->setDoesNotThrow();
  return call;
}

}  // namespace witc::engine::codegen
