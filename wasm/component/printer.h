// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The printer's state (wasm/component/print.h is the front door): the text so far, and the scopes with their
// identifiers and counts, which nest as components and types do. print.cpp has definitions,
// print_types.cpp types and externs.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "wasm/component/ast.h"
#include "wasm/component/keywords.h"
#include "wasm/core/print_names.h"

namespace witc::component {

class Printer {
 public:
  explicit Printer(const wasm::PrintOptions& options) : options_(options) {}
  Result<void> component(const ast::Component& component);
  std::string out;

 private:
  const wasm::PrintOptions& options_;  // of core modules
  struct Space {
    wasm::IdentifierSpace names;
    std::uint32_t next = 0;
  };
  struct Scope {
    std::string name;  // an identifier, where the component has one
    std::map<std::pair<Sort, CoreSort>, Space> spaces;
  };

  // -- text
  void line();
  void open(std::string_view head);  // `(head`, and one step in for lines inside
  void close() {
    out += ')';
    --indent_;
  }
  void put(std::string_view text) { out += text; }
  void string(std::string_view text) { out += wasm::quote_name(text); }

  // -- indices
  Scope& scope() { return *scopes_.back(); }
  Space& space(Scope& scope, Sort sort, CoreSort core);
  std::string ref(Sort sort, std::uint32_t index) { return space(scope(), sort, CoreSort::kFunc).names.ref(index); }
  std::string core_ref(CoreSort sort, std::uint32_t index) { return space(scope(), Sort::kCore, sort).names.ref(index); }
  /// `$name (;3;)` of the next item of a space, which is taken.
  std::string next(Sort sort, CoreSort core = CoreSort::kFunc);
  [[nodiscard]] std::string scope_ref(std::uint32_t count) const;
  void push_scope(const ast::ComponentNames* names);
  void pop_scope() { scopes_.pop_back(); }

  // -- print.cpp
  Result<void> definition(const ast::Definition& definition);
  void print(const ast::CustomSection& custom);
  bool print_producers(const ast::CustomSection& custom);
  Result<void> print(const ast::CoreModule& module);
  void print(const ast::CoreInstance& instance);
  void print(const ast::Instance& instance);
  void print(const ast::Canon& canon);
  void print(const ast::CanonBuiltin& canon);
  void print(const ast::Start& start);
  void print(const ast::Import& import);
  void print(const ast::Export& item, bool named);
  void print_opts(const ast::CanonOpts& opts);
  void sort_index(const ast::SortIndex& item);

  // -- print_types.cpp
  void print(const ast::CoreType& type, bool define);
  void print(const ast::Alias& alias);
  void print(const ast::Type& type);
  void rec_group(const ast::CoreRecGroup& group);
  void core_sub_type(const wasm::SubType& type);
  void module_type(const ast::CoreModuleType& type);
  void module_decl(const ast::CoreModuleDecl& decl);
  void core_extern(const wasm::ExternType& type);
  std::string core_type_use(wasm::TypeIndex index);
  std::string signature(const wasm::FuncType& func);
  std::string core_val_type(const wasm::ValType& type);
  void decls(std::string_view keyword, const std::vector<ast::Decl>& decls);
  void value_type(const ast::Type& type);
  void func_type(const ast::FuncType& func);
  std::string val_type(const ast::ValType& type);
  void fields(std::string_view keyword, const std::vector<ast::LabelValType>& fields);
  void labels(std::string_view keyword, const std::vector<std::string>& labels);
  void generic(std::string_view keyword, const std::optional<ast::ValType>& type);
  void extern_name(const ast::NameAttributes& name);
  void extern_type(const ast::ExternType& type, bool named);

  std::vector<std::unique_ptr<Scope>> scopes_;
  unsigned indent_ = 0;
};

}  // namespace witc::component
