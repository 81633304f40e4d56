// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The printer of one module's fields; private to print*.cpp. Sections come in the order of the binary, each item as its
// index space has it; code is CodePrinter's.

#include <span>
#include <string>

#include "wasm/core/print.h"
#include "wasm/core/print_code.h"
#include "wasm/core/print_customs.h"
#include "wasm/core/print_names.h"
#include "wasm/core/validate.h"

namespace witc::wasm {

class ModulePrinter {
 public:
  ModulePrinter(const Module& module, const PrintOptions& options);

  Result<std::string> print();

 private:
  Result<void> section(std::uint8_t id);
  void types();
  void type(TypeIndex index, unsigned indent);
  [[nodiscard]] std::optional<std::uint32_t> type_offset(std::uint32_t type) const {
    if (type >= module_.type_offsets.size()) return std::nullopt;
    return module_.type_offsets[type];
  }
  std::string composite(TypeIndex index, const CompositeType& type);
  std::string func_type(TypeIndex index, const FuncType& type);
  std::string field(const FieldType& field);
  void imports();
  void import_group(std::span<const Import> group);
  std::string import_type(const Import& import);
  std::string extern_type(const Import& import) const;
  [[nodiscard]] bool any_named(ExternKind kind, std::size_t count) const;
  Result<void> functions();
  Result<void> function(FuncIndex index);
  std::string type_use(TypeIndex type) const;
  std::string params(TypeIndex type, const IdentifierSpace& locals);
  std::string locals(const Func& func, const IdentifierSpace& names);
  Result<void> tables();
  void memories();
  void tags();
  Result<void> globals();
  void exports();
  Result<void> elements();
  Result<std::string> element_items(const ElementSegment& segment);
  Result<void> data();
  void customs(std::uint8_t after);

  std::string limits(const Limits& limits) const;
  std::string memory_type(const MemoryType& type) const;
  std::string table_type(const TableType& type) const;
  std::string global_type(const GlobalType& type) const;
  std::string tag_type(const TagType& type) const;
  Result<std::string> offset(const ConstExpr& expr);
  Result<std::string> expr(const ConstExpr& expr, std::size_t& count);
  [[nodiscard]] CodePrinter::Note operand_stack(FuncIndex func);
  [[nodiscard]] std::string shown(std::span<const StackType> operands) const;
  void line(std::string text, std::optional<std::uint32_t> offset = std::nullopt) {
    new_line(out_, indent_, options_.offsets, offset);
    out_ += text;
  }
  /// `$name (;3;)`
  static std::string def(const IdentifierSpace& space, std::uint32_t index) {
    return fmt::format("{}(;{};)", space.def(index), index);
  }

  const Module& module_;
  const PrintOptions& options_;
  Identifiers ids_;
  PrintedHints hints_;
  unsigned indent_;
  std::optional<ModuleContext> context_;  // to show the operand stack
  std::size_t indentation_;  // what code deep in blocks may still be indented by, in characters
  std::string out_;
  // The next item of each index space that imports have not taken.
  std::uint32_t funcs_ = 0, tables_ = 0, memories_ = 0, globals_ = 0, tags_ = 0;
};

}  // namespace witc::wasm
