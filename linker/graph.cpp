// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/graph.h"

#include <fmt/format.h>

#include "base/overloaded.h"
#include "base/semver.h"
#include "linker/subtype.h"

namespace witc::linker {

using namespace component;

Result<PackageId> CompositionGraph::add_package(const SourceMap& sources, std::string name, ast::Component component) {
  if (package_names_.contains(name)) {
    return error(DiagCode::kWacResolve, fmt::format("the package `{}` is there already", name));
  }
  auto owned = std::make_unique<ast::Component>(std::move(component));
  ValidatedComponent validated = TRY(validate_component(sources, *owned, types_));
  package_names_.insert(name);
  return packages_.push({std::move(name), std::move(owned), validated.type});
}

Result<NodeId> CompositionGraph::add_import(std::string name, EntityType type) {
  if (!import_names_.insert(name).second) {
    return error(DiagCode::kWacResolve, fmt::format("`{}` is imported already", name));
  }
  return nodes_.push({ImportNode{std::move(name)}, std::move(type), ""});
}

NodeId CompositionGraph::instantiate(PackageId package) {
  InstanceType exports{types_[packages_[package].type].exports, {}};
  return nodes_.push({InstantiationNode{package, {}}, types_.add(std::move(exports)), ""});
}

const InstanceType* CompositionGraph::exports_of(NodeId node) const {
  const auto* id = std::get_if<InstanceTypeId>(&nodes_[node].type);
  return id == nullptr ? nullptr : &types_[*id];
}

const ComponentType& CompositionGraph::imports_of(NodeId instantiation) const {
  return types_[packages_[std::get<InstantiationNode>(nodes_[instantiation].kind).package].type];
}

Result<NodeId> CompositionGraph::alias(NodeId instance, const std::string& export_name) {
  const InstanceType* exports = exports_of(instance);
  if (exports == nullptr) {
    return error(DiagCode::kWacResolve, fmt::format("`{}` is looked for in what is not an instance", export_name));
  }
  const Extern* found = exports->exports.find(export_name);
  if (found == nullptr) {
    return error(DiagCode::kWacResolve, fmt::format("the instance has no export `{}`", export_name));
  }
  auto [known, fresh] = aliases_.try_emplace({instance, export_name}, NodeId());
  if (fresh) {
    known->second = nodes_.push({AliasNode{instance, export_name}, found->type, ""});
    sources_.insert(instance);
  }
  return known->second;
}

bool CompositionGraph::depends_on(NodeId node, NodeId other) const {
  if (node == other) return true;
  if (!sources_.contains(other)) return false;  // as where what is used was made before
  std::vector<NodeId> open{node};
  std::vector<bool> seen(nodes_.size());
  while (!open.empty()) {
    NodeId current = open.back();
    open.pop_back();
    if (current == other) return true;
    if (seen[current.value]) continue;
    seen[current.value] = true;
    match(
        nodes_[current].kind, [](const ImportNode&) {},
        [&](const InstantiationNode& made) {
          for (const auto& [_, argument] : made.arguments) open.push_back(argument);
        },
        [&](const AliasNode& alias) { open.push_back(alias.source); });
  }
  return false;
}

Result<void> CompositionGraph::set_argument(NodeId instantiation, const std::string& import_name, NodeId argument) {
  auto* node = std::get_if<InstantiationNode>(&nodes_[instantiation].kind);
  if (node == nullptr) return error(DiagCode::kWacResolve, "arguments are given to what is not an instantiation");
  const std::string& package = packages_[node->package].name;
  const Extern* import = imports_of(instantiation).imports.find(import_name);
  if (import == nullptr) {
    return error(DiagCode::kWacResolve, fmt::format("the component `{}` has no import `{}`", package, import_name));
  }
  if (node->arguments.contains(import_name)) {
    return error(DiagCode::kWacResolve, fmt::format("the import `{}` of `{}` has an argument already", import_name, package));
  }
  if (depends_on(argument, instantiation)) {
    return error(DiagCode::kWacResolve, fmt::format("the instance of `{}` would depend on itself", package));
  }
  if (auto fits = check_subtype(types_, nodes_[argument].type, import->type); !fits) {
    return std::move(fits.error()).context(fmt::format("in the argument `{}` of `{}`", import_name, package));
  }
  node->arguments.insert(import_name, argument);
  sources_.insert(argument);
  return {};
}

Result<void> CompositionGraph::add_export(NodeId node, std::string name) {
  if (!export_names_.insert(name).second) {
    return error(DiagCode::kWacResolve, fmt::format("`{}` is exported already", name));
  }
  exports_.push_back({std::move(name), node});
  return {};
}

std::string print(const CompositionGraph& graph) {
  std::string out;
  for (PackageId id : graph.packages().ids()) out += fmt::format("package[{}] {}\n", id.value, graph.packages()[id].name);
  for (NodeId id : graph.nodes().ids()) {
    const Node& node = graph.nodes()[id];
    out += fmt::format("node[{}]{} ", id.value, node.name.empty() ? "" : " " + node.name);
    match(
        node.kind, [&](const ImportNode& import) { out += fmt::format("import `{}`\n", import.name); },
        [&](const InstantiationNode& made) {
          out += fmt::format("instantiate package[{}]\n", made.package.value);
          for (const auto& [name, argument] : made.arguments) out += fmt::format("  `{}` <- node[{}]\n", name, argument.value);
        },
        [&](const AliasNode& alias) { out += fmt::format("alias node[{}] `{}`\n", alias.source.value, alias.export_name); });
  }
  for (const GraphExport& item : graph.exports()) out += fmt::format("export `{}` = node[{}]\n", item.name, item.node.value);
  return out;
}

std::string name_track(std::string_view name) {
  std::size_t at = name.rfind('@');
  if (at == std::string_view::npos || name.find('/') == std::string_view::npos) return std::string(name);
  auto version = Version::parse(name.substr(at + 1));
  if (!version) return std::string(name);
  return fmt::format("{}@{}", name.substr(0, at), compatibility_track(*version));
}

bool names_match(std::string_view have, std::string_view want) {
  return have == want || name_track(have) == name_track(want);
}

}  // namespace witc::linker
