// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interpreter of component definitions that keeps type identity (wit-parser/binary/elaborate.h).
#include "wit-parser/binary/elaborate.h"

#include "base/overloaded.h"

namespace witc::wit {

using component::Sort;

namespace {

constexpr std::uint32_t kMaxSteps = 2'000'000;
constexpr unsigned kMaxDepth = 100;

std::optional<std::string_view> no_such(Sort sort) {
  switch (sort) {
    case Sort::kType: return "type";
    case Sort::kFunc: return "function";
    case Sort::kInstance: return "instance";
    case Sort::kComponent: return "component";
    case Sort::kCore:
    case Sort::kValue: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Result<void> Elaborator::step(unsigned depth) {
  if (++steps_ > kMaxSteps) return error(DiagCode::kComponentLimit, place_, "component with too many definitions to read its WIT");
  if (depth > kMaxDepth) return error(DiagCode::kComponentLimit, place_, "component nested too deeply to read its WIT");
  return {};
}

TypeNodeId Elaborator::definition(TypeNodeId id) const {
  while (nodes_[id].alias_of) id = *nodes_[id].alias_of;  // edges lead to older nodes only
  return id;
}

Result<TypeNodeId> Elaborator::at(const ElaborationScope& scope, std::uint32_t index) const {
  if (index >= scope.types.size()) return invalid("type index " + std::to_string(index) + " out of bounds");
  return scope.types[index];
}

std::optional<ClosureId> Elaborator::component_type(TypeNodeId id) {
  const TypeNode node = nodes_[definition(id)];
  if (node.definition == nullptr) return std::nullopt;
  const auto* type = std::get_if<bin::ComponentType>(&node.definition->type);
  if (type == nullptr) return std::nullopt;
  return closures_.push({type, node.scope});
}

Result<Elaborator::World> Elaborator::run(const bin::Component& component) {
  return run_closure(closures_.push({&component, nullptr}), nullptr, 0);
}
Result<Elaborator::World> Elaborator::run(ClosureId closure) { return run_closure(closure, nullptr, 0); }

Result<Elaborator::World> Elaborator::run_closure(ClosureId id, const Args* args, unsigned depth) {
  const Closure closure = closures_[id];
  ElaborationScope& scope = scope_in(closure.scope);
  World world;
  if (const auto* type = std::get_if<const bin::ComponentType*>(&closure.body)) {
    TRY(decls((*type)->decls, scope, world, args, depth));
    return world;
  }
  for (const bin::Definition& item : std::get<const bin::Component*>(closure.body)->definitions) {
    TRY(definition(item, scope, world, args, depth));
  }
  return world;
}

void Elaborator::define(const bin::Type& type, ElaborationScope& scope) {
  bool resource = std::holds_alternative<bin::ResourceType>(type.type);
  scope.types.push_back(add({resource ? nullptr : &type, &scope, std::nullopt}));
}

Result<void> Elaborator::definition(const bin::Definition& definition, ElaborationScope& scope, World& world,
                                    const Args* args, unsigned depth) {
  TRY(step(depth));
  return match(
      definition.item, [&](const bin::CustomSection&) -> Result<void> { return {}; },
      [&](const bin::CoreModule&) -> Result<void> { return {}; },
      [&](const bin::CoreInstance&) -> Result<void> { return {}; },
      [&](const bin::CoreType&) -> Result<void> { return {}; },
      [&](const std::unique_ptr<bin::Component>& nested) -> Result<void> {
        scope.components.push_back(closures_.push({nested.get(), &scope}));
        return {};
      },
      [&](const bin::Instance& it) { return instance(it, scope, depth); },
      [&](const bin::Alias& it) { return alias(it, scope); },
      [&](const bin::Type& it) -> Result<void> {
        define(it, scope);
        return {};
      },
      [&](const bin::Canon& canon) -> Result<void> {
        if (const auto* lift = std::get_if<bin::CanonLift>(&canon)) scope.funcs.push_back(TRY(at(scope, lift->type)));
        return {};
      },
      [&](const bin::Start&) -> Result<void> { return {}; },
      [&](const bin::Import& it) { return import(it.name, it.type, scope, world, args, depth); },
      [&](const bin::Export& it) { return export_item(it, scope, world, depth); });
}

Result<void> Elaborator::decls(const std::vector<bin::Decl>& decls, ElaborationScope& scope, World& world,
                               const Args* args, unsigned depth) {
  for (const bin::Decl& decl : decls) {
    TRY(step(depth));
    TRY(match(
        decl, [&](const bin::CoreType&) -> Result<void> { return {}; },
        [&](const std::unique_ptr<bin::Type>& type) -> Result<void> {
          define(*type, scope);
          return {};
        },
        [&](const bin::Alias& it) { return alias(it, scope); },
        [&](const bin::ImportDecl& it) { return import(it.name, it.type, scope, world, args, depth); },
        [&](const bin::ExportDecl& it) -> Result<void> {
          WitEntity entity = TRY(declared(it.type, scope, depth));
          bind(scope, entity);
          world.exports.insert(it.name.name, {it.name, entity});
          return {};
        }));
  }
  return {};
}

Result<InstanceNodeId> Elaborator::instance_type(TypeNodeId type, unsigned depth) {
  TRY(step(depth));
  const TypeNode node = nodes_[definition(type)];
  const auto* body = node.definition != nullptr ? std::get_if<bin::InstanceType>(&node.definition->type) : nullptr;
  if (body == nullptr) return invalid("type that is not an instance type");
  World world;
  TRY(decls(body->decls, scope_in(node.scope), world, nullptr, depth));
  return instances_.push(std::move(world.exports));
}

Result<WitEntity> Elaborator::declared(const bin::ExternType& type, ElaborationScope& scope, unsigned depth) {
  switch (type.sort) {
    case Sort::kFunc: return WitEntity(FuncEntity{TRY(at(scope, type.index))});
    case Sort::kInstance: return WitEntity(TRY(instance_type(TRY(at(scope, type.index)), depth + 1)));
    case Sort::kComponent: {
      std::optional<ClosureId> closure = component_type(TRY(at(scope, type.index)));
      if (!closure) return invalid("type that is not a component type");
      return WitEntity(*closure);
    }
    case Sort::kType:
      if (!type.type_bound.eq) return WitEntity(add({nullptr, &scope, std::nullopt}));
      return WitEntity(add({nullptr, &scope, TRY(at(scope, *type.type_bound.eq))}));
    case Sort::kCore:
    case Sort::kValue: return WitEntity(OtherEntity{});
  }
  return WitEntity(OtherEntity{});
}

void Elaborator::bind(ElaborationScope& scope, const WitEntity& entity) {
  match(
      entity, [&](TypeNodeId id) { scope.types.push_back(id); },
      [&](const FuncEntity& func) { scope.funcs.push_back(func.type); },
      [&](InstanceNodeId id) { scope.instances.push_back(id); },
      [&](ClosureId id) { scope.components.push_back(id); }, [](const OtherEntity&) {});
}

Result<void> Elaborator::import(const bin::NameAttributes& name, const bin::ExternType& type, ElaborationScope& scope,
                                World& world, const Args* args, unsigned depth) {
  const WitEntity* given = args != nullptr ? args->find(name.name) : nullptr;
  WitEntity entity = given != nullptr ? *given : TRY(declared(type, scope, depth));
  bind(scope, entity);
  world.imports.insert(name.name, {name, entity});
  return {};
}

Result<WitEntity> Elaborator::item(const bin::SortIndex& item, const ElaborationScope& scope) const {
  auto get = [&](const auto& space, auto wrap) -> Result<WitEntity> {
    if (item.index >= space.size()) {
      return invalid(std::string(no_such(item.sort).value_or("")) + " index " + std::to_string(item.index) + " out of bounds");
    }
    return WitEntity(wrap(space[item.index]));
  };
  auto same = [](auto id) { return id; };
  switch (item.sort) {
    case Sort::kType: return get(scope.types, same);
    case Sort::kFunc: return get(scope.funcs, [](TypeNodeId type) { return FuncEntity{type}; });
    case Sort::kInstance: return get(scope.instances, same);
    case Sort::kComponent: return get(scope.components, same);
    case Sort::kCore:
    case Sort::kValue: return WitEntity(OtherEntity{});
  }
  return WitEntity(OtherEntity{});
}

Result<void> Elaborator::alias(const bin::Alias& alias, ElaborationScope& scope) {
  if (alias.sort == Sort::kCore) return {};
  if (const auto* target = std::get_if<bin::AliasExport>(&alias.target)) {
    if (target->instance >= scope.instances.size()) return invalid("instance index out of bounds");
    const WitExtern* found = instances_[scope.instances[target->instance]].find(target->name);
    if (found == nullptr) return invalid("instance has no export named `" + target->name + "`");
    bind(scope, found->entity);
    return {};
  }
  if (const auto* target = std::get_if<bin::AliasOuter>(&alias.target)) {
    ElaborationScope* outer = &scope;
    for (std::uint32_t i = 0; i < target->count && outer != nullptr; ++i) outer = outer->parent;
    if (outer == nullptr) return invalid("outer alias count too large");
    bind(scope, TRY(item({alias.sort, {}, target->index}, *outer)));
  }
  return {};
}

Result<void> Elaborator::instance(const bin::Instance& instance, ElaborationScope& scope, unsigned depth) {
  WitExterns exports;
  if (const auto* inline_exports = std::get_if<bin::InlineExports>(&instance.expr)) {
    for (const bin::InlineExport& it : inline_exports->exports) {
      TRY(step(depth));
      exports.insert(it.name.name, {it.name, TRY(item(it.item, scope))});
    }
  } else {
    const auto& instantiate = std::get<bin::Instantiate>(instance.expr);
    if (instantiate.component >= scope.components.size()) return invalid("component index out of bounds");
    Args args;
    for (const bin::InstantiateArg& arg : instantiate.args) args.insert(arg.name, TRY(item(arg.item, scope)));
    exports = TRY(run_closure(scope.components[instantiate.component], &args, depth + 1)).exports;
  }
  scope.instances.push_back(instances_.push(std::move(exports)));
  return {};
}

Result<void> Elaborator::export_item(const bin::Export& exported, ElaborationScope& scope, World& world, unsigned depth) {
  WitEntity entity = TRY(item(exported.item, scope));
  if (exported.type && exported.type->sort != Sort::kType) {
    entity = TRY(declared(*exported.type, scope, depth));
  } else if (const auto* type = std::get_if<TypeNodeId>(&entity)) {
    entity = add({nullptr, &scope, *type});  // an export is a new name
  }
  bind(scope, entity);
  world.exports.insert(exported.name.name, {exported.name, entity});
  return {};
}

}  // namespace witc::wit
