// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/plug.h"

#include <fmt/format.h>

#include "linker/subtype.h"

namespace witc::linker {

using namespace component;

namespace {

/// The import of the socket that an export goes by: of its very name, else of its track.
const std::string* matching_import(const ComponentType& socket, const std::string& name) {
  for (const auto& [import, _] : socket.imports) {
    if (import == name) return &import;
  }
  for (const auto& [import, _] : socket.imports) {
    if (names_match(name, import)) return &import;
  }
  return nullptr;
}

}  // namespace

Result<void> plug(CompositionGraph& graph, PackageId socket, const std::vector<PackageId>& plugs) {
  NodeId socket_instance = graph.instantiate(socket);
  graph.set_name(socket_instance, graph.packages()[socket].name);
  const ComponentTypeId socket_type = graph.packages()[socket].type;
  std::vector<std::string> misfits;
  bool is_plugged = false;
  for (PackageId id : plugs) {
    const Package& package = graph.packages()[id];
    std::optional<NodeId> instance;
    const ComponentType exporter = graph.types()[package.type];  // a copy: the arena grows meanwhile
    for (const auto& [name, item] : exporter.exports) {
      const std::string* found = matching_import(graph.types()[socket_type], name);
      if (found == nullptr) continue;
      std::string import = *found;
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
