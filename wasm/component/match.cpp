// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matching of component-level types (wasm/component/match.h). The recursion is over nested instance and
// component types, which TypeInfo::depth bounds, and costs at most TypeInfo::size steps.
#include "wasm/component/match.h"

#include <fmt/format.h>

#include "base/overloaded.h"

namespace witc::component {
namespace {

template <class... Args>
std::unexpected<std::string> mismatch(fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(fmt::format(format, std::forward<Args>(args)...));
}

/// Puts what was being compared before the reason.
Matched within(std::string context, Matched result) {
  if (result) return result;
  return std::unexpected(context + ": " + result.error());
}

std::string_view describe_value(const ValueType& type) {
  constexpr std::string_view kNames[] = {"primitive", "record", "variant", "list",   "tuple",  "flags",  "enum",
                                         "option",    "result", "own",     "borrow", "stream", "future", "map"};
  return kNames[type.index()];
}

std::string_view describe_type(const TypeEntity& entity) {
  constexpr std::string_view kNames[] = {"resource", "defined type", "func type", "instance type", "component type"};
  return kNames[entity.type.index()];
}

}  // namespace

std::string_view Matcher::describe(const EntityType& type) {
  constexpr std::string_view kNames[] = {"module", "func", "value", "type", "instance", "component"};
  return kNames[type.index()];
}

Matched Matcher::entity(const EntityType& actual, const EntityType& expected) {
  if (!context_.budget.spend()) return mismatch("types are too large to compare");
  if (actual.index() != expected.index()) {
    return mismatch("expected {}, found {}", describe(expected), describe(actual));
  }
  return match(
      actual, [&](ModuleTypeId id) { return module(id, std::get<ModuleTypeId>(expected)); },
      [&](FuncTypeId id) { return func(id, std::get<FuncTypeId>(expected)); },
      [&](const ValType& v) { return value(v, std::get<ValType>(expected)); },
      [&](const TypeEntity& t) { return type(t, std::get<TypeEntity>(expected)); },
      [&](InstanceTypeId id) { return instance(id, std::get<InstanceTypeId>(expected)); },
      [&](ComponentTypeId id) { return component(id, std::get<ComponentTypeId>(expected)); });
}

Matched Matcher::type(const TypeEntity& actual, const TypeEntity& expected) {
  if (actual.type.index() != expected.type.index()) {
    return mismatch("expected {}, found {}", describe_type(expected), describe_type(actual));
  }
  return match(
      actual.type,
      [&](ResourceId id) -> Matched {
        ResourceId other = std::get<ResourceId>(expected.type);
        if (id == other) return {};
        return other_resource(id, other);
      },
      [&](const ValType& v) { return value(v, std::get<ValType>(expected.type)); },
      [&](FuncTypeId id) { return func(id, std::get<FuncTypeId>(expected.type)); },
      [&](InstanceTypeId id) { return instance(id, std::get<InstanceTypeId>(expected.type)); },
      [&](ComponentTypeId id) { return component(id, std::get<ComponentTypeId>(expected.type)); });
}

Matched Matcher::other_resource(ResourceId actual, ResourceId expected) const {
  return mismatch("resource types are not the same: {} was given, {} is expected", describe(actual), describe(expected));
}

std::string Matcher::describe(ResourceId resource) const {
  const std::string& path = context_.types[resource].path;
  auto found = context_.nominals.resource_origins.find(resource);
  if (found == context_.nominals.resource_origins.end()) return fmt::format("`{}`", path);
  const ResourceOrigin& origin = found->second;
  auto name = [&](Sort sort) -> const std::string* {
    for (const auto& entry : origin.component->names.entries) {
      if (entry.item.sort == sort && entry.item.index == origin.index) return &entry.name;
    }
    return nullptr;
  };
  switch (origin.kind) {
    case ResourceOrigin::kImport: return fmt::format("`{}` as imported", path);
    case ResourceOrigin::kDefinition: {
      const std::string* own = path.starts_with("resource ") ? name(Sort::kType) : nullptr;
      return fmt::format("`{}` as defined here", own == nullptr ? path : *own);
    }
    case ResourceOrigin::kInstance: break;
  }
  const std::string* instance = name(Sort::kInstance);
  return instance == nullptr ? fmt::format("`{}` of instance {}", path, origin.index)
                             : fmt::format("`{}` of the instance `{}`", path, *instance);
}

Matched Matcher::value(const ValType& actual, const ValType& expected) {
  if (actual == expected) return {};  // interned
  const auto* a = std::get_if<PrimValType>(&actual);
  const auto* b = std::get_if<PrimValType>(&expected);
  if (a != nullptr && b != nullptr) {
    return mismatch("expected primitive `{}` found primitive `{}`", context_.types.to_string(expected),
                    context_.types.to_string(actual));
  }
  if (a != nullptr || b != nullptr) {
    auto name = [&](const ValType& type) {
      return std::holds_alternative<PrimValType>(type) ? context_.types.to_string(type)
                                                       : std::string(describe_value(context_.types.get(type)));
    };
    return mismatch("expected {}, found {}", name(expected), name(actual));
  }
  return parts(context_.types[std::get<ValueTypeId>(actual)], context_.types[std::get<ValueTypeId>(expected)]);
}

Matched Matcher::fields(const std::vector<FieldType>& actual, const std::vector<FieldType>& expected) {
  if (actual.size() != expected.size()) {
    return mismatch("expected {} fields, found {}", expected.size(), actual.size());
  }
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (actual[i].name != expected[i].name) {
      return mismatch("expected field name `{}`, found `{}`", expected[i].name, actual[i].name);
    }
    Matched part = value(actual[i].type, expected[i].type);
    if (!part) return within(fmt::format("type mismatch in record field `{}`", actual[i].name), part);
  }
  return {};
}

