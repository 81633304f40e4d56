// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// From elaborated types to a Resolve: the part of decoding that all forms of binary WIT share
// (wit-parser/binary/decode.h has the front doors). One Decoder reads one binary; what the Resolve holds
// already is found by name and added to.

#include <string>
#include <unordered_map>

#include "wit-parser/binary/elaborate.h"
#include "wit-parser/resolve.h"

namespace witc::wit {

class Decoder {
 public:
  Decoder(Elaborator& elaborator, Resolve& resolve);

  /// What a component type that WIT text became exports, as `ns:pkg/item`: its one export.
  struct Item {
    PackageName package;
    std::string name;
  };
  /// Reads one export of a WIT package: an interface or a world. Gives the package it belongs to.
  Result<PackageId> package_item(ClosureId closure);
  /// Reads imports and exports into `world`. Of a program, what WIT does not express (modules, components)
  /// may be imported and is left out.
  Result<void> world(WorldId world, const Elaborator::World& from, bool is_program);
  /// The single world of a component type that wraps one, as elaborated.
  Result<std::pair<Item, Elaborator::World>> wrapped_world(ClosureId closure);

  Result<PackageId> package(const PackageName& name);
  WorldId add_world(PackageId package, const std::string& name);

  /// Puts packages into dependency order, `last` after all others, and gives its new id.
  PackageId finish(PackageId last);

 private:
  Result<Item> parse_path(const bin::NameAttributes& name) const;
  Result<InterfaceId> interface(const bin::NameAttributes& name, const std::string& path);
  Result<void> fill(InterfaceId id, InstanceNodeId from);
  Result<std::pair<WorldKey, InterfaceId>> world_instance(WorldId world, bool import, const bin::NameAttributes& name,
                                                          InstanceNodeId from);
  Result<void> world_import(WorldId world, const WitExtern& from, bool is_program);
  Result<void> world_export(WorldId world, const WitExtern& from);

  Result<TypeId> define(const bin::NameAttributes& name, TypeNodeId node, TypeOwner owner);
  Result<TypeDefKind> convert(const TypeNode& node);
  Result<Type> value(const bin::ValType& type, const ElaborationScope& scope);
  Result<std::optional<Type>> optional_value(const std::optional<bin::ValType>& type, const ElaborationScope& scope);
  Result<TypeId> resource(std::uint32_t index, const ElaborationScope& scope);
  Result<Function> function(const bin::NameAttributes& name, TypeNodeId type, TypeOwner owner);
  Result<void> set_kind(Function& function, TypeOwner owner);
  [[nodiscard]] std::optional<TypeId> known(TypeNodeId node) const;
  [[nodiscard]] std::vector<PackageId> dependencies(PackageId package) const;

  Elaborator& elaborator_;
  Resolve& resolve_;
  std::unordered_map<TypeNodeId, TypeId> types_;
  std::unordered_map<std::string, PackageId> packages_;
  unsigned depth_ = 0;
};

}  // namespace witc::wit
