// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Components, definition by definition, and their index spaces (wasm/component/validator.h).
#include "wasm/component/validate.h"

#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/component/limits.h"
#include "wasm/component/validator.h"
#include "wasm/core/validate.h"

namespace witc::component {

Result<ValidatedComponent> validate_component(const SourceMap& sources, const ast::Component& component, Types& types,
                                              const Features& features, wasm::KnownModules* known) {
  return Validator(sources, types, features, known).component(component);
}

std::expected<void, std::string> match_module(const SourceMap& sources, const wasm::Module& module,
                                              ModuleTypeId expected, Types& types) {
  return Validator(sources, types, Features::all(), nullptr).match_module(module, expected);
}

std::expected<void, std::string> Validator::match_module(const wasm::Module& module, ModuleTypeId expected) {
  Result<ModuleType> actual = module_type(module);
  if (!actual) return std::unexpected(actual.error()->message);
  return Matcher(context_).entity(types().add(*std::move(actual)), expected);
}

Diagnostic Validator::invalid(std::string message) const {
  // Walks over types stop short once the budget is used up, so what they found then says nothing.
  if (budget_.left == 0) return too_large("the component's types unfold to more than can be checked");
  return error(DiagCode::kComponentInvalid, {source_, offset_, offset_ + 1}, std::move(message));
}

Diagnostic Validator::too_large(std::string message) const {
  return error(DiagCode::kComponentLimit, {source_, offset_, offset_ + 1}, std::move(message));
}

Result<void> Validator::check_budget() const {
  if (budget_.left == 0) return too_large("the component's types unfold to more than can be checked");
  return {};
}

Result<void> Validator::check_size(const TypeInfo& info) const {
  if (info.size > kMaxTypeSize)
    return too_large(fmt::format("effective type size exceeds the limit of {}", kMaxTypeSize));
  if (info.depth > kMaxTypeDepth) return too_large("type nesting is too deep");
  return {};
}

Result<void> Validator::need(bool feature, std::string_view what, std::string_view name) const {
  if (feature) return {};
  return invalid(fmt::format("{} requires the component model {} feature", what, name));
}

Result<ValidatedComponent> Validator::component(const ast::Component& component) {
  if (scopes_.size() >= kMaxNesting) return too_large("components are nested too deeply");
  SourceId outer_source = source_;
  source_ = component.source;
  const ast::Component* outer = std::exchange(component_, &component);
  scopes_.push_back(std::make_unique<Scope>());
  for (const ast::Definition& item : component.definitions) TRY(definition(item));
  offset_ = component.offset;
  scope().spaces.type = TRY(finish_component());
  ValidatedComponent result = std::move(scope().spaces);
  scopes_.pop_back();
  source_ = outer_source;
  component_ = outer;
  return result;
}

Result<void> Validator::definition(const ast::Definition& definition) {
  offset_ = definition.offset;
  TRY(std::visit([&](const auto& item) { return define(item); }, definition.item));
  return check_budget();
}

Result<void> Validator::define(const ast::CoreModule& module) {
  if (scope().spaces.core_modules.size() >= kMaxModules) return too_large("too many core modules");
  TRY(wasm::validate_module(sources_, *module.module, features_.core, known_));
  scope().spaces.core_modules.push_back(types().add(TRY(module_type(*module.module))));
  return {};
}

Result<void> Validator::define(const std::unique_ptr<ast::Component>& nested) {
  std::uint32_t offset = offset_;
  ValidatedComponent child = TRY(component(*nested));
  offset_ = offset;
  if (scope().spaces.components.size() >= kMaxComponents) return too_large("too many components");
  scope().spaces.components.push_back(child.type);
  scope().spaces.children.push_back(std::move(child));
  return {};
}

Result<void> Validator::define(const ast::Type& type) {
  TypeItem item = TRY(define_type(type));
  return push_type(item);
}

Result<void> Validator::define(const ast::Start& start) {
  TRY(need(features_.values, "a start definition", "values"));
  if (scope().has_start) return invalid("component cannot have more than one start function");
  scope().has_start = true;
  Item func = TRY(func_at(start.func));
  FuncType type = types()[std::get<FuncTypeId>(func.type)];
  if (type.params.size() != start.args.size()) {
    return invalid(fmt::format("component start function requires {} arguments but was given {}", type.params.size(),
                               start.args.size()));
  }
  if (start.results != (type.result ? 1U : 0U)) {
    return invalid(
        fmt::format("component start function has a result count of {} but the function type has a result "
                    "count of {}",
                    start.results, type.result ? 1 : 0));
  }
  for (std::size_t i = 0; i < start.args.size(); ++i) {
    Item value = TRY(value_at(start.args[i]));
    Matched matched = Matcher(context_).value(std::get<ValType>(value.type), type.params[i].type);
    if (!matched) {
      return invalid(
          fmt::format("value type mismatch for component start function argument {}: {}", i, matched.error()));
    }
  }
  if (type.result) return push({*type.result, Nominals::none()});
  return {};
}

/// The component's type, and what can only be checked at its end.
Result<ComponentTypeId> Validator::finish_component() {
  Scope& s = scope();
  TRY(check_core_types(s.core_types));
  for (std::size_t i = 0; i < s.value_used.size(); ++i) {
    if (s.kind == Scope::kComponent && !s.value_used[i]) {
      return invalid(
          fmt::format("value index {} was not used as part of an instantiation, start function, or export", i));
    }
  }
  TRY(check_free_resources());
  ComponentType type{s.imports, s.exports, s.imported_resources, s.defined_resources};
  ComponentTypeId id = context_.add_component(std::move(type), s.import_nominals, s.export_nominals);
  TRY(check_size(infos_.of(id)));
  return id;
}

namespace {

/// The resources that an extern exports as types, at any depth of instances.
void explicit_resources(TypeContext& context, const EntityType& type, std::unordered_set<ResourceId>& out) {
  if (!context.budget.spend()) return;
  if (const auto* entity = std::get_if<TypeEntity>(&type)) {
    if (const auto* resource = std::get_if<ResourceId>(&entity->type)) out.insert(*resource);
  } else if (const auto* instance = std::get_if<InstanceTypeId>(&type)) {
    for (const auto& [name, item] : context.types[*instance].exports) explicit_resources(context, item.type, out);
  }
}

}  // namespace

/// Imports may not mention resources defined here; exports only those they export. Leaves in
/// `defined_resources` those the exports mention.
Result<void> Validator::check_free_resources() {
  Scope& s = scope();
  FreeResources imported(context_);
  for (const auto& [name, item] : s.imports) imported.add(item.type);
  FreeResources exported(context_);
  std::unordered_set<ResourceId> explicitly;
  for (const auto& [name, item] : s.exports) {
    exported.add(item.type);
    explicit_resources(context_, item.type, explicitly);
  }
  std::vector<ResourceId> used;
  for (ResourceId id : s.defined_resources) {
    if (imported.contains(id)) return invalid("local resource type found in imports");
    if (!exported.contains(id)) continue;
    if (!explicitly.contains(id)) return invalid("local resource type found in export but not exported itself");
    used.push_back(id);
  }
  s.defined_resources = std::move(used);
  return {};
}

// -- index spaces ------------------------------------------------------------------------------------

Result<void> Validator::push_type(TypeItem item) {
  Scope& s = scope();
  if (s.spaces.types.size() + s.spaces.core_types.size() >= kMaxDefinitions) return too_large("too many types");
  s.spaces.types.push_back(std::move(item.type));
  s.type_nominals.push_back(item.nominal);
  return {};
}

/// A core function that a canonical definition makes: its type is final and in a recursion group by itself.
Result<void> Validator::push_core_func(const wasm::FuncType& type) {
  CoreTypes core;
  core.raw.push({true, {}, type});
  intern(core, 0, 1);
  return push_core_func(core.canon[0]);
}

Result<void> Validator::push_core_func(wasm::CanonTypeId type) {
  if (scope().spaces.core_funcs.size() >= kMaxDefinitions) return too_large("too many core functions");
  scope().spaces.core_funcs.push_back(std::get<wasm::FuncType>(types()[type].type));
  scope().core_func_types.push_back(type);
  return {};
}

Result<void> Validator::push(const Item& item) {
  ValidatedComponent& spaces = scope().spaces;
  return match(
      item.type,
      [&](ModuleTypeId id) -> Result<void> {
        if (spaces.core_modules.size() >= kMaxModules) return too_large("too many core modules");
        spaces.core_modules.push_back(id);
        return {};
      },
      [&](FuncTypeId id) -> Result<void> {
        if (spaces.funcs.size() >= kMaxDefinitions) return too_large("too many functions");
        spaces.funcs.push_back(id);
        scope().func_nominals.push_back(item.nominal);
        return {};
      },
      [&](const ValType& type) -> Result<void> {
        if (spaces.values.size() >= kMaxValues) return too_large("too many values");
        spaces.values.push_back(type);
        scope().value_nominals.push_back(item.nominal);
        scope().value_used.push_back(false);
        return {};
      },
      [&](const TypeEntity& type) -> Result<void> { return push_type({type, item.nominal}); },
      [&](InstanceTypeId id) -> Result<void> {
        if (spaces.instances.size() >= kMaxInstances) return too_large("too many instances");
        spaces.instances.push_back(id);
        return {};
      },
      [&](ComponentTypeId id) -> Result<void> {
        if (spaces.components.size() >= kMaxComponents) return too_large("too many components");
        spaces.components.push_back(id);
        return {};
      });
}

Result<TypeItem> Validator::type_at(std::uint32_t index) {
  if (index >= scope().spaces.types.size()) {
    return invalid(fmt::format("unknown type {}: type index out of bounds", index));
  }
  return TypeItem{scope().spaces.types[index], scope().type_nominals[index]};
}

Result<ResourceId> Validator::resource_at(std::uint32_t index) {
  TypeItem item = TRY(type_at(index));
  if (const auto* id = std::get_if<ResourceId>(&item.type.type)) return *id;
  return invalid(fmt::format("type index {} is not a resource type", index));
}

Result<Item> Validator::func_at(std::uint32_t index) {
  FuncTypeId id = *TRY(at(scope().spaces.funcs, index, "function"));
  return Item{id, scope().func_nominals[index]};
}

/// Takes the value: each must be used exactly once.
Result<Item> Validator::value_at(std::uint32_t index) {
  TRY(need(features_.values, "a value", "values"));
  ValType type = *TRY(at(scope().spaces.values, index, "value"));
  if (scope().value_used[index]) return invalid(fmt::format("value {} cannot be used more than once", index));
  scope().value_used[index] = true;
  return Item{type, scope().value_nominals[index]};
}

Result<const wasm::FuncType*> Validator::core_func_at(std::uint32_t index) {
  return at(scope().spaces.core_funcs, index, "core function");
}

Result<const wasm::FuncType*> Validator::core_func_type_at(std::uint32_t index) {
  const CoreTypeEntity* type = TRY(at(scope().spaces.core_types, index, "core type"));
  const auto* id = std::get_if<wasm::CanonTypeId>(type);
  const auto* func = id == nullptr ? nullptr : std::get_if<wasm::FuncType>(&types()[*id].type);
  if (func == nullptr) return invalid("expected a core function type");
  return func;
}

Result<Item> Validator::item_at(const ast::SortIndex& item) {
  ValidatedComponent& spaces = scope().spaces;
  switch (item.sort) {
    case Sort::kCore:
      if (item.core != CoreSort::kModule) return invalid("only core modules can be used here, not other core items");
      return Item{*TRY(at(spaces.core_modules, item.index, "module")), Nominals::none()};
    case Sort::kFunc:
      return func_at(item.index);
    case Sort::kValue:
      return value_at(item.index);
    case Sort::kType: {
      TypeItem type = TRY(type_at(item.index));
      return Item{type.type, type.nominal};
    }
    case Sort::kComponent:
      return Item{*TRY(at(spaces.components, item.index, "component")), Nominals::none()};
    case Sort::kInstance:
      return Item{*TRY(at(spaces.instances, item.index, "instance")), Nominals::none()};
  }
  return invalid("unknown sort");
}

}  // namespace witc::component
