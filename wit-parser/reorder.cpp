// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A graph put in dependency order again, after a merge (wit-parser/merge.h).
#include <fmt/format.h>

#include <functional>
#include <optional>

#include "base/overloaded.h"
#include "wit-parser/merge.h"
#include "wit-parser/settle.h"
#include "wit-parser/type_parts.h"

namespace witc::wit {
namespace {

/// Old ids in their new order, each after those it needs and otherwise as they were. Iterative: chains may be
/// long. No value, and `in_cycle`, where some need each other.
template <class IdType>
std::optional<std::vector<IdType>> order(std::size_t count, const std::vector<std::vector<IdType>>& needs, IdType& in_cycle) {
  enum : char { kNew, kOpen, kDone };
  std::vector<char> state(count, kNew);
  std::vector<IdType> out;
  std::vector<std::pair<IdType, std::size_t>> stack;
  for (std::size_t root = 0; root < count; ++root) {
    if (state[root] != kNew) continue;
    stack.emplace_back(IdType(root), 0);
    state[root] = kOpen;
    while (!stack.empty()) {
      auto& [id, next] = stack.back();
      if (next == needs[id.value].size()) {
        state[id.value] = kDone;
        out.push_back(id);
        stack.pop_back();
        continue;
      }
      IdType need = needs[id.value][next++];
      if (state[need.value] == kOpen && need != id) {
        in_cycle = need;
        return std::nullopt;
      }
      if (state[need.value] != kNew) continue;
      state[need.value] = kOpen;
      stack.emplace_back(need, 0);
    }
  }
  return out;
}

/// Moves the items into that order; gives each old id its new one.
template <class IdType, class T>
std::vector<IdType> reorder(IdVector<IdType, T>& items, const std::vector<IdType>& order) {
  std::vector<IdType> renamed(items.size());
  IdVector<IdType, T> out;
  for (IdType id : order) renamed[id.value] = out.push(std::move(items[id]));
  items = std::move(out);
  return renamed;
}

struct Renamed {
  std::vector<PackageId> packages;
  std::vector<InterfaceId> interfaces;
  std::vector<TypeId> types;

  void operator()(PackageId& id) const { id = packages[id.value]; }
  void operator()(InterfaceId& id) const { id = interfaces[id.value]; }
  void operator()(TypeId& id) const { id = types[id.value]; }
  void operator()(Function& function) const { for_each_type(function, *this); }
  void operator()(WorldItems& items) const {
    WorldItems out;
    for (auto& [key, item] : items) {
      WorldKey new_key = key;
      if (auto* id = std::get_if<InterfaceId>(&new_key)) (*this)(*id);
      match(
          item, [&](WorldInterface& it) { (*this)(it.id); }, [&](Function& it) { (*this)(it); },
          [&](WorldType& it) { (*this)(it.id); });
      out.insert(std::move(new_key), std::move(item));
    }
    items = std::move(out);
  }
  void operator()(Resolve& resolve) const {
    for (TypeDef& def : resolve.types) {
      for_each_type(def.kind, *this);
      if (auto* id = std::get_if<InterfaceId>(&def.owner)) (*this)(*id);
    }
    for (Interface& interface : resolve.interfaces) {
      for (auto& [name, type] : interface.types) (*this)(type);
      for (auto& [name, function] : interface.functions) (*this)(function);
      if (interface.package) (*this)(*interface.package);
      if (interface.clone_of) (*this)(*interface.clone_of);
    }
    for (World& world : resolve.worlds) {
      (*this)(world.imports);
      (*this)(world.exports);
      if (world.package) (*this)(*world.package);
    }
    for (Package& package : resolve.packages) {
      for (auto& [name, id] : package.interfaces) (*this)(id);
    }
  }
};

std::vector<std::vector<TypeId>> type_needs(const Resolve& resolve) {
  std::vector<std::vector<TypeId>> needs(resolve.types.size());
  for (TypeId id : resolve.types.ids()) {
    for_each_type(resolve.types[id].kind, [&](const TypeId& part) { needs[id.value].push_back(part); });
  }
  return needs;
}

std::vector<std::vector<InterfaceId>> interface_needs(const Resolve& resolve) {
  std::vector<std::vector<InterfaceId>> needs(resolve.interfaces.size());
  for (InterfaceId id : resolve.interfaces.ids()) needs[id.value] = direct_dependencies(resolve, id);
  return needs;
}

std::vector<std::vector<PackageId>> package_needs(const Resolve& resolve, const std::vector<std::vector<InterfaceId>>& interfaces) {
  std::vector<std::vector<PackageId>> needs(resolve.packages.size());
  auto add = [&](std::optional<PackageId> user, InterfaceId used) {
    std::optional<PackageId> of = resolve.interfaces[used].package;
    if (user && of && *of != *user) needs[user->value].push_back(*of);
  };
  for (InterfaceId id : resolve.interfaces.ids()) {
    for (InterfaceId used : interfaces[id.value]) add(resolve.interfaces[id].package, used);
  }
  for (const World& world : resolve.worlds) {
    for (const WorldItems* items : {&world.imports, &world.exports}) {
      for (const auto& [key, item] : *items) {
        if (const auto* interface = std::get_if<WorldInterface>(&item)) add(world.package, interface->id);
      }
    }
  }
  return needs;
}

Diagnostic cycle(const std::string& what, const std::string& name) {
  return error(DiagCode::kWitResolve, Span{}, fmt::format("{} `{}` would use itself, by way of others", what, name))
      .hint("each of the graphs that are merged is sound: what one lets use the other, the other lets be used");
}

}  // namespace

Result<void> sort_by_dependencies(Resolve& resolve) {
  std::vector<std::vector<InterfaceId>> between = interface_needs(resolve);
  PackageId package;
  InterfaceId interface;
  TypeId type;
  auto packages = order(resolve.packages.size(), package_needs(resolve, between), package);
  if (!packages) return cycle("package", resolve.packages[package].name.to_string());
  auto interfaces = order(resolve.interfaces.size(), between, interface);
  if (!interfaces) return cycle("interface", resolve.interface_path(interface).value_or("of a world"));
  auto types = order(resolve.types.size(), type_needs(resolve), type);
  if (!types) return cycle("type", resolve.types[type].name.value_or("without a name"));
  Renamed renamed{reorder(resolve.packages, *packages), reorder(resolve.interfaces, *interfaces), reorder(resolve.types, *types)};
  renamed(resolve);
  return {};
}

}  // namespace witc::wit
