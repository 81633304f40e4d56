// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/semver_check.h"

#include <fmt/format.h>

#include "linker/graph.h"
#include "linker/subtype.h"
#include "linker/targets.h"

namespace witc::linker {
namespace {

using namespace component;
using Externs = OrderedMap<std::string, Extern>;

/// The item of that name, or of another version on its track.
const Extern* find(const Externs& externs, const std::string& name) {
  if (const Extern* found = externs.find(name)) return found;
  for (const auto& [other, item] : externs) {
    if (names_match(other, name)) return &item;
  }
  return nullptr;
}

/// `ns:name`, versions apart; empty for a world of no package.
std::string package_of(const WorldRef& ref) {
  std::optional<wit::PackageId> package = ref.resolve.worlds[ref.world].package;
  if (!package) return "";
  const wit::PackageName& name = ref.resolve.packages[*package].name;
  return name.ns + ":" + name.name;
}

Diagnostic breaking(std::string message) { return error(DiagCode::kSemverBreaking, std::move(message)); }

Result<void> check_worlds(const Types& types, ComponentTypeId previous, ComponentTypeId updated) {
  for (const auto& [name, item] : types[previous].imports) {
    const Extern* offered = find(types[updated].imports, name);
    if (offered == nullptr) {
      return breaking(fmt::format("the new world does not import `{}`", name))
          .note("components made for the previous world may import it");
    }
    if (auto fits = check_subtype(types, offered->type, item.type); !fits) {
      return breaking(fits.error()->message).context(fmt::format("in the import `{}`", name));
    }
  }
  for (const auto& [name, item] : types[updated].exports) {
    const Extern* made = find(types[previous].exports, name);
    if (made == nullptr) {
      return breaking(fmt::format("the new world asks for the export `{}`", name))
          .note("components made for the previous world do not have it");
    }
    if (auto fits = check_subtype(types, made->type, item.type); !fits) {
      return breaking(fits.error()->message).context(fmt::format("in the export `{}`", name));
    }
  }
  return {};
}

}  // namespace

Result<void> check_semver(const SourceMap& sources, const WorldRef& previous, const WorldRef& updated) {
  std::string before = package_of(previous), after = package_of(updated);
  if (before != after) {
    return breaking(fmt::format("the previous world is of the package `{}`, the new one of `{}`", before, after))
        .hint("two versions of one package are compared, `ns:name@1.0.0` and `ns:name@1.1.0`");
  }
  Types types;
  ComponentTypeId previous_type = TRY(world_type(sources, previous.resolve, previous.world, types));
  ComponentTypeId updated_type = TRY(world_type(sources, updated.resolve, updated.world, types));
  if (auto fits = check_worlds(types, previous_type, updated_type); !fits) {
    return std::move(fits).error().context(fmt::format("the world `{}` is no compatible update of `{}`",
                                                       updated.resolve.worlds[updated.world].name,
                                                       previous.resolve.worlds[previous.world].name));
  }
  return {};
}

}  // namespace witc::linker
