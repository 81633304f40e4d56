// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Validation of core modules (core specification, "Validation" and appendix "Validation Algorithm"): strict,
// complete for the features of features.def. Nothing behind this point checks an index or a type again.
//
// In two steps, so that functions can be validated apart, in any order, or while they are compiled:
// `validate_declarations` checks everything but bodies and gives a ModuleContext; a FunctionValidator then
// steps through one body operator by operator and shows its stacks, which a compiler may follow instead of
// keeping its own:
//
//     FunctionValidator validator(context, index);
//     OperatorReader reader(module.source, module.funcs[index].body);
//     while (!reader.at_end()) {
//       const Operator& op = *TRY(reader.next());
//       TRY(validator.step(op));            // stacks are now those after `op`
//     }
//     TRY(validator.finish());
//
// Messages have the wording of the specification's test suite.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/source.h"
#include "wasm/core/features.h"
#include "wasm/core/module.h"
#include "wasm/core/operators.h"
#include "wasm/core/type_store.h"

namespace witc::wasm {

/// What reading all bodies of a module finds out.
struct BodyFacts {
  bool has_tail_calls = false;
  std::vector<bool> written_tables;  // by table index: does an operator write it?
  std::optional<std::array<std::uint8_t, 32>> digest;  // of Module::bytes, by SHA-256, where somebody needed it
};

/// Remembers modules whose bodies are valid.
class KnownModules {
 public:
  virtual ~KnownModules() = default;
  /// Null if it is not known that the bodies of this very module are valid with these features.
  virtual std::shared_ptr<const BodyFacts> find(const Module& module, Features features) = 0;
  virtual void add(const Module& module, Features features, BodyFacts facts) = 0;
};

/// Validates all of a module; the bodies, where there are many, on a few threads. `known`, if not null, is asked whether
/// the bodies were validated before, and told. Errors: kWasmInvalid; kWasmMalformed for code that is not even well formed.
Result<void> validate_module(const SourceMap& sources, const Module& module, Features features = Features::defaults(),
                             KnownModules* known = nullptr);

/// What validating a body needs to know of its module; refers to the module.
class ModuleContext {
 public:
  explicit ModuleContext(const Module& module, Features features)
      : module_(&module), features_(features), store_(std::make_unique<TypeStore>()) {}

  [[nodiscard]] const Module& module() const { return *module_; }
  [[nodiscard]] Features features() const { return features_; }
  [[nodiscard]] TypeMatcher types() const { return TypeMatcher(module_->types, *store_, canon_); }
  [[nodiscard]] const std::vector<CanonTypeId>& canonical_types() const { return canon_; }
  /// May `ref.func` name it in a body.
  [[nodiscard]] bool is_declared(FuncIndex func) const { return func.value < declared_.size() && declared_[func.value]; }

 private:
  friend class DeclarationValidator;
  const Module* module_;
  Features features_;
  std::unique_ptr<TypeStore> store_;
  std::vector<CanonTypeId> canon_;
  std::vector<bool> declared_;
};

/// Everything but the bodies.
Result<ModuleContext> validate_declarations(const Module& module, Features features = Features::defaults());

/// The body of a function that is not imported. What is found out about it is added to `facts`, if not null, which has
/// an element for each table.
Result<void> validate_function(const ModuleContext& context, FuncIndex func, BodyFacts* facts = nullptr);

/// A type on the operand stack: a value type, or one of unreachable code that stands for any (kBottom) or for
/// any reference that is not null (kBottomRef), of the hierarchy below an abstract type if that is known.
struct StackType {
  enum Kind : std::uint8_t { kValue, kBottom, kBottomRef } kind = kValue;
  ValType type;  // kValue
  HeapType::Kind below = HeapType::kIndex;  // kBottomRef: a type, be it shared or not; kIndex for any

  StackType() = default;
  StackType(ValType value) : type(value) {}  // NOLINT: implicit on purpose
  static StackType bottom() { return StackType(kBottom); }
  static StackType bottom_ref(HeapType::Kind below = HeapType::kIndex) {
    StackType type(kBottomRef);
    type.below = below;
    return type;
  }

 private:
  explicit StackType(Kind k) : kind(k) {}
};

/// An open block; the outermost is the function's body.
struct ControlFrame {
  Op op = Op::kBlock;  // kBlock, kLoop, kIf, kElse, kTryTable, kTry, kCatch, kCatchAll
  BlockType type;
  std::size_t height = 0;        // of the operand stack below its parameters
  std::size_t locals_set = 0;    // how many locals had been set when it was opened
  bool unreachable = false;      // the rest of the block is
};

class FunctionValidator {
 public:
  /// For a function with a body. Its locals must be valid: validate_declarations has seen to it.
  FunctionValidator(const ModuleContext& context, FuncIndex func);
  /// For a constant expression of type `result` (see validate_const.cpp for which operators it may have).
  FunctionValidator(const ModuleContext& context, const ValType& result);

  /// Checks one operator and applies it to the stacks. After an error the validator is of no more use.
  Result<void> step(const Operator& op);
  /// After the last operator: the body must have ended. `end_offset` is where it stops.
  Result<void> finish(std::uint32_t end_offset);

  [[nodiscard]] std::span<const StackType> operands() const { return operands_; }
  [[nodiscard]] std::span<const ControlFrame> frames() const { return frames_; }
  /// False in the rest of a block after `br`, `unreachable`, ...
  [[nodiscard]] bool reachable() const { return !frames_.empty() && !frames_.back().unreachable; }
  [[nodiscard]] const ValType& local_type(LocalIndex local) const { return locals_[local.value]; }
  [[nodiscard]] std::size_t local_count() const { return locals_.size(); }

