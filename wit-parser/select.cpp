// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Choosing a world by name (WIT.md, "Specifying a World").
#include <fmt/format.h>

#include "wit-parser/suggest.h"
#include "wit-parser/wit.h"

namespace witc::wit {
namespace {

std::string list_worlds(const Package& package) {
  std::string list;
  for (const auto& [name, _] : package.worlds) list += (list.empty() ? "`" : ", `") + name + "`";
  return list.empty() ? "it has none" : "it has " + list;
}

/// `ns:pkg/world@version`, as far as it is one.
struct WorldPath {
  PackageName package;
  std::string world;
};
std::optional<WorldPath> parse_path(std::string_view text) {
  std::size_t colon = text.find(':'), slash = text.find('/'), at = text.find('@');
  if (colon == std::string_view::npos || slash == std::string_view::npos || colon > slash || at < slash) {
    return std::nullopt;
  }
  WorldPath path;
  path.package.ns = text.substr(0, colon);
  path.package.name = text.substr(colon + 1, slash - colon - 1);
  path.world = text.substr(slash + 1, at == std::string_view::npos ? at : at - slash - 1);
  if (at != std::string_view::npos) {
    path.package.version = Version::parse(text.substr(at + 1));
    if (!path.package.version) return std::nullopt;
  }
  return path;
}

/// The package of that name; without a version, the only one of any version.
std::optional<PackageId> find(const Resolve& resolve, const PackageName& name) {
  if (auto exact = resolve.find_package(name)) return exact;
  if (name.version) return std::nullopt;
  std::optional<PackageId> found;
  for (PackageId id : resolve.packages.ids()) {
    const PackageName& other = resolve.packages[id].name;
    if (other.ns != name.ns || other.name != name.name) continue;
    if (found) return std::nullopt;
    found = id;
  }
  return found;
}

}  // namespace

Result<WorldId> select_world(const Resolve& resolve, PackageId package, std::string_view name) {
  std::string wanted(name);
  if (wanted.empty()) {
    const Package& main = resolve.packages[package];
    if (main.worlds.size() == 1) return main.worlds.begin()->second;
    return error(DiagCode::kWitResolve,
                 fmt::format("package `{}` does not have exactly one world", main.name.to_string()))
        .note(list_worlds(main))
        .hint("say which world");
  }
  if (wanted.find(':') != std::string::npos) {
    std::optional<WorldPath> path = parse_path(name);
    std::optional<PackageId> found = path ? find(resolve, path->package) : std::nullopt;
    if (!found) return error(DiagCode::kWitResolve, fmt::format("no package for world `{}`", name));
    package = *found;
    wanted = path->world;
  }
  if (wanted.starts_with('%')) wanted.erase(0, 1);  // as WIT text spells a name that is a keyword
  const Package& chosen = resolve.packages[package];
  if (const WorldId* id = chosen.worlds.find(wanted)) return *id;
  return suggest(
      error(DiagCode::kWitResolve, fmt::format("no world `{}` in package `{}`", wanted, chosen.name.to_string()))
          .note(list_worlds(chosen)),
      wanted, chosen.worlds, [](const auto& entry) -> std::string_view { return entry.first; });
}

}  // namespace witc::wit
