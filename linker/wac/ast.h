// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A WAC document as written: statements in order, a span on every name. wac/parse.h makes it,
// wac/resolve.h gives it meaning. The productions are those of wac's LANGUAGE.md.

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/semver.h"
#include "base/source.h"
#include "wasm/component/ast.h"

namespace witc::linker::wac {

/// An identifier without its `%`, or what stands between quotes.
struct Ident {
  std::string name;
  Span span;
};

/// `ns:name@1.2.3`
struct PackageName {
  std::string name;  // without the version
  std::optional<Version> version;
  Span span;
  [[nodiscard]] std::string text() const { return version ? name + "@" + version->to_string() : name; }
};
/// `ns:name/item@1.2.3`
struct PackagePath {
  PackageName package;
  std::string item;  // what follows the first `/`
  Span span;
  [[nodiscard]] std::string text() const {
    std::string path = package.name + "/" + item;
    return package.version ? path + "@" + package.version->to_string() : path;
  }
};

// -- types ------------------------------------------------------------------------------------------

struct TypeExpr {
  enum Kind { kPrim, kTuple, kList, kOption, kResult, kBorrow, kName } kind = kPrim;
  component::PrimValType prim = component::PrimValType::kBool;
  std::vector<TypeExpr> args;             // kTuple; one of kList, kOption
  std::unique_ptr<TypeExpr> ok, error;    // kResult
  Ident name;                             // kName, kBorrow
  Span span;
};
struct NamedType {
  Ident id;
  TypeExpr type;
};
struct FuncType {
  std::vector<NamedType> params;
  std::optional<TypeExpr> result;
};

using InterfaceRef = std::variant<PackagePath, Ident>;
struct UseItem {
  Ident id;
  std::optional<Ident> as;
};
struct UseType {
  InterfaceRef path;
  std::vector<UseItem> items;
};

struct VariantCase {
  Ident id;
  std::optional<TypeExpr> type;
};
struct VariantDecl {
  Ident id;
  std::vector<VariantCase> cases;
};
struct RecordDecl {
  Ident id;
  std::vector<NamedType> fields;
};
struct FlagsDecl {
  Ident id;
  std::vector<Ident> flags;
};
struct EnumDecl {
  Ident id;
  std::vector<Ident> cases;
};
struct AliasDecl {
  Ident id;
  std::variant<TypeExpr, FuncType> type;
};
struct Method {
  enum Kind { kConstructor, kMethod, kStatic } kind = kMethod;
  Ident id;  // of a constructor: the keyword
  FuncType type;
};
struct ResourceDecl {
  Ident id;
  std::vector<Method> methods;
};
using TypeDecl = std::variant<VariantDecl, RecordDecl, FlagsDecl, EnumDecl, AliasDecl, ResourceDecl>;

struct InterfaceExport {
  Ident id;
  std::variant<FuncType, Ident> type;
};
using InterfaceItem = std::variant<UseType, TypeDecl, InterfaceExport>;
struct InlineInterface { std::vector<InterfaceItem> items; };
struct InterfaceDecl {
  Ident id;
  std::vector<InterfaceItem> items;
};

using ExternTypeRef = std::variant<FuncType, InlineInterface, Ident>;
struct NamedWorldItem {
  Ident id;
  ExternTypeRef type;
};
struct WorldExtern {
  bool is_import = true;
  std::variant<NamedWorldItem, PackagePath, Ident> item;
};
struct WorldIncludeItem { Ident from, to; };
struct WorldInclude {
  InterfaceRef world;
  std::vector<WorldIncludeItem> with;
};
using WorldItem = std::variant<UseType, TypeDecl, WorldExtern, WorldInclude>;
struct WorldDecl {
  Ident id;
  std::vector<WorldItem> items;
};

// -- expressions and statements -----------------------------------------------------------------------

struct Expr;
struct InferredArgument { Ident id; };
struct SpreadArgument { Ident id; };
struct NamedArgument {
  Ident name;
  bool is_string = false;
  std::unique_ptr<Expr> value;
};
struct FillArgument { Span span; };
using Argument = std::variant<InferredArgument, SpreadArgument, NamedArgument, FillArgument>;
struct NewExpr {
  PackageName package;
  std::vector<Argument> arguments;
  Span span;
};
/// `.x` or `["x"]`
struct Access {
  Ident name;
  bool is_exact = false;
};
struct Expr {
  std::variant<NewExpr, std::unique_ptr<Expr>, Ident> primary;
  std::vector<Access> postfix;
  Span span;
};

struct ImportStatement {
  Ident id;
  std::optional<Ident> as;
  std::variant<PackagePath, FuncType, InlineInterface, Ident> type;
};
using TypeStatement = std::variant<InterfaceDecl, WorldDecl, TypeDecl>;
struct LetStatement {
  Ident id;
  Expr value;
};
struct ExportStatement {
  Expr value;
  std::optional<Ident> as;
  bool is_spread = false;
};
using Statement = std::variant<ImportStatement, TypeStatement, LetStatement, ExportStatement>;

struct Document {
  PackageName package;
  std::optional<PackagePath> targets;
  std::vector<Statement> statements;
};

}  // namespace witc::linker::wac
