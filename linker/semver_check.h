// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Whether one world is a compatible update of another: `witc semver-check`.
//
// It is when every component made for the previous world runs where the new one is expected: the new world gives at
// least the imports that the previous one did, and asks for no exports that the previous one did not.

#include "base/result.h"
#include "base/source.h"
#include "wit-parser/resolve.h"

namespace witc::linker {

/// A world in its package graph.
struct WorldRef {
  const wit::Resolve& resolve;
  wit::WorldId world;
};

/// The two may be of one graph or of two. Interfaces are matched by name, and by version track (`1.0.1` answers for
/// `1.0.0`). Errors: kSemverBreaking for what is gone, what is new and asked for, a type that changed, or worlds of
/// different packages.
Result<void> check_semver(const SourceMap& sources, const WorldRef& previous, const WorldRef& updated);

}  // namespace witc::linker
