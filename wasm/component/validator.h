// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The validator's state and its steps (wasm/component/validate.h is the front door). A component is checked
// definition by definition; each adds to the index spaces of the innermost Scope. Scopes nest as components,
// component types and instance types do; the stack of them is what outer aliases count through.
//
// Files by construct: validate.cpp (components and index spaces), validate_types.cpp (value and function
// types), validate_type_decls.cpp (component and instance types), validate_externs.cpp (imports, exports,
// names), validate_aliases.cpp, validate_instances.cpp, validate_canon.cpp, validate_gc.cpp, validate_builtins.cpp,
// validate_core.cpp (core modules, instances and types).

#include <memory>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "wasm/component/canon.h"
#include "wasm/component/flatten.h"
#include "wasm/component/match.h"
#include "wasm/component/names.h"
#include "wasm/component/nominal.h"
#include "wasm/component/substitute.h"
#include "wasm/component/type_info.h"
#include "wasm/component/validate.h"
#include "wasm/core/type_store.h"

namespace witc::component {

/// A value type with the definition it came from.
struct NamedValType {
  ValType type;
  NominalId nominal;
};
/// An item of the type index space.
struct TypeItem {
  TypeEntity type;
  NominalId nominal;
};

/// Names of one kind (imports or exports) in one scope.
struct NameScope {
  std::unordered_map<std::string, std::string> taken;     // by uniqueness_key: the name as written
  std::unordered_map<NominalId, std::string> resources;   // resource types by the definition that named them
  std::unordered_set<std::string> resource_names;
  NominalSet named;                                       // types that have a name to the outside
};

/// The core types of a scope or module type, as they are written and as they are known across modules.
struct CoreTypes {
  IdVector<wasm::TypeIndex, wasm::SubType> raw;  // a filler where the type comes from elsewhere
  std::vector<std::uint32_t> rec_groups;
  std::vector<wasm::CanonTypeId> canon;
  std::vector<bool> is_module;
};

struct Scope {
  enum Kind : std::uint8_t { kComponent, kComponentType, kInstanceType } kind = kComponent;
  ValidatedComponent spaces;
  CoreTypes core_types;
  std::vector<wasm::CanonTypeId> core_func_types, core_tag_types;  // of the core functions and tags in `spaces`
  std::vector<NominalId> type_nominals, func_nominals, value_nominals;
  std::vector<bool> value_used;
  OrderedMap<std::string, Extern> imports, exports;
  std::vector<NominalId> import_nominals, export_nominals;
  NameScope import_names, export_names;
  std::vector<ResourceId> imported_resources, defined_resources;
  std::uint64_t size = 1;  // of imports and exports
  std::unordered_map<ResourceId, wasm::ValType> resource_reps;  // of those defined here
  std::optional<wasm::ValType> context_type;
  bool has_start = false;
};

enum class Direction : std::uint8_t { kImport, kExport };

class Validator {
 public:
  Validator(const SourceMap& sources, Types& types, const Features& features, wasm::KnownModules* known)
      : sources_(sources), features_(features), known_(known), infos_(types), context_{types, infos_, nominals_, budget_} {}

  Result<ValidatedComponent> component(const ast::Component& component);
  std::expected<void, std::string> match_module(const wasm::Module& module, ModuleTypeId expected);

 private:
  // -- validate.cpp: definitions, index spaces
  Result<void> definition(const ast::Definition& definition);
  Result<void> define(const ast::CustomSection&) { return {}; }
  Result<void> define(const ast::CoreModule& module);
  Result<void> define(const ast::CoreInstance& instance);
  Result<void> define(const ast::CoreType& type);
  Result<void> define(const std::unique_ptr<ast::Component>& nested);
  Result<void> define(const ast::Instance& instance);
  Result<void> define(const ast::Alias& alias);
  Result<void> define(const ast::Type& type);
  Result<void> define(const ast::Canon& canon);
  Result<void> define(const ast::Start& start);
  Result<void> define(const ast::Import& import);
  Result<void> define(const ast::Export& item);
  Result<ComponentTypeId> finish_component();
  Result<void> check_free_resources();

