// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// One LLVM module under construction: a batch of functions that are optimised and emitted together. It hands out what
// function bodies need from outside themselves (declarations, types, alias metadata) and decides which callees are
// copied in for inlining.
//
// The calling convention of compiled functions is `swiftcc` with the context in the `swiftself` register, which is
// callee-saved: calls within an instance move nothing. Up to four integers and four floats or vectors are returned in
// registers, more through a buffer of slots whose address is the last argument. A program with tail calls uses
// `swifttailcc` throughout: the callee pops its arguments, which costs every call a little, so the others do without; and
// what does not fit in registers travels as engine/arguments.h says.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/arguments.h"
#include "engine/codegen/llvm.h"
#include "engine/codegen/machine.h"
#include "engine/layout.h"
#include "engine/program.h"
#include "engine/program_effects.h"
#include "wasm/core/branch_hints.h"

namespace witc::engine::codegen {

std::string symbol_name(DefinedFunc func);
std::string symbol_name(HostSlot slot);
std::string trampoline_name(std::uint32_t signature);

/// A body to translate: a function itself (level 0), or a copy of it that is inlined into its caller, so many calls below a
/// function itself. How deep copies go is limited, or a chain of components would be copied whole into each of its links.
struct Body {
  DefinedFunc func;
  unsigned level = 0;

  friend auto operator<=>(const Body&, const Body&) = default;
};
/// What the name of a copy is made of: a copy that could not be inlined is the function itself.
inline constexpr std::string_view kCopyMark = ".copy";

class Batch {
 public:
  Batch(const Program& program, const Layout& layout, const EngineOptions& options, const ProgramEffects& effects,
        MachineTraits machine, llvm::LLVMContext& context);

  [[nodiscard]] const Program& program() const { return program_; }
  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] const EngineOptions& options() const { return options_; }
  [[nodiscard]] const MachineTraits& machine() const { return machine_; }
  [[nodiscard]] const ProgramEffects& effects() const { return effects_; }
  /// What the code is to look after: EngineOptions::fuel, interruptible, timeout.
  void set_checks(bool counts_fuel, bool is_interruptible) {
    counts_fuel_ = counts_fuel;
    is_interruptible_ = is_interruptible;
  }
  /// Are calls of other instances to be inlined? Else no copies are made.
  void set_inlines(bool inlines) { inlines_ = inlines; }
  /// Is what LLVM is told about aliases and probabilities of any use? Else what asks for it gets null.
  void set_optimises(bool optimises) { optimises_ = optimises; }
  [[nodiscard]] bool optimises() const { return optimises_; }
  [[nodiscard]] bool counts_fuel() const { return counts_fuel_; }
  [[nodiscard]] bool is_interruptible() const { return is_interruptible_; }
  [[nodiscard]] llvm::Module& module() { return *module_; }
  [[nodiscard]] std::unique_ptr<llvm::Module> take_module() { return std::move(module_); }
  [[nodiscard]] llvm::LLVMContext& context() { return context_; }
  [[nodiscard]] const wasm::Module& wasm_module(InstanceId id) const { return *program_.instances[id].module; }
  [[nodiscard]] const wasm::Func& wasm_func(DefinedFunc func) const {
    return wasm_module(func.instance).funcs[func.func];
  }

  // Types.
  [[nodiscard]] llvm::Type* type(const wasm::ValType& type);
  [[nodiscard]] llvm::Type* i8() { return llvm::Type::getInt8Ty(context_); }
  [[nodiscard]] llvm::Type* i32() { return llvm::Type::getInt32Ty(context_); }
  [[nodiscard]] llvm::Type* i64() { return llvm::Type::getInt64Ty(context_); }
  [[nodiscard]] llvm::Type* ptr() { return llvm::PointerType::get(context_, 0); }
  /// Are the results returned through a buffer?
  static bool returns_by_buffer(const wasm::FuncType& type);
  [[nodiscard]] llvm::FunctionType* function_type(const wasm::FuncType& type);
  /// The parameters that do not travel in registers.
  [[nodiscard]] std::vector<BufferedArg> buffered_args(const wasm::FuncType& type) const;

