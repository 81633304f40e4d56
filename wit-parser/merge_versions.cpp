// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compatible versions of imported interfaces made one (wit-parser/merge.h).
#include <fmt/format.h>

#include <map>

#include "wit-parser/merge.h"
#include "wit-parser/same.h"
#include "wit-parser/settle.h"

namespace witc::wit {
namespace {

const Version* version_of(const Resolve& resolve, InterfaceId id) {
  const Interface& interface = resolve.interfaces[id];
  if (!interface.name || !interface.package) return nullptr;
  const std::optional<Version>& version = resolve.packages[*interface.package].name.version;
  return version ? &*version : nullptr;
}

/// Equal for versions of one interface that are compatible with each other.
std::string track_of(const Resolve& resolve, InterfaceId id) {
  const PackageName& package = resolve.packages[*resolve.interfaces[id].package].name;
  return fmt::format("{}:{}/{}@{}", package.ns, package.name, *resolve.interfaces[id].name,
                     compatibility_track(*package.version));
}

/// A `use` of a type of an interface that is replaced becomes one of the newer's.
void use_newest(Resolve& resolve, TypeId id, const std::map<InterfaceId, InterfaceId>& replaced) {
  std::optional<InterfaceId> source = used_from(resolve, id);
  auto newest = source ? replaced.find(*source) : replaced.end();
  if (newest == replaced.end()) return;
  auto& alias = std::get<Alias>(resolve.types[id].kind);
  const std::string& name = *resolve.types[std::get<TypeId>(alias.type)].name;
  alias.type = *resolve.interfaces[newest->second].types.find(name);
}

}  // namespace

Result<void> merge_compatible_imports(Resolve& resolve, WorldId world) {
  std::map<std::string, InterfaceId> newest;
  std::vector<InterfaceId> versioned;
  for (const auto& [key, item] : resolve.worlds[world].imports) {
    const auto* id = std::get_if<InterfaceId>(&key);
    if (id == nullptr || version_of(resolve, *id) == nullptr) continue;
    versioned.push_back(*id);
    auto [it, fresh] = newest.try_emplace(track_of(resolve, *id), *id);
    if (!fresh && *version_of(resolve, it->second) < *version_of(resolve, *id)) it->second = *id;
  }
  std::map<InterfaceId, InterfaceId> replaced;
  for (InterfaceId id : versioned) {
    InterfaceId with = newest.at(track_of(resolve, id));
    if (with == id) continue;
    std::string older = *resolve.interface_path(id), newer = *resolve.interface_path(with);
    Result<void> fits = check_same_interface({resolve, resolve, /*compatible_versions=*/true}, id, with, older, /*must_have_all=*/true);
    if (!fits) return std::move(fits).error().context(fmt::format("while importing `{}` for `{}`", newer, older));
    replaced.emplace(id, with);
  }
  if (replaced.empty()) return {};

  WorldItems imports;
  for (const auto& [key, item] : resolve.worlds[world].imports) {
    const auto* id = std::get_if<InterfaceId>(&key);
    if (id == nullptr || !replaced.contains(*id)) imports.insert(key, item);
  }
  resolve.worlds[world].imports = std::move(imports);
  std::vector<TypeId> types;
  for (const WorldItems* items : {&resolve.worlds[world].imports, &resolve.worlds[world].exports}) {
    for (const auto& [key, item] : *items) {
      if (const auto* type = std::get_if<WorldType>(&item)) types.push_back(type->id);
      const auto* interface = std::get_if<WorldInterface>(&item);
      if (interface == nullptr) continue;
      for (const auto& [name, id] : resolve.interfaces[interface->id].types) types.push_back(id);
    }
  }
  for (TypeId id : types) use_newest(resolve, id, replaced);
  // Interfaces are shared, so every world may need others now.
  for (WorldId id : resolve.worlds.ids()) TRY(elaborate_world(resolve, id));
  return {};
}

}  // namespace witc::wit
