// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What a composition imports: its own import nodes, and every import of an instantiated package that has
// no argument. Imports of one name, or of versions on one compatibility track, are merged into one under
// the highest version: an instance import exports what any of its users want.
//
// The subtle part is resources. Each package has resources of its own for what it imports, and two
// packages that import one interface must end up with the same one; an interface that `use`s a resource
// of another must refer to that other's import. So resources are first grouped over all instantiations, by
// where they are found (the import's track and the export's path), and each group becomes one resource of
// the composition; then every type is rewritten in terms of those, merged, and put in an order in which an
// import comes after those whose resources it names.

#include <map>

#include "linker/graph.h"

namespace witc::linker {

struct LiftedImport {
  std::string name;
  component::ast::NameAttributes attributes;
  component::EntityType type;  // in the composition's own resources
  std::optional<NodeId> node;  // of an explicit import
};

struct LiftedImports {
  std::vector<LiftedImport> imports;  // in the order they are to be written
  /// By instantiation and name of the package's import: position in `imports`.
  std::map<std::pair<NodeId, std::string>, std::size_t> arguments;
  std::map<NodeId, std::size_t> nodes;  // of import nodes
};

/// Errors: kWacResolve where imports of one name cannot be merged.
Result<LiftedImports> lift_imports(CompositionGraph& graph, const std::vector<NodeId>& order);

}  // namespace witc::linker
