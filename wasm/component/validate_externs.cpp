// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Imports and exports, of components and in types: their types, their names, and that the types they mention
// have names themselves (wasm/component/validator.h; Binary.md, "Import and Export Definitions";
// Explainer.md, "External Visibility of Types").
#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/component/limits.h"
#include "wasm/component/validator.h"

namespace witc::component {
namespace {

std::string_view word(Direction direction) { return direction == Direction::kImport ? "import" : "export"; }

}  // namespace

/// The item an `externtype` describes; for types, with the definition that it introduces.
Result<Item> Validator::extern_type(const ast::ExternType& type) {
  switch (type.sort) {
    case Sort::kCore: {
      const CoreTypeEntity* core = TRY(at(scope().spaces.core_types, type.index, "core type"));
      if (const auto* module = std::get_if<ModuleTypeId>(core)) return Item{*module, Nominals::none()};
      return invalid(fmt::format("core type index {} is not a module type", type.index));
    }
    case Sort::kValue: {
      TRY(need(features_.values, "a value", "values"));
      if (!type.value_bound) return invalid("a value import or export needs a type");
      if (const auto* index = std::get_if<std::uint32_t>(&type.value_bound->bound)) {
        return Item{*TRY(at(scope().spaces.values, *index, "value")), scope().value_nominals[*index]};
      }
      NamedValType value = TRY(val_type(std::get<ast::ValType>(type.value_bound->bound)));
      return Item{value.type, value.nominal};
    }
    case Sort::kType: {
      if (!type.type_bound.eq) {
        ResourceId id = types().add_resource({"resource"});
        return Item{TypeEntity{id}, nominals_.add({Nominal::kResource, {}})};
      }
      TypeItem item = TRY(type_at(*type.type_bound.eq));
      return Item{item.type, nominals_.copy(item.nominal)};
    }
    case Sort::kFunc: {
      TypeItem item = TRY(type_at(type.index));
      if (const auto* func = std::get_if<FuncTypeId>(&item.type.type)) return Item{*func, item.nominal};
      return invalid(fmt::format("type index {} is not a function type", type.index));
    }
    case Sort::kComponent: {
      TypeItem item = TRY(type_at(type.index));
      if (const auto* id = std::get_if<ComponentTypeId>(&item.type.type)) return Item{*id, Nominals::none()};
      return invalid(fmt::format("type index {} is not a component type", type.index));
    }
    case Sort::kInstance: {
      TypeItem item = TRY(type_at(type.index));
      if (const auto* id = std::get_if<InstanceTypeId>(&item.type.type)) return Item{*id, Nominals::none()};
      return invalid(fmt::format("type index {} is not an instance type", type.index));
    }
  }
  return invalid("unknown sort of import or export");
}

Result<void> Validator::define(const ast::Import& import) {
  Item item = TRY(extern_type(import.type));
  bool fresh = import.type.sort == Sort::kType && !import.type.type_bound.eq;
  return add_extern(Direction::kImport, import.name, item, fresh);
}

Result<void> Validator::define(const ast::Export& item) {
  Item actual = TRY(item_at(item.item));
  if (std::holds_alternative<TypeEntity>(actual.type)) actual.nominal = nominals_.copy(actual.nominal);
  if (item.type) {
    if (item.type->sort == Sort::kType && !item.type->type_bound.eq) {
      const auto* entity = std::get_if<TypeEntity>(&actual.type);
      if (entity == nullptr || !std::holds_alternative<ResourceId>(entity->type)) {
        return invalid("ascribed type of export is not compatible with item's type: expected resource");
      }
      return invalid("ascribed type of export is not compatible with item's type: resource types are not the same");
    }
    Item ascribed = TRY(extern_type(*item.type));
    if (Matched matched = Matcher(context_).entity(actual.type, ascribed.type); !matched) {
      return invalid("ascribed type of export is not compatible with item's type: " + matched.error());
    }
    actual = ascribed;
  }
  TRY(add_extern(Direction::kExport, item.name, actual, false));
  if (std::holds_alternative<ValType>(actual.type)) scope().value_used.back() = true;
  return {};
}

/// An instance type with new resources for those it defines: importing the same type twice gives different
/// resources. They now belong to this scope.
InstanceTypeId Validator::freshen(Direction direction, const std::string& name, InstanceTypeId id) {
  if (types()[id].defined_resources.empty()) return id;
  Substitution substitution(context_);
  auto& owned = direction == Direction::kImport ? scope().imported_resources : scope().defined_resources;
  std::vector<ResourceId> defined = types()[id].defined_resources;
  (void)budget_.spend(20 * defined.size());  // reported after the definition
  for (ResourceId old : defined) {
    ResourceId fresh = types().add_resource({fmt::format("{}#{}", name, types()[old].path)});
    substitution.resources.emplace(old, fresh);
    owned.push_back(fresh);
    if (direction == Direction::kImport) nominals_.resource_origins.emplace(fresh, ResourceOrigin{ResourceOrigin::kImport});
  }
  InstanceType type = types()[id];
  type.defined_resources.clear();
  std::vector<NominalId> nodes = nominals_.instance_exports[id];
  std::size_t position = 0;
  for (auto& [export_name, item] : type.exports) {
    Item replaced = substitution.apply(Item{item.type, nodes[position]});
    item.type = replaced.type;
    nodes[position++] = replaced.nominal;
  }
  return context_.add_instance(std::move(type), std::move(nodes));
}

/// A resource that is defined here goes by the first interface that exports it.
void Validator::name_resources(const std::string& interface, InstanceTypeId id) {
  if (scope().spaces.local_resources.empty() || !budget_.spend(types()[id].exports.size())) return;
  std::vector<std::pair<ResourceId, std::string>> named;
  for (const auto& [name, item] : types()[id].exports) {
    const auto* entity = std::get_if<TypeEntity>(&item.type);
    const auto* resource = entity == nullptr ? nullptr : std::get_if<ResourceId>(&entity->type);
    if (resource == nullptr || !scope().spaces.local_resources.contains(*resource)) continue;
    if (types()[*resource].path.starts_with("resource ")) named.emplace_back(*resource, name);
  }
  for (const auto& [resource, name] : named) types().set_path(resource, fmt::format("{}#{}", interface, name));
}

Result<void> Validator::add_extern(Direction direction, const ast::NameAttributes& name, Item item,
                                   bool is_new_resource) {
  Scope& s = scope();
  bool is_import = direction == Direction::kImport;
  NameScope& names = is_import ? s.import_names : s.export_names;
  if (auto* instance = std::get_if<InstanceTypeId>(&item.type)) {
    *instance = freshen(direction, name.name, *instance);
    if (!is_import) name_resources(name.name, *instance);
  }
  if (const auto* entity = std::get_if<TypeEntity>(&item.type)) {
    if (const auto* resource = std::get_if<ResourceId>(&entity->type)) {
      if (is_new_resource) (is_import ? s.imported_resources : s.defined_resources).push_back(*resource);
      if (is_new_resource || s.spaces.local_resources.contains(*resource)) types().set_path(*resource, name.name);
      if (is_new_resource && is_import) nominals_.resource_origins.emplace(*resource, ResourceOrigin{ResourceOrigin::kImport});
      names.resources.emplace(item.nominal, name.name);
      names.resource_names.insert(name.name);
    }
  }
  TRY(push(item));
  if (!check_named(direction, item)) {
    return invalid(fmt::format("{} not valid to be used as {}", Matcher::describe(item.type), word(direction)));
  }
  TRY(check_extern_name(direction, name, item, names));
  TRY(take_name(direction, name.name, names));
  auto& items = is_import ? s.imports : s.exports;
  if (items.size() >= kMaxDefinitions) return too_large(fmt::format("too many {}s", word(direction)));
  if (!items.insert(name.name, Extern{name, item.type})) {
    return invalid(
        fmt::format("{} name `{}` conflicts with previous name `{}`", word(direction), name.name, name.name));
  }
  (is_import ? s.import_nominals : s.export_nominals).push_back(item.nominal);
  s.size += infos_.of(item.type).size;
  if (s.size > kMaxTypeSize) return too_large(fmt::format("effective type size exceeds the limit of {}", kMaxTypeSize));
  return {};
}

// -- external visibility --------------------------------------------------------------------------------

/// Whether everything an import or export mentions has a name; then it may have given one itself.
bool Validator::check_named(Direction direction, const Item& item) {
  Scope& s = scope();
  if (s.kind == Scope::kInstanceType || !budget_.spend()) return true;
  NominalSet& names = direction == Direction::kImport ? s.import_names.named : s.export_names.named;
  return match(
      item.type,
      [&](const TypeEntity& type) {
        if (!type_named(type, item.nominal, names)) return false;
        if (item.nominal != Nominals::none()) {
          if (direction == Direction::kImport) s.import_names.named.insert(item.nominal);
          s.export_names.named.insert(item.nominal);
        }
        return true;
      },
      [&](InstanceTypeId id) {
        std::vector<NominalId> nodes = nominals_.instance_exports[id];
        std::size_t position = 0;
        for (const auto& [name, part] : types()[id].exports) {
          if (!check_named(direction, {part.type, nodes[position++]})) return false;
        }
        return true;
      },
      [&](FuncTypeId) { return nominals_.parts_named(item.nominal, names); },
      [&](const ValType&) {
        Nominals& nodes = nominals_;
        return nodes.parts_named(nodes.add({Nominal::kAnonymous, {item.nominal}}), names);
      },
      [](ComponentTypeId) { return true; }, [](ModuleTypeId) { return true; });
}

bool Validator::type_named(const TypeEntity& type, NominalId nominal, const NominalSet& names) {
  return match(
      type.type, [](ResourceId) { return true; }, [](ComponentTypeId) { return true; },
      [&](const ValType&) { return nominals_.parts_named(nominal, names); },
      [&](FuncTypeId) { return nominals_.parts_named(nominal, names); },
      [&](InstanceTypeId id) { return instance_named(id, names); });
}

/// An instance type that is imported or exported as a type: nothing in it gets a name by that.
bool Validator::instance_named(InstanceTypeId id, const NominalSet& names) {
  if (!budget_.spend(types()[id].exports.size() + 1)) return true;
  std::vector<NominalId> nodes = nominals_.instance_exports[id];
  std::size_t position = 0;
  for (const auto& [name, item] : types()[id].exports) {
    NominalId node = nodes[position++];
    bool named = match(
        item.type, [&](const TypeEntity& type) { return type_named(type, node, names); },
        [&](InstanceTypeId inner) { return instance_named(inner, names); },
        [&](FuncTypeId) { return nominals_.parts_named(node, names); },
        [&](const ValType&) { return nominals_.parts_named(node, names); }, [](ComponentTypeId) { return true; },
        [](ModuleTypeId) { return true; });
    if (!named) return false;
  }
  return true;
}

// -- names ------------------------------------------------------------------------------------------------

Result<void> Validator::take_name(Direction direction, const std::string& name, NameScope& names) const {
  auto [it, fresh] = names.taken.emplace(uniqueness_key(name), name);
  if (fresh) return {};
  return invalid(fmt::format("{} name `{}` conflicts with previous name `{}`", word(direction), name, it->second));
}

Result<void> Validator::check_extern_name(Direction direction, const ast::NameAttributes& name, const Item& item,
                                          const NameScope& names) {
  auto parsed = parse_extern_name(name.name, features_.nested_names);
  if (!parsed) {
    return invalid(
        fmt::format("{} name `{}` is not a valid extern name: {}", word(direction), name.name, parsed.error()));
  }
  bool import_only =
      parsed->kind == ExternName::kUrl || parsed->kind == ExternName::kHash || parsed->kind == ExternName::kDependency;
  if (direction == Direction::kExport && import_only) {
    return invalid(fmt::format("name `{}` is not a valid export name", name.name));
  }
  TRY(check_attributes(*parsed, name, item));
  Result<void> member = check_member_name(*parsed, item, names);
  if (!member) {
    return invalid(fmt::format("{} name `{}` is not valid: {}", word(direction), name.name, member.error()->message));
  }
  return {};
}

Result<void> Validator::check_attributes(const ExternName& parsed, const ast::NameAttributes& name, const Item& item) {
  bool is_instance = std::holds_alternative<InstanceTypeId>(item.type);
  if ((name.implements || name.external_id) && !features_.implements) {
    return invalid("the `cm-implements` feature is not active");
  }
  if (name.implements) {
    if (parsed.kind != ExternName::kLabel)
      return invalid(fmt::format("name `{}` is not valid with `implements`", name.name));
    if (!is_instance) return invalid("only instances can have an `implements`");
    auto target = parse_extern_name(*name.implements, features_.nested_names);
    if (!target) return invalid(fmt::format("`{}` is not a valid name: {}", *name.implements, target.error()));
    if (target->kind != ExternName::kInterface)
      return invalid(fmt::format("name `{}` must be an interface", *name.implements));
  }
  if (name.version_suffix) {
    if (!features_.version_suffix) return invalid("the `cm-canon-names` feature is not active");
    if (!is_instance) return invalid("only instances can have an `versionsuffix`");
  }
  if (parsed.kind == ExternName::kInterface || name.version_suffix) {
    auto checked = check_version(parsed.version, name.version_suffix);
    if (!checked) return invalid(fmt::format("invalid interface version: {}", checked.error()));
  }
  return {};
}

/// `[constructor]`, `[method]` and `[static]` go with functions of the right shape on a resource of that name.
Result<void> Validator::check_member_name(const ExternName& parsed, const Item& item, const NameScope& names) {
  bool is_member = parsed.kind == ExternName::kConstructor || parsed.kind == ExternName::kMethod ||
                   parsed.kind == ExternName::kStatic;
  if (!is_member) return {};
  const auto* id = std::get_if<FuncTypeId>(&item.type);
  if (id == nullptr) return invalid("item is not a func");
  const FuncType& func = types()[*id];
  const std::vector<NominalId>& nodes = nominals_[item.nominal].children;
  auto first_part = [&](NominalId node) {
    const std::vector<NominalId>& parts = nominals_[node].children;
    return parts.empty() ? Nominals::none() : parts.front();
  };
  if (parsed.kind == ExternName::kStatic) {
    if (names.resource_names.contains(std::string(parsed.resource))) return {};
    return invalid("static resource name is not known in this context");
  }
  if (parsed.kind == ExternName::kMethod) {
    if (func.params.empty()) return invalid("function should have at least one argument");
    if (func.params[0].name != "self") return invalid("function should have a first argument called `self`");
    ValueType self = types().get(func.params[0].type);
    if (!std::holds_alternative<BorrowType>(self)) {
      return invalid("function should take a first argument of `(borrow $T)`");
    }
    return check_resource_name(first_part(nodes.empty() ? Nominals::none() : nodes.front()), parsed.resource, names);
  }
  if (func.is_async) return invalid("constructor function cannot be async");
  if (!func.result) return invalid("function should return one value");
  ValueType result = types().get(*func.result);
  NominalId node = nodes.empty() ? Nominals::none() : nodes.back();
  if (const auto* fallible = std::get_if<ResultValType>(&result); fallible != nullptr && fallible->ok) {
    result = types().get(*fallible->ok);
    node = first_part(node);
  }
  if (!std::holds_alternative<OwnType>(result)) {
    return invalid("function should return `(own $T)` or `(result (own $T))`");
  }
  return check_resource_name(first_part(node), parsed.resource, names);
}

Result<void> Validator::check_resource_name(NominalId resource, std::string_view expected, const NameScope& names) {
  auto found = names.resources.find(resource);
  if (found == names.resources.end()) return invalid("resource used in function does not have a name in this context");
  if (found->second != expected) {
    return invalid(fmt::format("function does not match expected resource name `{}`", found->second));
  }
  return {};
}

}  // namespace witc::component