/// Finds the first difference of two types that are known to be unequal.
Matched Matcher::parts(const ValueType& actual, const ValueType& expected) {
  if (actual.index() != expected.index()) {
    return mismatch("expected {}, found {}", describe_value(expected), describe_value(actual));
  }
  auto optional = [&](std::string_view what, const std::optional<ValType>& a,
                      const std::optional<ValType>& b) -> Matched {
    if (a && b) return within(fmt::format("type mismatch in {}", what), value(*a, *b));
    if (!a && b) return mismatch("expected {} type, but found none", what);
    if (a && !b) return mismatch("expected {} type to not be present", what);
    return {};
  };
  if (const auto* record = std::get_if<RecordType>(&actual)) {
    return fields(record->fields, std::get<RecordType>(expected).fields);
  }
  if (const auto* variant = std::get_if<VariantType>(&actual)) {
    const auto& other = std::get<VariantType>(expected);
    if (variant->cases.size() != other.cases.size()) {
      return mismatch("expected {} cases, found {}", other.cases.size(), variant->cases.size());
    }
    for (std::size_t i = 0; i < other.cases.size(); ++i) {
      const CaseType& a = variant->cases[i];
      const CaseType& b = other.cases[i];
      if (a.name != b.name) return mismatch("expected case named `{}`, found `{}`", b.name, a.name);
      if (Matched part = optional(fmt::format("variant case `{}`", a.name), a.type, b.type); !part) return part;
    }
    return {};
  }
  if (const auto* list = std::get_if<ListType>(&actual)) {
    const auto& other = std::get<ListType>(expected);
    if (list->length != other.length) {
      auto name = [](std::optional<std::uint32_t> n) {
        return n ? fmt::format("fixed-length {}", *n) : std::string("list");
      };
      return mismatch("expected {}, found {}", name(other.length), name(list->length));
    }
    return value(list->element, other.element);
  }
  if (const auto* tuple = std::get_if<TupleType>(&actual)) {
    const auto& other = std::get<TupleType>(expected);
    if (tuple->types.size() != other.types.size()) {
      return mismatch("expected {} types, found {}", other.types.size(), tuple->types.size());
    }
    for (std::size_t i = 0; i < other.types.size(); ++i) {
      Matched part = value(tuple->types[i], other.types[i]);
      if (!part) return within(fmt::format("type mismatch in tuple field {}", i), part);
    }
    return {};
  }
  if (const auto* option = std::get_if<OptionType>(&actual))
    return value(option->type, std::get<OptionType>(expected).type);
  if (const auto* result = std::get_if<ResultValType>(&actual)) {
    const auto& other = std::get<ResultValType>(expected);
    if (Matched part = optional("ok", result->ok, other.ok); !part) return part;
    return optional("err", result->error, other.error);
  }
  if (const auto* stream = std::get_if<StreamType>(&actual)) {
    return optional("stream", stream->type, std::get<StreamType>(expected).type);
  }
  if (const auto* future = std::get_if<FutureType>(&actual)) {
    return optional("future", future->type, std::get<FutureType>(expected).type);
  }
  if (const auto* map = std::get_if<MapType>(&actual)) {
    const auto& other = std::get<MapType>(expected);
    if (Matched part = value(map->key, other.key); !part) return within("type mismatch in map key", part);
    return within("type mismatch in map value", value(map->value, other.value));
  }
  if (const auto* own = std::get_if<OwnType>(&actual)) {
    return other_resource(own->resource, std::get<OwnType>(expected).resource);
  }
  if (const auto* borrow = std::get_if<BorrowType>(&actual)) {
    return other_resource(borrow->resource, std::get<BorrowType>(expected).resource);
  }
  return mismatch("mismatch in {} elements", describe_value(actual));
}

