// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/type_encoder.h"

#include <fmt/format.h>

#include "base/overloaded.h"

namespace witc::linker {

using namespace component;

namespace {

constexpr int kMaxDepth = 200;

Diagnostic too_deep() { return error(DiagCode::kWacResolve, "the types of an import nest too deep"); }

/// Types that WIT can only have by name; two of them that look the same may still be one.
bool has_name(const ValueType& type) {
  return std::holds_alternative<RecordType>(type) || std::holds_alternative<VariantType>(type) ||
         std::holds_alternative<FlagsType>(type) || std::holds_alternative<EnumType>(type);
}

}  // namespace

Sort TypeEncoder::sort_of(const EntityType& type) {
  return match(
      type, [](ModuleTypeId) { return Sort::kCore; }, [](FuncTypeId) { return Sort::kFunc; },
      [](const ValType&) { return Sort::kValue; }, [](const TypeEntity&) { return Sort::kType; },
      [](InstanceTypeId) { return Sort::kInstance; }, [](ComponentTypeId) { return Sort::kComponent; });
}

std::uint32_t TypeEncoder::add(const EntityType& type) {
  return match(
      type, [&](ModuleTypeId) { return add_module(); }, [&](FuncTypeId) { return add_func(); },
      [](const ValType&) { return std::uint32_t{0}; }, [&](const TypeEntity&) { return add_type(); },
      [&](InstanceTypeId) { return add_instance(); }, [&](ComponentTypeId) { return add_component(); });
}

Result<ast::SortIndex> TypeEncoder::import(const ast::NameAttributes& name, const EntityType& type) {
  if (std::holds_alternative<ValType>(type)) {
    return error(DiagCode::kWacResolve, fmt::format("the import `{}` is a value, which is not supported", name.name));
  }
  ast::ExternType written = TRY(extern_type(root_, type, name.name, 0));
  out_.definitions.push_back({ast::Import{name, written}});
  std::uint32_t index = root_.type_count;
  if (std::holds_alternative<TypeEntity>(type)) {
    name_type(root_, type);
  } else {
    index = add(type);
  }
  if (const auto* instance = std::get_if<InstanceTypeId>(&type)) {
    for (const auto& [item_name, item] : types_[*instance].exports) {
      const auto* entity = std::get_if<TypeEntity>(&item.type);
      if (entity == nullptr) continue;
      if (const auto* resource = std::get_if<ResourceId>(&entity->type)) {
        resource_places_.try_emplace(*resource, Place{index, item_name});
      } else if (const auto* value = std::get_if<ValType>(&entity->type)) {
        if (const auto* id = std::get_if<ValueTypeId>(value); id != nullptr && has_name(types_[*id])) {
          value_places_.try_emplace(*id, Place{index, item_name});
        }
      }
    }
  }
  return ast::SortIndex{sort_of(type), CoreSort::kModule, index};
}

Result<ast::ExternType> TypeEncoder::extern_type(Scope& scope, const EntityType& type, const std::string& name,
                                                 int depth) {
  if (depth > kMaxDepth) return too_deep();
  using Made = Result<ast::ExternType>;
  auto of = [&](std::uint32_t index) {
    ast::ExternType made;
    made.sort = sort_of(type);
    made.index = index;
    return made;
  };
  return match(
      type, [&](ModuleTypeId id) -> Made { return of(module_type(scope, id)); },
      [&](FuncTypeId id) -> Made { return of(TRY(func_type(scope, id))); },
      [&](const ValType& value) -> Made {
        ast::ExternType made = of(0);
        made.value_bound = ast::ValueBound{TRY(val_type(scope, value, depth))};
        return made;
      },
      [&](const TypeEntity& entity) { return type_bound(scope, entity, name, depth); },
      [&](InstanceTypeId id) -> Made { return of(TRY(instance_type(scope, id, depth + 1))); },
      [&](ComponentTypeId id) -> Made { return of(TRY(component_type(scope, id, depth + 1))); });
}

Result<ast::ExternType> TypeEncoder::type_bound(Scope& scope, const TypeEntity& type, const std::string& name,
                                                int depth) {
  ast::ExternType made;
  made.sort = Sort::kType;
  made.type_bound.eq = TRY(match(
      type.type, [&](ResourceId id) -> Result<std::optional<std::uint32_t>> { return resource(scope, id); },
      [&](const ValType& value) -> Result<std::optional<std::uint32_t>> {
        if (const auto* id = std::get_if<ValueTypeId>(&value)) {
          if (auto known = imported_value(scope, *id, &name)) return known;
          return std::optional(TRY(value_type(scope, *id, depth)));
        }
        return std::optional(define(scope, {std::get<PrimValType>(value)}));
      },
      [&](FuncTypeId id) -> Result<std::optional<std::uint32_t>> { return std::optional(TRY(func_type(scope, id))); },
      [&](InstanceTypeId id) -> Result<std::optional<std::uint32_t>> {
        return std::optional(TRY(instance_type(scope, id, depth + 1)));
      },
      [&](ComponentTypeId id) -> Result<std::optional<std::uint32_t>> {
        return std::optional(TRY(component_type(scope, id, depth + 1)));
      }));
  return made;
}

void TypeEncoder::name_type(Scope& scope, const EntityType& type) {
  const auto* entity = std::get_if<TypeEntity>(&type);
  if (entity == nullptr) return;
  std::uint32_t index = scope.type_count++;
  if (const auto* id = std::get_if<ResourceId>(&entity->type)) {
    scope.resources[*id] = index;
  } else if (const auto* value = std::get_if<ValType>(&entity->type)) {
    if (const auto* value_id = std::get_if<ValueTypeId>(value)) scope.values[*value_id] = index;
  } else if (const auto* func = std::get_if<FuncTypeId>(&entity->type)) {
    scope.funcs[*func] = index;
  }
}

Result<void> TypeEncoder::declare(Scope& scope, Direction direction, const std::string& name, const Extern& item,
                                  int depth) {
  ast::ExternType type = TRY(extern_type(scope, item.type, name, depth));
  ast::NameAttributes attributes = item.attributes;
  attributes.name = name;
  if (direction == Direction::kImport) {
    scope.decls->emplace_back(ast::ImportDecl{std::move(attributes), type});
  } else {
    scope.decls->emplace_back(ast::ExportDecl{std::move(attributes), type});
  }
  name_type(scope, item.type);
  return {};
}

Result<std::uint32_t> TypeEncoder::instance_type(Scope& scope, InstanceTypeId id, int depth) {
  if (depth > kMaxDepth) return too_deep();
  ast::InstanceType made;
  Scope inner;
  inner.parent = &scope;
  inner.decls = &made.decls;
  for (const auto& [name, item] : types_[id].exports) TRY(declare(inner, Direction::kExport, name, item, depth));
  return define(scope, {std::move(made)});
}

Result<std::uint32_t> TypeEncoder::component_type(Scope& scope, ComponentTypeId id, int depth) {
  if (depth > kMaxDepth) return too_deep();
  ast::ComponentType made;
  Scope inner;
  inner.parent = &scope;
  inner.decls = &made.decls;
  for (const auto& [name, item] : types_[id].imports) TRY(declare(inner, Direction::kImport, name, item, depth));
  for (const auto& [name, item] : types_[id].exports) TRY(declare(inner, Direction::kExport, name, item, depth));
  return define(scope, {std::move(made)});
}

std::uint32_t TypeEncoder::module_type(Scope& scope, ModuleTypeId id) {
  ast::CoreModuleType made;
  std::uint32_t types = 0;
  auto extern_type = [&](const CoreEntity& entity) -> wasm::ExternType {
    auto func = [&] {
      ast::CoreRecGroup group;
      group.types.push_back({true, {}, entity.func});
      made.decls.push_back({ast::CoreType(std::move(group))});
      return wasm::TypeIndex(types++);
    };
    switch (entity.kind) {
      case wasm::ExternKind::kFunc: return func();
      case wasm::ExternKind::kTable: return entity.table;
      case wasm::ExternKind::kMemory: return entity.memory;
      case wasm::ExternKind::kGlobal: return entity.global;
      case wasm::ExternKind::kTag: return wasm::TagType{func()};
    }
    return entity.table;
  };
  for (const auto& import : types_[id].imports) {
    wasm::ExternType type = extern_type(import.type);
    made.decls.push_back({ast::CoreImportDecl{import.module, import.name, type}});
  }
  for (const auto& [name, entity] : types_[id].exports) {
    wasm::ExternType type = extern_type(entity);
    made.decls.push_back({ast::CoreExportDecl{name, type}});
  }
  if (scope.decls != nullptr) {
    scope.decls->emplace_back(ast::CoreType(std::move(made)));
  } else {
    out_.definitions.push_back({ast::CoreType(std::move(made))});
  }
  return scope.core_type_count++;
}

Result<std::uint32_t> TypeEncoder::func_type(Scope& scope, FuncTypeId id) {
  if (auto found = scope.funcs.find(id); found != scope.funcs.end()) return found->second;
  const FuncType& type = types_[id];
  ast::FuncType made;
  made.is_async = type.is_async;
  for (const FieldType& param : type.params) {
    made.params.push_back({param.name, TRY(val_type(scope, param.type, 0))});
  }
  made.result = TRY(val_type(scope, type.result, 0));
  std::uint32_t index = define(scope, {std::move(made)});
  scope.funcs.emplace(id, index);
  return index;
}

Result<ast::ValType> TypeEncoder::val_type(Scope& scope, const ValType& type, int depth) {
  if (const auto* prim = std::get_if<PrimValType>(&type)) return ast::ValType(*prim);
  return ast::ValType(ast::TypeRef{TRY(value_type(scope, std::get<ValueTypeId>(type), depth + 1))});
}

Result<std::optional<ast::ValType>> TypeEncoder::val_type(Scope& scope, const std::optional<ValType>& type, int depth) {
  if (!type) return std::optional<ast::ValType>();
  return std::optional(TRY(val_type(scope, *type, depth)));
}

Result<std::uint32_t> TypeEncoder::value_type(Scope& scope, ValueTypeId id, int depth) {
  if (depth > kMaxDepth) return too_deep();
  if (auto found = scope.values.find(id); found != scope.values.end()) return found->second;
  if (auto known = imported_value(scope, id, nullptr)) return *known;
  std::uint32_t index = define(scope, TRY(definition(scope, types_[id], depth)));
  scope.values.emplace(id, index);
  return index;
}

Result<ast::Type> TypeEncoder::definition(Scope& scope, const ValueType& type, int depth) {
  using Made = Result<ast::Type>;
  return match(
      type, [](PrimValType prim) -> Made { return ast::Type{prim}; },
      [&](const RecordType& record) -> Made {
        ast::Record made;
        for (const FieldType& field : record.fields) {
          made.fields.push_back({field.name, TRY(val_type(scope, field.type, depth))});
        }
        return ast::Type{std::move(made)};
      },
      [&](const VariantType& variant) -> Made {
        ast::Variant made;
        for (const CaseType& item : variant.cases) made.cases.push_back({item.name, TRY(val_type(scope, item.type, depth))});
        return ast::Type{std::move(made)};
      },
      [&](const ListType& list) -> Made { return ast::Type{ast::List{TRY(val_type(scope, list.element, depth)), list.length}}; },
      [&](const TupleType& tuple) -> Made {
        ast::Tuple made;
        for (const ValType& item : tuple.types) made.types.push_back(TRY(val_type(scope, item, depth)));
        return ast::Type{std::move(made)};
      },
      [](const FlagsType& flags) -> Made { return ast::Type{ast::Flags{flags.labels}}; },
      [](const EnumType& cases) -> Made { return ast::Type{ast::Enum{cases.labels}}; },
      [&](const OptionType& option) -> Made { return ast::Type{ast::Option{TRY(val_type(scope, option.type, depth))}}; },
      [&](const ResultValType& result) -> Made {
        auto ok = TRY(val_type(scope, result.ok, depth));
        return ast::Type{ast::ResultType{ok, TRY(val_type(scope, result.error, depth))}};
      },
      [&](const OwnType& own) -> Made { return ast::Type{ast::Own{TRY(known_resource(scope, own.resource))}}; },
      [&](const BorrowType& borrow) -> Made { return ast::Type{ast::Borrow{TRY(known_resource(scope, borrow.resource))}}; },
      [&](const StreamType& stream) -> Made { return ast::Type{ast::Stream{TRY(val_type(scope, stream.type, depth))}}; },
      [&](const FutureType& future) -> Made { return ast::Type{ast::Future{TRY(val_type(scope, future.type, depth))}}; },
      [&](const MapType& map) -> Made {
        auto key = TRY(val_type(scope, map.key, depth));
        return ast::Type{ast::Map{key, TRY(val_type(scope, map.value, depth))}};
      });
}

std::optional<std::uint32_t> TypeEncoder::resource(Scope& scope, ResourceId id) {
  if (auto found = scope.resources.find(id); found != scope.resources.end()) return found->second;
  std::optional<std::uint32_t> index;
  if (scope.parent != nullptr) {
    index = resource(*scope.parent, id);  // as deep as types nest
    if (index) index = alias_outer(scope, *index);
  } else if (auto place = resource_places_.find(id); place != resource_places_.end()) {
    index = alias_export(place->second);
  }
  if (index) scope.resources.emplace(id, *index);
  return index;
}

Result<std::uint32_t> TypeEncoder::known_resource(Scope& scope, ResourceId id) {
  if (auto index = resource(scope, id)) return *index;
  return error(DiagCode::kWacResolve, fmt::format("an import needs the resource `{}`, which is not imported", types_[id].path))
      .note("a component that is given this resource by another cannot import an interface that uses it");
}

std::optional<std::uint32_t> TypeEncoder::imported_value(Scope& scope, ValueTypeId id, const std::string* name) {
  auto place = value_places_.find(id);
  if (place == value_places_.end()) return std::nullopt;
  if (scope.values.contains(id)) return std::nullopt;
  if (name != nullptr && place->second.name != *name) return std::nullopt;
  std::optional<std::uint32_t> index;
  if (scope.parent == nullptr) {
    index = alias_export(place->second);
  } else {
    auto outer = scope.parent->values.find(id);
    index = outer != scope.parent->values.end() ? outer->second : imported_value(*scope.parent, id, nullptr);
    if (index) index = alias_outer(scope, *index);
  }
  if (index) scope.values.emplace(id, *index);
  return index;
}

std::uint32_t TypeEncoder::define(Scope& scope, ast::Type type) {
  if (scope.decls != nullptr) {
    scope.decls->emplace_back(std::make_unique<ast::Type>(std::move(type)));
  } else {
    out_.definitions.push_back({std::move(type)});
  }
  return scope.type_count++;
}

std::uint32_t TypeEncoder::alias_outer(Scope& scope, std::uint32_t index) {
  scope.decls->emplace_back(ast::Alias{Sort::kType, {}, ast::AliasOuter{1, index}});
  return scope.type_count++;
}

std::uint32_t TypeEncoder::alias_export(const Place& place) {
  out_.definitions.push_back({ast::Alias{Sort::kType, {}, ast::AliasExport{place.instance, place.name}}});
  return root_.type_count++;
}

}  // namespace witc::linker
