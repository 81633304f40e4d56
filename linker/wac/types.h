// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The type declarations of a WAC document, evaluated into component types: value types, functions,
// interfaces (instance types) and worlds (component types). Names are looked up from the inside out, and
// only what stands above is there to be found.

#include <functional>
#include <map>

#include "base/ordered_map.h"
#include "base/result.h"
#include "linker/wac/ast.h"
#include "wasm/component/types.h"

namespace witc::linker::wac {

/// Type names of one block; those of the blocks around it are visible through `parent`.
struct TypeNames {
  struct Entry {
    component::TypeEntity type;
    Span span;
  };
  const TypeNames* parent = nullptr;
  OrderedMap<std::string, Entry> names;
  [[nodiscard]] const Entry* find(const std::string& name) const;
};

class TypeResolver {
 public:
  using FindPath = std::function<Result<component::TypeEntity>(const PackagePath&)>;
  /// `find_path` finds an interface or world in a package; `package` is the document's own name.
  TypeResolver(component::Types& types, FindPath find_path, const PackageName& package)
      : types_(types), find_path_(std::move(find_path)), package_(package) {}

  // Errors of all: kWacResolve, with the place.

  /// A top-level declaration; its name and meaning.
  Result<component::TypeEntity> declaration(const TypeStatement& statement, TypeNames& names);
  Result<component::InstanceTypeId> interface(const std::vector<InterfaceItem>& items, const TypeNames& names);
  Result<component::FuncTypeId> func(const FuncType& type, const TypeNames& names);
  Result<component::TypeEntity> lookup(const Ident& id, const TypeNames& names) const;
  /// How a named interface is called when a world imports or exports it.
  void set_path(component::InstanceTypeId id, std::string path) { paths_.try_emplace(id, std::move(path)); }

 private:
  using Exports = OrderedMap<std::string, component::Extern>;
  struct World {
    component::ComponentType type;
    TypeNames names;
  };
  Result<component::TypeEntity> world(const WorldDecl& decl, const TypeNames& names);
  Result<void> world_extern(World& world, const WorldExtern& item);
  Result<void> world_include(World& world, const WorldInclude& include);
  Result<component::EntityType> extern_type(const ExternTypeRef& type, const TypeNames& names);
  Result<component::InstanceTypeId> use(const UseType& use, TypeNames& names, Exports& exports);
  Result<component::TypeEntity> interface_or_world(const InterfaceRef& ref, const TypeNames& names) const;
  Result<void> interface_export(const InterfaceExport& item, TypeNames& names, Exports& exports);

  Result<void> type_decl(const TypeDecl& decl, TypeNames& names, Exports* exports,
                         std::vector<component::ResourceId>* resources);
  Result<void> resource(const ResourceDecl& decl, TypeNames& names, Exports& exports,
                        std::vector<component::ResourceId>& resources);
  Result<component::TypeEntity> value_decl(const TypeDecl& decl, const TypeNames& names);
  Result<component::ValType> type(const TypeExpr& type, const TypeNames& names);
  Result<component::ValType> named_type(const Ident& id, const TypeNames& names) const;
  Result<std::vector<component::FieldType>> fields(const std::vector<NamedType>& items, const TypeNames& names,
                                                   std::string_view what);
  [[nodiscard]] bool has_borrow(const component::ValType& type, int depth = 0) const;

  component::Types& types_;
  FindPath find_path_;
  const PackageName& package_;
  /// The interfaces that an interface uses types of, as imports beside it.
  void import_used(component::InstanceTypeId id, Exports& imports) const;
  std::map<component::InstanceTypeId, std::string> paths_;
  std::map<component::InstanceTypeId, std::vector<component::InstanceTypeId>> uses_;
};

}  // namespace witc::linker::wac