  // Functions.
  /// A declaration or definition with the convention and attributes of all compiled functions.
  llvm::Function* function(const std::string& name, const wasm::FuncType& type);
  llvm::Function* function(DefinedFunc func);
  llvm::Function* function(HostSlot slot);
  llvm::Function* function(const Body& body);
  /// As above, for a call from `caller`; may ask for a copy of the callee to inline.
  llvm::Function* callee(const Body& caller, DefinedFunc callee);
  /// The next function that is to be copied in, with linkage and attributes set; nothing when there is none.
  std::optional<Body> next_copy();
  /// Of the instructions of a body: its function's scope, named as its symbol (codegen/place_table.h).
  llvm::DISubprogram* scope(const Body& body);
  /// Attributes of every function with a body.
  void set_attributes(llvm::Function& function) const;
  void set_convention(llvm::CallInst& call) const;
  /// A call of a compiled function. `args` are the wasm arguments; `results` the buffer for results, if the type returns
  /// by one; `header` the StoreHeader.
  llvm::CallInst* call(llvm::IRBuilder<>& ir, llvm::FunctionCallee callee, const wasm::FuncType& type,
                       llvm::Value* context, const std::vector<llvm::Value*>& args, llvm::Value* results,
                       llvm::Value* header);
  /// The wasm arguments that a compiled function was given; to be asked for before anything else in it.
  std::vector<llvm::Value*> arguments(llvm::IRBuilder<>& ir, llvm::Function& function, const wasm::FuncType& type,
                                      llvm::Value* header);
  /// A value as a 64-bit slot holds it: zero-extended bits.
  llvm::Value* to_slot(llvm::IRBuilder<>& ir, llvm::Value* value);
  /// Writes a value into an array of slots at `index` (engine/slots.h); gives the index after it.
  std::size_t store_slots(llvm::IRBuilder<>& ir, llvm::Value* value, llvm::Value* slots, std::size_t index);
  /// Reads the value at `index`, and moves `index` after it.
  llvm::Value* load_slots(llvm::IRBuilder<>& ir, const wasm::ValType& type, llvm::Value* slots, std::size_t& index);

  // What accesses to parts of the state may alias.
  [[nodiscard]] llvm::MDNode* memory_tag(std::uint32_t number);
  /// Of parts of the state that alias only parts of the same name.
  [[nodiscard]] llvm::MDNode* named_tag(const std::string& name);
  [[nodiscard]] llvm::MDNode* context_tag() { return optimises_ ? context_tag_ : nullptr; }
  [[nodiscard]] llvm::MDNode* table_tag() { return optimises_ ? table_tag_ : nullptr; }
  [[nodiscard]] llvm::MDNode* empty_node() { return optimises_ ? llvm::MDNode::get(context_, {}) : nullptr; }
  [[nodiscard]] llvm::MDNode* unlikely() { return optimises_ ? unlikely_ : nullptr; }
  /// Weights of a branch that its module hints at.
  [[nodiscard]] llvm::MDNode* hinted(bool likely) { return hinted_[likely ? 1 : 0]; }
  /// The branch hints of a function; none where the module's section is malformed.
  [[nodiscard]] std::span<const wasm::BranchHint> branch_hints(DefinedFunc func);

 private:
  bool wants_copy(const Body& caller, DefinedFunc callee) const;
  llvm::Value* argument_slot(llvm::IRBuilder<>& ir, llvm::Value* header, const BufferedArg& arg);
  llvm::MDNode* tag(const std::string& name);

  const Program& program_;
  const Layout& layout_;
  const EngineOptions& options_;
  const ProgramEffects& effects_;
  MachineTraits machine_;
  llvm::CallingConv::ID convention_;
  llvm::LLVMContext& context_;
  std::unique_ptr<llvm::Module> module_;
  llvm::MDBuilder metadata_;
  llvm::MDNode* root_;
  llvm::MDNode* context_tag_;
  llvm::MDNode* table_tag_;
  llvm::MDNode* unlikely_;
  std::map<std::string, llvm::MDNode*> named_tags_;
  llvm::MDNode* hinted_[2];  // unlikely, likely
  std::map<const wasm::Module*, wasm::BranchHints> hints_;  // those read so far
  llvm::DIFile* file_;
  llvm::DICompileUnit* unit_;
  std::map<Body, llvm::DISubprogram*> scopes_;
  std::vector<Body> copies_;  // not yet translated
  std::size_t copied_bytes_ = 0;
  bool counts_fuel_ = false;
  bool is_interruptible_ = false;
  bool inlines_ = true;
  bool optimises_ = true;
};

}  // namespace witc::engine::codegen
