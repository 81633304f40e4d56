// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The syntax tree of one WIT file, as written: nothing looked up, nothing dropped. Every node has its
// span, every item the comments that stand before it, and the file all its comments, so that a
// formatter, an editor or an error message can get back to the text. grammar/ makes it, resolver.h
// reads it. Plain data, no Spirit.
//
// Source: component-model WIT.md, from "Lexical structure" on. Where the grammar has one production
// for many things (`world-items`, `interface-items`) the tree has one Item with a variant body: gates
// and documentation belong to the item, whatever it is.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/semver.h"
#include "base/source.h"
#include "wit-parser/resolve.h"

namespace witc::wit::ast {

struct Node {
  Span span;
};

/// A comment, delimiters included. Block comments may nest.
struct Comment : Node {
  bool block = false;
};

/// The comments directly before an item, markers taken off, lines joined by `\n`.
struct Docs {
  std::string text;
  std::optional<Span> span;
};

/// A name; `name` is without the `%` that lets a keyword be one.
struct Id : Node {
  std::string name;
};

struct VersionLiteral : Node {
  Version version;
};

/// `@since(version = ..)`, `@unstable(feature = ..)`, `@deprecated(version = ..)`, `@external-id("..")`.
struct Gate : Node {
  enum class Kind { kSince, kUnstable, kDeprecated, kExternalId } kind = Kind::kSince;
  Span keyword;            // `since`
  VersionLiteral version;  // kSince, kDeprecated
  Id feature;              // kUnstable
  std::string text;        // kExternalId, escapes resolved
};

template <class Body>
struct Item : Node {
  Docs docs;
  std::vector<Gate> gates;
  Body body;
};

// -- names of packages and interfaces --------------------------------------------------------------

struct PackageName : Node {
  Id ns;
  Id name;
  std::optional<VersionLiteral> version;
};

/// `types`, or `wasi:http/types@1.0.0`.
struct UsePath : Node {
  std::optional<PackageName> package;
  Id name;
};

// -- types -------------------------------------------------------------------------------------------

/// How a type is written: a form and its arguments.
struct Type : Node {
  enum class Form {
    kPrimitive,
    kNamed,
    kOwn,
    kBorrow,
    kTuple,
    kList,
    kOption,
    kResult,
    kMap,
    kFuture,
    kStream,
  } form = Form::kPrimitive;
  Primitive primitive = Primitive::kBool;  // kPrimitive
  Id name;                                 // kNamed, kOwn, kBorrow
  std::vector<Type> args;                  // what stands between `<` and `>`
  bool ok_omitted = false;                 // kResult: `result<_, E>`, and args is {E}
  std::optional<std::uint32_t> length;     // kList: `list<T, N>`
  Span keyword;                            // `list` of `list<u8>`
};

struct Field : Node {
  Docs docs;
  Id name;
  Type type;
};

/// A case of a variant or enum, or a flag.
struct Case : Node {
  Docs docs;
  Id name;
  std::optional<Type> type;
};

// -- functions ---------------------------------------------------------------------------------------

struct Param : Node {
  Id name;
  Type type;
};

struct FuncType : Node {
  bool is_async = false;
  std::vector<Param> params;
  std::optional<wit::ast::Type> result;
};

struct Func : Node {
  Id name;  // of a constructor: the keyword
  FunctionKind kind = FunctionKind::kFreestanding;
  FuncType type;
};

// -- type definitions --------------------------------------------------------------------------------

struct Record {
  std::vector<Field> fields;
};
struct Variant {
  std::vector<Case> cases;
};
struct Enum {
  std::vector<Case> cases;
};
struct Flags {
  std::vector<Case> flags;
};
struct Resource {
  std::vector<Item<Func>> functions;
};

struct TypeDef : Node {
  Id name;
  std::variant<Type, Record, Variant, Enum, Flags, Resource> body;
};

// -- interfaces and worlds -----------------------------------------------------------------------------

/// `a` or `a as b`; of an include's `with`, always the latter.
struct UseName : Node {
  Id name;
  std::optional<Id> as;
  [[nodiscard]] const Id& local() const { return as ? *as : name; }
};

/// `use path.{a, b as c};`
struct Use : Node {
  UsePath from;
  std::vector<UseName> names;
};

using InterfaceItem = Item<std::variant<Use, TypeDef, Func>>;

struct InterfaceBody : Node {
  std::vector<InterfaceItem> items;
};

struct Interface : Node {
  Id name;
  InterfaceBody body;
};

/// `import` or `export` of a function, an inline interface, or an interface by its path (with a label,
/// `import x: path;`, under a plain name).
struct Extern : Node {
  bool is_export = false;
  std::optional<Id> label;
  std::variant<UsePath, FuncType, InterfaceBody> body;
  /// What messages about this item point at.
  [[nodiscard]] const Span& name_span() const { return label ? label->span : std::get<UsePath>(body).name.span; }
};

struct Include : Node {
  UsePath from;
  std::vector<UseName> names;
};

using WorldItem = Item<std::variant<Extern, Use, TypeDef, Include>>;

struct World : Node {
  Id name;
  std::vector<WorldItem> items;
};

// -- files -----------------------------------------------------------------------------------------------

/// `use path as name;` at the top of a file.
struct TopLevelUse : Node {
  UsePath path;
  std::optional<Id> as;
  [[nodiscard]] const Id& local() const { return as ? *as : path.name; }
};

struct NestedPackage;
using FileItem = Item<std::variant<TopLevelUse, Interface, World, NestedPackage>>;

struct NestedPackage : Node {
  PackageName name;
  std::vector<FileItem> items;
};

/// `package a:b;`
struct PackageHeader : Node {
  Docs docs;
  PackageName name;
};

struct File : Node {
  std::optional<PackageHeader> package;
  std::vector<FileItem> items;
  std::vector<Comment> comments;  // all of them, in order
};

}  // namespace witc::wit::ast
