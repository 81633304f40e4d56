// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What component types mean: the validator's product, and the type language of every later stage (plan,
// adapters, interpreter, host API, WIT decoding). Value and function types are structural and interned:
// equal types have equal ids within one Types. Resources are nominal: a fresh ResourceId each time one is
// defined, imported or exported as abstract (Explainer.md, "Type Checking").
//
// The plan (linker/plan.h) has a Types of its own whose ResourceIds are the resources of the running
// composition; instantiation substitutes as Binary.md asks.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/ordered_map.h"
#include "wasm/component/ast.h"
#include "wasm/core/type_store.h"
#include "wasm/core/types.h"

namespace witc::component {

struct ValueTypeTag {};
struct FuncTypeTag {};
struct InstanceTypeTag {};
struct ComponentTypeTag {};
struct ModuleTypeTag {};
struct ResourceTag {};
using ValueTypeId = Id<ValueTypeTag>;
using FuncTypeId = Id<FuncTypeTag>;
using InstanceTypeId = Id<InstanceTypeTag>;
using ComponentTypeId = Id<ComponentTypeTag>;
using ModuleTypeId = Id<ModuleTypeTag>;
using ResourceId = Id<ResourceTag>;

using ValType = std::variant<PrimValType, ValueTypeId>;

struct FieldType {
  std::string name;
  ValType type;
  friend bool operator==(const FieldType&, const FieldType&) = default;
};
struct CaseType {
  std::string name;
  std::optional<ValType> type;
  friend bool operator==(const CaseType&, const CaseType&) = default;
};
struct RecordType { std::vector<FieldType> fields; friend bool operator==(const RecordType&, const RecordType&) = default; };
struct VariantType { std::vector<CaseType> cases; friend bool operator==(const VariantType&, const VariantType&) = default; };
struct ListType {
  ValType element;
  std::optional<std::uint32_t> length;
  friend bool operator==(const ListType&, const ListType&) = default;
};
struct TupleType { std::vector<ValType> types; friend bool operator==(const TupleType&, const TupleType&) = default; };
struct FlagsType { std::vector<std::string> labels; friend bool operator==(const FlagsType&, const FlagsType&) = default; };
struct EnumType { std::vector<std::string> labels; friend bool operator==(const EnumType&, const EnumType&) = default; };
struct OptionType { ValType type; friend bool operator==(const OptionType&, const OptionType&) = default; };
struct ResultValType {
  std::optional<ValType> ok, error;
  friend bool operator==(const ResultValType&, const ResultValType&) = default;
};
struct OwnType { ResourceId resource; friend bool operator==(const OwnType&, const OwnType&) = default; };
struct BorrowType { ResourceId resource; friend bool operator==(const BorrowType&, const BorrowType&) = default; };
struct StreamType { std::optional<ValType> type; friend bool operator==(const StreamType&, const StreamType&) = default; };
struct FutureType { std::optional<ValType> type; friend bool operator==(const FutureType&, const FutureType&) = default; };
struct MapType { ValType key, value; friend bool operator==(const MapType&, const MapType&) = default; };

using ValueType = std::variant<PrimValType, RecordType, VariantType, ListType, TupleType, FlagsType, EnumType, OptionType,
                               ResultValType, OwnType, BorrowType, StreamType, FutureType, MapType>;

struct FuncType {
  bool is_async = false;
  std::vector<FieldType> params;
  std::optional<ValType> result;
  friend bool operator==(const FuncType&, const FuncType&) = default;
};

/// A core module's type: what it imports and exports, by name. References to defined types are by canonical id.
struct CoreEntity {
  wasm::ExternKind kind = wasm::ExternKind::kFunc;
  wasm::FuncType func;          // kFunc, kTag
  wasm::CanonTypeId func_type;  // what `func` was defined as: its recursion group, supertypes and finality
  wasm::TableType table;
  wasm::MemoryType memory;
  wasm::GlobalType global;
};
struct ModuleType {
  struct Import { std::string module, name; CoreEntity type; };
  std::vector<Import> imports;
  OrderedMap<std::string, CoreEntity> exports;
};

/// What a name in an instance or component type stands for.
struct TypeEntity {  // a type: a resource or a value, function, instance or component type
  std::variant<ResourceId, ValType, FuncTypeId, InstanceTypeId, ComponentTypeId> type;
};
using EntityType = std::variant<ModuleTypeId, FuncTypeId, ValType, TypeEntity, InstanceTypeId, ComponentTypeId>;

struct Extern {
  ast::NameAttributes attributes;
  EntityType type;
};
struct InstanceType {
  OrderedMap<std::string, Extern> exports;
  /// Resources this type brings into being: each instantiation gets fresh ones for them.
  std::vector<ResourceId> defined_resources;
};
struct ComponentType {
  OrderedMap<std::string, Extern> imports;
  OrderedMap<std::string, Extern> exports;
  std::vector<ResourceId> imported_resources;
  std::vector<ResourceId> defined_resources;  // fresh at each instantiation
};

/// How people know a resource: its WIT path (`wasi:io/streams@0.2.0#input-stream`) or the nearest there is.
struct ResourceInfo {
  std::string path;
};

/// The arena. Interning makes value and function types comparable by id.
class Types {
 public:
  ValueTypeId intern(ValueType type);
  FuncTypeId intern(FuncType type);
  ModuleTypeId add(ModuleType type);
  InstanceTypeId add(InstanceType type);
  ComponentTypeId add(ComponentType type);
  ResourceId add_resource(ResourceInfo info);

