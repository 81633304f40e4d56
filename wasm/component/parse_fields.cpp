// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fields of a component from text (wasm/component/parser.h; Explainer.md).
#include <fmt/format.h>

#include "wasm/binary_writer.h"
#include "wasm/component/parse.h"
#include "wasm/component/parser.h"
#include "wasm/core/parse.h"

namespace witc::component {

Result<void> Parser::field() {
  field_offset_ = in_.offset();
  if (in_.at_annotation("custom")) return custom_field();
  if (in_.at_annotation("producers")) return producers_field();
  if (in_.take_form("core")) return core_field();
  if (in_.take_form("component")) return component_field();
  if (in_.take_form("instance")) return instance_field();
  if (in_.take_form("alias")) return alias_field();
  if (in_.take_form("type")) return type_field();
  if (in_.take_form("canon")) return canon_field();
  if (in_.take_form("func")) return func_field();
  if (in_.take_form("import")) return import_field();
  if (in_.take_form("export")) return export_field();
  if (in_.take_form("start")) return start_field();
  return in_.unexpected("a definition of a component");
}

/// After `(core`.
Result<void> Parser::core_field() {
  if (in_.take_keyword("module")) return core_module_field();
  if (in_.take_keyword("instance")) return core_instance_field();
  if (in_.take_keyword("type")) return core_type_field(false);
  if (in_.take_keyword("rec")) return core_rec_field();
  static constexpr std::pair<std::string_view, CoreSort> kAliases[] = {{"func", CoreSort::kFunc},
                                                                       {"memory", CoreSort::kMemory},
                                                                       {"table", CoreSort::kTable},
                                                                       {"global", CoreSort::kGlobal},
                                                                       {"tag", CoreSort::kTag}};
  for (const auto& [word, sort] : kAliases) {
    if (!in_.take_keyword(word)) continue;
    Id id = TRY(take_id());
    if (in_.take_form("alias")) {
      if (!in_.take_keyword("core")) return in_.unexpected("`core export`");
      TRY(in_.expect_keyword("export"));
      std::uint32_t instance = TRY(index(core(CoreSort::kInstance)));
      std::string name = TRY(in_.name());
      TRY(in_.close());
      (void)TRY(add(core(sort), id, ast::Alias{Sort::kCore, sort, ast::AliasCoreExport{instance, std::move(name)}}));
      return in_.close();
    }
    if (sort != CoreSort::kFunc || !in_.take_form("canon")) return in_.unexpected("`(canon` or `(alias`");
    if (in_.take_keyword("lower")) {
      ast::CanonLower lower = TRY(canon_lower());
      TRY(in_.close());
      (void)TRY(add(core(CoreSort::kFunc), id, ast::Canon(std::move(lower))));
    } else {
      ast::CanonBuiltin builtin = TRY(canon_builtin());
      TRY(in_.close());
      (void)TRY(add(core(CoreSort::kFunc), id, ast::Canon(std::move(builtin))));
    }
    return in_.close();
  }
  return in_.unexpected("`module`, `instance`, `type` or `func`");
}

// -- inline imports and exports -----------------------------------------------------------------------

Result<std::vector<ast::NameAttributes>> Parser::take_inline_exports() {
  std::vector<ast::NameAttributes> names;
  // `(export "name")` with nothing behind the name; in an instance `(export "name" (func ...))` is no abbreviation.
  while (in_.at_form("export")) {
    std::size_t position = in_.position();
    in_.skip(2);
    Result<ast::NameAttributes> name = extern_name();
    if (!name || !in_.at(Token::kRight)) {
      in_.seek(position);
      break;
    }
    TRY(in_.close());
    names.push_back(std::move(*name));
  }
  return names;
}

Result<void> Parser::add_inline_exports(const std::vector<ast::NameAttributes>& names, FullSort sort,
                                        std::uint32_t index) {
  if (!names.empty() && scope().component == nullptr) return malformed("inline exports are not allowed in types");
  for (const ast::NameAttributes& name : names) {
    (void)TRY(add(sort, {}, ast::Export{name, {sort.first, sort.second, index}, {}}));
  }
  return {};
}

Result<std::optional<ast::NameAttributes>> Parser::take_inline_import() {
  if (!in_.take_form("import")) return std::optional<ast::NameAttributes>();
  ast::NameAttributes name = TRY(extern_name());
  TRY(in_.close());
  return std::optional(std::move(name));
}

// -- modules, components, instances -----------------------------------------------------------------------

Result<void> Parser::core_module_field() {
  Id id = TRY(take_id());
  std::vector<ast::NameAttributes> exports = TRY(take_inline_exports());
  std::uint32_t index = 0;
  if (in_.at_form("import") && in_.peek(3).kind == Token::kRight) {
    std::optional<ast::NameAttributes> name = TRY(take_inline_import());
    ast::ExternType type = TRY(extern_type_rest(core(CoreSort::kModule)));
    TRY(in_.close());
    index = TRY(add(core(CoreSort::kModule), id, ast::Import{std::move(*name), type}));
  } else {
    auto module =
        std::make_unique<wasm::Module>(TRY(wasm::parse_module_rest(sources_, in_, id.name ? id.name : id.id)));
    index = TRY(add(core(CoreSort::kModule), id, ast::CoreModule{std::move(module)}));
  }
  return add_inline_exports(exports, core(CoreSort::kModule), index);
}

Result<void> Parser::component_field() {
  Id id = TRY(take_id());
  std::vector<ast::NameAttributes> exports = TRY(take_inline_exports());
  std::uint32_t index = 0;
  if (in_.at_form("import") && in_.peek(3).kind == Token::kRight) {
    std::optional<ast::NameAttributes> name = TRY(take_inline_import());
    ast::ExternType type = TRY(extern_type_rest(plain(Sort::kComponent)));
    TRY(in_.close());
    index = TRY(add(plain(Sort::kComponent), id, ast::Import{std::move(*name), type}));
  } else {
    std::uint32_t offset = field_offset_;
    auto nested = std::make_unique<ast::Component>(TRY(component(id.name ? id.name : id.id)));
    field_offset_ = offset;
    index = TRY(add(plain(Sort::kComponent), id, std::move(nested)));
  }
  return add_inline_exports(exports, plain(Sort::kComponent), index);
}

Result<void> Parser::core_instance_field() {
  Id id = TRY(take_id());
  ast::CoreInstance instance;
  if (in_.take_form("instantiate")) {
    instance.expr = TRY(core_instantiate());
    TRY(in_.close());
  } else {
    instance.expr = ast::CoreInlineExports{TRY(core_inline_exports())};
  }
  TRY(in_.close());
  (void)TRY(add(core(CoreSort::kInstance), id, std::move(instance)));
  return {};
}

Result<ast::CoreInstantiate> Parser::core_instantiate() {
  ast::CoreInstantiate expr;
  if (in_.at_form("core") || in_.at_form("module")) {
    expr.module = TRY(reference(core(CoreSort::kModule)));
  } else {
    expr.module = TRY(index_path(core(CoreSort::kModule)));
  }
  while (in_.take_form("with")) {
    std::string name = TRY(in_.name());
    std::uint32_t instance = 0;
    bool inline_exports =
        in_.at_form("instance") && (in_.peek(2).kind == Token::kLeft || in_.peek(2).kind == Token::kRight);
    if (inline_exports) {
      in_.skip(2);
      ast::CoreInstance made{ast::CoreInlineExports{TRY(core_inline_exports())}};
      TRY(in_.close());
      instance = TRY(add(core(CoreSort::kInstance), {}, std::move(made)));
    } else {
      instance = TRY(reference(core(CoreSort::kInstance)));
    }
    TRY(in_.close());
    expr.args.push_back({std::move(name), instance});
  }
  return expr;
}

Result<std::vector<ast::CoreInlineExport>> Parser::core_inline_exports() {
  std::vector<ast::CoreInlineExport> exports;
  while (in_.take_form("export")) {
    std::string name = TRY(in_.name());
    std::optional<FullSort> sort = take_sort(true);
    if (!sort) return in_.unexpected("a reference like `(func $f)`");
    std::uint32_t item = TRY(index_path(*sort));
    TRY(in_.close());
    TRY(in_.close());
    exports.push_back({std::move(name), {sort->second, item}});
  }
  return exports;
}

Result<void> Parser::instance_field() {
  Id id = TRY(take_id());
  std::vector<ast::NameAttributes> exports = TRY(take_inline_exports());
  std::uint32_t index = 0;
  if (in_.at_form("import")) {
    std::optional<ast::NameAttributes> name = TRY(take_inline_import());
    ast::ExternType type = TRY(extern_type_rest(plain(Sort::kInstance)));
    index = TRY(add(plain(Sort::kInstance), id, ast::Import{std::move(*name), type}));
  } else {
    ast::Instance instance;
    if (in_.take_form("instantiate")) {
      instance.expr = TRY(instantiate());
      TRY(in_.close());
    } else {
      instance.expr = ast::InlineExports{TRY(inline_exports())};
    }
    index = TRY(add(plain(Sort::kInstance), id, std::move(instance)));
  }
  TRY(in_.close());
  return add_inline_exports(exports, plain(Sort::kInstance), index);
}

Result<ast::Instantiate> Parser::instantiate() {
  ast::Instantiate expr;
  if (in_.at_form("component")) {
    expr.component = TRY(reference(plain(Sort::kComponent)));
  } else {
    expr.component = TRY(index_path(plain(Sort::kComponent)));
  }
  while (in_.take_form("with")) {
    ast::InstantiateArg arg;
    arg.name = TRY(in_.name());
    bool inline_instance =
        in_.at_form("instance") && (in_.peek(2).kind == Token::kLeft || in_.peek(2).kind == Token::kRight);
    if (inline_instance) {
      in_.skip(2);
      ast::Instance made{ast::InlineExports{TRY(inline_exports())}};
      TRY(in_.close());
      arg.item = {Sort::kInstance, CoreSort::kFunc, TRY(add(plain(Sort::kInstance), {}, std::move(made)))};
    } else {
      arg.item = TRY(any_reference());
    }
    TRY(in_.close());
    expr.args.push_back(std::move(arg));
  }
  return expr;
}

Result<std::vector<ast::InlineExport>> Parser::inline_exports() {
  std::vector<ast::InlineExport> exports;
  while (in_.take_form("export")) {
    ast::NameAttributes name = TRY(extern_name());
    exports.push_back({std::move(name), TRY(any_reference())});
    TRY(in_.close());
  }
  return exports;
}

// -- aliases ----------------------------------------------------------------------------------------------

/// After `(alias`.
Result<void> Parser::alias_field() {
  ast::Alias alias;
  if (in_.take_keyword("export")) {
    std::uint32_t instance = TRY(index(plain(Sort::kInstance)));
    alias.target = ast::AliasExport{instance, TRY(in_.name())};
  } else if (in_.take_keyword("core")) {
    TRY(in_.expect_keyword("export"));
    std::uint32_t instance = TRY(index(core(CoreSort::kInstance)));
    alias.target = ast::AliasCoreExport{instance, TRY(in_.name())};
  } else if (in_.take_keyword("outer")) {
    ast::AliasOuter target;
    if (in_.at(Token::kNumber)) {
      target.count = TRY(in_.u32("a number of scopes"));
    } else {
      Token token = in_.peek();
      std::optional<std::string> name = in_.take_id();
      if (!name) return in_.unexpected("a number of scopes or a component's identifier");
      while (target.count < scopes_.size() && scopes_[scopes_.size() - 1 - target.count]->name != name) ++target.count;
      if (target.count == scopes_.size()) {
        return error(DiagCode::kComponentMalformed, in_.span(token),
                     fmt::format("outer component `${}` not found", *name));
      }
    }
    // The sort stands behind the index, whose identifier belongs to the scope further out.
    std::size_t at = in_.position();
    in_.skip();
    std::optional<FullSort> sort = take_sort(scope().module_decls != nullptr);
    if (!sort) return in_.unexpected("a sort");
    in_.seek(at);
    if (in_.at(Token::kNumber)) {
      target.index = TRY(in_.u32("an index"));
    } else {
      Token token = in_.peek();
      std::optional<std::string> id = in_.take_id();
      if (!id) return in_.unexpected("an index or an identifier");
      if (target.count >= scopes_.size())
        return malformed(fmt::format("outer count of `{}` is too large", target.count));
      const Space& space = scopes_[scopes_.size() - 1 - target.count]->spaces[*sort];
      auto found = space.ids.find(*id);
      if (found == space.ids.end()) {
        return error(DiagCode::kComponentMalformed, in_.span(token),
                     fmt::format("unknown identifier `${}`: failed to find name", *id));
      }
      target.index = found->second;
    }
    alias.target = target;
  } else {
    return in_.unexpected("`export`, `core export` or `outer`");
  }
  const Token sort_token = in_.peek(in_.at_form("core") ? 2 : 1);
  std::optional<FullSort> sort = take_sort(scope().module_decls != nullptr);
  if (!sort) return in_.unexpected("a sort");
  const bool of_instance = std::holds_alternative<ast::AliasExport>(alias.target);
  if (of_instance && sort->first == Sort::kCore && sort->second != CoreSort::kModule) {
    return error(DiagCode::kComponentMalformed, in_.span(sort_token),
                 "the only core items that instances of components export are modules")
        .hint("`alias core export` is for core instances");
  }
  Id id = TRY(take_id());
  TRY(in_.close());
  TRY(in_.close());
  bool core_outer = std::holds_alternative<ast::AliasOuter>(alias.target) && *sort == core(CoreSort::kType);
  if (scope().module_decls != nullptr && !core_outer) return malformed("a module type may only alias outer core types");
  alias.sort = sort->first;
  alias.core = sort->second;
  (void)TRY(add(*sort, id, std::move(alias)));
  return {};
}

// -- functions, imports, exports ----------------------------------------------------------------------------

/// After `(func`.
Result<void> Parser::func_field() {
  Id id = TRY(take_id());
  std::vector<ast::NameAttributes> exports = TRY(take_inline_exports());
  std::uint32_t index = 0;
  if (in_.at_form("import")) {
    std::optional<ast::NameAttributes> name = TRY(take_inline_import());
    ast::ExternType type;
    type.sort = Sort::kFunc;
    type.index = TRY(func_type_use());
    index = TRY(add(plain(Sort::kFunc), id, ast::Import{std::move(*name), type}));
  } else if (in_.take_form("alias")) {
    TRY(in_.expect_keyword("export"));
    std::uint32_t instance = TRY(this->index(plain(Sort::kInstance)));
    std::string name = TRY(in_.name());
    TRY(in_.close());
    index = TRY(add(plain(Sort::kFunc), id,
                    ast::Alias{Sort::kFunc, CoreSort::kFunc, ast::AliasExport{instance, std::move(name)}}));
  } else {
    std::uint32_t type = TRY(func_type_use());
    if (!in_.take_form("canon")) return in_.unexpected("`(canon lift`");
    TRY(in_.expect_keyword("lift"));
    ast::CanonLift lift = TRY(canon_lift());
    TRY(in_.close());
    lift.type = type;
    index = TRY(add(plain(Sort::kFunc), id, ast::Canon(std::move(lift))));
  }
  TRY(in_.close());
  return add_inline_exports(exports, plain(Sort::kFunc), index);
}

Result<void> Parser::import_field() {
  ast::NameAttributes name = TRY(extern_name());
  Id id;
  ast::ExternType type = TRY(extern_type(&id));
  TRY(in_.close());
  FullSort sort{type.sort, type.sort == Sort::kCore ? CoreSort::kModule : CoreSort::kFunc};
  (void)TRY(add(sort, id, ast::Import{std::move(name), type}));
  return {};
}

Result<void> Parser::export_field() {
  Id id = TRY(take_id());
  ast::Export item;
  item.name = TRY(extern_name());
  item.item = TRY(any_reference());
  if (in_.at(Token::kLeft)) item.type = TRY(extern_type(nullptr));
  TRY(in_.close());
  FullSort sort{item.item.sort, item.item.core};
  (void)TRY(add(sort, id, std::move(item)));
  return {};
}

Result<void> Parser::start_field() {
  ast::Start start;
  start.func = TRY(index(plain(Sort::kFunc)));
  while (in_.take_form("value")) {
    start.args.push_back(TRY(index(plain(Sort::kValue))));
    TRY(in_.close());
  }
  std::vector<Id> results;
  while (in_.take_form("result")) {
    if (!in_.take_form("value")) return in_.unexpected("`(value`");
    results.push_back(TRY(take_id()));
    TRY(in_.close());
    TRY(in_.close());
  }
  TRY(in_.close());
  start.results = static_cast<std::uint32_t>(results.size());
  append(std::move(start));
  for (const Id& id : results) (void)TRY(define(plain(Sort::kValue), id));
  return {};
}

// -- custom sections ----------------------------------------------------------------------------------------

/// `(@custom "name" (after ...)? "bytes"*)`
Result<void> Parser::custom_field() {
  in_.skip();
  std::string name = TRY(in_.name());
  while (in_.at(Token::kLeft)) in_.skip_form();
  std::string bytes;
  while (in_.at(Token::kString)) bytes += TRY(in_.string());
  TRY(in_.close());
  auto& owned = scope().component->owned;
  owned.emplace_back(bytes.begin(), bytes.end());
  append(ast::CustomSection{std::move(name), owned.back()});
  return {};
}

/// `(@producers (language "C" "17") ...)`: fields of one name stand together in the section.
Result<void> Parser::producers_field() {
  in_.skip();
  std::vector<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>> fields;
  while (in_.at(Token::kLeft)) {
    in_.skip();
    if (!in_.at(Token::kKeyword)) return in_.unexpected("a field of `@producers`");
    std::string field(in_.text());
    in_.skip();
    std::string name = TRY(in_.name());
    std::string version = TRY(in_.name());
    TRY(in_.close());
    auto same = std::ranges::find(fields, field, [](const auto& item) { return item.first; });
    if (same == fields.end()) same = fields.insert(fields.end(), {field, {}});
    same->second.emplace_back(std::move(name), std::move(version));
  }
  TRY(in_.close());
  wasm::BinaryWriter out;
  out.vec(fields, [](wasm::BinaryWriter& o, const auto& field) {
    o.name(field.first).vec(field.second, [](wasm::BinaryWriter& v, const auto& value) {
      v.name(value.first).name(value.second);
    });
  });
  auto& owned = scope().component->owned;
  owned.push_back(out.take());
  append(ast::CustomSection{"producers", owned.back()});
  return {};
}

}  // namespace witc::component
