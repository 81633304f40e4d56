// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values pass through an array of 64-bit slots. A host function that left a trap behind says so by its result, and the
// trap is raised here, in compiled code, like every other: no C++ frame is skipped.
#include "engine/codegen/stubs.h"

#include <algorithm>
#include <cstddef>

#include "engine/runtime/context.h"
#include "engine/runtime/entry.h"
#include "engine/slots.h"

namespace witc::engine::codegen {
namespace {

using llvm::Value;

Value* slot(Batch& batch, llvm::IRBuilder<>& ir, Value* slots, std::size_t index) {
  return ir.CreateConstGEP1_64(batch.i64(), slots, index);
}

void trap(llvm::IRBuilder<>& ir, std::uint32_t number) {
  ir.CreateIntrinsic(llvm::Intrinsic::ubsantrap, {}, {ir.getInt8(static_cast<std::uint8_t>(number))});
  ir.CreateUnreachable();
}

}  // namespace

/// void t(context, code, slots)
void add_trampoline(Batch& batch, std::uint32_t signature, const wasm::FuncType& type) {
  auto* convention = llvm::FunctionType::get(llvm::Type::getVoidTy(batch.context()),
                                             {batch.ptr(), batch.ptr(), batch.ptr()}, false);
  auto* function = llvm::Function::Create(convention, llvm::Function::ExternalLinkage, trampoline_name(signature),
                                          batch.module());
  function->setDoesNotThrow();
  batch.set_attributes(*function);
  llvm::IRBuilder<> ir(llvm::BasicBlock::Create(batch.context(), "", function));
  Value* slots = function->getArg(2);
  std::vector<Value*> args = {function->getArg(0)};
  const std::vector<BufferedArg> buffered = batch.buffered_args(type);  // are where they belong
  auto in_buffer = buffered.begin();
  std::size_t next = 0;
  for (std::uint32_t i = 0; i < type.params.size(); ++i) {
    const bool skip = in_buffer != buffered.end() && in_buffer->param == i;
    if (skip) next += (in_buffer++)->slots;
    else args.push_back(batch.load_slots(ir, type.params[i], slots, next));
  }
  const bool by_buffer = Batch::returns_by_buffer(type);
  if (by_buffer) args.push_back(slots);
  llvm::CallInst* call = ir.CreateCall(batch.function_type(type), function->getArg(1), args);
  batch.set_convention(*call);
  next = 0;
  for (unsigned i = 0; i < type.results.size() && !by_buffer; ++i) {
    Value* result = type.results.size() == 1 ? call : ir.CreateExtractValue(call, i);
    next = batch.store_slots(ir, result, slots, next);
  }
  ir.CreateRetVoid();
}

/// swiftcc h(header, args...)
void add_host_function(Batch& batch, HostSlot host) {
  const wasm::FuncType& type = batch.program().hosts[host].type;
  llvm::Function* function = batch.function(host);
  batch.set_attributes(*function);
  auto block = [&] { return llvm::BasicBlock::Create(batch.context(), "", function); };
  auto* failed = block();
  auto* done = block();
  llvm::IRBuilder<> ir(llvm::BasicBlock::Create(batch.context(), "", function, failed));
  Value* header = function->getArg(0);
  auto field = [&](llvm::Type* field_type, std::size_t offset) {
    return ir.CreateLoad(field_type, ir.CreateConstGEP1_64(batch.i8(), header, offset));
  };
  const std::size_t count = std::max<std::size_t>(slot_count(type), 1);
  Value* slots = ir.CreateAlloca(batch.i64(), ir.getInt32(static_cast<std::uint32_t>(count)));
  std::size_t next = 0;
  for (Value* argument : batch.arguments(ir, *function, type, header)) {
    next = batch.store_slots(ir, argument, slots, next);
  }
  auto* signature = llvm::FunctionType::get(llvm::Type::getInt1Ty(batch.context()),
                                            {batch.ptr(), batch.ptr(), batch.i32(), batch.ptr()}, false);
  Value* code = field(batch.ptr(), offsetof(StoreHeader, libcalls) + offsetof(Libcalls, call_host));
  llvm::CallInst* call = ir.CreateCall(signature, field(batch.ptr(), offsetof(StoreHeader, call_host)),
                                        {code, header, ir.getInt32(host.value), slots});
  call->addParamAttr(0, llvm::Attribute::Nest);
  call->addRetAttr(llvm::Attribute::ZExt);
  call->setDoesNotThrow();
  ir.CreateCondBr(call, done, failed);
  ir.SetInsertPoint(failed);
  trap(ir, kPendingTrap);

  ir.SetInsertPoint(done);
  if (Batch::returns_by_buffer(type)) {
    Value* buffer = function->getArg(static_cast<unsigned>(function->arg_size() - 1));
    for (std::size_t i = 0; i < slot_count(type.results); ++i) {
      ir.CreateStore(ir.CreateLoad(batch.i64(), slot(batch, ir, slots, i)), slot(batch, ir, buffer, i));
    }
    ir.CreateRetVoid();
    return;
  }
  std::vector<Value*> results;
  next = 0;
  for (const wasm::ValType& result : type.results) results.push_back(batch.load_slots(ir, result, slots, next));
  if (results.empty()) ir.CreateRetVoid();
  else if (results.size() == 1) ir.CreateRet(results[0]);
  else ir.CreateAggregateRet(results.data(), static_cast<unsigned>(results.size()));
}

void add_stubs(Batch& batch, std::size_t first_signature, std::size_t first_host) {
  const std::vector<wasm::FuncType>& signatures = batch.layout().signatures();
  for (std::size_t i = first_signature; i < signatures.size(); ++i) {
    add_trampoline(batch, static_cast<std::uint32_t>(i), signatures[i]);
  }
  for (HostSlot host : batch.program().hosts.ids()) {
    if (host.value >= first_host) add_host_function(batch, host);
  }
}

}  // namespace witc::engine::codegen
