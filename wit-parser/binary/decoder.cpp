// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packages, interfaces and worlds out of elaborated externs (wit-parser/binary/decoder.h); the types and
// functions in them are in decoder_types.cpp.
#include "wit-parser/binary/decoder.h"

#include <algorithm>
#include <unordered_set>

#include "base/overloaded.h"
#include "wit-parser/binary/type_encoder.h"

namespace witc::wit {

Decoder::Decoder(Elaborator& elaborator, Resolve& resolve) : elaborator_(elaborator), resolve_(resolve) {
  for (PackageId id : resolve.packages.ids()) packages_.emplace(resolve.packages[id].name.to_string(), id);
}

Result<Decoder::Item> Decoder::parse_path(const bin::NameAttributes& name) const {
  std::string_view text = name.name;
  auto bad = [&] { return elaborator_.invalid("`" + name.name + "` is not the name of an interface or world"); };
  std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return bad();
  std::size_t slash = text.find('/', colon);
  if (slash == std::string_view::npos) return bad();
  std::size_t at = text.find('@', slash);
  Item item;
  item.package.ns = text.substr(0, colon);
  item.package.name = text.substr(colon + 1, slash - colon - 1);
  item.name = text.substr(slash + 1, at == std::string_view::npos ? at : at - slash - 1);
  if (item.package.ns.empty() || item.package.name.empty() || item.name.empty()) return bad();
  if (at != std::string_view::npos) {
    item.package.version = Version::parse(std::string(text.substr(at + 1)) + name.version_suffix.value_or(""));
    if (!item.package.version) return bad();
  }
  return item;
}

Result<PackageId> Decoder::package(const PackageName& name) {
  std::string key = name.to_string();
  if (auto it = packages_.find(key); it != packages_.end()) return it->second;
  PackageId id = resolve_.packages.push({name, {}, {}, {}});
  packages_.emplace(std::move(key), id);
  return id;
}

WorldId Decoder::add_world(PackageId package, const std::string& name) {
  World world;
  world.name = name;
  world.package = package;
  WorldId id = resolve_.worlds.push(std::move(world));
  resolve_.packages[package].worlds.insert(name, id);
  return id;
}

Result<InterfaceId> Decoder::interface(const bin::NameAttributes& name, const std::string& path) {
  bin::NameAttributes full = name;
  full.name = path;
  Item item = TRY(parse_path(full));
  PackageId package_id = TRY(package(item.package));
  if (const InterfaceId* found = resolve_.packages[package_id].interfaces.find(item.name)) return *found;
  Interface interface;
  interface.name = item.name;
  interface.package = package_id;
  InterfaceId id = resolve_.interfaces.push(std::move(interface));
  resolve_.packages[package_id].interfaces.insert(item.name, id);
  return id;
}

Result<void> Decoder::fill(InterfaceId id, InstanceNodeId from) {
  for (const auto& [name, item] : elaborator_.exports(from)) {
    TRY(match(
        item.entity,
        [&](TypeNodeId node) -> Result<void> {
          if (const TypeId* known = resolve_.interfaces[id].types.find(name)) {
            types_.insert_or_assign(node, *known);
            return {};
          }
          TypeId type = TRY(define(item.name, node, id));
          resolve_.interfaces[id].types.insert(name, type);
          return {};
        },
        [&](const FuncEntity& func) -> Result<void> {
          if (resolve_.interfaces[id].functions.contains(name)) return {};
          Function function = TRY(this->function(item.name, func.type, id));
          resolve_.interfaces[id].functions.insert(name, std::move(function));
          return {};
        },
        [&](const auto&) -> Result<void> {
          return elaborator_.invalid("instance export `" + name + "` is neither a function nor a type");
        }));
  }
  return {};
}

Result<std::pair<WorldKey, InterfaceId>> Decoder::world_instance(WorldId world, bool import,
                                                                 const bin::NameAttributes& name, InstanceNodeId from) {
  if (name.implements || name.name.find(':') != std::string::npos) {
    InterfaceId id = TRY(interface(name, name.implements.value_or(name.name)));
    TRY(fill(id, from));
    return std::pair{name.implements ? WorldKey(name.name) : WorldKey(id), id};
  }
  WorldKey key(name.name);
  WorldItems& items = import ? resolve_.worlds[world].imports : resolve_.worlds[world].exports;
  const WorldItem* known = items.find(key);
  const auto* same = known != nullptr ? std::get_if<WorldInterface>(known) : nullptr;
  InterfaceId id = same != nullptr ? same->id : resolve_.interfaces.next_id();
  if (same == nullptr) {
    Interface interface;
    interface.package = resolve_.worlds[world].package;
    resolve_.interfaces.push(std::move(interface));
  }
  TRY(fill(id, from));
  return std::pair{key, id};
}

Result<void> Decoder::world_import(WorldId world, const WitExtern& from, bool is_program) {
  const std::string& name = from.name.name;
  return match(
      from.entity,
      [&](TypeNodeId node) -> Result<void> {
        const WorldItem* known = resolve_.worlds[world].imports.find(WorldKey(name));
        if (const auto* same = known != nullptr ? std::get_if<WorldType>(known) : nullptr) {
          types_.insert_or_assign(node, same->id);
          return {};
        }
        TypeId type = TRY(define(from.name, node, world));
        resolve_.worlds[world].imports.insert(WorldKey(name), WorldType{type});
        return {};
      },
      [&](const FuncEntity& func) -> Result<void> {
        Function function = TRY(this->function(from.name, func.type, world));
        resolve_.worlds[world].imports.insert(WorldKey(name), std::move(function));
        return {};
      },
      [&](InstanceNodeId instance) -> Result<void> {
        auto [key, id] = TRY(world_instance(world, true, from.name, instance));
        WorldInterface item{id, {}};
        item.info.external_id = from.name.external_id;
        resolve_.worlds[world].imports.insert(key, std::move(item));
        return {};
      },
      [&](const auto&) -> Result<void> {
        if (is_program) return {};
        return elaborator_.invalid("import `" + name + "` is not an instance, function or type");
      });
}

Result<void> Decoder::world_export(WorldId world, const WitExtern& from) {
  const std::string& name = from.name.name;
  return match(
      from.entity,
      [&](const FuncEntity& func) -> Result<void> {
        Function function = TRY(this->function(from.name, func.type, world));
        resolve_.worlds[world].exports.insert(WorldKey(name), std::move(function));
        return {};
      },
      [&](InstanceNodeId instance) -> Result<void> {
        auto [key, id] = TRY(world_instance(world, false, from.name, instance));
        WorldInterface item{id, {}};
        item.info.external_id = from.name.external_id;
        resolve_.worlds[world].exports.insert(key, std::move(item));
        return {};
      },
      [&](const auto&) -> Result<void> {
        return elaborator_.invalid("export `" + name + "` is neither an instance nor a function");
      });
}

Result<void> Decoder::world(WorldId world, const Elaborator::World& from, bool is_program) {
  for (const auto& [name, item] : from.imports) TRY(world_import(world, item, is_program));
  for (const auto& [name, item] : from.exports) TRY(world_export(world, item));
  return {};
}

Result<std::pair<Decoder::Item, Elaborator::World>> Decoder::wrapped_world(ClosureId closure) {
  Elaborator::World outer = TRY(elaborator_.run(closure));
  if (outer.exports.size() != 1) return elaborator_.invalid("world in binary with other than one export");
  const WitExtern& only = outer.exports.at(0).second;
  const auto* inner = std::get_if<ClosureId>(&only.entity);
  if (inner == nullptr) return elaborator_.invalid("`" + only.name.name + "` is not a world");
  return std::pair{TRY(parse_path(only.name)), TRY(elaborator_.run(*inner))};
}

Result<PackageId> Decoder::package_item(ClosureId closure) {
  Elaborator::World outer = TRY(elaborator_.run(closure));
  if (outer.exports.size() != 1) return elaborator_.invalid("item of a WIT package with other than one export");
  const WitExtern& only = outer.exports.at(0).second;
  Item item = TRY(parse_path(only.name));
  PackageId package_id = TRY(package(item.package));
  if (const auto* inner = std::get_if<ClosureId>(&only.entity)) {
    Elaborator::World from = TRY(elaborator_.run(*inner));
    if (resolve_.packages[package_id].worlds.contains(item.name)) {
      return elaborator_.invalid("world `" + item.name + "` is defined twice");
    }
    TRY(world(add_world(package_id, item.name), from, /*is_program=*/false));
    return package_id;
  }
  const auto* instance = std::get_if<InstanceNodeId>(&only.entity);
  if (instance == nullptr) return elaborator_.invalid("`" + only.name.name + "` is neither an interface nor a world");
  for (const auto& [name, dep] : outer.imports) {
    const auto* types = std::get_if<InstanceNodeId>(&dep.entity);
    if (types == nullptr) return elaborator_.invalid("import `" + name + "` is not an instance");
    TRY(fill(TRY(interface(dep.name, name)), *types));
  }
  TRY(fill(TRY(interface(only.name, only.name.name)), *instance));
  return package_id;
}

// -- order of packages ----------------------------------------------------------------------------------

std::vector<PackageId> Decoder::dependencies(PackageId package) const {
  std::vector<PackageId> deps;
  auto add = [&](InterfaceId id) {
    if (auto owner = resolve_.interfaces[id].package; owner && *owner != package) deps.push_back(*owner);
  };
  auto add_all = [&](InterfaceId id) {
    add(id);
    for (InterfaceId dep : interface_direct_deps(resolve_, id)) add(dep);
  };
  for (const auto& [name, id] : resolve_.packages[package].interfaces) add_all(id);
  for (const auto& [name, id] : resolve_.packages[package].worlds) {
    for (const WorldItems* items : {&resolve_.worlds[id].imports, &resolve_.worlds[id].exports}) {
      for (const auto& [key, item] : *items) {
        if (const auto* interface = std::get_if<WorldInterface>(&item)) add_all(interface->id);
      }
    }
  }
  return deps;
}

PackageId Decoder::finish(PackageId last) {
  std::vector<PackageId> order;
  std::unordered_set<PackageId> seen, done;
  auto visit = [&](PackageId root) {
    std::vector<PackageId> stack{root};
    while (!stack.empty()) {
      PackageId top = stack.back();
      if (seen.insert(top).second) {
        std::vector<PackageId> deps = dependencies(top);
        for (auto it = deps.rbegin(); it != deps.rend(); ++it) {
          if (!seen.contains(*it)) stack.push_back(*it);
        }
        continue;
      }
      stack.pop_back();
      if (done.insert(top).second) order.push_back(top);
    }
  };
  seen.insert(last);
  for (PackageId id : resolve_.packages.ids()) visit(id);
  std::erase(order, last);
  order.push_back(last);

  IdVector<PackageId, PackageId> renamed(order.size());
  IdVector<PackageId, Package> packages;
  for (PackageId old : order) renamed[old] = packages.push(std::move(resolve_.packages[old]));
  resolve_.packages = std::move(packages);
  for (Interface& interface : resolve_.interfaces) {
    if (interface.package) interface.package = renamed[*interface.package];
  }
  for (World& world : resolve_.worlds) {
    if (world.package) world.package = renamed[*world.package];
  }
  for (auto& [name, id] : packages_) id = renamed[id];
  return renamed[last];
}

}  // namespace witc::wit
