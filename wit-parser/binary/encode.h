// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WIT written in binary, as component types. Two forms, both those other tools read and write:
//
//   - a WIT package: a component that exports one component type per interface and world of the package
//     (WIT.md, "Package Format"), with a `package-docs` section for what types cannot hold;
//   - a world for the `component-type` custom section of a core module: a component that exports that one
//     world, with a `wit-component-encoding` section for the string encoding. Bindings put it into the
//     object file, linkers carry it along, and `witc new` reads it back (wit-parser/binary/decode.h).

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wasm/component/ast.h"
#include "wit-parser/resolve.h"

namespace witc::wit {

/// The version of witc that producers sections name.
inline constexpr std::string_view kWitcVersion = "0.1.0";

/// (tool, version) pairs for the `processed-by` field of the producers section.
using Producers = std::vector<std::pair<std::string, std::string>>;

/// The package as a component of types. Interfaces of other packages appear as far as they are used.
component::ast::Component encode_package(const Resolve& resolve, PackageId package);

/// The world as a component type: what `witc targets` and composition compare with.
component::ast::ComponentType encode_world(const Resolve& resolve, WorldId world);

/// The bytes of a `component-type` custom section for a core module that implements `world`, which must
/// belong to a package. `extra` is added to the producers section beside witc itself.
std::vector<std::uint8_t> encode_world_metadata(const Resolve& resolve, WorldId world, component::StringEncoding encoding,
                                                const Producers& extra = {});

/// A producers section (tool-conventions, ProducersSection.md): witc, then `extra`, as `processed-by`.
std::vector<std::uint8_t> producers_section(const Producers& extra = {});

}  // namespace witc::wit
