// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Replacing resources in types, and finding them (wasm/component/substitute.h).
#include "wasm/component/substitute.h"

#include "base/overloaded.h"

namespace witc::component {

InstanceTypeId TypeContext::add_instance(InstanceType type, std::vector<NominalId> exports) {
  InstanceTypeId id = types.add(std::move(type));
  nominals.instance_exports.emplace(id, std::move(exports));
  infos.of(id);
  return id;
}

ComponentTypeId TypeContext::add_component(ComponentType type, std::vector<NominalId> imports,
                                           std::vector<NominalId> exports) {
  ComponentTypeId id = types.add(std::move(type));
  nominals.component_imports.emplace(id, std::move(imports));
  nominals.component_exports.emplace(id, std::move(exports));
  infos.of(id);
  return id;
}

void Substitution::forget() {
  values_.clear();
  funcs_.clear();
  instances_.clear();
  components_.clear();
  nodes_.clear();
}

ResourceId Substitution::apply(ResourceId id) const {
  auto it = resources.find(id);
  return it == resources.end() ? id : it->second;
}

ValType Substitution::apply(const ValType& type) {
  const auto* id = std::get_if<ValueTypeId>(&type);
  if (id == nullptr || !context_.infos.of(*id).has_resource) return type;
  if (auto it = values_.find(*id); it != values_.end()) return it->second;
  if (!context_.budget.spend()) return type;
  ValType result = context_.types.intern(replace(context_.types[*id]));
  context_.infos.of(result);
  values_.emplace(*id, result);
  return result;
}

std::optional<ValType> Substitution::apply(const std::optional<ValType>& type) {
  if (!type) return type;
  return apply(*type);
}

/// `type` is a reference into the arena, which grows meanwhile: the parts are copied first.
ValueType Substitution::replace(const ValueType& original) {
  ValueType type = original;
  match(
      type, [](PrimValType&) {},
      [&](RecordType& record) {
        for (FieldType& field : record.fields) field.type = apply(field.type);
      },
      [&](VariantType& variant) {
        for (CaseType& item : variant.cases) item.type = apply(item.type);
      },
      [&](ListType& list) { list.element = apply(list.element); },
      [&](TupleType& tuple) {
        for (ValType& item : tuple.types) item = apply(item);
      },
      [](FlagsType&) {}, [](EnumType&) {}, [&](OptionType& option) { option.type = apply(option.type); },
      [&](ResultValType& result) {
        result.ok = apply(result.ok);
        result.error = apply(result.error);
      },
      [&](OwnType& own) { own.resource = apply(own.resource); },
      [&](BorrowType& borrow) { borrow.resource = apply(borrow.resource); },
      [&](StreamType& stream) { stream.type = apply(stream.type); },
      [&](FutureType& future) { future.type = apply(future.type); },
      [&](MapType& map) {
        map.key = apply(map.key);
        map.value = apply(map.value);
      });
  return type;
}

FuncTypeId Substitution::apply(FuncTypeId id) {
  if (!context_.infos.of(id).has_resource) return id;
  if (auto it = funcs_.find(id); it != funcs_.end()) return it->second;
  if (!context_.budget.spend()) return id;
  FuncType type = context_.types[id];
  for (FieldType& param : type.params) param.type = apply(param.type);
  type.result = apply(type.result);
  FuncTypeId result = context_.types.intern(std::move(type));
  context_.infos.of(result);
  funcs_.emplace(id, result);
  return result;
}

TypeEntity Substitution::apply(const TypeEntity& entity) {
  return match(
      entity.type, [&](auto part) { return TypeEntity{apply(part)}; },
      [&](const ValType& type) { return TypeEntity{apply(type)}; });
}

Item Substitution::apply(const Item& item) {
  Item result = item;
  if (!context_.budget.spend()) return result;
  match(
      result.type, [](ModuleTypeId&) {}, [&](FuncTypeId& id) { id = apply(id); },
      [&](ValType& type) { type = apply(type); },
      [&](TypeEntity& entity) {
        const auto* resource = std::get_if<ResourceId>(&entity.type);
        if (resource != nullptr && resources.contains(*resource) && !nominals.contains(item.nominal)) {
          nominals.emplace(item.nominal, context_.nominals.copy(item.nominal));
        }
        entity = apply(entity);
      },
      [&](InstanceTypeId& id) { id = apply(id); }, [&](ComponentTypeId& id) { id = apply(id); });
  result.nominal = apply(item.nominal);
  return result;
}

NominalId Substitution::apply(NominalId id) {
  if (id == Nominals::none() || nominals.empty()) return id;
  if (auto it = nominals.find(id); it != nominals.end()) return it->second;
  if (auto it = nodes_.find(id); it != nodes_.end()) return it->second;
  if (!context_.budget.spend()) return id;
  Nominal node = context_.nominals[id];
  bool changed = false;
  for (NominalId& child : node.children) {
    NominalId replaced = apply(child);
    changed |= replaced != child;
    child = replaced;
  }
  NominalId result = changed ? context_.nominals.add(std::move(node)) : id;
  nodes_.emplace(id, result);
  return result;
}

/// Replaces in place; whether anything changed.
bool Substitution::apply(OrderedMap<std::string, Extern>& externs, std::vector<NominalId>& nodes) {
  bool changed = false;
  std::size_t position = 0;
  for (auto& [name, item] : externs) {
    NominalId& nominal = nodes[position++];
    Item replaced = apply(Item{item.type, nominal});
    changed |= replaced.nominal != nominal || !same_entity(replaced.type, item.type);
    item.type = replaced.type;
    nominal = replaced.nominal;
  }
  return changed;
}

InstanceTypeId Substitution::apply(InstanceTypeId id) {
  if (auto it = instances_.find(id); it != instances_.end()) return it->second;
  if (!context_.budget.spend(8 * (context_.types[id].exports.size() + 1))) return id;
  InstanceType type = context_.types[id];
  std::vector<NominalId> nodes = context_.nominals.instance_exports[id];
  InstanceTypeId result = apply(type.exports, nodes) ? context_.add_instance(std::move(type), std::move(nodes)) : id;
  instances_.emplace(id, result);
  return result;
}

ComponentTypeId Substitution::apply(ComponentTypeId id) {
  if (auto it = components_.find(id); it != components_.end()) return it->second;
  if (!context_.infos.of(id).has_resource && nominals.empty()) return id;
  const ComponentType& original = context_.types[id];
  if (!context_.budget.spend(8 * (original.imports.size() + original.exports.size() + 1))) return id;
  ComponentType type = original;
  std::vector<NominalId> imports = context_.nominals.component_imports[id];
  std::vector<NominalId> exports = context_.nominals.component_exports[id];
  bool changed = apply(type.imports, imports);
  changed |= apply(type.exports, exports);
  ComponentTypeId result =
      changed ? context_.add_component(std::move(type), std::move(imports), std::move(exports)) : id;
  components_.emplace(id, result);
  return result;
}

bool same_entity(const EntityType& a, const EntityType& b) {
  if (a.index() != b.index()) return false;
  return match(
      a, [&](const TypeEntity& entity) { return entity.type == std::get<TypeEntity>(b).type; },
      [&](const auto& id) { return id == std::get<std::decay_t<decltype(id)>>(b); });
}

void FreeResources::add(const EntityType& type) {
  match(
      type, [](ModuleTypeId) {}, [&](FuncTypeId id) { add(id); }, [&](const ValType& value) { add(value); },
      [&](const TypeEntity& entity) {
        match(entity.type, [&](ResourceId id) { found_.insert(id); }, [&](const auto& part) { add(part); });
      },
      [&](InstanceTypeId id) { add(id); }, [&](ComponentTypeId id) { add(id); });
}

void FreeResources::add(const ValType& type) {
  const auto* id = std::get_if<ValueTypeId>(&type);
  if (id == nullptr || !context_.infos.of(*id).has_resource || !values_.insert(*id).second) return;
  auto add_optional = [&](const std::optional<ValType>& part) {
    if (part) add(*part);
  };
  match(
      context_.types[*id], [](PrimValType) {},
      [&](const RecordType& record) {
        for (const FieldType& field : record.fields) add(field.type);
      },
      [&](const VariantType& variant) {
        for (const CaseType& item : variant.cases) add_optional(item.type);
      },
      [&](const ListType& list) { add(list.element); },
      [&](const TupleType& tuple) {
        for (const ValType& item : tuple.types) add(item);
      },
      [](const FlagsType&) {}, [](const EnumType&) {}, [&](const OptionType& option) { add(option.type); },
      [&](const ResultValType& result) {
        add_optional(result.ok);
        add_optional(result.error);
      },
      [&](const OwnType& own) { found_.insert(own.resource); },
      [&](const BorrowType& borrow) { found_.insert(borrow.resource); },
      [&](const StreamType& stream) { add_optional(stream.type); },
      [&](const FutureType& future) { add_optional(future.type); },
      [&](const MapType& map) {
        add(map.key);
        add(map.value);
      });
}

void FreeResources::add(FuncTypeId id) {
  if (!context_.infos.of(id).has_resource || !funcs_.insert(id).second) return;
  for (const FieldType& param : context_.types[id].params) add(param.type);
  if (context_.types[id].result) add(*context_.types[id].result);
}

void FreeResources::add(InstanceTypeId id) {
  if (!context_.infos.of(id).has_resource || !instances_.insert(id).second) return;
  const InstanceType& type = context_.types[id];
  if (!context_.budget.spend(type.exports.size() + 1)) return;
  if (type.defined_resources.empty()) {
    for (const auto& [name, item] : type.exports) add(item.type);
    return;
  }
  FreeResources inner(context_);
  for (const auto& [name, item] : type.exports) inner.add(item.type);
  for (ResourceId bound : type.defined_resources) inner.found_.erase(bound);
  found_.insert(inner.found_.begin(), inner.found_.end());
}

void FreeResources::add(ComponentTypeId id) {
  if (!context_.infos.of(id).has_resource || !components_.insert(id).second) return;
  const ComponentType& type = context_.types[id];
  if (!context_.budget.spend(type.imports.size() + type.exports.size() + 1)) return;
  FreeResources inner(context_);
  for (const auto& [name, item] : type.imports) inner.add(item.type);
  for (const auto& [name, item] : type.exports) inner.add(item.type);
  for (ResourceId bound : type.imported_resources) inner.found_.erase(bound);
  for (ResourceId bound : type.defined_resources) inner.found_.erase(bound);
  found_.insert(inner.found_.begin(), inner.found_.end());
}

}  // namespace witc::component
