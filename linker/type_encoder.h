// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Types written back as definitions: the inverse of validation, for the imports of a composition. Works on
// one component being built and keeps its type index space.
//
// An import of an instance is written as an instance type whose exports keep their order and names; a type
// is defined where it is first needed and known by its exported name from then on, because a record or a
// resource in an import must have a name (Explainer.md, "Import and Export Definitions"). A resource, or a
// named type, that an earlier import exports is not defined again: it is an alias of that export, brought
// into the instance type by an outer alias. So what interfaces `use` of one another stays one thing, and
// the WIT of the composition says `use` again.

#include <unordered_map>

#include "base/result.h"
#include "wasm/component/ast.h"
#include "wasm/component/types.h"

namespace witc::linker {

class TypeEncoder {
 public:
  TypeEncoder(const component::Types& types, component::ast::Component& out) : types_(types), out_(out) {}

  /// Writes the import with the definitions it needs; returns its index in its sort's index space.
  Result<component::ast::SortIndex> import(const component::ast::NameAttributes& name,
                                           const component::EntityType& type);

  // Indices of what others add to the component.
  std::uint32_t add_instance() { return instance_count_++; }
  std::uint32_t add_func() { return func_count_++; }
  std::uint32_t add_component() { return component_count_++; }
  std::uint32_t add_module() { return module_count_++; }
  std::uint32_t add_type() { return root_.type_count++; }
  /// The next index of a sort, for an alias or an export of that sort.
  std::uint32_t add(const component::EntityType& type);
  static component::Sort sort_of(const component::EntityType& type);

 private:
  /// A type index space being filled: the component's own, or that of an instance or component type.
  struct Scope {
    Scope* parent = nullptr;
    std::vector<component::ast::Decl>* decls = nullptr;  // null: the component itself
    std::uint32_t type_count = 0, core_type_count = 0;
    std::unordered_map<component::ResourceId, std::uint32_t> resources;
    std::unordered_map<component::ValueTypeId, std::uint32_t> values;
    std::unordered_map<component::FuncTypeId, std::uint32_t> funcs;
  };
  struct Place {  // an export of an imported instance
    std::uint32_t instance = 0;
    std::string name;
  };
  enum class Direction { kImport, kExport };

  Result<component::ast::ExternType> extern_type(Scope& scope, const component::EntityType& type,
                                                 const std::string& name, int depth);
  Result<component::ast::ExternType> type_bound(Scope& scope, const component::TypeEntity& type,
                                                const std::string& name, int depth);
  Result<void> declare(Scope& scope, Direction direction, const std::string& name, const component::Extern& item,
                       int depth);
  /// After an item was imported or exported as a type: its name stands for it from now on.
  void name_type(Scope& scope, const component::EntityType& type);
  Result<std::uint32_t> instance_type(Scope& scope, component::InstanceTypeId id, int depth);
  Result<std::uint32_t> component_type(Scope& scope, component::ComponentTypeId id, int depth);
  std::uint32_t module_type(Scope& scope, component::ModuleTypeId id);
  Result<std::uint32_t> func_type(Scope& scope, component::FuncTypeId id);
  Result<component::ast::ValType> val_type(Scope& scope, const component::ValType& type, int depth);
  Result<std::optional<component::ast::ValType>> val_type(Scope& scope, const std::optional<component::ValType>& type,
                                                          int depth);
  Result<std::uint32_t> value_type(Scope& scope, component::ValueTypeId id, int depth);
  Result<component::ast::Type> definition(Scope& scope, const component::ValueType& type, int depth);
  std::optional<std::uint32_t> resource(Scope& scope, component::ResourceId id);
  Result<std::uint32_t> known_resource(Scope& scope, component::ResourceId id);
  /// The index in `scope` of a value type that an import of the component exports by name.
  std::optional<std::uint32_t> imported_value(Scope& scope, component::ValueTypeId id, const std::string* name);

  std::uint32_t define(Scope& scope, component::ast::Type type);
  std::uint32_t alias_outer(Scope& scope, std::uint32_t index);
  std::uint32_t alias_export(const Place& place);

  const component::Types& types_;
  component::ast::Component& out_;
  Scope root_;
  std::unordered_map<component::ResourceId, Place> resource_places_;
  std::unordered_map<component::ValueTypeId, Place> value_places_;
  std::uint32_t instance_count_ = 0, func_count_ = 0, component_count_ = 0, module_count_ = 0;
};

}  // namespace witc::linker
