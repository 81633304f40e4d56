// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The planner's loop and the definitions of the component level; see linker/plan_component.h.
#include "linker/plan_component.h"

#include <fmt/format.h>

#include "base/overloaded.h"
#include "linker/planner.h"

namespace witc::linker {

using namespace component;

Result<Plan> plan_component(const SourceMap& sources, const ast::Component& component,
                            const ValidatedComponent& validated, const Types& types, const PlanLimits& limits,
                            const HostModules& modules) {
  return Planner(sources, types, limits, modules).run(component, validated);
}

Result<Plan> Planner::run(const ast::Component& root, const ValidatedComponent& validated) {
  TRY(push_scope({&root, &validated, nullptr, "root"}, "root", std::nullopt, {}));
  Scope& root_scope = *stack_.back();
  root_scope.is_root = true;
  while (!stack_.empty()) {
    Scope& scope = *stack_.back();
    const auto& definitions = scope.component.ast->definitions;
    if (scope.next == definitions.size()) {
      TRY(finish_scope());
    } else {
      TRY(charge(1));
      TRY(interpret(scope, definitions[scope.next++]));  // an instantiation pushes a scope
    }
  }
  plan_.exports = TRY(root_exports(root_scope));
  return std::move(plan_);
}

Result<void> Planner::push_scope(const ComponentValue& component, std::string name,
                                 std::optional<ComponentInstanceId> parent, Items arguments) {
  if (plan_.component_instances.size() >= limits_.component_instances) {
    return limit(fmt::format("more than {} component instances", limits_.component_instances));
  }
  Scope& scope = scopes_.emplace_back(component, types_, plan_.types);
  scope.id = plan_.component_instances.push({parent, std::move(name)});
  scope.arguments = std::move(arguments);
  stack_.push_back(&scope);
  return {};
}

Result<void> Planner::finish_scope() {
  Scope& done = *stack_.back();
  stack_.pop_back();
  if (stack_.empty()) return {};  // the root
  instances_.push_back({std::move(done.exports), ""});
  return append(*stack_.back(), Item(&instances_.back()));
}

Result<void> Planner::interpret(Scope& scope, const ast::Definition& definition) {
  return match(
      definition.item, [](const ast::CustomSection&) -> Done { return {}; },
      [&](const ast::CoreModule& module) -> Done {
        scope.core_modules.push_back(module_id(scope, *module.module));
        return {};
      },
      [&](const ast::CoreInstance& instance) { return define_core_instance(scope, instance); },
      [](const ast::CoreType&) -> Done { return {}; },
      [&](const std::unique_ptr<ast::Component>& child) -> Done {
        WITC_CHECK(scope.next_child < scope.component.validated->children.size());
        const ValidatedComponent& validated = scope.component.validated->children[scope.next_child++];
        std::string name(name_of(*scope.component.ast, Sort::kComponent, {}, scope.components.size()));
        if (name.empty() && child->names.component) name = *child->names.component;
        scope.components.push_back({child.get(), &validated, &scope, std::move(name)});
        return {};
      },
      [&](const ast::Instance& instance) { return define_instance(scope, instance); },
      [&](const ast::Alias& alias) { return define_alias(scope, alias); },
      [&](const ast::Type& type) { return define_type(scope, type); },
      [&](const ast::Canon& canon) {
        return match(
            canon, [&](const ast::CanonLift& lift) { return define_lift(scope, lift); },
            [&](const ast::CanonLower& lower) { return define_lower(scope, lower); },
            [&](const ast::CanonBuiltin& builtin) { return define_builtin(scope, builtin); });
      },
      [&](const ast::Start&) -> Done { return unsupported(scope, "component start functions are not supported"); },
      [&](const ast::Import& import) { return define_import(scope, import); },
      [&](const ast::Export& exported) { return define_export(scope, exported); });
}

Result<void> Planner::define_type(Scope& scope, const ast::Type& type) {
  std::size_t index = scope.type_count++;
  const auto* resource = std::get_if<ast::ResourceType>(&type.type);
  if (resource == nullptr) return {};
  const auto* static_id = std::get_if<ResourceId>(&scope.component.validated->types.at(index).type);
  WITC_CHECK(static_id != nullptr);
  std::string path = types_[*static_id].path;
  std::string name(name_of(*scope.component.ast, Sort::kType, {}, index));
  if (name.empty()) name = path.substr(path.rfind('#') + 1);
  if (name.empty()) name = fmt::format("resource[{}]", index);
  if (path.find('#') == std::string::npos) path = name;  // until an interface exports it
  ResourceId id = plan_.types.add_resource({path});
  PlanResource& made = plan_.resources[plan_.resources.push({scope.id, std::nullopt, "", name})];
  if (resource->dtor) made.dtor = scope.core_funcs.at(*resource->dtor);
  plan_.steps.emplace_back(DefineResourceStep{id});
  scope.substitution.bind(*static_id, id);
  return {};
}

Result<void> Planner::define_alias(Scope& scope, const ast::Alias& alias) {
  return match(
      alias.target,
      [&](const ast::AliasExport& target) -> Done {
        const InstanceValue& instance = *scope.instances.at(target.instance);
        const Item* item = instance.exports.find(target.name);
        if (item == nullptr) return unsupported(scope, fmt::format("no export `{}` to alias", target.name));
        Item copy = *item;
        if (auto* func = std::get_if<FuncValue>(&copy)) {
          func->name = instance.name.empty() ? target.name : fmt::format("{}.{}", instance.name, target.name);
        }
        if (auto* nested = std::get_if<const InstanceValue*>(&copy); nested != nullptr && (*nested)->name.empty()) {
          TRY(charge((*nested)->exports.size()));
          instances_.push_back({(*nested)->exports, target.name});
          *nested = &instances_.back();
        }
        return append(scope, std::move(copy));
      },
      [&](const ast::AliasCoreExport&) { return define_core_alias(scope, alias); },
      [&](const ast::AliasOuter& outer) { return define_outer_alias(scope, alias, outer); });
}

Result<void> Planner::define_outer_alias(Scope& scope, const ast::Alias& alias, const ast::AliasOuter& outer) {
  const Scope* source = &scope;
  for (std::uint32_t i = 0; i < outer.count; ++i) {
    source = source->component.definer;
    WITC_CHECK(source != nullptr);
  }
  if (alias.sort == Sort::kCore) {
    if (alias.core == CoreSort::kModule) scope.core_modules.push_back(source->core_modules.at(outer.index));
    return {};  // core types have no value
  }
  if (alias.sort == Sort::kComponent) {
    ComponentValue copy = source->components.at(outer.index);
    scope.components.push_back(std::move(copy));
    return {};
  }
  return append(scope, TypeValue{});
}

Result<void> Planner::define_instance(Scope& scope, const ast::Instance& instance) {
  if (const auto* inlined = std::get_if<ast::InlineExports>(&instance.expr)) {
    InstanceValue value;
    TRY(charge(inlined->exports.size()));
    for (const ast::InlineExport& item : inlined->exports) {
      value.exports.insert(item.name.name, TRY(item_at(scope, item.item)));
    }
    instances_.push_back(std::move(value));
    return append(scope, Item(&instances_.back()));
  }
  const auto& instantiate = std::get<ast::Instantiate>(instance.expr);
  const ComponentValue& child = scope.components.at(instantiate.component);
  Items arguments;
  TRY(charge(instantiate.args.size()));
  for (const ast::InstantiateArg& argument : instantiate.args) {
    arguments.insert(argument.name, TRY(item_at(scope, argument.item)));
  }
  std::string name(name_of(*scope.component.ast, Sort::kInstance, {}, scope.instances.size()));
  if (name.empty()) name = child.name;
  if (name.empty()) name = fmt::format("instance[{}]", scope.instances.size());
  const std::string& parent = plan_.component_instances[scope.id].name;
  if (!scope.is_root && parent.size() < 200) name = parent + "/" + name;
  return push_scope(ComponentValue(child), std::move(name), scope.id, std::move(arguments));
}

Result<void> Planner::define_import(Scope& scope, const ast::Import& import) {
  if (scope.is_root) return define_root_import(scope, import);
  const Item* item = scope.arguments.find(import.name.name);
  if (item == nullptr) return unsupported(scope, fmt::format("nothing is given for the import `{}`", import.name.name));
  Item copy = *item;
  if (auto* func = std::get_if<FuncValue>(&copy)) func->name = import.name.name;
  if (auto* instance = std::get_if<const InstanceValue*>(&copy)) {
    TRY(charge((*instance)->exports.size()));
    instances_.push_back({(*instance)->exports, import.name.name});
    *instance = &instances_.back();
  }
  return append(scope, std::move(copy));
}

Result<void> Planner::define_export(Scope& scope, const ast::Export& exported) {
  Item item = TRY(item_at(scope, exported.item));
  if (scope.is_root) {
    // The type as exported: that of the index which the export itself makes.
    const ValidatedComponent& validated = *scope.component.validated;
    scope.export_types.push_back(match(
        item, [&](const FuncValue&) -> EntityType { return validated.funcs.at(scope.funcs.size()); },
        [&](const ModuleValue&) -> EntityType { return validated.core_modules.at(scope.core_modules.size()); },
        [&](const ComponentValue&) -> EntityType { return validated.components.at(scope.components.size()); },
        [&](const TypeValue&) -> EntityType { return validated.types.at(scope.type_count); },
        [&](const InstanceValue*) -> EntityType { return validated.instances.at(scope.instances.size()); }));
  }
  name_resources(exported.name.name, item);
  scope.exports.insert(exported.name.name, item);
  return append(scope, std::move(item));
}

void Planner::name_resources(const std::string& exported, const Item& item) {
  auto name = [&](const Item& value, std::string path) {
    const auto* type = std::get_if<TypeValue>(&value);
    if (type == nullptr || !type->resource || !plan_.resources[*type->resource].defined_in) return;
    if (plan_.types[*type->resource].path.find('#') == std::string::npos) plan_.types.set_path(*type->resource, std::move(path));
  };
  name(item, exported);
  if (const auto* instance = std::get_if<const InstanceValue*>(&item)) {
    for (const auto& [inner, value] : (*instance)->exports) name(value, exported + "#" + inner);
  }
}

Result<Item> Planner::item_at(Scope& scope, const ast::SortIndex& index) {
  switch (index.sort) {
    case Sort::kCore: return Item(ModuleValue{scope.core_modules.at(index.index)});
    case Sort::kFunc: return Item(scope.funcs.at(index.index));
    case Sort::kComponent: return Item(scope.components.at(index.index));
    case Sort::kInstance: return Item(scope.instances.at(index.index));
    case Sort::kType: {
      const auto* resource = std::get_if<ResourceId>(&scope.component.validated->types.at(index.index).type);
      if (resource == nullptr) return Item(TypeValue{});
      return Item(TypeValue{scope.substitution.find(*resource)});
    }
    case Sort::kValue: break;
  }
  return unsupported(scope, "component values are not supported");
}

Result<void> Planner::append(Scope& scope, Item item) {
  const ValidatedComponent& validated = *scope.component.validated;
  TRY(charge(1));
  return match(
      item,
      [&](FuncValue& func) -> Done {
        scope.funcs.push_back(std::move(func));
        return {};
      },
      [&](const ModuleValue& module) -> Done {
        scope.core_modules.push_back(module.id);
        return {};
      },
      [&](ComponentValue& component) -> Done {
        scope.components.push_back(std::move(component));
        return {};
      },
      [&](const TypeValue&) -> Done { return bind_resources(scope, validated.types.at(scope.type_count++), item); },
      [&](const InstanceValue* instance) -> Done {
        scope.instances.push_back(instance);
        return bind_resources(scope, validated.instances.at(scope.instances.size() - 1), item);
      });
}

Result<void> Planner::bind_resources(Scope& scope, EntityType type, const Item& item) {
  std::vector<std::pair<EntityType, const Item*>> open{{std::move(type), &item}};
  while (!open.empty()) {
    auto [current, value] = std::move(open.back());
    open.pop_back();
    TRY(charge(1));
    if (const auto* entity = std::get_if<TypeEntity>(&current)) {
      const auto* resource = std::get_if<ResourceId>(&entity->type);
      const auto* given = std::get_if<TypeValue>(value);
      if (resource != nullptr && given != nullptr && given->resource) scope.substitution.bind(*resource, *given->resource);
    } else if (const auto* id = std::get_if<InstanceTypeId>(&current)) {
      const auto* instance = std::get_if<const InstanceValue*>(value);
      if (instance == nullptr) continue;
      for (const auto& [name, item_type] : types_[*id].exports) {
        if (!std::holds_alternative<TypeEntity>(item_type.type) && !std::holds_alternative<InstanceTypeId>(item_type.type)) continue;
        if (const Item* found = (*instance)->exports.find(name)) open.emplace_back(item_type.type, found);
      }
    }
  }
  return {};
}

Result<void> Planner::charge(std::uint64_t work) {
  work_ += work;
  if (work_ > limits_.work) return limit("instantiating the component takes too many steps");
  return {};
}

Diagnostic Planner::unsupported(const Scope& scope, std::string message) const {
  std::uint32_t offset = scope.next == 0 ? 0 : scope.component.ast->definitions[scope.next - 1].offset;
  return error(DiagCode::kPlanUnsupported, {scope.component.ast->source, offset, offset}, std::move(message));
}

Diagnostic Planner::limit(std::string message) const {
  if (stack_.empty()) return error(DiagCode::kPlanLimit, std::move(message));
  const Scope& scope = *stack_.front();
  std::uint32_t offset = scope.next == 0 ? 0 : scope.component.ast->definitions[scope.next - 1].offset;
  return error(DiagCode::kPlanLimit, {scope.component.ast->source, offset, offset}, std::move(message));
}

std::string_view Planner::name_of(const ast::Component& component, Sort sort, CoreSort core, std::size_t index) {
  auto key = [](Sort sort, CoreSort core) {
    return sort == Sort::kCore ? 0x100 + static_cast<int>(core) : static_cast<int>(sort);
  };
  auto [names, fresh] = names_.try_emplace(&component);
  if (fresh) {
    for (const auto& entry : component.names.entries) {
      names->second.emplace(NameKey{key(entry.item.sort, entry.item.core), entry.item.index}, entry.name);
    }
  }
  auto found = names->second.find({key(sort, core), index});
  return found == names->second.end() ? std::string_view() : found->second;
}

}  // namespace witc::linker
