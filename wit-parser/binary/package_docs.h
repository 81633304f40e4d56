// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The `package-docs` custom section of a WIT package in binary: doc comments and feature gates, which
// component types have no room for. A version byte and JSON, keyed by the names of worlds, interfaces,
// functions, types and their fields; the format is the one the Bytecode Alliance's tools use.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wit-parser/resolve.h"

namespace witc::wit {

inline constexpr std::string_view kPackageDocsSection = "package-docs";

std::vector<std::uint8_t> encode_package_docs(const Resolve& resolve, PackageId package);

/// Puts what the section says onto the items of `package`. `span` is the section, for errors: a section
/// that is not of this format, or that names an item the package does not have (kComponentInvalid).
Result<void> decode_package_docs(Resolve& resolve, PackageId package, std::span<const std::uint8_t> section, Span span);

}  // namespace witc::wit
