// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WIT read back from binary: from WIT packages, from components, and from the `component-type` custom
// sections that bindings leave in core modules (the other direction is wit-parser/binary/encode.h).
//
// Interfaces, worlds and types are found by their names, so reading several binaries into one Resolve
// merges them: a second view of an interface adds what the first one lacked.

#include <map>
#include <string>
#include <variant>

#include "base/result.h"
#include "base/source.h"
#include "wasm/component/ast.h"
#include "wasm/core/module.h"
#include "wit-parser/resolve.h"

namespace witc::wit {

/// Whether every export is a component type and there are no imports: a WIT package, not a program.
bool is_wit_package(const component::ast::Component& component);

struct DecodedWit {
  Resolve resolve;
  /// The package, or for a program its world (`root:component/root`).
  std::variant<PackageId, WorldId> main;
};
/// What a WIT package holds, or what a component imports and exports. The component must be valid
/// (wasm/component/validate.h). Errors: kComponentInvalid for what WIT cannot express, kComponentLimit.
Result<DecodedWit> decode_wit(const component::ast::Component& component);

/// The world a core module was written for.
struct WorldMetadata {
  Resolve resolve;
  WorldId world;
  /// Whether any `component-type` section was there.
  bool found = false;

  /// How the strings of a function are encoded: of an import or export (`key`) of the world.
  [[nodiscard]] component::StringEncoding encoding(bool import, const WorldKey& key, const std::string& function) const;
  std::map<std::string, component::StringEncoding> encodings;
};

/// The union of the worlds in the module's `component-type*` sections, as world `root` of package
/// `root:root`. The sections' bytes are registered with `sources`.
Result<WorldMetadata> decode_world_metadata(SourceMap& sources, const wasm::Module& module);
/// The same, added to what is there (adapters and libraries of a module). Gives the exports that are new.
Result<std::vector<WorldKey>> add_world_metadata(SourceMap& sources, const wasm::Module& module, WorldMetadata& metadata);

}  // namespace witc::wit
