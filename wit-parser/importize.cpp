// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Worlds turned round (wit-parser/importize.h).
#include "wit-parser/importize.h"

#include <fmt/format.h>

#include "wit-parser/settle.h"

namespace witc::wit {
namespace {

void rename(Resolve& resolve, WorldId id, const std::optional<std::string>& name, const char* suffix) {
  World& world = resolve.worlds[id];
  std::string old = world.name;
  world.name = name.value_or(old + suffix);
  if (!world.package) return;
  Package& package = resolve.packages[*world.package];
  package.worlds.erase(old);
  package.worlds.insert(world.name, id);
}

/// By the name it has in the world, or by the interface's.
bool is_called(const Resolve& resolve, const WorldKey& key, const std::string& name) {
  const auto* interface = std::get_if<InterfaceId>(&key);
  return resolve.world_key_name(key) == name || (interface != nullptr && resolve.interfaces[*interface].name == name);
}

}  // namespace

Result<void> importize(Resolve& resolve, WorldId id, const std::optional<std::string>& name) {
  rename(resolve, id, name, "-importized");
  World& world = resolve.worlds[id];
  WorldItems imports;
  for (const auto& [key, item] : world.imports) {
    if (std::holds_alternative<WorldType>(item)) imports.insert(key, item);
  }
  for (const auto& [key, item] : world.exports) {
    if (imports.insert(key, item)) continue;
    return error(DiagCode::kWitResolve, world.info.span.value_or(Span{}),
                 fmt::format("world `{}` has a type and an export called `{}`, which cannot both be imports", world.name,
                             resolve.world_key_name(key)))
        .hint("give one of them another name");
  }
  world.imports = std::move(imports);
  world.exports = {};
  return elaborate_world(resolve, id);
}

Result<void> exportize(Resolve& resolve, WorldId id, const std::optional<std::string>& name,
                       const std::optional<std::string>& only) {
  rename(resolve, id, name, "-exportized");
  World& world = resolve.worlds[id];
  WorldItems imports, exports;
  for (const auto& [key, item] : world.imports) {
    // A world exports no types of its own: those that its functions speak of stay imports.
    bool moves = !std::holds_alternative<WorldType>(item) && (!only || is_called(resolve, key, *only));
    (moves ? exports : imports).insert(key, item);
  }
  if (only && exports.empty()) {
    return error(DiagCode::kWitResolve, world.info.span.value_or(Span{}),
                 fmt::format("the world has no import called `{}`", *only))
        .hint("an interface is called `iface` or `ns:pkg/iface@version`, as `witc wit` prints it");
  }
  world.imports = std::move(imports);
  world.exports = std::move(exports);
  return elaborate_world(resolve, id);
}

}  // namespace witc::wit
