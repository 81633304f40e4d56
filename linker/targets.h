// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Whether a component fits a world: `witc targets`, and the `targets` clause of a WAC document.

#include "base/result.h"
#include "base/source.h"
#include "wasm/component/types.h"
#include "wit-parser/resolve.h"

namespace witc::linker {

/// Whether a component may stand where a world is expected: it imports nothing that the world does not (or
/// another version on the same track), and exports all that the world does. Errors: kWacResolve.
Result<void> check_targets(const component::Types& types, component::ComponentTypeId given,
                           component::ComponentTypeId world);

/// The same for a world of a graph; what is wrong is said of that world, by its name.
Result<void> check_targets(const SourceMap& sources, const wit::Resolve& resolve, wit::WorldId world, component::Types& types,
                           component::ComponentTypeId given);

/// The world as a type in `types`.
Result<component::ComponentTypeId> world_type(const SourceMap& sources, const wit::Resolve& resolve, wit::WorldId world,
                                              component::Types& types);

}  // namespace witc::linker
