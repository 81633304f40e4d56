// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A world seen from the other side: what a component that uses it would import, or one that stands in for its
// host would export. The names are those of `wasm-tools component wit`.

#include <optional>
#include <string>

#include "base/result.h"
#include "wit-parser/resolve.h"

namespace witc::wit {

/// Makes the world import what it exported, for bindings of who uses the component. Of its imports only types stay,
/// and what those and the former exports need. Its name becomes `name`, else its own and `-importized`.
/// Errors (kWitResolve): an export and a type of one name.
Result<void> importize(Resolve& resolve, WorldId world, const std::optional<std::string>& name);

/// Makes the world export what it imported, or of that the one import called `only`; what it exported goes. Its name
/// becomes `name`, else its own and `-exportized`. Errors (kWitResolve): an interface that would be needed both
/// ways, and no import of that name.
Result<void> exportize(Resolve& resolve, WorldId world, const std::optional<std::string>& name,
                       const std::optional<std::string>& only);

}  // namespace witc::wit
