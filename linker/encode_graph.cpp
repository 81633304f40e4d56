// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/encode_graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.h"
#include "linker/lift_imports.h"
#include "linker/targets.h"
#include "linker/type_encoder.h"
#include "wasm/component/decode.h"
#include "wasm/component/encode.h"

namespace witc::linker {

using namespace component;

namespace {

/// Dependencies before dependents, else in the order of creation. The graph has no cycles: set_argument
/// refuses them.
std::vector<NodeId> topological_order(const CompositionGraph& graph) {
  std::vector<NodeId> order;
  std::vector<int> state(graph.nodes().size());  // 0 new, 1 open, 2 done
  std::vector<NodeId> stack;
  auto visit = [&](NodeId id) {
    if (state[id.value] == 0) stack.push_back(id);
  };
  for (NodeId start : graph.nodes().ids()) {
    visit(start);
    while (!stack.empty()) {
      NodeId current = stack.back();
      if (state[current.value] == 0) {
        state[current.value] = 1;
        match(
            graph.nodes()[current].kind, [](const ImportNode&) {}, [&](const AliasNode& alias) { visit(alias.source); },
            [&](const InstantiationNode& made) {
              for (std::size_t i = made.arguments.size(); i > 0; --i) visit(made.arguments.at(i - 1).second);
            });
        continue;
      }
      stack.pop_back();
      if (state[current.value] == 2) continue;
      state[current.value] = 2;
      order.push_back(current);
    }
  }
  return order;
}

/// A world that `use`s a type imports it beside the interface it comes from. Where that interface is given
/// by an argument, so is the type: the user of the graph never sees it.
Result<void> give_used_types(CompositionGraph& graph) {
  const std::size_t count = graph.nodes().size();  // aliases made here come after
  for (std::size_t i = 0; i < count; ++i) {
    NodeId id(i);
    if (!std::holds_alternative<InstantiationNode>(graph.nodes()[id].kind)) continue;
    const auto imports = graph.imports_of(id).imports;  // copies: the graph changes meanwhile
    const auto arguments = std::get<InstantiationNode>(graph.nodes()[id].kind).arguments;
    for (const auto& [name, item] : imports) {
      const auto* type = std::get_if<TypeEntity>(&item.type);
      if (type == nullptr || arguments.contains(name)) continue;
      for (const auto& [given, argument] : arguments) {
        const auto* instance = std::get_if<InstanceTypeId>(&imports.find(given)->type);
        if (instance == nullptr) continue;
        const auto& exports = graph.types()[*instance].exports;
        auto found = std::ranges::find_if(exports, [&](const auto& entry) {
          const auto* other = std::get_if<TypeEntity>(&entry.second.type);
          return other != nullptr && other->type == type->type;
        });
        if (found == exports.end()) continue;
        std::string export_name = found->first;
        TRY(graph.set_argument(id, name, TRY(graph.alias(argument, export_name))));
        break;
      }
    }
  }
  return {};
}

class GraphEncoder {
 public:
  explicit GraphEncoder(CompositionGraph graph)
      : graph_(std::move(graph)), encoder_(graph_.types(), out_), components_(graph_.packages().size()) {}

  Result<ast::Component> run() {
    TRY(give_used_types(graph_));
    items_.resize(graph_.nodes().size());
    std::vector<NodeId> order = topological_order(graph_);
    lifted_ = TRY(lift_imports(graph_, order));
    TRY(write_imports());
    for (NodeId id : order) TRY(write_node(id));
    for (const GraphExport& item : graph_.exports()) write_export(item);
    return std::move(out_);
  }

 private:
  Result<void> write_imports() {
    for (const LiftedImport& import : lifted_.imports) {
      ast::NameAttributes name = import.attributes;
      name.name = import.name;
      ast::SortIndex index = TRY(encoder_.import(name, import.type));
      imports_.push_back(index);
      if (import.node) set_name(index, graph_.nodes()[*import.node].name);
    }
    return {};
  }

  Result<void> write_node(NodeId id) {
    const Node& node = graph_.nodes()[id];
    items_[id.value] = match(
        node.kind, [&](const ImportNode&) { return imports_.at(lifted_.nodes.at(id)); },
        [&](const InstantiationNode& made) { return write_instantiation(id, made); },
        [&](const AliasNode& alias) {
          Sort sort = TypeEncoder::sort_of(node.type);
          out_.definitions.push_back(
              {ast::Alias{sort, CoreSort::kModule, ast::AliasExport{items_[alias.source.value].index, alias.export_name}}});
          return ast::SortIndex{sort, CoreSort::kModule, encoder_.add(node.type)};
        });
    if (!std::holds_alternative<ImportNode>(node.kind)) set_name(items_[id.value], node.name);
    return {};
  }

  ast::SortIndex write_instantiation(NodeId id, const InstantiationNode& made) {
    Package& package = graph_.packages()[made.package];
    auto& component = components_[made.package.value];
    if (!component) {
      out_.definitions.push_back({std::move(package.component)});
      component = encoder_.add_component();
      set_name({Sort::kComponent, {}, *component}, package.name);
    }
    ast::Instantiate instantiate{*component, {}};
    for (const auto& [name, _] : graph_.imports_of(id).imports) {
      const NodeId* argument = made.arguments.find(name);
      instantiate.args.push_back(
          {name, argument != nullptr ? items_[argument->value] : imports_.at(lifted_.arguments.at({id, name}))});
    }
    out_.definitions.push_back({ast::Instance{std::move(instantiate)}});
    return {Sort::kInstance, {}, encoder_.add_instance()};
  }

  void write_export(const GraphExport& item) {
    ast::NameAttributes name;
    name.name = item.name;
    out_.definitions.push_back({ast::Export{std::move(name), items_[item.node.value], std::nullopt}});
    encoder_.add(graph_.nodes()[item.node].type);
  }

  void set_name(ast::SortIndex item, const std::string& name) {
    if (!name.empty()) out_.names.entries.push_back({item, name});
  }

  CompositionGraph graph_;
  ast::Component out_;
  TypeEncoder encoder_;
  LiftedImports lifted_;
  std::vector<ast::SortIndex> imports_;  // by position in lifted_.imports
  std::vector<ast::SortIndex> items_;    // by node
  std::vector<std::optional<std::uint32_t>> components_;  // by package
};

}  // namespace

Result<ast::Component> encode_graph(CompositionGraph graph) { return GraphEncoder(std::move(graph)).run(); }

Result<std::vector<std::uint8_t>> compose(SourceMap& sources, CompositionGraph graph, std::string name,
                                          std::optional<ComponentTypeId> target) {
  Types types;
  if (target) types = graph.types();
  ast::Component component = TRY(encode_graph(std::move(graph)));
  std::vector<std::uint8_t> bytes = encode(component);
  SourceId id = sources.add(std::move(name), std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
  ast::Component decoded = TRY(decode_component(sources, sources.whole(id)));
  auto validated = validate_component(sources, decoded, types);
  if (!validated) return std::move(validated.error()).context("while checking the composition");
  if (target) TRY(check_targets(types, validated->type, *target));
  return bytes;
}

}  // namespace witc::linker
