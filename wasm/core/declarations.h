// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The validator of everything of a module but its bodies; private to validate_module.cpp and validate_types.cpp. Types come
// first, since all else refers to them.

#include <fmt/format.h>

#include "wasm/core/validate.h"

namespace witc::wasm {

class DeclarationValidator {
 public:
  DeclarationValidator(const Module& module, Features features) : module_(module), context_(module, features) {}

  Result<ModuleContext> run();

 private:
  [[nodiscard]] Diagnostic invalid(std::uint32_t offset, std::string message) const {
    return error(DiagCode::kWasmInvalid, module_.item_span(offset), std::move(message));
  }
  /// What is no binary at all without the feature.
  [[nodiscard]] Diagnostic malformed(std::uint32_t offset, std::string_view what, Feature feature) const {
    return error(DiagCode::kWasmMalformed, module_.item_span(offset),
                 fmt::format("{}: `{}` support is not enabled", what, to_string(feature)));
  }
  Result<void> need(Feature feature, std::uint32_t offset) const {
    if (context_.features().has(feature)) return {};
    return invalid(offset, fmt::format("`{}` support is not enabled", to_string(feature)));
  }
  [[nodiscard]] bool has(Feature feature) const { return context_.features().has(feature); }

  Result<void> types();
  Result<void> type_group(TypeIndex first, std::uint32_t count);
  Result<void> sub_type(TypeIndex index);
  Result<void> descriptors(TypeIndex index, std::uint32_t first, std::uint32_t limit) const;
  Result<void> descriptors_match(TypeIndex index, TypeIndex super) const;
  Result<void> shared_type(const SubType& type) const;
  Result<void> heap_type(const HeapType& type, std::uint32_t limit, std::uint32_t offset) const;
  Result<void> ref_type(const RefType& type, std::uint32_t limit, std::uint32_t offset) const;
  Result<void> val_type(const ValType& type, std::uint32_t limit, std::uint32_t offset) const;
  Result<void> composite_type(const CompositeType& type, std::uint32_t limit) const;
  Result<void> need_shared(bool is_shared, std::uint32_t offset, std::string_view malformed) const;
  Result<void> func_type_index(TypeIndex index, std::uint32_t offset) const;
  Result<void> table_type(const TableType& type, std::uint32_t offset) const;
  Result<void> memory_type(const MemoryType& type, std::uint32_t offset) const;
  Result<void> tag_type(const TagType& type, std::uint32_t offset) const;

  Result<void> imports();
  Result<void> functions();
  Result<void> tables();
  Result<void> memories();
  Result<void> tags();
  Result<void> globals();
  Result<void> table_initialisers();
  Result<void> elements();
  Result<void> data();
  Result<void> exports();
  Result<void> start();
  Result<void> const_expr(const ConstExpr& expr, const ValType& type, std::size_t visible_globals);
  Result<void> const_operator(const Operator& op, std::size_t visible_globals) const;
  void declare(FuncIndex func);

  [[nodiscard]] std::uint32_t all_types() const { return static_cast<std::uint32_t>(module_.types.size()); }

  const Module& module_;
  ModuleContext context_;
};

}  // namespace witc::wasm
