// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Package graphs merged (wit-parser/merge.h), in passes: what both have is matched and compared; what only `from`
// has gets ids of `into`; then it is copied, and hung where it belongs.
#include "wit-parser/merge.h"

#include <fmt/format.h>

#include <map>

#include "base/overloaded.h"
#include "wit-parser/same.h"
#include "wit-parser/settle.h"
#include "wit-parser/type_parts.h"

namespace witc::wit {
namespace {

class Merger {
 public:
  Merger(Resolve& into, const Resolve& from) : into_(into), from_(from), graphs_{from, into} {}

  Result<void> run() {
    TRY(match_all());
    allocate();
    copy_types();
    copy_interfaces();
    copy_worlds();
    copy_packages();
    TRY(sort_by_dependencies(into_));
    for (WorldId world : into_.worlds.ids()) TRY(elaborate_world(into_, world));
    return {};
  }

 private:
  // -- what both have
  Result<void> match_all() {
    for (PackageId id : from_.packages.ids()) {
      std::optional<PackageId> found = into_.find_package(from_.packages[id].name);
      if (!found) continue;
      packages_.emplace(id, *found);
      for (const auto& [name, interface] : from_.packages[id].interfaces) {
        if (const InterfaceId* other = into_.packages[*found].interfaces.find(name)) match_interface(interface, *other);
      }
      for (const auto& [name, world] : from_.packages[id].worlds) {
        if (const WorldId* other = into_.packages[*found].worlds.find(name)) worlds_.emplace(world, *other);
      }
    }
    // Worlds after all interfaces: their keys are compared by what those became.
    std::vector<std::pair<WorldId, WorldId>> worlds(worlds_.begin(), worlds_.end());
    for (auto [a, b] : worlds) TRY(match_world(a, b));
    for (const auto& [a, b] : interfaces_) TRY(check_same_interface(graphs_, a, b, path_of(a), /*must_have_all=*/false));
    return {};
  }
  void match_interface(InterfaceId a, InterfaceId b) {
    interfaces_.emplace(a, b);
    for (const auto& [name, type] : from_.interfaces[a].types) {
      if (const TypeId* other = into_.interfaces[b].types.find(name)) types_.emplace(type, *other);
    }
  }
  std::string path_of(InterfaceId id) const { return from_.interface_path(id).value_or("an interface inside a world"); }

  Result<void> match_world(WorldId a, WorldId b) {
    const World& from = from_.worlds[a];
    const World& into = into_.worlds[b];
    TRY(match_items(from, "import", from.imports, into.imports));
    return match_items(from, "export", from.exports, into.exports);
  }
  Result<void> match_items(const World& world, std::string_view what, const WorldItems& from, const WorldItems& into) {
    auto differs = [&](std::string how) {
      std::string path = world.package ? from_.packages[*world.package].name.to_string() + "/" + world.name : world.name;
      return error(DiagCode::kWitResolve, world.info.span.value_or(Span{}),
                   fmt::format("the two copies of world `{}` differ: {}", path, how))
          .hint("a world says exactly what a component may import and must export, so its copies must be equal");
    };
    for (const auto& [key, item] : from) {
      const auto* interface = std::get_if<InterfaceId>(&key);
      auto mapped = interface != nullptr ? interfaces_.find(*interface) : interfaces_.end();
      const WorldItem* other = nullptr;
      if (interface == nullptr) other = into.find(key);
      if (mapped != interfaces_.end()) other = into.find(WorldKey(mapped->second));
      if (other == nullptr) {
        return differs(fmt::format("{} `{}` is not in the other", what, from_.world_key_name(key)));
      }
      if (!match_item(item, *other)) {
        return differs(fmt::format("{} `{}` is something else in the other", what, from_.world_key_name(key)));
      }
    }
    if (from.size() == into.size()) return {};
    return differs(fmt::format("one has {} {}s, the other {}", from.size(), what, into.size()));
  }
  bool match_item(const WorldItem& from, const WorldItem& into) {
    if (from.index() != into.index()) return false;
    return match(
        from,
        [&](const WorldInterface& it) {
          InterfaceId other = std::get<WorldInterface>(into).id;
          bool inside_world = !from_.interfaces[it.id].name && !into_.interfaces[other].name;
          if (inside_world) match_interface(it.id, other);
          auto mapped = interfaces_.find(it.id);
          return mapped != interfaces_.end() && mapped->second == other;
        },
        [&](const Function& it) { return check_same_function(graphs_, it, std::get<Function>(into), it.name).has_value(); },
        [&](const WorldType& it) {
          TypeId other = std::get<WorldType>(into).id;
          types_.emplace(it.id, other);
          return check_same_type(graphs_, it.id, other, "").has_value();
        });
  }

