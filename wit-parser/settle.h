// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Draft → resolved graph: a package meets those it uses.

#include "wit-parser/draft.h"
#include "wit-parser/wit.h"

namespace witc::wit {

/// Adds a package to the graph: placeholders become what they stand for, gated items that are not
/// enabled go, handles are made explicit, worlds take in what they include and what their interfaces
/// need. The packages it uses must be in the graph; it must not. Errors: kWitResolve, kWitLimit.
Result<PackageId> settle(Resolve& resolve, Draft draft, const ResolveOptions& options);

/// WIT.md, "Transitive imports and worlds": adds what the interfaces of a world `use` to its imports (or
/// orders it among the exports, where it is exported), and sorts imports into interfaces, types, functions.
/// Errors (kWitResolve): an exported interface that would see two copies of another.
Result<void> elaborate_world(Resolve& resolve, WorldId world);

/// The interfaces whose types an interface uses, in the order of its types; may repeat.
std::vector<InterfaceId> direct_dependencies(const Resolve& resolve, InterfaceId id);
/// The interface a `use`d type comes from.
std::optional<InterfaceId> used_from(const Resolve& resolve, TypeId id);

/// Same gates.
bool same_stability(const Stability& a, const Stability& b);

}  // namespace witc::wit