Matched Matcher::func(FuncTypeId actual, FuncTypeId expected) {
  if (actual == expected) return {};
  const FuncType& a = context_.types[actual];
  const FuncType& b = context_.types[expected];
  if (a.is_async != b.is_async) {
    return mismatch("expected {} func, found {} func", b.is_async ? "async" : "sync", a.is_async ? "async" : "sync");
  }
  if (a.params.size() != b.params.size()) {
    return mismatch("expected {} parameters, found {}", b.params.size(), a.params.size());
  }
  for (std::size_t i = 0; i < a.params.size(); ++i) {
    if (a.params[i].name != b.params[i].name) {
      return mismatch("expected parameter named `{}`, found `{}`", b.params[i].name, a.params[i].name);
    }
    Matched part = value(a.params[i].type, b.params[i].type);
    if (!part) return within(fmt::format("type mismatch in function parameter `{}`", a.params[i].name), part);
  }
  if (a.result && b.result) return within("type mismatch with result type", value(*a.result, *b.result));
  if (a.result) return mismatch("expected no result, found one");
  if (b.result) return mismatch("expected a result, found none");
  return {};
}

Matched Matcher::instance(InstanceTypeId actual, InstanceTypeId expected) {
  if (actual == expected) return {};
  const auto& wanted = context_.types[expected].exports;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    // Matching may add types to the arena, so nothing of it is held across the call.
    std::string name = context_.types[expected].exports.at(i).first;
    EntityType type = context_.types[expected].exports.at(i).second.type;
    const Extern* found = context_.types[actual].exports.find(name);
    if (found == nullptr) return mismatch("missing expected export `{}`", name);
    EntityType given = found->type;
    Matched part = entity(given, type);
    if (!part) return within(fmt::format("type mismatch in instance export `{}`", name), part);
  }
  return {};
}

Matched Matcher::component(ComponentTypeId actual, ComponentTypeId expected) {
  if (actual == expected) return {};
  // Copies: the arena grows meanwhile.
  ComponentType a = context_.types[actual];
  ComponentType b = context_.types[expected];
  if (!context_.budget.spend(a.imports.size() + a.exports.size() + b.imports.size() + b.exports.size())) {
    return mismatch("types are too large to compare");
  }
  // What the expected type imports is what the actual one will be given.
  Item import_item;
  auto given = [&](const std::string& name) -> const Item* {
    const Extern* found = b.imports.find(name);
    if (found == nullptr) return nullptr;
    import_item = {found->type, Nominals::none()};
    return &import_item;
  };
  Substitution supplied(context_);
  std::vector<NominalId> import_nodes(a.imports.size());
  if (Matched part = open(given, a.imports, import_nodes, a.imported_resources, "import", supplied); !part) return part;
  Item export_item;
  auto provided = [&](const std::string& name) -> const Item* {
    const Extern* found = a.exports.find(name);
    if (found == nullptr) return nullptr;
    export_item = supplied.apply(Item{found->type, Nominals::none()});
    return &export_item;
  };
  Substitution ignored(context_);
  std::vector<NominalId> export_nodes(b.exports.size());
  return open(provided, b.exports, export_nodes, b.defined_resources, "export", ignored);
}

