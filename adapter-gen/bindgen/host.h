// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The two files of a host that depend on the world. For each import a class `Host` to derive from, with
// a pure virtual function for each function of the interface (constructors and static functions of its
// resources among them), and `add_to_linker`; for each export a class `Exports` with a member function
// for each function. See runtime/wit_host.h for what they rest on.

#include <string>

#include "adapter-gen/bindgen/units.h"

namespace witc::bindgen {

std::string host_header(const World& world);
std::string host_source(const World& world, const std::string& header_name);

/// `Host` or `Exports`, with an underscore where the WIT has a type of that name.
std::string class_of(const World& world, const Unit& unit);

}  // namespace witc::bindgen
