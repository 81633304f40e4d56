// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The composition graph: what `witc plug` and `witc compose` build, and what linker/encode_graph.h makes a
// component of. Packages are components to compose; nodes are things the composition has at hand: an
// import of its own, an instance of a package, an export of an instance. An edge is an argument of an
// instantiation or the source of an alias. Imports of a package that no argument satisfies become imports
// of the composition when it is encoded.
//
// All packages are validated into one Types, so that their types can be compared. Sources: wac's language
// description (LANGUAGE.md) for what a composition can say; component-model Explainer.md for what it means.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/ordered_map.h"
#include "base/result.h"
#include "base/source.h"
#include "wasm/component/ast.h"
#include "wasm/component/types.h"
#include "wasm/component/validate.h"

namespace witc::linker {

struct PackageTag {};
struct NodeTag {};
using PackageId = Id<PackageTag>;
using NodeId = Id<NodeTag>;

/// A component to compose.
struct Package {
  std::string name;  // `ns:name` with its version, or what else the user called it
  std::unique_ptr<component::ast::Component> component;
  component::ComponentTypeId type;
};

struct ImportNode { std::string name; };
struct InstantiationNode {
  PackageId package;
  OrderedMap<std::string, NodeId> arguments;  // by the import's name in the package
};
struct AliasNode {
  NodeId source;  // an instance
  std::string export_name;
};
struct Node {
  std::variant<ImportNode, InstantiationNode, AliasNode> kind;
  component::EntityType type;
  std::string name;  // for the name section; may be empty
};
struct GraphExport {
  std::string name;
  NodeId node;
};

class CompositionGraph {
 public:
  /// Registers a component; it is validated into `types()`. Errors: the validator's, and kWacResolve if the
  /// name is taken.
  Result<PackageId> add_package(const SourceMap& sources, std::string name, component::ast::Component component);

  /// An import of the composition. Errors: kWacResolve if there is one of that name already.
  Result<NodeId> add_import(std::string name, component::EntityType type);
  NodeId instantiate(PackageId package);
  /// An export of an instance; the same alias is the same node. Errors: kWacResolve.
  Result<NodeId> alias(NodeId instance, const std::string& export_name);
  /// Satisfies an import of an instantiated package. Errors: kWacResolve if there is no such import, it has
  /// an argument already, the type does not fit, or the instantiation would depend on itself.
  Result<void> set_argument(NodeId instantiation, const std::string& import_name, NodeId argument);
  /// Errors: kWacResolve if the name is taken.
  Result<void> add_export(NodeId node, std::string name);
  void set_name(NodeId node, std::string name) { nodes_[node].name = std::move(name); }

  [[nodiscard]] component::Types& types() { return types_; }
  [[nodiscard]] const component::Types& types() const { return types_; }
  [[nodiscard]] const IdVector<PackageId, Package>& packages() const { return packages_; }
  /// The encoder takes the components out, so that they need not be copied.
  [[nodiscard]] IdVector<PackageId, Package>& packages() { return packages_; }
  [[nodiscard]] const IdVector<NodeId, Node>& nodes() const { return nodes_; }
  [[nodiscard]] const std::vector<GraphExport>& exports() const { return exports_; }

  /// What `node` exports, if it is an instance.
  [[nodiscard]] const component::InstanceType* exports_of(NodeId node) const;
  /// What the package of an instantiation imports.
  [[nodiscard]] const component::ComponentType& imports_of(NodeId instantiation) const;

 private:
  [[nodiscard]] bool depends_on(NodeId node, NodeId other) const;

  component::Types types_;
  IdVector<PackageId, Package> packages_;
  IdVector<NodeId, Node> nodes_;
  std::vector<GraphExport> exports_;
  // What is asked for each addition.
  std::set<std::string, std::less<>> package_names_, import_names_, export_names_;
  std::map<std::pair<NodeId, std::string>, NodeId> aliases_;
  std::set<NodeId> sources_;  // that an alias or an argument is of: nothing else can be depended on
};

/// One line per package, node and export, in order.
std::string print(const CompositionGraph& graph);

/// Whether an item called `have` may stand for one called `want`: the same name, or two versions of one
/// interface on one compatibility track (`wasi:io/streams@0.2.0` and `@0.2.3`).
bool names_match(std::string_view have, std::string_view want);
/// The name with its version cut to the compatibility track: equal for names that match.
std::string name_track(std::string_view name);

}  // namespace witc::linker
