// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Two resolved graphs made one, and compatible versions of an interface made one.
//
// Packages, interfaces and types are found by their names: what both graphs have must agree, what one has the
// other gets. A world is a contract, so two copies of one must be equal.

#include "base/result.h"
#include "wit-parser/resolve.h"

namespace witc::wit {

/// Adds all of `from` to `into`, which stays in dependency order (so ids change). New items of an interface come
/// after those it had. Worlds that import an interface that grew import what it now uses.
/// Errors (kWitResolve): copies that do not agree, packages that would use each other. `into` is then half done.
Result<void> merge(Resolve& into, const Resolve& from);

/// Where the world imports several versions of an interface that are compatible (Explainer.md, "canonversion"),
/// only the newest stays, and what used the others uses it. Exports keep their versions.
/// Errors (kWitResolve): a newer version lacks something, or has it differently.
Result<void> merge_compatible_imports(Resolve& resolve, WorldId world);

/// Puts packages, interfaces and types after those they need, and gives every id its new value.
/// Errors (kWitResolve): packages or interfaces that use each other.
Result<void> sort_by_dependencies(Resolve& resolve);

}  // namespace witc::wit
