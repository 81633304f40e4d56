// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Types with resources (and the definitions they came from) replaced by others: what instantiating a
// component, importing an instance and comparing component types are made of (Binary.md, "the actual type
// supplied is immediately substituted for all uses of the import").
//
// A type without anything to replace keeps its id, and each type is replaced once, so that the cost is that
// of the distinct types met. It is counted against a budget all the same: a few definitions can ask for a
// great many copies.

#include <unordered_map>
#include <unordered_set>

#include "wasm/component/nominal.h"
#include "wasm/component/type_info.h"
#include "wasm/component/types.h"

namespace witc::component {

/// How much copying and comparing of types one validation may do.
struct Budget {
  std::uint64_t left = 2'500'000;
  /// False once it is used up; the caller then stops with whatever it has, and the validator reports it.
  bool spend(std::uint64_t steps = 1) {
    if (left < steps) {
      left = 0;
      return false;
    }
    left -= steps;
    return true;
  }
};

/// What the passes over types share.
struct TypeContext {
  Types& types;
  TypeInfos& infos;
  Nominals& nominals;
  Budget& budget;

  InstanceTypeId add_instance(InstanceType type, std::vector<NominalId> exports);
  ComponentTypeId add_component(ComponentType type, std::vector<NominalId> imports, std::vector<NominalId> exports);
};

class Substitution {
 public:
  explicit Substitution(TypeContext& context) : context_(context) {}

  std::unordered_map<ResourceId, ResourceId> resources;
  /// Definitions to replace; a replaced resource without an entry gets a new one.
  std::unordered_map<NominalId, NominalId> nominals;

  Item apply(const Item& item);
  ValType apply(const ValType& type);
  FuncTypeId apply(FuncTypeId id);
  InstanceTypeId apply(InstanceTypeId id);
  ComponentTypeId apply(ComponentTypeId id);
  NominalId apply(NominalId id);
  /// Forgets what was replaced so far: needed after `nominals` was changed from outside.
  void forget();

 private:
  ResourceId apply(ResourceId id) const;
  ValueType replace(const ValueType& type);
  std::optional<ValType> apply(const std::optional<ValType>& type);
  TypeEntity apply(const TypeEntity& entity);
  bool apply(OrderedMap<std::string, Extern>& externs, std::vector<NominalId>& nodes);

  TypeContext& context_;
  std::unordered_map<ValueTypeId, ValType> values_;
  std::unordered_map<FuncTypeId, FuncTypeId> funcs_;
  std::unordered_map<InstanceTypeId, InstanceTypeId> instances_;
  std::unordered_map<ComponentTypeId, ComponentTypeId> components_;
  std::unordered_map<NominalId, NominalId> nodes_;
};

/// Whether two entities are the same by id.
bool same_entity(const EntityType& a, const EntityType& b);

/// The resources that occur in an item and are not bound inside it.
class FreeResources {
 public:
  explicit FreeResources(TypeContext& context) : context_(context) {}
  void add(const EntityType& type);
  [[nodiscard]] bool contains(ResourceId id) const { return found_.contains(id); }
  [[nodiscard]] bool empty() const { return found_.empty(); }

 private:
  void add(const ValType& type);
  void add(FuncTypeId id);
  void add(InstanceTypeId id);
  void add(ComponentTypeId id);

  TypeContext& context_;
  std::unordered_set<ResourceId> found_;
  std::unordered_set<ValueTypeId> values_;
  std::unordered_set<FuncTypeId> funcs_;
  std::unordered_set<InstanceTypeId> instances_;
  std::unordered_set<ComponentTypeId> components_;
};

}  // namespace witc::component
