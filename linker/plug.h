// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Plugging: what other components export goes into what one component, the socket, imports, by name.

#include <vector>

#include "linker/graph.h"

namespace witc::linker {

/// Instantiates `socket` in `graph`, gives it every export of `plugs` (in order, the first that fits) that
/// goes by the name of one of its imports, or by another version on the same compatibility track, and
/// exports all that it exports. Exports that fit by name but not by type are left alone. Errors:
/// kPlugNothing if there is no such export, or the graph's own.
Result<void> plug(CompositionGraph& graph, PackageId socket, const std::vector<PackageId>& plugs);

}  // namespace witc::linker
