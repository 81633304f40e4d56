// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types and externs from text (wasm/component/parser.h; Explainer.md, "Type Definitions"). A type written where
// an index belongs becomes a definition of its own.
#include <fmt/format.h>

#include <set>

#include "wasm/component/limits.h"
#include "wasm/component/parser.h"

namespace witc::component {
namespace {

std::optional<PrimValType> prim_named(std::string_view word) {
  static constexpr std::pair<std::string_view, PrimValType> kPrims[] = {
      {"bool", PrimValType::kBool},     {"s8", PrimValType::kS8},
      {"u8", PrimValType::kU8},         {"s16", PrimValType::kS16},
      {"u16", PrimValType::kU16},       {"s32", PrimValType::kS32},
      {"u32", PrimValType::kU32},       {"s64", PrimValType::kS64},
      {"u64", PrimValType::kU64},       {"f32", PrimValType::kF32},
      {"f64", PrimValType::kF64},       {"float32", PrimValType::kF32},
      {"float64", PrimValType::kF64},   {"char", PrimValType::kChar},
      {"string", PrimValType::kString}, {"error-context", PrimValType::kErrorContext}};
  for (const auto& [text, prim] : kPrims) {
    if (word == text) return prim;
  }
  return std::nullopt;
}

}  // namespace

/// After `(type`.
Result<void> Parser::type_field() {
  Id id = TRY(take_id());
  std::vector<ast::NameAttributes> exports = TRY(take_inline_exports());
  ast::Type type = TRY(type_definition(id));
  TRY(in_.close());
  std::uint32_t index = TRY(add(plain(Sort::kType), id, std::move(type)));
  return add_inline_exports(exports, plain(Sort::kType), index);
}

/// `id` is that of the definition: the name of the scope too, where the type has declarations.
Result<ast::Type> Parser::type_definition(const Id& id) {
  if (in_.at(Token::kKeyword)) {
    std::optional<PrimValType> prim = prim_named(in_.text());
    if (!prim) return in_.unexpected("a type");
    in_.skip();
    return ast::Type{*prim};
  }
  TRY(in_.open());
  if (!in_.at(Token::kKeyword)) return in_.unexpected("a type");
  std::string_view word = in_.text();
  in_.skip();
  TRY(enter());
  ast::Type type = TRY(value_type(word, id));
  leave();
  TRY(in_.close());
  return type;
}

/// The rest of a type whose keyword was taken, without the closing parenthesis.
Result<ast::Type> Parser::value_type(std::string_view word, const Id& id) {
  if (word == "record") return ast::Type{ast::Record{TRY(fields("field"))}};
  if (word == "variant") {
    ast::Variant variant;
    std::set<std::string> ids;
    while (in_.take_form("case")) {
      Id item = TRY(take_id());
      if (item.id && !ids.insert(*item.id).second) return malformed(fmt::format("duplicate identifier `${}`", *item.id));
      std::string label = TRY(in_.name());
      variant.cases.push_back({std::move(label), TRY(optional_val_type())});
      TRY(in_.close());
    }
    return ast::Type{std::move(variant)};
  }
  if (word == "list") {
    ast::List list{TRY(val_type()), {}};
    if (in_.at(Token::kNumber)) list.length = TRY(in_.u32("a length"));
    return ast::Type{list};
  }
  if (word == "tuple") {
    ast::Tuple tuple;
    while (!in_.at(Token::kRight)) tuple.types.push_back(TRY(val_type()));
    return ast::Type{std::move(tuple)};
  }
  if (word == "flags") return ast::Type{ast::Flags{TRY(labels())}};
  if (word == "enum") return ast::Type{ast::Enum{TRY(labels())}};
  if (word == "option") return ast::Type{ast::Option{TRY(val_type())}};
  if (word == "result") {
    ast::ResultType result;
    if (!in_.at(Token::kRight) && !in_.at_form("error")) result.ok = TRY(val_type());
    if (in_.take_form("error")) {
      result.error = TRY(val_type());
      TRY(in_.close());
    }
    return ast::Type{result};
  }
  if (word == "own") return ast::Type{ast::Own{TRY(index_path(plain(Sort::kType)))}};
  if (word == "borrow") return ast::Type{ast::Borrow{TRY(index_path(plain(Sort::kType)))}};
  if (word == "stream") return ast::Type{ast::Stream{TRY(optional_val_type())}};
  if (word == "future") return ast::Type{ast::Future{TRY(optional_val_type())}};
  if (word == "map") {
    ast::ValType key = TRY(val_type());
    return ast::Type{ast::Map{key, TRY(val_type())}};
  }
  if (word == "func") return ast::Type{TRY(func_type())};
  if (word == "resource") return ast::Type{TRY(resource_type())};
  if (word == "component") return ast::Type{ast::ComponentType{TRY(decls(true, id))}};
  if (word == "instance") return ast::Type{ast::InstanceType{TRY(decls(false, id))}};
  return malformed(fmt::format("unexpected token `{}`, expected a type", word));
}

Result<ast::ValType> Parser::val_type() {
  if (in_.at(Token::kKeyword)) {
    std::optional<PrimValType> prim = prim_named(in_.text());
    if (!prim) return in_.unexpected("a value type");
    in_.skip();
    return ast::ValType(*prim);
  }
  if (at_index()) return ast::ValType(ast::TypeRef{TRY(index(plain(Sort::kType)))});
  if (in_.at_form("type")) return ast::ValType(ast::TypeRef{TRY(reference(plain(Sort::kType)))});
  ast::Type type = TRY(type_definition());
  if (const auto* prim = std::get_if<PrimValType>(&type.type)) return ast::ValType(*prim);
  return ast::ValType(ast::TypeRef{TRY(add(plain(Sort::kType), {}, std::move(type)))});
}

Result<std::optional<ast::ValType>> Parser::optional_val_type() {
  if (in_.at(Token::kRight)) return std::optional<ast::ValType>();
  return std::optional(TRY(val_type()));
}

Result<std::vector<ast::LabelValType>> Parser::fields(std::string_view word) {
  std::vector<ast::LabelValType> list;
  while (in_.take_form(word)) {
    std::string label = TRY(in_.name());
    list.push_back({std::move(label), TRY(val_type())});
    TRY(in_.close());
  }
  return list;
}

Result<std::vector<std::string>> Parser::labels() {
  std::vector<std::string> list;
  while (in_.at(Token::kString)) list.push_back(TRY(in_.name()));
  return list;
}

Result<ast::ResourceType> Parser::resource_type() {
  ast::ResourceType resource;
  if (!in_.take_form("rep")) return in_.unexpected("`(rep`");
  resource.rep = TRY(core_val_type());
  TRY(in_.close());
  if (in_.take_form("dtor")) {
    resource.dtor = TRY(option_reference(CoreSort::kFunc));
    TRY(in_.close());
  }
  return resource;
}

Result<ast::FuncType> Parser::func_type() {
  ast::FuncType func;
  func.is_async = in_.take_keyword("async");
  func.params = TRY(fields("param"));
  if (in_.take_form("result")) {
    func.result = TRY(val_type());
    TRY(in_.close());
  }
  return func;
}

// -- component and instance types ---------------------------------------------------------------------

/// Declarators up to the closing parenthesis, which is left.
Result<std::vector<ast::Decl>> Parser::decls(bool in_component, const Id& type) {
  std::vector<ast::Decl> list;
  std::optional<std::string> name = in_.take_id();
  if (!name) name = type.id;
  TRY(push_scope(std::move(name)));
  scope().decls = &list;
  while (!in_.at(Token::kRight)) TRY(decl(in_component));
  pop_scope();
  return list;
}

Result<void> Parser::decl(bool in_component) {
  if (in_.take_form("type")) return type_field();
  if (in_.take_form("alias")) return alias_field();
  if (in_.at_form("core")) {
    in_.skip(2);
    if (in_.take_keyword("type")) return core_type_field(false);
    if (in_.take_keyword("rec")) return core_rec_field();
    return in_.unexpected("`type`");
  }
  if (in_.take_form("export")) {
    Id outer = TRY(take_id());
    ast::NameAttributes name = TRY(extern_name());
    Id id;
    ast::ExternType type = TRY(extern_type(&id));
    TRY(in_.close());
    scope().decls->push_back(ast::ExportDecl{std::move(name), type});
    (void)TRY(
        define({type.sort, type.sort == Sort::kCore ? CoreSort::kModule : CoreSort::kFunc}, outer.id ? outer : id));
    return {};
  }
  if (in_component && in_.take_form("import")) {
    ast::NameAttributes name = TRY(extern_name());
    Id id;
    ast::ExternType type = TRY(extern_type(&id));
    TRY(in_.close());
    scope().decls->push_back(ast::ImportDecl{std::move(name), type});
    (void)TRY(define({type.sort, type.sort == Sort::kCore ? CoreSort::kModule : CoreSort::kFunc}, id));
    return {};
  }
  return in_.unexpected("a declaration in a type");
}

// -- externs --------------------------------------------------------------------------------------------

Result<ast::NameAttributes> Parser::extern_name() {
  ast::NameAttributes name;
  if (in_.take_form("interface")) {
    name.name = TRY(in_.name());
    TRY(in_.close());
  } else {
    name.name = TRY(in_.name());
  }
  auto attribute = [&](std::string_view word, std::optional<std::string>& slot) -> Result<void> {
    if (!in_.take_form(word)) return {};
    slot = TRY(in_.name());
    return in_.close();
  };
  TRY(attribute("implements", name.implements));
  TRY(attribute("versionsuffix", name.version_suffix));
  TRY(attribute("external-id", name.external_id));
  return name;
}

/// `(func $id? ...)` and the like; the identifier goes to `id` where there may be one.
Result<ast::ExternType> Parser::extern_type(Id* id) {
  std::optional<FullSort> sort = take_sort();
  if (!sort) return in_.unexpected("the sort of an import or export");
  if (id != nullptr) *id = TRY(take_id());
  ast::ExternType type = TRY(extern_type_rest(*sort));
  TRY(in_.close());
  return type;
}

Result<ast::ExternType> Parser::extern_type_rest(FullSort sort) {
  TRY(enter());
  ast::ExternType type;
  type.sort = sort.first;
  switch (sort.first) {
    case Sort::kCore:
      if (sort.second != CoreSort::kModule) return malformed("only core modules can be imported and exported");
      type.index = TRY(core_module_type_use());
      break;
    case Sort::kFunc:
      type.index = TRY(func_type_use());
      break;
    case Sort::kComponent:
    case Sort::kInstance:
      type.index = TRY(declared_type_use(sort.first));
      break;
    case Sort::kType:
      if (in_.take_form("sub")) {
        TRY(in_.expect_keyword("resource"));
      } else if (in_.take_form("eq")) {
        type.type_bound.eq = TRY(index_path(plain(Sort::kType)));
      } else {
        return in_.unexpected("`(eq` or `(sub`");
      }
      TRY(in_.close());
      break;
    case Sort::kValue:
      type.value_bound.emplace();
      if (in_.take_form("eq")) {
        type.value_bound->bound = TRY(index(plain(Sort::kValue)));
        TRY(in_.close());
      } else {
        type.value_bound->bound = TRY(val_type());
      }
      break;
  }
  leave();
  return type;
}

/// `(type $t)`, or the parameters and result of a new type.
Result<std::uint32_t> Parser::func_type_use() {
  if (in_.at_form("type")) return reference(plain(Sort::kType));
  return add(plain(Sort::kType), {}, ast::Type{TRY(func_type())});
}

/// `(type $t)`, or the declarators of a new component or instance type.
Result<std::uint32_t> Parser::declared_type_use(Sort sort) {
  // `(type $t)` is a reference; `(type (...))` and `(type $t (...))` are declarators.
  bool is_reference = in_.at_form("type") && (in_.peek(2).kind == Token::kNumber || in_.peek(2).kind == Token::kId) &&
                      (in_.peek(3).kind == Token::kRight || in_.peek(3).kind == Token::kString);
  if (is_reference) return reference(plain(Sort::kType));
  std::vector<ast::Decl> list = TRY(decls(sort == Sort::kComponent));
  if (sort == Sort::kComponent) return add(plain(Sort::kType), {}, ast::Type{ast::ComponentType{std::move(list)}});
  return add(plain(Sort::kType), {}, ast::Type{ast::InstanceType{std::move(list)}});
}

}  // namespace witc::component
