// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The definitions of a unit's types, the same for guest and host; only classes of resources differ,
// and are asked of the caller.

#include <functional>
#include <string>

#include "adapter-gen/bindgen/units.h"

namespace witc::bindgen {

/// The class of a resource, as C++ text without its forward declaration.
using ResourceWriter = std::function<std::string(wit::TypeId)>;

/// All of a unit's type definitions, in an order that compiles.
std::string define_types(const World& world, const Unit& unit, const ResourceWriter& resource_class);

/// Is the type of an exporting unit the same as in its importing twin, and so only an alias of it?
bool shared_with_twin(const World& world, const Unit& unit, wit::TypeId type);

/// `namespace a::b::c {` .. `}`, with blank lines, round a body; empty for an empty body.
std::string in_namespace(const std::vector<std::string>& path, const std::string& body);

/// Names of a record's members and a variant's case structs, in order.
std::vector<std::string> field_names(const wit::Record& record);
std::vector<std::string> case_names(const wit::Variant& variant, const std::string& type_name);
/// Names of an enum's constants, or of flags, in order.
std::vector<std::string> constant_names(const std::vector<wit::Label>& labels);

}  // namespace witc::bindgen
