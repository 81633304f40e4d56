// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk over WIT types that writes component types (wit-parser/binary/type_encoder.h).
#include "wit-parser/binary/type_encoder.h"

#include <algorithm>
#include <tuple>

#include "base/overloaded.h"

namespace witc::wit {
namespace {

std::string key_of(const bin::ValType& type) {
  return match(
      type, [](component::PrimValType primitive) { return "p" + std::to_string(static_cast<int>(primitive)); },
      [](bin::TypeRef ref) { return std::to_string(ref.index); });
}
std::string key_of(const std::optional<bin::ValType>& type) { return type ? key_of(*type) : "_"; }

/// What an anonymous type is made of, as text: equal for equal types of one index space. Empty for kinds
/// that WIT only has with a name.
std::string key_of(const bin::Type& type) {
  return match(
      type.type, [](component::PrimValType primitive) { return key_of(bin::ValType{primitive}); },
      [](const bin::List& list) {
        return "list " + key_of(list.element) + (list.length ? " " + std::to_string(*list.length) : "");
      },
      [](const bin::Tuple& tuple) {
        std::string key = "tuple";
        for (const bin::ValType& item : tuple.types) key += " " + key_of(item);
        return key;
      },
      [](const bin::Option& option) { return "option " + key_of(option.type); },
      [](const bin::ResultType& result) { return "result " + key_of(result.ok) + " " + key_of(result.error); },
      [](const bin::Own& own) { return "own " + std::to_string(own.type); },
      [](const bin::Borrow& borrow) { return "borrow " + std::to_string(borrow.type); },
      [](const bin::Stream& stream) { return "stream " + key_of(stream.type); },
      [](const bin::Future& future) { return "future " + key_of(future.type); },
      [](const bin::Map& map) { return "map " + key_of(map.key) + " " + key_of(map.value); },
      [](const auto&) { return std::string(); });
}

std::vector<std::string> label_names(const std::vector<Label>& labels) {
  std::vector<std::string> names;
  for (const Label& label : labels) names.push_back(label.name);
  return names;
}

}  // namespace

component::PrimValType to_component(Primitive primitive) {
  using component::PrimValType;
  switch (primitive) {
    case Primitive::kBool: return PrimValType::kBool;
    case Primitive::kU8: return PrimValType::kU8;
    case Primitive::kU16: return PrimValType::kU16;
    case Primitive::kU32: return PrimValType::kU32;
    case Primitive::kU64: return PrimValType::kU64;
    case Primitive::kS8: return PrimValType::kS8;
    case Primitive::kS16: return PrimValType::kS16;
    case Primitive::kS32: return PrimValType::kS32;
    case Primitive::kS64: return PrimValType::kS64;
    case Primitive::kF32: return PrimValType::kF32;
    case Primitive::kF64: return PrimValType::kF64;
    case Primitive::kChar: return PrimValType::kChar;
    case Primitive::kString: return PrimValType::kString;
    case Primitive::kErrorContext: return PrimValType::kErrorContext;
  }
  return PrimValType::kBool;
}

bin::NameAttributes extern_name(std::string name, const std::optional<std::string>& external_id) {
  bin::NameAttributes attributes;
  attributes.name = std::move(name);
  attributes.external_id = external_id;
  if (external_id) attributes.opcode = 0x02;
  return attributes;
}

bin::NameAttributes world_item_name(const Resolve& resolve, const WorldKey& key, const WorldItem& item) {
  bin::NameAttributes name = match(
      item, [&](const WorldInterface& it) { return extern_name(resolve.world_key_name(key), it.info.external_id); },
      [&](const Function& it) { return extern_name(resolve.world_key_name(key), it.info.external_id); },
      [&](const WorldType& it) {
        return extern_name(resolve.world_key_name(key), resolve.types[it.id].info.external_id);
      });
  const auto* interface = std::get_if<WorldInterface>(&item);
  if (interface != nullptr && std::holds_alternative<std::string>(key)) {
    name.implements = resolve.interface_path(interface->id);
    if (name.implements) name.opcode = 0x02;
  }
  return name;
}

std::vector<InterfaceId> interface_direct_deps(const Resolve& resolve, InterfaceId interface) {
  std::vector<InterfaceId> deps;
  for (const auto& [name, id] : resolve.interfaces[interface].types) {
    const auto* alias = std::get_if<Alias>(&resolve.types[id].kind);
    const auto* target = alias != nullptr ? std::get_if<TypeId>(&alias->type) : nullptr;
    if (target == nullptr) continue;
    const auto* owner = std::get_if<InterfaceId>(&resolve.types[*target].owner);
    if (owner == nullptr || *owner == interface) continue;
    if (std::ranges::find(deps, *owner) == deps.end()) deps.push_back(*owner);
  }
  return deps;
}

std::vector<const Function*> functions_in_order(const Interface& interface) {
  std::unordered_map<TypeId, std::size_t> order;
  for (const auto& [name, id] : interface.types) order.emplace(id, order.size());
  auto rank = [&](const Function* function) {
    if (!function->resource) return order.size();
    auto it = order.find(*function->resource);
    return it == order.end() ? order.size() : it->second;
  };
  using Ranked = std::tuple<std::size_t, std::size_t, const Function*>;  // rank, position
  std::vector<Ranked> ranked;
  for (const auto& [name, function] : interface.functions) {
    ranked.emplace_back(rank(&function), ranked.size(), &function);
  }
  std::ranges::sort(ranked);
  std::vector<const Function*> functions;
  for (const Ranked& item : ranked) functions.push_back(std::get<2>(item));
  return functions;
}

bin::ValType TypeEncoder::encode(const Type& type) {
  if (const auto* primitive = std::get_if<Primitive>(&type)) return to_component(*primitive);
  TypeId id = std::get<TypeId>(type);
  if (auto it = maps_.types.find(id); it != maps_.types.end()) return bin::TypeRef{it->second};

  const TypeDef& def = resolve_.types[id];
  const auto* owner = std::get_if<InterfaceId>(&def.owner);
  bin::ValType encoded = owner != nullptr && *owner != interface_ ? bin::ValType(bin::TypeRef{foreign_type(*owner, id)})
                                                                  : encode_definition(id, def);
  if (const auto* ref = std::get_if<bin::TypeRef>(&encoded)) maps_.types.emplace(id, ref->index);
  return encoded;
}

std::uint32_t TypeEncoder::encode_id(TypeId id) {
  bin::ValType encoded = encode(Type(id));
  if (const auto* ref = std::get_if<bin::TypeRef>(&encoded)) return ref->index;
  return define(bin::Type{std::get<component::PrimValType>(encoded)});
}

bin::ValType TypeEncoder::encode_definition(TypeId id, const TypeDef& def) {
  bin::NameAttributes name = extern_name(def.name.value_or(""), def.info.external_id);
  if (std::holds_alternative<Resource>(def.kind)) {
    std::uint32_t index = name_resource(std::move(name));
    maps_.types.emplace(id, index);
    return bin::TypeRef{index};
  }
  bin::ValType encoded = define_kind(def);
  if (!def.name) return encoded;
  // A name is given to an index, so a primitive needs a definition of its own here.
  const auto* ref = std::get_if<bin::TypeRef>(&encoded);
  std::uint32_t index = ref != nullptr ? ref->index : define(bin::Type{std::get<component::PrimValType>(encoded)});
  return bin::TypeRef{name_type(index, std::move(name)).value_or(index)};
}

bin::ValType TypeEncoder::define_shared(const TypeDef& def, bin::Type type) {
  std::string key = def.name ? std::string() : key_of(type);
  if (!key.empty()) {
    if (auto it = maps_.anonymous.find(key); it != maps_.anonymous.end()) return bin::TypeRef{it->second};
  }
  std::uint32_t index = define(std::move(type));
  if (!key.empty()) maps_.anonymous.emplace(std::move(key), index);
  return bin::TypeRef{index};
}

std::optional<bin::ValType> TypeEncoder::encode_optional(const std::optional<Type>& type) {
  if (!type) return std::nullopt;
  return encode(*type);
}

bin::ValType TypeEncoder::define_kind(const TypeDef& def) {
  auto put = [&](auto type) { return define_shared(def, bin::Type{std::move(type)}); };
  return match(
      def.kind,
      [&](const Record& record) {
        bin::Record out;
        for (const Field& field : record.fields) out.fields.push_back({field.name, encode(field.type)});
        return put(std::move(out));
      },
      [&](const Resource&) { return bin::ValType(bin::TypeRef{0}); },  // named by the caller
      [&](const Own& own) { return put(bin::Own{encode_id(own.resource)}); },
      [&](const Borrow& borrow) { return put(bin::Borrow{encode_id(borrow.resource)}); },
      [&](const Flags& flags) { return put(bin::Flags{label_names(flags.flags)}); },
      [&](const Tuple& tuple) {
        bin::Tuple out;
        for (const Type& type : tuple.types) out.types.push_back(encode(type));
        return put(std::move(out));
      },
      [&](const Variant& variant) {
        bin::Variant out;
        for (const Case& item : variant.cases) out.cases.push_back({item.name, encode_optional(item.type)});
        return put(std::move(out));
      },
      [&](const Enum& labels) { return put(bin::Enum{label_names(labels.cases)}); },
      [&](const Option& option) { return put(bin::Option{encode(option.type)}); },
      [&](const ResultType& result) {
        bin::ResultType out;
        out.ok = encode_optional(result.ok);
        out.error = encode_optional(result.err);
        return put(out);
      },
      [&](const List& list) { return put(bin::List{encode(list.type), std::nullopt}); },
      [&](const FixedLengthList& list) { return put(bin::List{encode(list.type), list.length}); },
      [&](const Map& map) {
        bin::ValType key = encode(map.key);
        return put(bin::Map{key, encode(map.value)});
      },
      [&](const Future& future) { return put(bin::Future{encode_optional(future.type)}); },
      [&](const Stream& stream) { return put(bin::Stream{encode_optional(stream.type)}); },
      [&](const Alias& alias) { return encode(alias.type); });
}

std::uint32_t TypeEncoder::encode_func(const Function& function) {
  bin::FuncType type;
  type.is_async = function.is_async;
  std::string key = function.is_async ? "async" : "func";
  for (const Param& param : function.params) {
    type.params.push_back({param.name, encode(param.type)});
    key += " " + param.name + ":" + key_of(type.params.back().type);
  }
  type.result = encode_optional(function.result);
  key += " -> " + key_of(type.result);
  if (auto it = maps_.funcs.find(key); it != maps_.funcs.end()) return it->second;
  std::uint32_t index = define(bin::Type{std::move(type)});
  maps_.funcs.emplace(std::move(key), index);
  return index;
}

}  // namespace witc::wit
