// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The planner's own state, shared by its four files: plan_component.cpp (the loop and the component
// level definitions), plan_core.cpp (core instances, aliases of their exports, canonical definitions),
// plan_root.cpp (what the root imports and exports). Nobody else includes this.
//
// A Scope is the frame of one component being instantiated: its index spaces filled so far, holding
// values (what is really there) where the validator's side tables hold types. Scopes are kept to the end,
// because a component defined in one closes over it (outer aliases).

#include <deque>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "base/ordered_map.h"
#include "linker/plan_component.h"
#include "linker/substitution.h"

namespace witc::linker {

struct Scope;
struct InstanceValue;

struct FuncValue {
  FuncDef def;
  std::string name;  // `interface.function`, for the names of adapters
};
struct ModuleValue { ModuleId id; };
struct ComponentValue {
  const component::ast::Component* ast = nullptr;
  const component::ValidatedComponent* validated = nullptr;
  const Scope* definer = nullptr;
  std::string name;
};
/// Only resources have a value; of all other types the static type is all there is to know.
struct TypeValue { std::optional<component::ResourceId> resource; };
using Item = std::variant<FuncValue, ModuleValue, ComponentValue, TypeValue, const InstanceValue*>;
using Items = OrderedMap<std::string, Item>;
struct InstanceValue {
  Items exports;
  std::string name;
};

struct CoreExportValue {
  wasm::ExternKind kind = wasm::ExternKind::kFunc;
  CoreDef def;
};
using CoreInline = std::unordered_map<std::string, CoreExportValue>;
using CoreInstanceValue = std::variant<CoreInstanceId, const CoreInline*>;

struct Scope {
  Scope(const ComponentValue& value, const component::Types& from, component::Types& to)
      : component(value), substitution(from, to) {}

  ComponentValue component;
  ComponentInstanceId id;
  Items arguments;  // of a nested component; the root's imports are made up as they come
  bool is_root = false;
  std::size_t next = 0;        // definition to interpret next
  std::size_t next_child = 0;  // of ValidatedComponent::children
  Substitution substitution;

  std::vector<CoreDef> core_funcs;
  std::vector<CoreDef> core_tables, core_memories, core_globals, core_tags;
  std::vector<CoreInstanceValue> core_instances;
  std::vector<ModuleId> core_modules;
  std::vector<FuncValue> funcs;
  std::vector<ComponentValue> components;
  std::vector<const InstanceValue*> instances;
  std::size_t type_count = 0;

  Items exports;
  std::vector<component::EntityType> export_types;  // the root's, beside `exports`
};

class Planner {
 public:
  Planner(const SourceMap& sources, const component::Types& types, const PlanLimits& limits,
          const HostModules& modules)
      : sources_(sources), types_(types), limits_(limits), modules_(modules) {}

  Result<Plan> run(const component::ast::Component& root, const component::ValidatedComponent& validated);

 private:
  using Done = Result<void>;

  // plan_component.cpp
  Done push_scope(const ComponentValue& component, std::string name, std::optional<ComponentInstanceId> parent,
                  Items arguments);
  Done finish_scope();
  Done interpret(Scope& scope, const component::ast::Definition& definition);
  Done define_type(Scope& scope, const component::ast::Type& type);
  Done define_alias(Scope& scope, const component::ast::Alias& alias);
  Done define_outer_alias(Scope& scope, const component::ast::Alias& alias, const component::ast::AliasOuter& outer);
  Done define_instance(Scope& scope, const component::ast::Instance& instance);
  Done define_import(Scope& scope, const component::ast::Import& import);
  Done define_export(Scope& scope, const component::ast::Export& exported);
  /// Appends `item` to the index space it belongs to, and binds the resources of the static type that the
  /// validator gave the new index.
  Done append(Scope& scope, Item item);
  Done bind_resources(Scope& scope, component::EntityType type, const Item& item);
  /// A resource goes by the first interface that exports it: `wasi:io/streams@0.2.0#input-stream`.
  void name_resources(const std::string& exported, const Item& item);
  Result<Item> item_at(Scope& scope, const component::ast::SortIndex& index);

  // plan_core.cpp
  Done define_core_instance(Scope& scope, const component::ast::CoreInstance& instance);
  Done instantiate_module(Scope& scope, const component::ast::CoreInstantiate& instantiate);
  Done define_core_alias(Scope& scope, const component::ast::Alias& alias);
  Done append_core(Scope& scope, CoreExportValue value);
  Result<CoreExportValue> core_export(const CoreInstanceValue& instance, const std::string& name);
  Done define_lift(Scope& scope, const component::ast::CanonLift& lift);
  Done define_lower(Scope& scope, const component::ast::CanonLower& lower);
  Done define_builtin(Scope& scope, const component::ast::CanonBuiltin& builtin);
  Result<OptionsId> intern_options(Scope& scope, const component::ast::CanonOpts& opts);
  ModuleId module_id(Scope& scope, const wasm::Module& module);

  // plan_root.cpp
  Done define_root_import(Scope& scope, const component::ast::Import& import);
  Result<ModuleId> host_module(Scope& scope, const std::string& interface, const std::string& name,
                               component::ModuleTypeId type);
  Result<Item> host_instance(Scope& scope, const std::string& interface, component::InstanceTypeId type);
  ResourceId host_resource(Scope& scope, component::ResourceId type, const std::string& interface, std::string name);
  Result<std::vector<Export>> root_exports(Scope& root);
  Result<std::optional<Export>> root_export(Scope& root, const std::string& name, const component::EntityType& type,
                                            const Item& item, int depth);

  // small things
  Done charge(std::uint64_t work);
  [[nodiscard]] Diagnostic unsupported(const Scope& scope, std::string message) const;
  [[nodiscard]] Diagnostic limit(std::string message) const;
  /// The name that the `component-name` section gives, or an empty one.
  std::string_view name_of(const component::ast::Component& component, component::Sort sort,
                           component::CoreSort core, std::size_t index);

  const SourceMap& sources_;
  const component::Types& types_;
  const PlanLimits limits_;
  const HostModules& modules_;
  std::uint64_t work_ = 0;
  Plan plan_;

  std::deque<Scope> scopes_;
  std::vector<Scope*> stack_;
  std::deque<InstanceValue> instances_;
  std::deque<CoreInline> inlines_;
  std::unordered_map<const wasm::Module*, ModuleId> module_ids_;
  IdVector<ModuleId, std::unordered_map<std::string_view, const wasm::Export*>> module_exports_;
  std::unordered_map<std::size_t, std::vector<OptionsId>> options_index_;
  using NameKey = std::pair<int, std::size_t>;
  std::unordered_map<const component::ast::Component*, std::map<NameKey, std::string_view>> names_;
};

/// The sort of core item that an index space of the component level can hold.
wasm::ExternKind extern_kind(component::CoreSort sort);

}  // namespace witc::linker