  [[nodiscard]] const ValueType& operator[](ValueTypeId id) const { return values_[id]; }
  [[nodiscard]] const FuncType& operator[](FuncTypeId id) const { return funcs_[id]; }
  [[nodiscard]] const ModuleType& operator[](ModuleTypeId id) const { return modules_[id]; }
  [[nodiscard]] const InstanceType& operator[](InstanceTypeId id) const { return instances_[id]; }
  [[nodiscard]] const ComponentType& operator[](ComponentTypeId id) const { return components_[id]; }
  [[nodiscard]] const ResourceInfo& operator[](ResourceId id) const { return resources_[id]; }
  [[nodiscard]] std::size_t resource_count() const { return resources_.size(); }
  void set_path(ResourceId id, std::string path) { resources_[id].path = std::move(path); }

  /// The core types of all modules and components there are, and what each is (references by canonical id).
  [[nodiscard]] wasm::TypeStore& core_store() { return core_store_; }
  [[nodiscard]] const wasm::TypeStore& core_store() const { return core_store_; }
  [[nodiscard]] const wasm::SubType& operator[](wasm::CanonTypeId id) const { return core_types_[id]; }
  void define_core(wasm::CanonTypeId id, wasm::SubType type);

  /// A ValType seen through: a primitive is itself.
  [[nodiscard]] ValueType get(const ValType& type) const;

  /// As WIT would write it: `list<tuple<u8, string>>`, records and the like as `record { a: u8 }`.
  [[nodiscard]] std::string to_string(const ValType& type) const;
  [[nodiscard]] std::string to_string(FuncTypeId type) const;

 private:
  IdVector<ValueTypeId, ValueType> values_;
  IdVector<FuncTypeId, FuncType> funcs_;
  IdVector<ModuleTypeId, ModuleType> modules_;
  IdVector<InstanceTypeId, InstanceType> instances_;
  IdVector<ComponentTypeId, ComponentType> components_;
  IdVector<ResourceId, ResourceInfo> resources_;
  wasm::TypeStore core_store_;
  IdVector<wasm::CanonTypeId, wasm::SubType> core_types_;
  std::unordered_multimap<std::size_t, ValueTypeId> value_index_;  // by hash
  std::unordered_multimap<std::size_t, FuncTypeId> func_index_;
};

}  // namespace witc::component
