// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Types as C++ spells them, seen from inside one unit: as values, as parameters, as results. The rules
// are the table at the head of runtime/wit.h. A parameter is lent where that saves a copy (a
// string_view, a span, a const reference) and taken by value where it carries an owned handle,
// because passing that gives it away.

#include <string>
#include <unordered_set>

#include "adapter-gen/bindgen/units.h"

namespace witc::bindgen {

// -- questions about types -----------------------------------------------------------------------------

/// Does it carry an owned handle (own), any handle, a string or a list?
bool contains_own(const wit::Resolve& resolve, const wit::Type& type);
bool contains_handle(const wit::Resolve& resolve, const wit::Type& type);
bool contains_memory(const wit::Resolve& resolve, const wit::Type& type);
/// The definition behind a type's aliases; null for primitives.
const wit::TypeDefKind* definition(const wit::Resolve& resolve, const wit::Type& type);

// -- spelling --------------------------------------------------------------------------------------------

class Spelling {
 public:
  Spelling(const World& world, const Unit& from) : world_(&world), from_(&from) {}

  /// As a value: `std::vector<Point>`.
  [[nodiscard]] std::string value(const wit::Type& type) const;
  /// As a result; `void` for none.
  [[nodiscard]] std::string result(const std::optional<wit::Type>& type) const;
  /// As a parameter of a function others implement: `std::span<const Point>`, `const Point&`.
  [[nodiscard]] std::string lent_param(const wit::Type& type) const;
  /// As a parameter of a function implemented here; what is made for the call comes by value.
  [[nodiscard]] std::string received_param(const wit::Type& type) const;
  /// What is made for the call and converts to `received_param`.
  [[nodiscard]] std::string received_value(const wit::Type& type) const;
  /// A named type: short in its own namespace, `::a::b::T` elsewhere.
  [[nodiscard]] std::string name(wit::TypeId type) const;

  /// Names that mean something else where this is used, and so must be written in full.
  void shadow(std::string name) { shadowed_.insert(std::move(name)); }

 private:
  [[nodiscard]] std::string view(const wit::Type& type) const;
  [[nodiscard]] std::string definition_text(const wit::TypeDefKind& kind) const;

  const World* world_;
  const Unit* from_;
  std::unordered_set<std::string> shadowed_;

  friend std::string alias_target(const Spelling& spelling, const wit::TypeDef& def);
};

/// What stands behind `using T =` for a type definition that is just another name.
std::string alias_target(const Spelling& spelling, const wit::TypeDef& def);

}  // namespace witc::bindgen
