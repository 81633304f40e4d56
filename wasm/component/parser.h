// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The parser of components (wasm/component/parse.h is the front door): one pass, since a component may only
// refer to what stands before. Each definition is appended when its text has been read, so that whatever is
// abbreviated inside it comes before it by itself.
//
// parse.cpp has scopes and references, parse_fields.cpp the fields of a component, parse_types.cpp types and
// externs, parse_canon.cpp canonical definitions, parse_core_types.cpp core types.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "wasm/component/ast.h"
#include "wasm/component/parse.h"
#include "wasm/text/cursor.h"

namespace witc::component {

using FullSort = std::pair<Sort, CoreSort>;
constexpr FullSort core(CoreSort sort) { return {Sort::kCore, sort}; }
constexpr FullSort plain(Sort sort) { return {sort, CoreSort::kFunc}; }

class Parser {
 public:
  Parser(const SourceMap& sources, wasm::Cursor& in, const ParseOptions& options = {})
      : sources_(sources), in_(in), options_(options) {}
  /// The fields up to the closing parenthesis, which is taken.
  Result<ast::Component> component(std::optional<std::string> name);

 private:
  using Cursor = wasm::Cursor;
  using Token = wasm::Token;

  struct Space {
    std::unordered_map<std::string, std::uint32_t> ids;
    std::uint32_t count = 0;
  };
  /// Where definitions go: a component, or the declarators of a type.
  struct Scope {
    ast::Component* component = nullptr;
    std::vector<ast::Decl>* decls = nullptr;
    std::vector<ast::CoreModuleDecl>* module_decls = nullptr;
    std::optional<std::string> name;
    std::map<FullSort, Space> spaces;
    std::unordered_map<std::string, std::uint32_t> core_func_types;  // those defined: what a `(func ...)` of that signature is of
  };
  struct Id {
    std::optional<std::string> id;    // without the `$`
    std::optional<std::string> name;  // from `(@name "...")`
  };

  // -- parse.cpp
  Scope& scope() { return *scopes_.back(); }
  Result<void> push_scope(std::optional<std::string> name);
  void pop_scope() { scopes_.pop_back(); }
  Result<Id> take_id();
  Result<std::uint32_t> define(FullSort sort, const Id& id);
  template <class T>
  Result<std::uint32_t> add(FullSort sort, const Id& id, T item);
  template <class T>
  void append(T item);
  [[nodiscard]] bool at_index() const { return in_.at(Token::kNumber) || in_.at(Token::kId); }
  /// A number or an identifier; one of an enclosing scope becomes an alias.
  Result<std::uint32_t> index(FullSort sort);
  Result<std::uint32_t> outer_index(FullSort sort, const Token& token, const std::string& id);
  /// An index, then the names of exports to go down by: aliases.
  Result<std::uint32_t> index_path(FullSort sort);
  /// `(sort index "export"*)`; `core` may be left out where only a core sort can stand.
  Result<std::uint32_t> reference(FullSort sort);
  Result<ast::SortIndex> any_reference();
  /// Takes `(sort`, if one is here.
  std::optional<FullSort> take_sort(bool core_only = false);
  Result<void> enter();
  void leave() { --depth_; }
  [[nodiscard]] Diagnostic malformed(std::string message) const;

  // -- parse_fields.cpp
  Result<void> field();
  Result<void> core_field();
  Result<void> core_module_field();
  Result<void> core_instance_field();
  Result<ast::CoreInstantiate> core_instantiate();
  Result<std::vector<ast::CoreInlineExport>> core_inline_exports();
  Result<void> component_field();
  Result<void> instance_field();
  Result<ast::Instantiate> instantiate();
  Result<std::vector<ast::InlineExport>> inline_exports();
  Result<void> alias_field();
  Result<void> func_field();
  Result<void> import_field();
  Result<void> export_field();
  Result<void> start_field();
  Result<void> custom_field();
  Result<void> producers_field();
  Result<std::vector<ast::NameAttributes>> take_inline_exports();
  Result<void> add_inline_exports(const std::vector<ast::NameAttributes>& names, FullSort sort, std::uint32_t index);
  Result<std::optional<ast::NameAttributes>> take_inline_import();

  // -- parse_types.cpp
  Result<void> type_field();
  Result<ast::Type> type_definition(const Id& id = {});
  Result<ast::Type> value_type(std::string_view word, const Id& id);
  Result<ast::ValType> val_type();
  Result<std::optional<ast::ValType>> optional_val_type();
  Result<std::vector<ast::LabelValType>> fields(std::string_view word);
  Result<std::vector<std::string>> labels();
  Result<ast::ResourceType> resource_type();
  Result<ast::FuncType> func_type();
  Result<std::vector<ast::Decl>> decls(bool in_component, const Id& type = {});
  Result<void> decl(bool in_component);
  Result<std::uint32_t> func_type_use();
  Result<std::uint32_t> declared_type_use(Sort sort);
  Result<ast::NameAttributes> extern_name();
  Result<ast::ExternType> extern_type(Id* id);
  Result<ast::ExternType> extern_type_rest(FullSort sort);

  // -- parse_canon.cpp
  Result<void> canon_field();
  Result<ast::CanonOpts> canon_opts();
  Result<ast::CanonLift> canon_lift();
  Result<ast::CanonLower> canon_lower();
  Result<ast::CanonBuiltin> canon_builtin();
  Result<std::uint32_t> option_reference(CoreSort sort);

  // -- parse_core_types.cpp
  Result<void> core_type_field(bool in_module);
  Result<void> core_rec_field();
  Result<ast::CoreModuleType> core_module_type();
  Result<void> core_module_decl();
  Result<std::uint32_t> core_module_type_use();
  Result<wasm::SubType> core_sub_type();
  Result<void> core_described_type(wasm::SubType& type);
  Result<wasm::CompositeType> core_composite_type();
  Result<wasm::FuncType> core_func_type();
  Result<wasm::FieldType> core_field_type();
  Result<wasm::ValType> core_val_type();
  Result<wasm::HeapType> core_heap_type();
  Result<wasm::TypeIndex> core_type_use();
  Result<wasm::Limits> core_limits();
  Result<wasm::ExternType> core_extern_type();

  const SourceMap& sources_;
  Cursor& in_;
  ParseOptions options_;
  std::vector<std::unique_ptr<Scope>> scopes_;
  std::uint32_t depth_ = 0;
  std::uint32_t field_offset_ = 0;
};

template <class T>
void Parser::append(T item) {
  Scope& s = scope();
  if (s.component != nullptr) {
    s.component->definitions.push_back({std::move(item), field_offset_, false});
    return;
  }
  if constexpr (std::is_same_v<T, ast::Type>) {
    s.decls->push_back(std::make_unique<ast::Type>(std::move(item)));
  } else if constexpr (std::is_same_v<T, ast::CoreType>) {
    if (s.module_decls != nullptr) {
      s.module_decls->push_back({std::move(item)});
    } else {
      s.decls->push_back(std::move(item));
    }
  } else if constexpr (std::is_same_v<T, ast::Alias>) {
    if (s.module_decls != nullptr) {
      const auto& outer = std::get<ast::AliasOuter>(item.target);
      s.module_decls->push_back({ast::CoreOuterAlias{outer.count, outer.index}});
    } else {
      s.decls->push_back(std::move(item));
    }
  }
}

template <class T>
Result<std::uint32_t> Parser::add(FullSort sort, const Id& id, T item) {
  append(std::move(item));
  return define(sort, id);
}

}  // namespace witc::component
