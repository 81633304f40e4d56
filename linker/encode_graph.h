// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Composition graph -> component: imports first (linker/lift_imports.h), then each package once as a nested
// component, instances and aliases in the order of their dependencies, exports last. The result is a
// standard component and nothing else; running it goes by way of the Plan like any other's.

#include "linker/graph.h"

namespace witc::linker {

/// Takes the packages' components out of `graph`. The result is not validated yet, and keeps views into
/// the sources that the packages were read from. Errors: kWacResolve.
Result<component::ast::Component> encode_graph(CompositionGraph graph);

/// encode_graph, written in binary and validated: what the commands write. The binary is registered in
/// `sources` under `name`, so that a validator's message has a place. With a `target`, a world in the
/// graph's types, the composition must fit it.
Result<std::vector<std::uint8_t>> compose(SourceMap& sources, CompositionGraph graph, std::string name,
                                          std::optional<component::ComponentTypeId> target = std::nullopt);

}  // namespace witc::linker
