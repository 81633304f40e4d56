// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The `name` custom section (core specification, appendix "Custom Sections > Name Section").

#include "wasm/core/module.h"

namespace witc::wasm {

/// Reads what is well formed up to the first malformed subsection; never fails.
Names decode_names(const CustomSection& section, SourceId source);
/// The section's contents; empty if there are no names.
std::vector<std::uint8_t> encode_names(const Names& names);

}  // namespace witc::wasm
