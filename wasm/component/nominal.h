// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Which definition a type came from, beside what it is. Value types are structural (Types interns them), but
// "External Visibility of Types" (Explainer.md) is about names: a record that a function uses must itself be
// imported or exported, and it is the type index the export introduced that counts, not an equal type. So the
// validator carries with each type a NominalId, a node that says which other definitions it was built from.
// Only the validator knows them; its product does not hold any.

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/id.h"
#include "wasm/component/types.h"

namespace witc::component {

struct NominalTag {};
using NominalId = Id<NominalTag>;

struct Nominal {
  enum Kind : std::uint8_t {
    kNone,       // a primitive, or something whose names are checked elsewhere
    kAnonymous,  // list, tuple, option, own, ..., and function types: needs no name, its parts may
    kNamed,      // record, variant, enum, flags
    kResource,
  };
  Kind kind = kNone;
  std::vector<NominalId> children;  // of functions: one for each parameter, kNone ones included
};

/// Something with a type, as index spaces and externs hold it.
struct Item {
  EntityType type;
  NominalId nominal;  // of types, functions and values; kNone for the rest
};

using NominalSet = std::unordered_set<NominalId>;

/// Where a resource came into a component, for messages; with its path.
struct ResourceOrigin {
  enum Kind : std::uint8_t { kImport, kDefinition, kInstance } kind = kImport;
  const ast::Component* component = nullptr;  // whose name section names it; null for imports
  std::uint32_t index = 0;                    // of the instance that made it, of the type that defines it
};

class Nominals {
 public:
  Nominals() { nodes_.push({}); }

  /// The node of everything that has none.
  static constexpr NominalId none() { return NominalId(0); }
  NominalId add(Nominal node) { return nodes_.push(std::move(node)); }
  /// A new node like another one: what an import or export of a type introduces.
  NominalId copy(NominalId id);
  [[nodiscard]] const Nominal& operator[](NominalId id) const { return nodes_[id]; }

  /// Whether all that `id` is built from has a name in `names` (and not `id` itself).
  [[nodiscard]] bool parts_named(NominalId id, const NominalSet& names) const;

  /// The nodes of an instance type's exports, and of a component type's imports and exports, in their order.
  std::unordered_map<InstanceTypeId, std::vector<NominalId>> instance_exports;
  std::unordered_map<ComponentTypeId, std::vector<NominalId>> component_imports, component_exports;
  std::unordered_map<ResourceId, ResourceOrigin> resource_origins;
 private:
  IdVector<NominalId, Nominal> nodes_;
};

}  // namespace witc::component
