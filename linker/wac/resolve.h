// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WAC syntax tree -> composition graph: evaluates the statements from the top down. Packages are asked for
// by name, once each; where they come from is the caller's business.

#include <functional>

#include "linker/graph.h"
#include "linker/wac/ast.h"

namespace witc::linker::wac {

/// The component that a package name stands for. Errors say why there is none; the resolver adds where it
/// was asked for.
using LoadPackage = std::function<Result<component::ast::Component>(const PackageName&)>;

struct Composition {
  CompositionGraph graph;
  /// The world of the `targets` clause, in the graph's types.
  std::optional<component::ComponentTypeId> target;
};

/// Types that the document declares are its own: they are not exported from the composition. Errors:
/// kWacResolve and what `load` returns.
Result<Composition> resolve(const SourceMap& sources, const Document& document, const LoadPackage& load);

}  // namespace witc::linker::wac
