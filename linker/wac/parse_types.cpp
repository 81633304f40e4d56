// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Declarations of types, interfaces and worlds in a WAC document.
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "linker/wac/parser.h"

namespace witc::linker::wac {

namespace {

std::optional<component::PrimValType> prim_type(std::string_view text) {
  using P = component::PrimValType;
  constexpr std::pair<std::string_view, P> kPrims[] = {
      {"bool", P::kBool}, {"s8", P::kS8},   {"u8", P::kU8},   {"s16", P::kS16}, {"u16", P::kU16},   {"s32", P::kS32},
      {"u32", P::kU32},   {"s64", P::kS64}, {"u64", P::kU64}, {"f32", P::kF32}, {"f64", P::kF64},   {"char", P::kChar},
      {"string", P::kString}};
  for (const auto& [name, prim] : kPrims) {
    if (name == text) return prim;
  }
  return std::nullopt;
}

}  // namespace

bool Parser::is_type_decl() const {
  return is("variant") || is("record") || is("flags") || is("enum") || is("type") || is("resource");
}

Result<TypeDecl> Parser::type_decl() {
  if (is("resource")) return resource_decl();
  if (is("type")) return TypeDecl(TRY(alias_decl()));
  std::string_view keyword = take().text;
  Ident id = TRY(ident());
  TRY(expect("{"));
  TypeDecl made;
  if (keyword == "variant") {
    made = VariantDecl{std::move(id), TRY(list("}", false, "a case", &Parser::variant_case))};
  } else if (keyword == "record") {
    made = RecordDecl{std::move(id), TRY(list("}", false, "a field", &Parser::named_type))};
  } else if (keyword == "flags") {
    made = FlagsDecl{std::move(id), TRY(list("}", false, "a flag", &Parser::ident))};
  } else {
    made = EnumDecl{std::move(id), TRY(list("}", false, "a case", &Parser::ident))};
  }
  TRY(expect("}"));
  return made;
}

Result<AliasDecl> Parser::alias_decl() {
  TRY(expect("type"));
  AliasDecl made{TRY(ident()), {}};
  TRY(expect("="));
  if (is("func")) {
    made.type = TRY(func_type());
  } else {
    made.type = TRY(type());
  }
  TRY(expect(";"));
  return made;
}

Result<TypeDecl> Parser::resource_decl() {
  TRY(expect("resource"));
  ResourceDecl made{TRY(ident()), {}};
  if (accept(";")) return TypeDecl(std::move(made));
  TRY(expect("{"));
  while (!accept("}")) {
    Method method;
    if (is("constructor")) {
      const Token& keyword = take();
      method.kind = Method::kConstructor;
      method.id = {std::string(keyword.text), keyword.span};
      TRY(expect("("));
      method.type.params = TRY(named_types(")"));
      TRY(expect(")"));
    } else {
      method.id = TRY(ident());
      TRY(expect(":"));
      if (accept("static")) method.kind = Method::kStatic;
      method.type = TRY(func_type());
    }
    TRY(expect(";"));
    made.methods.push_back(std::move(method));
  }
  return TypeDecl(std::move(made));
}

Result<VariantCase> Parser::variant_case() {
  VariantCase made{TRY(ident()), std::nullopt};
  if (accept("(")) {
    made.type = TRY(type());
    TRY(expect(")"));
  }
  return made;
}

Result<NamedType> Parser::named_type() {
  Ident id = TRY(ident());
  TRY(expect(":"));
  return NamedType{std::move(id), TRY(type())};
}

Result<std::vector<NamedType>> Parser::named_types(std::string_view end) {
  return list(end, true, "", &Parser::named_type);
}

Result<UseItem> Parser::use_item() {
  UseItem made{TRY(ident()), std::nullopt};
  if (accept("as")) made.as = TRY(ident());
  return made;
}

Result<InterfaceRef> Parser::interface_ref() {
  if (peek().kind == Token::kPackagePath) return InterfaceRef(TRY(package_path()));
  if (peek().kind == Token::kIdent) return InterfaceRef(TRY(ident()));
  return unexpected("a package path or an identifier");
}

Result<UseType> Parser::use_type() {
  TRY(expect("use"));
  UseType made{TRY(interface_ref()), {}};
  TRY(expect("."));
  TRY(expect("{"));
  made.items = TRY(list("}", false, "an identifier", &Parser::use_item));
  TRY(expect("}"));
  TRY(expect(";"));
  return made;
}

Result<InterfaceDecl> Parser::interface_decl() {
  TRY(expect("interface"));
  Ident id = TRY(ident());
  return InterfaceDecl{std::move(id), TRY(interface_items())};
}

Result<std::vector<InterfaceItem>> Parser::interface_items() {
  std::vector<InterfaceItem> items;
  TRY(expect("{"));
  while (!accept("}")) {
    if (is("use")) {
      items.emplace_back(TRY(use_type()));
    } else if (is_type_decl()) {
      items.emplace_back(TRY(type_decl()));
    } else {
      InterfaceExport made{TRY(ident()), {}};
      TRY(expect(":"));
      if (is("func")) {
        made.type = TRY(func_type());
      } else {
        made.type = TRY(ident());
      }
      TRY(expect(";"));
      items.emplace_back(std::move(made));
    }
  }
  return items;
}

Result<WorldDecl> Parser::world_decl() {
  TRY(expect("world"));
  WorldDecl made{TRY(ident()), {}};
  TRY(expect("{"));
  while (!accept("}")) made.items.push_back(TRY(world_item()));
  return made;
}

Result<WorldItem> Parser::world_item() {
  if (is("use")) return WorldItem(TRY(use_type()));
  if (is_type_decl()) return WorldItem(TRY(type_decl()));
  if (is("include")) return world_include();
  if (accept("import")) return world_extern(true);
  if (accept("export")) return world_extern(false);
  return unexpected("an item of a world");
}

Result<WorldItem> Parser::world_extern(bool is_import) {
  WorldExtern made{is_import, {}};
  if (peek().kind == Token::kPackagePath) {
    made.item = TRY(package_path());
  } else {
    Ident id = TRY(ident());
    if (accept(":")) {
      ExternTypeRef type;
      if (is("func")) {
        type = TRY(func_type());
      } else if (accept("interface")) {
        type = InlineInterface{TRY(interface_items())};
      } else {
        type = TRY(ident());
      }
      made.item = NamedWorldItem{std::move(id), std::move(type)};
    } else {
      made.item = std::move(id);
    }
  }
  TRY(expect(";"));
  return WorldItem(std::move(made));
}

Result<WorldIncludeItem> Parser::include_item() {
  Ident from = TRY(ident());
  TRY(expect("as"));
  return WorldIncludeItem{std::move(from), TRY(ident())};
}

Result<WorldItem> Parser::world_include() {
  TRY(expect("include"));
  WorldInclude made{TRY(interface_ref()), {}};
  if (accept("with")) {
    TRY(expect("{"));
    made.with = TRY(list("}", true, "", &Parser::include_item));
    TRY(expect("}"));
  }
  TRY(expect(";"));
  return WorldItem(std::move(made));
}

Result<FuncType> Parser::func_type() {
  FuncType made;
  TRY(expect("func"));
  TRY(expect("("));
  made.params = TRY(named_types(")"));
  TRY(expect(")"));
  if (accept("->")) made.result = TRY(type());
  return made;
}

Result<TypeExpr> Parser::type() {
  Nest nest(depth_);
  if (depth_ > kMaxDepth) return error(DiagCode::kWacSyntax, peek().span, "types nest too deep");
  TypeExpr made;
  Span begin = peek().span;
  if (peek().kind != Token::kIdent) return unexpected("a type");
  if (auto prim = prim_type(peek().text)) {
    take();
    made.prim = *prim;
  } else if (accept("tuple")) {
    made.kind = TypeExpr::kTuple;
    TRY(expect("<"));
    made.args = TRY(list(">", false, "a type", &Parser::type));
    TRY(expect(">"));
  } else if (is("list") || is("option")) {
    made.kind = take().text == "list" ? TypeExpr::kList : TypeExpr::kOption;
    TRY(expect("<"));
    made.args.push_back(TRY(type()));
    TRY(expect(">"));
  } else if (accept("result")) {
    TRY(result_type(made));
  } else if (accept("borrow")) {
    made.kind = TypeExpr::kBorrow;
    TRY(expect("<"));
    made.name = TRY(ident());
    TRY(expect(">"));
  } else {
    made.kind = TypeExpr::kName;
    made.name = TRY(ident());
  }
  made.span = since(begin);
  return made;
}

Result<void> Parser::result_type(TypeExpr& made) {
  made.kind = TypeExpr::kResult;
  if (!accept("<")) return {};
  bool is_ok_absent = accept("_");
  if (!is_ok_absent) made.ok = std::make_unique<TypeExpr>(TRY(type()));
  if (is_ok_absent || is(",")) {
    TRY(expect(","));
    if (!accept("_")) made.error = std::make_unique<TypeExpr>(TRY(type()));
  }
  TRY(expect(">"));
  return {};
}

}  // namespace witc::linker::wac