  Scope& scope() { return *scopes_.back(); }
  Types& types() { return context_.types; }
  [[nodiscard]] Diagnostic invalid(std::string message) const;
  [[nodiscard]] Diagnostic too_large(std::string message) const;
  Result<void> check_budget() const;
  Result<void> check_size(const TypeInfo& info) const;
  Result<void> need(bool feature, std::string_view what, std::string_view name) const;
  Result<void> push(const Item& item);
  Result<void> push_type(TypeItem item);
  Result<void> push_core_func(const wasm::FuncType& type);
  Result<void> push_core_func(wasm::CanonTypeId type);

  Result<TypeItem> type_at(std::uint32_t index);
  Result<ResourceId> resource_at(std::uint32_t index);
  Result<Item> func_at(std::uint32_t index);
  Result<Item> item_at(const ast::SortIndex& item);
  Result<Item> value_at(std::uint32_t index);
  Result<const wasm::FuncType*> core_func_at(std::uint32_t index);
  Result<const wasm::FuncType*> core_func_type_at(std::uint32_t index);
  template <class T>
  Result<const T*> at(const std::vector<T>& space, std::uint32_t index, std::string_view what) const;

  // -- validate_types.cpp
  Result<NamedValType> val_type(const ast::ValType& type);
  Result<TypeItem> define_type(const ast::Type& type);
  Result<TypeItem> value_type(ValueType type, Nominal node);
  Result<TypeItem> define_one(PrimValType prim);
  Result<TypeItem> define_one(const ast::Record& record);
  Result<TypeItem> define_one(const ast::Variant& variant);
  Result<TypeItem> define_one(const ast::List& list);
  Result<TypeItem> define_one(const ast::Tuple& tuple);
  Result<TypeItem> define_one(const ast::Flags& flags);
  Result<TypeItem> define_one(const ast::Enum& cases);
  Result<TypeItem> define_one(const ast::Option& option);
  Result<TypeItem> define_one(const ast::ResultType& result);
  Result<TypeItem> define_one(const ast::Own& own);
  Result<TypeItem> define_one(const ast::Borrow& borrow);
  Result<TypeItem> define_one(const ast::Stream& stream);
  Result<TypeItem> define_one(const ast::Future& future);
  Result<TypeItem> define_one(const ast::Map& map);
  Result<TypeItem> define_one(const ast::FuncType& func);
  Result<TypeItem> define_one(const ast::ComponentType& component);
  Result<TypeItem> define_one(const ast::InstanceType& instance);
  Result<TypeItem> define_one(const ast::ResourceType& resource);
  Result<void> check_prim(PrimValType prim) const;
  Result<void> check_element(const NamedValType& element, std::string_view what);
  Result<void> check_labels(const std::vector<std::string_view>& labels, std::string_view what,
                            std::string_view previous) const;
  Result<std::optional<ValType>> optional_type(const std::optional<ast::ValType>& type, Nominal& node);

  // -- validate_type_decls.cpp
  Result<void> declare(const std::vector<ast::Decl>& decls);
  Result<void> declare(const ast::Alias& alias);

  // -- validate_externs.cpp
  Result<Item> extern_type(const ast::ExternType& type);
  Result<void> add_extern(Direction direction, const ast::NameAttributes& name, Item item, bool is_new_resource);
  Result<void> check_extern_name(Direction direction, const ast::NameAttributes& name, const Item& item,
                                 const NameScope& names);
  Result<void> check_attributes(const ExternName& parsed, const ast::NameAttributes& name, const Item& item);
  Result<void> check_member_name(const ExternName& parsed, const Item& item, const NameScope& names);
  Result<void> check_resource_name(NominalId resource, std::string_view expected, const NameScope& names);
  Result<void> take_name(Direction direction, const std::string& name, NameScope& names) const;
  InstanceTypeId freshen(Direction direction, const std::string& name, InstanceTypeId id);
  void name_resources(const std::string& interface, InstanceTypeId id);
  bool check_named(Direction direction, const Item& item);
  bool type_named(const TypeEntity& type, NominalId nominal, const NominalSet& names);
  bool instance_named(InstanceTypeId id, const NominalSet& names);