  /// Types of a block's parameters and results, and those a branch to it takes.
  [[nodiscard]] std::span<const ValType> params(const BlockType& type) const;
  [[nodiscard]] std::span<const ValType> results(const BlockType& type) const;
  [[nodiscard]] std::span<const ValType> label_types(const ControlFrame& frame) const;

 private:
  using Types = std::span<const ValType>;

  // The operand and control stacks (validate_function.cpp).
  [[nodiscard]] Diagnostic invalid(std::string message) const;
  [[nodiscard]] const Module& module() const { return context_.module(); }
  void push(StackType type) { operands_.push_back(type); }
  void push_all(Types types);
  Result<StackType> pop();
  Result<StackType> pop(const ValType& expected);
  Result<void> pop_all(Types expected);
  Result<StackType> pop_ref();
  Result<StackType> pop_maybe_shared(HeapType::Kind expected);
  [[nodiscard]] ValType new_ref(TypeIndex type) const;
  void push_frame(Op op, const BlockType& type);
  Result<ControlFrame> pop_frame();
  void set_unreachable();
  Result<const ControlFrame*> frame_at(std::uint32_t label) const;
  Result<void> enter_block(Op op, const BlockType& type);
  Result<void> check_feature(Feature feature) const;
  Result<void> step_by_signature(const Operator& op, std::string_view signature);

  // Index spaces.
  Result<const Func*> func_at(std::uint32_t index) const;
  Result<const Table*> table_at(std::uint32_t index) const;
  Result<const Memory*> memory_at(std::uint32_t index) const;
  Result<const Global*> global_at(std::uint32_t index) const;
  Result<const FuncType*> func_type_at(std::uint32_t index) const;
  Result<const StructType*> struct_type_at(std::uint32_t index) const;
  Result<const ArrayType*> array_type_at(std::uint32_t index) const;
  Result<const FuncType*> tag_type_at(std::uint32_t index) const;
  Result<const FuncType*> exception_type_at(std::uint32_t index) const;
  Result<const FuncType*> cont_type_at(std::uint32_t index) const;
  Result<TypeIndex> descriptor_at(std::uint32_t index) const;
  Result<void> check_shared(bool is_shared, std::string_view what) const;
  Result<const ElementSegment*> elem_at(std::uint32_t index) const;
  Result<void> data_at(std::uint32_t index) const;
  Result<void> check_block_type(const BlockType& type) const;
  Result<void> check_val_type(const ValType& type) const;
  Result<void> check_heap_type(const HeapType& type) const;
  Result<ValType> address_type(const Operator& op, ImmediateKind kind) const;
  Result<void> check_memarg(const Operator& op) const;

  // One function per family of operators (validate_control.cpp, validate_data.cpp, validate_gc.cpp).
  Result<void> step_special(const Operator& op);
  Result<void> step_end();
  Result<void> step_else();
  Result<void> step_br_if(std::uint32_t label);
  Result<void> step_br_table(const Operator& op);
  Result<void> step_try_table(const Operator& op);
  Result<void> step_legacy_exception(const Operator& op);
  Result<void> step_call(const FuncType& type, bool is_tail);
  Result<void> step_call_indirect(const Operator& op);
  Result<void> step_call_ref(const Operator& op);
  Result<void> step_select();
  Result<void> step_local(const Operator& op);
  Result<void> step_global(const Operator& op);
  Result<void> step_table(const Operator& op);
  Result<void> step_memory_copy(const Operator& op);
  Result<void> step_ref(const Operator& op);
  Result<void> step_br_on_null(const Operator& op);
  Result<void> step_br_on_cast(const Operator& op);
  Result<void> step_struct(const Operator& op);
  Result<void> step_array(const Operator& op);
  Result<void> step_array_segment(const Operator& op);
  Result<void> step_convert(const Operator& op);
  // Of proposals (validate_proposals.cpp, validate_atomics.cpp).
  Result<void> step_cont(const Operator& op);
  Result<void> step_cont_bind(const Operator& op);
  Result<void> step_switch(const Operator& op);
  Result<void> step_resume(const Operator& op);
  Result<void> check_handler(const Handler& handler, const FuncType& resumed) const;
  [[nodiscard]] const FuncType* func_of_cont(const ValType& type) const;
  [[nodiscard]] bool matches_all(Types sub, Types super) const;
  Result<void> step_descriptor(const Operator& op);
  Result<StackType> pop_descriptor(const HeapType& described);
  Result<void> step_global_atomic(const Operator& op);
  Result<void> step_table_atomic(const Operator& op);
  Result<void> step_struct_atomic(const Operator& op);
  Result<void> step_array_atomic(const Operator& op);
  Result<void> check_atomic(Op op, const StorageType& type, bool is_mutable) const;
  Result<void> apply_atomic(Op op, const ValType& type, Types place);

  const ModuleContext& context_;
  TypeMatcher types_;
  std::vector<ValType> locals_;
  std::vector<bool> local_set_;
  std::vector<LocalIndex> set_order_;  // locals without a default, in the order they were set
  std::vector<StackType> operands_;
  std::vector<ControlFrame> frames_;
  std::uint32_t offset_ = 0;  // of the operator in hand
  bool is_const_ = false;
  bool is_shared_ = false;  // the function's type is
};

}  // namespace witc::wasm
