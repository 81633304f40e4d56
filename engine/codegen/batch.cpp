// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Declarations, types, metadata, and the inlining policy.
//
// LLVM never sees two batches at once, so inlining across batches is done by translating the callee again, as
// `available_externally`: the translator is far cheaper than everything after it. Only calls between instances are
// treated so; inside a module the compiler that made it has inlined what was worth it.
#include "engine/codegen/batch.h"

#include <fmt/format.h>
#include <llvm/BinaryFormat/Dwarf.h>
#include <llvm/IR/DIBuilder.h>

#include "engine/inlining.h"
#include "engine/slots.h"

namespace witc::engine::codegen {
namespace {

// In bytes of wasm code.
constexpr std::size_t kCopiesPerBatch = 256 * 1024;
// LLVM takes more than twice the time for a function twice as large.
constexpr std::size_t kInlinedPerBody = 8 * 1024;
constexpr llvm::StringLiteral kInlinedMark = "witc-inlined";  // on a body: how much that is so far

}  // namespace

std::string symbol_name(DefinedFunc func) { return fmt::format("f{}_{}", func.instance.value, func.func.value); }
std::string symbol_name(HostSlot slot) { return fmt::format("h{}", slot.value); }
std::string trampoline_name(std::uint32_t signature) { return fmt::format("t{}", signature); }

Batch::Batch(const Program& program, const Layout& layout, const EngineOptions& options,
             const ProgramEffects& effects, MachineTraits machine, llvm::LLVMContext& context)
    : program_(program),
      layout_(layout),
      options_(options),
      effects_(effects),
      machine_(machine),
      convention_(effects.has_tail_calls() ? llvm::CallingConv::SwiftTail : llvm::CallingConv::Swift),
      context_(context),
      module_(std::make_unique<llvm::Module>("batch", context)),
      metadata_(context),
      root_(metadata_.createTBAARoot("witc")),
      context_tag_(tag("context")),
      table_tag_(tag("table")),
      unlikely_(metadata_.createBranchWeights(1, 1 << 20)),
      hinted_{metadata_.createBranchWeights(1, 2000), metadata_.createBranchWeights(2000, 1)} {
  llvm::DIBuilder debug(*module_);
  file_ = debug.createFile("wasm", "");
  unit_ = debug.createCompileUnit(llvm::DISourceLanguageName(llvm::dwarf::DW_LANG_C), file_, "", false, "", 0, "",
                                  llvm::DICompileUnit::NoDebug);
  module_->addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
}

llvm::DISubprogram* Batch::scope(const Body& body) {
  llvm::DISubprogram*& scope = scopes_[body];
  if (scope == nullptr) {
    llvm::DIBuilder debug(*module_, false, unit_);
    scope = debug.createFunction(unit_, symbol_name(body.func), "", file_, 0,
                                 debug.createSubroutineType(debug.getOrCreateTypeArray({})), 0, llvm::DINode::FlagZero,
                                 llvm::DISubprogram::SPFlagDefinition);
    debug.finalizeSubprogram(scope);
  }
  return scope;
}

llvm::MDNode* Batch::tag(const std::string& name) {
  llvm::MDNode* node = metadata_.createTBAAScalarTypeNode(name, root_);
  return metadata_.createTBAAStructTagNode(node, node, 0);
}

llvm::MDNode* Batch::named_tag(const std::string& name) {
  if (!optimises_) return nullptr;
  llvm::MDNode*& node = named_tags_[name];
  if (node == nullptr) node = tag(name);
  return node;
}

llvm::MDNode* Batch::memory_tag(std::uint32_t number) {
  if (!optimises_) return nullptr;
  // Two numbers may be one shared memory.
  const bool is_shared = layout_.memory_type(program_, number).is_shared;
  return named_tag(is_shared ? "shared memories" : fmt::format("memory{}", layout_.memory_class(number)));
}

std::span<const wasm::BranchHint> Batch::branch_hints(DefinedFunc func) {
  const wasm::Module& module = wasm_module(func.instance);
  auto [entry, is_new] = hints_.try_emplace(&module);
  if (is_new) {
    if (Result<wasm::BranchHints> read = wasm::decode_branch_hints(module)) entry->second = *std::move(read);
  }
  auto found = entry->second.find(func.func);
  return found == entry->second.end() ? std::span<const wasm::BranchHint>() : found->second;
}

llvm::Type* Batch::type(const wasm::ValType& type) {
  switch (type.kind) {
    case wasm::ValType::kI32:
      return i32();
    case wasm::ValType::kI64:
    case wasm::ValType::kRef:
      return i64();
    case wasm::ValType::kF32:
      return llvm::Type::getFloatTy(context_);
    case wasm::ValType::kF64:
      return llvm::Type::getDoubleTy(context_);
    case wasm::ValType::kV128:
      return llvm::FixedVectorType::get(i8(), 16);
  }
  return nullptr;
}

bool Batch::returns_by_buffer(const wasm::FuncType& type) { return engine::returns_by_buffer(type); }

std::vector<BufferedArg> Batch::buffered_args(const wasm::FuncType& type) const {
  if (!effects_.has_tail_calls()) return {};
  return engine::buffered_args(type);
}

llvm::CallInst* Batch::call(llvm::IRBuilder<>& ir, llvm::FunctionCallee callee, const wasm::FuncType& type,
                            llvm::Value* context, const std::vector<llvm::Value*>& args, llvm::Value* results,
                            llvm::Value* header) {
  std::vector<llvm::Value*> in_registers = {context};
  const std::vector<BufferedArg> buffered = buffered_args(type);
  auto next = buffered.begin();
  for (std::uint32_t i = 0; i < args.size(); ++i) {
    if (next == buffered.end() || next->param != i) {
      in_registers.push_back(args[i]);
      continue;
    }
    auto* store = ir.CreateAlignedStore(args[i], argument_slot(ir, header, *next), llvm::Align(8));
    store->setMetadata(llvm::LLVMContext::MD_tbaa, context_tag_);
    ++next;
  }
  if (results != nullptr) in_registers.push_back(results);
  llvm::CallInst* made = ir.CreateCall(callee, in_registers);
  set_convention(*made);
  return made;
}

std::vector<llvm::Value*> Batch::arguments(llvm::IRBuilder<>& ir, llvm::Function& function, const wasm::FuncType& type,
                                           llvm::Value* header) {
  std::vector<llvm::Value*> out;
  const std::vector<BufferedArg> buffered = buffered_args(type);
  auto next = buffered.begin();
  unsigned arg = 1;
  for (std::uint32_t i = 0; i < type.params.size(); ++i) {
    if (next == buffered.end() || next->param != i) {
      out.push_back(function.getArg(arg++));
      continue;
    }
    auto* load = ir.CreateAlignedLoad(this->type(type.params[i]), argument_slot(ir, header, *next), llvm::Align(8));
    load->setMetadata(llvm::LLVMContext::MD_tbaa, context_tag_);
    out.push_back(load);
    ++next;
  }
  return out;
}

llvm::Value* Batch::argument_slot(llvm::IRBuilder<>& ir, llvm::Value* header, const BufferedArg& arg) {
  return ir.CreateConstGEP1_64(i8(), header, layout_.arguments() + arg.place * sizeof(std::uint64_t));
}

llvm::FunctionType* Batch::function_type(const wasm::FuncType& func) {
  std::vector<llvm::Type*> params = {ptr()};
  const std::vector<BufferedArg> buffered = buffered_args(func);
  auto next = buffered.begin();
  for (std::uint32_t i = 0; i < func.params.size(); ++i) {
    if (next != buffered.end() && next->param == i) ++next;
    else params.push_back(type(func.params[i]));
  }
  llvm::Type* result = llvm::Type::getVoidTy(context_);
  if (returns_by_buffer(func)) {
    params.push_back(ptr());
  } else if (func.results.size() == 1) {
    result = type(func.results[0]);
  } else if (!func.results.empty()) {
    std::vector<llvm::Type*> results;
    for (const wasm::ValType& item : func.results) results.push_back(type(item));
    result = llvm::StructType::get(context_, results);
  }
  return llvm::FunctionType::get(result, params, false);
}

llvm::Function* Batch::function(const std::string& name, const wasm::FuncType& type) {
  if (llvm::Function* present = module_->getFunction(name)) return present;
  auto* made = llvm::Function::Create(function_type(type), llvm::Function::ExternalLinkage, name, *module_);
  made->setCallingConv(convention_);
  made->addParamAttr(0, llvm::Attribute::SwiftSelf);
  made->setDSOLocal(true);
  made->setDoesNotThrow();
  return made;
}

llvm::Function* Batch::function(DefinedFunc func) {
  func = layout_.code_of(func);
  return function(symbol_name(func), wasm_module(func.instance).func_type(func.func));
}

llvm::Function* Batch::function(const Body& body) {
  if (body.level == 0) return function(body.func);
  return function(fmt::format("{}{}{}", symbol_name(body.func), kCopyMark, body.level),
                  wasm_module(body.func.instance).func_type(body.func.func));
}

llvm::Function* Batch::function(HostSlot slot) { return function(symbol_name(slot), program_.hosts[slot].type); }

void Batch::set_attributes(llvm::Function& function) const {
  function.addFnAttr("frame-pointer", "all");           // backtraces follow frame pointers
  function.addFnAttr("probe-stack", "inline-asm");      // no frame jumps over the stack's guard
  function.addFnAttr("no-builtins");                    // guest code is not libc
  function.addFnAttr(llvm::Attribute::NullPointerIsValid);
}

void Batch::set_convention(llvm::CallInst& call) const {
  call.setCallingConv(convention_);
  call.addParamAttr(0, llvm::Attribute::SwiftSelf);
  call.setDoesNotThrow();
}

llvm::Value* Batch::to_slot(llvm::IRBuilder<>& ir, llvm::Value* value) {
  const unsigned bits = static_cast<unsigned>(value->getType()->getPrimitiveSizeInBits());
  return ir.CreateZExt(ir.CreateBitCast(value, ir.getIntNTy(bits)), i64());
}

std::size_t Batch::store_slots(llvm::IRBuilder<>& ir, llvm::Value* value, llvm::Value* slots, std::size_t index) {
  const bool is_vector = value->getType()->isVectorTy();
  ir.CreateAlignedStore(is_vector ? value : to_slot(ir, value), ir.CreateConstGEP1_64(i64(), slots, index),
                        llvm::Align(8));
  return index + (is_vector ? 2 : 1);
}

llvm::Value* Batch::load_slots(llvm::IRBuilder<>& ir, const wasm::ValType& type, llvm::Value* slots,
                               std::size_t& index) {
  llvm::Value* from = ir.CreateConstGEP1_64(i64(), slots, index);
  index += slot_count(type);
  return ir.CreateAlignedLoad(this->type(type), from, llvm::Align(8));
}

bool Batch::wants_copy(const Body& caller, DefinedFunc callee) const {
  if (!inlines_ || caller.level == kInlineLevels) return false;
  const std::size_t bytes = wasm_func(callee).body.bytes.size();
  if (copied_bytes_ + bytes > kCopiesPerBatch) return false;
  const CoreInstance& instance = program_.instances[callee.instance];
  return (instance.inline_always || caller.func.instance != callee.instance) && is_inlined(instance, bytes);
}

llvm::Function* Batch::callee(const Body& caller, DefinedFunc callee) {
  callee = layout_.code_of(callee);
  if (caller.func == callee || !wants_copy(caller, callee)) return function(callee);
  llvm::Function* body = function(caller);
  const std::size_t inlined = body->getFnAttributeAsParsedInteger(kInlinedMark) + wasm_func(callee).body.bytes.size();
  if (inlined > kInlinedPerBody) return function(callee);
  body->addFnAttr(kInlinedMark, std::to_string(inlined));
  // An adapter by itself is for those who come by a table: it needs its callee, and not what is behind that.
  const bool is_adapter = caller.level == 0 && program_.instances[caller.func.instance].inline_always;
  const Body copy{callee, is_adapter ? kInlineLevels - 1 : caller.level + 1};
  llvm::Function* target = function(copy);
  if (!target->hasFnAttribute(llvm::Attribute::AlwaysInline)) {
    target->addFnAttr(llvm::Attribute::AlwaysInline);
    target->setLinkage(llvm::Function::AvailableExternallyLinkage);
    copies_.push_back(copy);
    copied_bytes_ += wasm_func(callee).body.bytes.size();
  }
  return target;
}

std::optional<Body> Batch::next_copy() {
  if (copies_.empty()) return std::nullopt;
  const Body copy = copies_.back();
  copies_.pop_back();
  return copy;
}

}  // namespace witc::engine::codegen
