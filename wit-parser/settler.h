// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The object behind settle(): one per package, spread over settle.cpp (types, interfaces, worlds) and
// include.cpp (what `include` copies). Private to these two.

#include <unordered_map>

#include "base/overloaded.h"
#include "wit-parser/settle.h"

namespace witc::wit {

class Settler {
 public:
  Settler(Resolve& resolve, Draft draft, const ResolveOptions& options)
      : resolve_(resolve), draft_(std::move(draft)), options_(options) {}
  Result<PackageId> run();

 private:
  /// What is known of a type of the graph; a type's parts come before it, so one look is enough.
  struct Facts {
    bool resource = false;  // a resource, or an alias of one
    bool borrows = false;   // has a `borrow` in it
  };

  // settle.cpp
  Result<bool> enabled(const Stability& stability, Span span) const;
  Result<bool> any_enabled(const ForeignItem& item) const;
  Result<PackageId> foreign_package(const ForeignItem& item) const;
  Result<void> bind_foreign_interfaces();
  Result<void> bind_foreign_worlds();
  Result<void> bind_foreign_types();
  Result<void> check_resources();
  Result<void> settle_types();
  Result<void> settle_interfaces();
  Result<void> settle_worlds();
  void settle_owners();
  void settle_names();
  Result<void> settle_interface(Interface& interface);
  Result<void> settle_function(Function& function);
  Result<void> settle_world(World& world);
  Result<bool> settle_item(WorldKey& key, WorldItem& item);
  Result<void> settle_kind(TypeDefKind& kind, Span span);
  Result<void> settle_type(Type& type, Span span);
  Result<void> settle_type(std::optional<Type>& type, Span span);
  Result<TypeId> settled(TypeId id, Span span) const;
  Result<InterfaceId> settled(InterfaceId id, Span span) const;
  Result<WorldId> settled(WorldId id, Span span) const;
  const Facts& facts(TypeId id);
  Facts facts_of(const TypeDefKind& kind) const;

  // include.cpp
  Result<void> include_worlds(WorldId id, const std::vector<DraftInclude>& includes);
  Result<void> include_world(WorldId id, const DraftInclude& include);
  Result<void> check_renames(const World& included, const DraftInclude& include) const;
  Result<void> include_plain(WorldId id, bool is_export, const std::string& name, WorldItem item,
                             const DraftInclude& include);
  Result<void> include_interface(WorldId id, bool is_export, InterfaceId interface, const WorldInterface& item,
                                 bool from_elsewhere);
  Result<void> check_names(WorldId id) const;
  void clone(WorldItem& item);
  void clone(Function& function);
  void clone(std::optional<Type>& type);
  void clone(Type& type);
  void clone(TypeId& id);
  void clone_parts(TypeDef& def);
  void clone_interface(InterfaceId& id);

  Resolve& resolve_;
  Draft draft_;
  const ResolveOptions& options_;
  PackageId package_;
  std::vector<std::optional<TypeId>> types_;  // of the draft's; none: gated and not enabled
  std::vector<std::optional<InterfaceId>> interfaces_;
  std::vector<std::optional<WorldId>> worlds_;
  std::unordered_map<TypeId, TypeId> owns_;  // the `own` handle of a resource
  std::vector<Facts> facts_;                 // of the graph's types, as far as asked

  // While copying the items of an included world:
  TypeOwner clone_from_, clone_to_;
  std::unordered_map<TypeId, TypeId> clones_;
};

}  // namespace witc::wit