void Matcher::bind(const EntityType& actual, const EntityType& expected,
                   const std::unordered_set<ResourceId>& resources, Substitution& found) {
  if (!context_.budget.spend()) return;
  if (const auto* entity = std::get_if<TypeEntity>(&expected)) {
    const auto* resource = std::get_if<ResourceId>(&entity->type);
    const auto* given = std::get_if<TypeEntity>(&actual);
    if (resource == nullptr || given == nullptr || !resources.contains(*resource)) return;
    if (const auto* id = std::get_if<ResourceId>(&given->type)) found.resources.emplace(*resource, *id);
    return;
  }
  const auto* instance = std::get_if<InstanceTypeId>(&expected);
  const auto* given = std::get_if<InstanceTypeId>(&actual);
  if (instance == nullptr || given == nullptr) return;
  for (const auto& [name, item] : context_.types[*instance].exports) {
    if (const Extern* other = context_.types[*given].exports.find(name)) bind(other->type, item.type, resources, found);
  }
}

/// From the definitions that `expected` introduced to those that stand for them.
void Matcher::rename(const Item& actual, const Item& expected, Substitution& found) {
  if (!context_.budget.spend()) return;
  if (std::holds_alternative<TypeEntity>(expected.type)) {
    if (expected.nominal != Nominals::none()) found.nominals.emplace(expected.nominal, actual.nominal);
    return;
  }
  const auto* instance = std::get_if<InstanceTypeId>(&expected.type);
  const auto* given = std::get_if<InstanceTypeId>(&actual.type);
  if (instance == nullptr || given == nullptr || *instance == *given) return;
  const std::vector<NominalId>& nodes = context_.nominals.instance_exports[*instance];
  const std::vector<NominalId>& given_nodes = context_.nominals.instance_exports[*given];
  std::unordered_map<std::string_view, std::size_t> positions;
  for (const auto& [name, item] : context_.types[*given].exports) positions.emplace(name, positions.size());
  std::size_t i = 0;
  for (const auto& [name, item] : context_.types[*instance].exports) {
    NominalId node = nodes[i++];
    auto at = positions.find(name);
    if (at == positions.end()) continue;
    const Extern& other = context_.types[*given].exports.at(at->second).second;
    rename({other.type, given_nodes[at->second]}, {item.type, node}, found);
  }
}

Matched Matcher::open(const Lookup& actual, const OrderedMap<std::string, Extern>& expected,
                      const std::vector<NominalId>& expected_nominals, const std::vector<ResourceId>& resources,
                      std::string_view kind, Substitution& found) {
  std::unordered_set<ResourceId> bound(resources.begin(), resources.end());
  for (const auto& [name, item] : expected) {
    if (const Item* given = actual(name)) bind(given->type, item.type, bound, found);
  }
  Substitution renamed(context_);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [name, item] = expected.at(i);
    const Item* given = actual(name);
    if (given == nullptr) return mismatch("missing {} named `{}`", kind, name);
    Item copy = *given;
    Item wanted = found.apply(Item{item.type, Nominals::none()});
    if (Matched part = entity(copy.type, wanted.type); !part) {
      return within(fmt::format("type mismatch for {} `{}`", kind, name), part);
    }
    rename(copy, {item.type, expected_nominals[i]}, renamed);
  }
  found.nominals = std::move(renamed.nominals);
  found.forget();
  return {};
}

}  // namespace witc::component
