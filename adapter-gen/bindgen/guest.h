// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The two files of a guest that depend on its world; see runtime/wit.h for how types look and
// runtime/wit_abi.h for what the source file rests on.

#include <span>
#include <string>

#include "adapter-gen/bindgen/units.h"

namespace witc::bindgen {

/// `w.h`: types, functions to call, functions and classes to define.
std::string guest_header(const World& world);

/// `w.cpp`: the ABI of the records, the bodies of the imports, the exported core functions, and the
/// world itself (`component_type`: binary WIT, for `witc new`; none leaves the section out).
std::string guest_source(const World& world, const std::string& header_name, std::span<const std::uint8_t> component_type);

}  // namespace witc::bindgen
