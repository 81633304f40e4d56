// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The resolved package graph: what WIT text becomes, what WIT packages in binary decode to, and what
// bindings, `witc embed`, `witc new` and composition start from. Plain data: ids into vectors, in
// dependency order (a package after those it uses, a type after those it is made of).
//
// Source: component-model WIT.md. The shape follows what users of the Bytecode Alliance's tools know
// as the `Resolve` graph, so that `witc wit --json` is the JSON they know.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/ordered_map.h"
#include "base/semver.h"
#include "base/source.h"

namespace witc::wit {

struct WorldTag {};
struct InterfaceTag {};
struct TypeTag {};
struct PackageTag {};
using WorldId = Id<WorldTag>;
using InterfaceId = Id<InterfaceTag>;
using TypeId = Id<TypeTag>;
using PackageId = Id<PackageTag>;

// -- names, documentation, gates ---------------------------------------------------------------

struct PackageName {
  std::string ns;
  std::string name;
  std::optional<Version> version;

  friend bool operator==(const PackageName&, const PackageName&) = default;
  /// `ns:name` or `ns:name@1.2.3`.
  [[nodiscard]] std::string to_string() const;
};

/// `@since`, `@unstable` and `@deprecated` of an item (WIT.md, "Feature Gates").
struct Stability {
  enum class Kind { kUnknown, kStable, kUnstable } kind = Kind::kUnknown;
  std::optional<Version> since;       // kStable
  std::string feature;                // kUnstable; optional for kStable
  std::optional<Version> deprecated;
};

/// What every named item carries beside its name.
struct ItemInfo {
  std::string docs;  // doc comment without markers; lines joined by `\n`; empty if none
  Stability stability;
  std::optional<std::string> external_id;  // `@external-id("..")`
  std::optional<Span> span;  // of the name; absent for items decoded from a binary
};

// -- types -------------------------------------------------------------------------------------

enum class Primitive : std::uint8_t {
  kBool, kU8, kU16, kU32, kU64, kS8, kS16, kS32, kS64, kF32, kF64, kChar, kString, kErrorContext,
};
/// As WIT spells it: `bool`, `u8`, ..., `error-context`.
std::string_view to_string(Primitive primitive);

using Type = std::variant<Primitive, TypeId>;

struct Field {
  std::string name;
  Type type;
  ItemInfo info;
};
struct Case {
  std::string name;
  std::optional<Type> type;
  ItemInfo info;
};
struct Label {  // a flag or an enum case
  std::string name;
  ItemInfo info;
};

struct Record { std::vector<Field> fields; };
struct Resource {};
struct Own { TypeId resource; };
struct Borrow { TypeId resource; };
struct Flags { std::vector<Label> flags; };
struct Tuple { std::vector<Type> types; };
struct Variant { std::vector<Case> cases; };
struct Enum { std::vector<Label> cases; };
struct Option { Type type; };
struct ResultType { std::optional<Type> ok, err; };
struct List { Type type; };
struct FixedLengthList { Type type; std::uint32_t length; };
struct Map { Type key, value; };
struct Future { std::optional<Type> type; };
struct Stream { std::optional<Type> type; };
/// `type a = b`, and what `use` makes: another name for a type.
struct Alias { Type type; };

using TypeDefKind = std::variant<Record, Resource, Own, Borrow, Flags, Tuple, Variant, Enum, Option, ResultType, List,
                                 FixedLengthList, Map, Future, Stream, Alias>;

/// Where a named type lives; anonymous types (`list<u8>` in a signature) have no owner and no name.
using TypeOwner = std::variant<std::monostate, WorldId, InterfaceId>;

struct TypeDef {
  std::optional<std::string> name;
  TypeDefKind kind;
  TypeOwner owner;
  ItemInfo info;
};

// -- functions ---------------------------------------------------------------------------------

enum class FunctionKind { kFreestanding, kMethod, kStatic, kConstructor };

struct Param {
  std::string name;
  Type type;
};

struct Function {
  std::string name;  // as in a component: `f`, `[method]r.f`, `[static]r.f`, `[constructor]r`
  FunctionKind kind = FunctionKind::kFreestanding;
  bool is_async = false;
  std::optional<TypeId> resource;  // of a method, static function or constructor
  std::vector<Param> params;       // of a method: `self` first
  std::optional<Type> result;
  ItemInfo info;

  /// The name without `[method]r.` and the like; `[constructor]r` gives `r`.
  [[nodiscard]] std::string_view item_name() const;
};

// -- interfaces, worlds, packages ----------------------------------------------------------------

struct Interface {
  std::optional<std::string> name;  // none for `import x: interface { .. }` inside a world
  OrderedMap<std::string, TypeId> types;
  OrderedMap<std::string, Function> functions;
  std::optional<PackageId> package;
  ItemInfo info;
  std::optional<InterfaceId> clone_of;  // of an inline interface that `include` copied
};

/// A world's import or export is named by a plain name or by an interface.
using WorldKey = std::variant<std::string, InterfaceId>;
struct WorldKeyHash {
  std::size_t operator()(const WorldKey& key) const noexcept {
    return key.index() == 0 ? std::hash<std::string>{}(std::get<0>(key))
                            : ~std::hash<InterfaceId>{}(std::get<1>(key));
  }
};

struct WorldInterface {
  InterfaceId id;
  ItemInfo info;
};
struct WorldType {
  TypeId id;
};
using WorldItem = std::variant<WorldInterface, Function, WorldType>;
using WorldItems = OrderedMap<WorldKey, WorldItem, WorldKeyHash>;

struct World {
  std::string name;
  WorldItems imports;
  WorldItems exports;
  std::optional<PackageId> package;
  ItemInfo info;
};

struct Package {
  PackageName name;
  OrderedMap<std::string, InterfaceId> interfaces;
  OrderedMap<std::string, WorldId> worlds;
  std::string docs;
};

struct Resolve {
  IdVector<WorldId, World> worlds;
  IdVector<InterfaceId, Interface> interfaces;
  IdVector<TypeId, TypeDef> types;
  IdVector<PackageId, Package> packages;

  /// `ns:pkg/iface@1.2.3`; none for an interface without a name.
  [[nodiscard]] std::optional<std::string> interface_path(InterfaceId id) const;
  /// How a component spells the key: the plain name, or `interface_path`.
  [[nodiscard]] std::string world_key_name(const WorldKey& key) const;
  /// Follows aliases (`type a = b`, `use`) to the definition.
  [[nodiscard]] TypeId dealias(TypeId id) const;
  [[nodiscard]] std::optional<PackageId> find_package(const PackageName& name) const;
};

}  // namespace witc::wit
