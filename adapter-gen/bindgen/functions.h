// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What guest and host bindings say alike about functions: their C++ names and parameter lists, and the
// functions of a unit sorted to the resources they belong to.

#include <string>
#include <vector>

#include "adapter-gen/bindgen/spelling.h"
#include "adapter-gen/bindgen/units.h"

namespace witc::bindgen {

/// A function as C++ declares it.
struct CppFunction {
  const wit::Function* wit = nullptr;
  std::string name;                  // `increment`; of a constructor that can fail, `create`
  std::vector<std::string> params;   // names; of a method without `self`
  std::vector<wit::Type> types;      // of those
  bool fallible_constructor = false; // result<own<r>, e>

  [[nodiscard]] bool is(wit::FunctionKind kind) const { return wit->kind == kind; }
};

/// The functions of one resource, or (no resource) the freestanding ones of a unit.
std::vector<CppFunction> functions_of(const World& world, const Unit& unit, std::optional<wit::TypeId> resource);

/// What of a unit is no method: the freestanding functions, then constructors and static functions of its
/// resources, those under names like `counter_create`. For the classes that stand for a whole interface.
std::vector<CppFunction> host_functions(const World& world, const Unit& unit);

/// `std::string_view text, std::uint32_t count`, each type spelled by `spell`.
std::string parameter_list(const CppFunction& function, const Spelling& spelling,
                           std::string (Spelling::*spell)(const wit::Type&) const);

/// `text, count`.
std::string argument_list(const CppFunction& function);

}  // namespace witc::bindgen