  // -- validate_aliases.cpp
  Result<void> alias_export(const ast::Alias& alias, const ast::AliasExport& target);
  Result<void> alias_core_export(const ast::Alias& alias, const ast::AliasCoreExport& target);
  Result<void> alias_outer(const ast::Alias& alias, const ast::AliasOuter& target);
  Result<Scope*> outer_scope(std::uint32_t count);

  // -- validate_instances.cpp
  Result<InstanceTypeId> instantiate(const ast::Instantiate& expr);
  Result<InstanceTypeId> inline_exports(const ast::InlineExports& expr);

  // -- validate_canon.cpp, validate_builtins.cpp
  struct Options {
    ast::CanonOpts raw;
    bool is_64 = false;
  };
  Result<Options> check_options(const ast::CanonOpts& opts);
  Result<void> check_flat(const FlatFunc& flat, const ast::CanonOpts& opts) const;
  Result<void> canon_lift(const ast::CanonLift& lift);
  Result<void> canon_lower(const ast::CanonLower& lower);
  Result<void> canon_builtin(const ast::CanonBuiltin& canon);
  Result<void> canon_resource(const ast::CanonBuiltin& canon, CanonOp op);
  Result<void> canon_task_return(const ast::CanonBuiltin& canon);
  Result<void> canon_context(const ast::CanonBuiltin& canon, const CanonInfo& info);
  Result<void> canon_channel(const ast::CanonBuiltin& canon, const CanonInfo& info);
  Result<void> canon_error_context(const ast::CanonBuiltin& canon, const CanonInfo& info);
  Result<void> canon_thread(const ast::CanonBuiltin& canon, const CanonInfo& info);
  Result<void> canon_shared_thread(const ast::CanonBuiltin& canon, const CanonInfo& info);
  Result<void> require_options(const ast::CanonOpts& opts, bool memory, bool realloc) const;

  // -- validate_gc.cpp
  Result<void> check_gc(const FuncType& func, const wasm::FuncType& core, const ast::CanonOpts& opts) const;

  // -- validate_core.cpp
  Result<ModuleType> module_type(const wasm::Module& module);
  Result<ModuleType> module_type(const ast::CoreModuleType& type);
  Result<void> check_module_type(const ast::CoreModuleType& type, const CoreTypes& core) const;
  Result<void> module_decl(const ast::CoreModuleDecl& decl, CoreTypes& core, ModuleType& out);
  Result<void> add_rec_group(const ast::CoreRecGroup& group, CoreTypes& core) const;
  Result<void> check_core_types(const CoreTypes& core) const;
  Result<CoreEntity> core_entity(const wasm::ExternType& type, const CoreTypes& core) const;
  void intern(CoreTypes& core, std::uint32_t first, std::uint32_t count);
  Result<CoreInstanceExports> core_instantiate(const ast::CoreInstantiate& expr);
  Result<CoreInstanceExports> core_inline_exports(const ast::CoreInlineExports& expr);
  Result<CoreEntity> core_item_at(const ast::CoreSortIndex& item);
  Result<void> push_core(const CoreEntity& entity);

  const SourceMap& sources_;
  Features features_;
  wasm::KnownModules* known_;  // may be null
  TypeInfos infos_;
  Nominals nominals_;
  Budget budget_;
  TypeContext context_;
  std::vector<std::unique_ptr<Scope>> scopes_;
  const ast::Component* component_ = nullptr;  // the one being validated
  SourceId source_;
  std::uint32_t offset_ = 0;  // of the definition in hand
};

template <class T>
Result<const T*> Validator::at(const std::vector<T>& space, std::uint32_t index, std::string_view what) const {
  if (index >= space.size()) {
    std::string message = "unknown ";
    message += what;
    message += ' ';
    message += std::to_string(index);
    message += ": ";
    message += what;
    message += " index out of bounds";
    return invalid(std::move(message));
  }
  return &space[index];
}

}  // namespace witc::component
