// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/plug.h"

#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

#include "linker/subtype.h"

namespace witc::linker {

using namespace component;

namespace {

/// A socket's imports, by what exports go by.
class Imports {
 public:
  explicit Imports(const ComponentType& socket) {
    for (const auto& [import, _] : socket.imports) {
      names_.insert(import);
      by_track_.try_emplace(name_track(import), import);
    }
  }
  /// The one of an export's very name, else the first of its track; null if there is none.
  [[nodiscard]] const std::string* find(const std::string& name) const {
    if (auto found = names_.find(name); found != names_.end()) return &*found;
    auto found = by_track_.find(name_track(name));
    return found == by_track_.end() ? nullptr : &found->second;
  }

 private:
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, std::string> by_track_;
};

}  // namespace

Result<void> plug(CompositionGraph& graph, PackageId socket, const std::vector<PackageId>& plugs) {
  NodeId socket_instance = graph.instantiate(socket);
  graph.set_name(socket_instance, graph.packages()[socket].name);
  const ComponentTypeId socket_type = graph.packages()[socket].type;
  std::vector<std::string> misfits;
  const Imports imports(graph.types()[socket_type]);
  bool is_plugged = false;
  for (PackageId id : plugs) {
    const Package& package = graph.packages()[id];
    std::optional<NodeId> instance;
    const ComponentType exporter = graph.types()[package.type];  // a copy: the arena grows meanwhile
    for (const auto& [name, item] : exporter.exports) {
      const std::string* found = imports.find(name);
      if (found == nullptr) continue;
      const std::string& import = *found;
      const auto& arguments = std::get<InstantiationNode>(graph.nodes()[socket_instance].kind).arguments;
      if (arguments.contains(import)) continue;
      auto fits = check_subtype(graph.types(), item.type, graph.types()[socket_type].imports.find(import)->type);
      if (!fits) {
        misfits.push_back(fmt::format("`{}` of `{}` does not fit: {}", name, package.name, (*fits.error()).message));
        continue;
      }
      if (!instance) {
        instance = graph.instantiate(id);
        graph.set_name(*instance, package.name);
      }
      TRY(graph.set_argument(socket_instance, import, TRY(graph.alias(*instance, name))));
      is_plugged = true;
    }
  }
  if (!is_plugged) {
    Diagnostic nothing = error(DiagCode::kPlugNothing, fmt::format("no plug exports anything that `{}` imports",
                                                                   graph.packages()[socket].name));
    for (std::string& misfit : misfits) nothing = std::move(nothing).note(std::move(misfit));
    for (const auto& [import, _] : graph.types()[socket_type].imports) {
      nothing = std::move(nothing).note(fmt::format("it imports `{}`", import));
    }
    return nothing;
  }
  const ComponentType exporter = graph.types()[socket_type];
  for (const auto& [name, _] : exporter.exports) TRY(graph.add_export(TRY(graph.alias(socket_instance, name)), name));
  return {};
}

}  // namespace witc::linker