  // -- what only `from` has
  void allocate() {
    for (PackageId id : from_.packages.ids()) {
      if (packages_.contains(id)) continue;
      packages_[id] = into_.packages.push({from_.packages[id].name, {}, {}, from_.packages[id].docs});
    }
    for (InterfaceId id : from_.interfaces.ids()) {
      if (!interfaces_.contains(id)) new_interfaces_.emplace(id, into_.interfaces.push({}));
    }
    for (WorldId id : from_.worlds.ids()) {
      if (!worlds_.contains(id)) new_worlds_.emplace(id, into_.worlds.push({}));
    }
  }
  InterfaceId mapped(InterfaceId id) const {
    auto it = interfaces_.find(id);
    return it != interfaces_.end() ? it->second : new_interfaces_.at(id);
  }
  WorldId mapped(WorldId id) const {
    auto it = worlds_.find(id);
    return it != worlds_.end() ? it->second : new_worlds_.at(id);
  }

  void copy_types() {
    for (TypeId id : from_.types.ids()) {
      if (from_.types[id].name) mapped(id);
    }
  }
  /// Copies the type and what it is made of, where that is not there. Named types come in the order of `from`, in
  /// which their parts are before them, so this goes no deeper than types without a name nest.
  TypeId mapped(TypeId id) {
    if (auto it = types_.find(id); it != types_.end()) return it->second;
    TypeDef def = from_.types[id];
    for_each_type(def.kind, [&](TypeId& part) { part = mapped(part); });
    if (const auto* interface = std::get_if<InterfaceId>(&def.owner)) def.owner = mapped(*interface);
    if (const auto* world = std::get_if<WorldId>(&def.owner)) def.owner = mapped(*world);
    TypeId made = into_.types.push(std::move(def));
    types_.emplace(id, made);
    return made;
  }
  Function copied(Function function) {
    for_each_type(function, [&](TypeId& type) { type = mapped(type); });
    return function;
  }

  void copy_interfaces() {
    for (InterfaceId id : from_.interfaces.ids()) {
      const Interface& def = from_.interfaces[id];
      Interface out;
      bool is_new = new_interfaces_.contains(id);
      if (is_new) {
        out.name = def.name;
        out.info = def.info;
        if (def.package) out.package = packages_.at(*def.package);
        if (def.clone_of) out.clone_of = mapped(*def.clone_of);
      } else {
        out = into_.interfaces[mapped(id)];
      }
      for (const auto& [name, type] : def.types) out.types.insert(name, mapped(type));
      for (const auto& [name, function] : def.functions) {
        if (!out.functions.contains(name)) out.functions.insert(name, copied(function));
      }
      into_.interfaces[mapped(id)] = std::move(out);
    }
  }

  void copy_worlds() {
    for (const auto& [id, made] : new_worlds_) {
      const World& def = from_.worlds[id];
      World out;
      out.name = def.name;
      out.info = def.info;
      if (def.package) out.package = packages_.at(*def.package);
      for (bool is_export : {false, true}) {
        for (const auto& [key, item] : is_export ? def.exports : def.imports) {
          (is_export ? out.exports : out.imports).insert(copied(key), copied(item));
        }
      }
      into_.worlds[made] = std::move(out);
    }
  }
  WorldKey copied(const WorldKey& key) const {
    const auto* interface = std::get_if<InterfaceId>(&key);
    return interface != nullptr ? WorldKey(mapped(*interface)) : key;
  }
  WorldItem copied(const WorldItem& item) {
    return match(
        item, [&](const WorldInterface& it) { return WorldItem(WorldInterface{mapped(it.id), it.info}); },
        [&](const Function& it) { return WorldItem(copied(it)); },
        [&](const WorldType& it) { return WorldItem(WorldType{mapped(it.id)}); });
  }

  void copy_packages() {
    for (PackageId id : from_.packages.ids()) {
      Package& out = into_.packages[packages_.at(id)];
      for (const auto& [name, interface] : from_.packages[id].interfaces) out.interfaces.insert(name, mapped(interface));
      for (const auto& [name, world] : from_.packages[id].worlds) out.worlds.insert(name, mapped(world));
      if (out.docs.empty()) out.docs = from_.packages[id].docs;
    }
  }

  Resolve& into_;
  const Resolve& from_;
  Comparison graphs_;
  std::map<PackageId, PackageId> packages_;
  std::map<InterfaceId, InterfaceId> interfaces_, new_interfaces_;
  std::map<WorldId, WorldId> worlds_, new_worlds_;
  std::map<TypeId, TypeId> types_;
};

}  // namespace

Result<void> merge(Resolve& into, const Resolve& from) { return Merger(into, from).run(); }

}  // namespace witc::wit
