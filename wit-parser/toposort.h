// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Dependency order of named things that refer to each other by name.

#include <string_view>
#include <vector>

#include "base/result.h"
#include "wit-parser/ast.h"

namespace witc::wit {

struct TopoNode {
  std::string_view name;
  std::vector<const ast::Id*> needs;
};

/// Indices of the nodes, each after those it needs; among those that could come next, the one first in
/// the text does, so that printing and parsing again keeps the order. `what` is what messages call a
/// node. Errors (kWitResolve): a name that no node has, and cycles.
Result<std::vector<std::size_t>> topological_order(std::string_view what, const std::vector<TopoNode>& nodes);

}  // namespace witc::wit
