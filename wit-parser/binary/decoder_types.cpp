// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types and functions out of elaborated nodes (wit-parser/binary/decoder.h). A node met for the first time
// under a name is that type's definition; met again under another name it is an alias, which is what
// `use` and `type a = b` were.
#include "base/overloaded.h"
#include "wit-parser/binary/decoder.h"

namespace witc::wit {
namespace {

constexpr unsigned kMaxTypeDepth = 200;

Primitive to_wit(component::PrimValType type) {
  using component::PrimValType;
  switch (type) {
    case PrimValType::kBool: return Primitive::kBool;
    case PrimValType::kU8: return Primitive::kU8;
    case PrimValType::kU16: return Primitive::kU16;
    case PrimValType::kU32: return Primitive::kU32;
    case PrimValType::kU64: return Primitive::kU64;
    case PrimValType::kS8: return Primitive::kS8;
    case PrimValType::kS16: return Primitive::kS16;
    case PrimValType::kS32: return Primitive::kS32;
    case PrimValType::kS64: return Primitive::kS64;
    case PrimValType::kF32: return Primitive::kF32;
    case PrimValType::kF64: return Primitive::kF64;
    case PrimValType::kChar: return Primitive::kChar;
    case PrimValType::kString: return Primitive::kString;
    case PrimValType::kErrorContext: return Primitive::kErrorContext;
  }
  return Primitive::kBool;
}

std::vector<Label> labels(const std::vector<std::string>& names) {
  std::vector<Label> out;
  for (const std::string& name : names) out.push_back({name, {}});
  return out;
}

/// Kinds that WIT has only with a name.
bool needs_name(const TypeDefKind& kind) {
  return std::holds_alternative<Record>(kind) || std::holds_alternative<Variant>(kind) ||
         std::holds_alternative<Enum>(kind) || std::holds_alternative<Flags>(kind) ||
         std::holds_alternative<Resource>(kind);
}

}  // namespace

std::optional<TypeId> Decoder::known(TypeNodeId node) const {
  while (true) {
    if (auto it = types_.find(node); it != types_.end()) return it->second;
    const std::optional<TypeNodeId>& next = elaborator_.node(node).alias_of;
    if (!next) return std::nullopt;
    node = *next;
  }
}

Result<TypeId> Decoder::define(const bin::NameAttributes& name, TypeNodeId node, TypeOwner owner) {
  TypeDef def;
  def.name = name.name;
  def.owner = owner;
  def.info.external_id = name.external_id;
  TypeNodeId definition = elaborator_.definition(node);
  bool is_resource = false;
  if (std::optional<TypeId> prior = known(node)) {
    def.kind = Alias{Type(*prior)};
  } else if (elaborator_.node(definition).definition == nullptr) {
    def.kind = Resource{};
    is_resource = true;
  } else {
    def.kind = TRY(convert(elaborator_.node(definition)));
  }
  TypeId id = resolve_.types.push(std::move(def));
  types_.emplace(node, id);
  if (is_resource) types_.emplace(definition, id);
  return id;
}

Result<TypeId> Decoder::resource(std::uint32_t index, const ElaborationScope& scope) {
  TypeNodeId node = TRY(elaborator_.at(scope, index));
  std::optional<TypeId> id = known(node);
  if (!id) return elaborator_.invalid("handle to a resource that has no name in WIT");
  return *id;
}

Result<Type> Decoder::value(const bin::ValType& type, const ElaborationScope& scope) {
  if (const auto* primitive = std::get_if<component::PrimValType>(&type)) return Type(to_wit(*primitive));
  TypeNodeId node = TRY(elaborator_.at(scope, std::get<bin::TypeRef>(type).index));
  if (std::optional<TypeId> id = known(node)) return Type(*id);

  TypeNodeId definition = elaborator_.definition(node);
  const TypeNode from = elaborator_.node(definition);
  if (from.definition == nullptr) return elaborator_.invalid("resource type that has no name in WIT");
  if (const auto* primitive = std::get_if<component::PrimValType>(&from.definition->type)) return Type(to_wit(*primitive));
  if (++depth_ > kMaxTypeDepth) return error(DiagCode::kComponentLimit, "type nested too deeply for WIT");
  Result<TypeDefKind> kind = convert(from);
  --depth_;
  TypeDef def;
  def.kind = TRY(std::move(kind));
  if (needs_name(def.kind)) return elaborator_.invalid("record, variant, enum or flags type that has no name in WIT");
  TypeId id = resolve_.types.push(std::move(def));
  types_.emplace(definition, id);
  return Type(id);
}

Result<std::optional<Type>> Decoder::optional_value(const std::optional<bin::ValType>& type,
                                                    const ElaborationScope& scope) {
  if (!type) return std::optional<Type>();
  return std::optional<Type>(TRY(value(*type, scope)));
}

Result<TypeDefKind> Decoder::convert(const TypeNode& node) {
  const ElaborationScope& scope = *node.scope;
  using R = Result<TypeDefKind>;
  return match(
      node.definition->type, [&](component::PrimValType type) -> R { return TypeDefKind(Alias{to_wit(type)}); },
      [&](const bin::Record& from) -> R {
        Record record;
        for (const auto& field : from.fields) record.fields.push_back({field.label, TRY(value(field.type, scope)), {}});
        return TypeDefKind(std::move(record));
      },
      [&](const bin::Variant& from) -> R {
        Variant variant;
        for (const auto& item : from.cases) {
          variant.cases.push_back({item.label, TRY(optional_value(item.type, scope)), {}});
        }
        return TypeDefKind(std::move(variant));
      },
      [&](const bin::List& from) -> R {
        Type element = TRY(value(from.element, scope));
        if (from.length) return TypeDefKind(FixedLengthList{element, *from.length});
        return TypeDefKind(List{element});
      },
      [&](const bin::Tuple& from) -> R {
        Tuple tuple;
        for (const auto& type : from.types) tuple.types.push_back(TRY(value(type, scope)));
        return TypeDefKind(std::move(tuple));
      },
      [&](const bin::Flags& from) -> R { return TypeDefKind(Flags{labels(from.labels)}); },
      [&](const bin::Enum& from) -> R { return TypeDefKind(Enum{labels(from.labels)}); },
      [&](const bin::Option& from) -> R { return TypeDefKind(Option{TRY(value(from.type, scope))}); },
      [&](const bin::ResultType& from) -> R {
        std::optional<Type> ok = TRY(optional_value(from.ok, scope));
        return TypeDefKind(ResultType{ok, TRY(optional_value(from.error, scope))});
      },
      [&](const bin::Own& from) -> R { return TypeDefKind(Own{TRY(resource(from.type, scope))}); },
      [&](const bin::Borrow& from) -> R { return TypeDefKind(Borrow{TRY(resource(from.type, scope))}); },
      [&](const bin::Stream& from) -> R { return TypeDefKind(Stream{TRY(optional_value(from.type, scope))}); },
      [&](const bin::Future& from) -> R { return TypeDefKind(Future{TRY(optional_value(from.type, scope))}); },
      [&](const bin::Map& from) -> R {
        Type key = TRY(value(from.key, scope));
        return TypeDefKind(Map{key, TRY(value(from.value, scope))});
      },
      [&](const auto&) -> R { return elaborator_.invalid("type that is not a value type, where WIT needs one"); });
}

Result<void> Decoder::set_kind(Function& function, TypeOwner owner) {
  std::string_view name = function.name;
  std::string resource;
  auto take = [&](std::string_view prefix, FunctionKind kind) {
    if (!name.starts_with(prefix)) return false;
    function.kind = kind;
    std::string_view rest = name.substr(prefix.size());
    resource = rest.substr(0, kind == FunctionKind::kConstructor ? rest.size() : std::min(rest.find('.'), rest.size()));
    return true;
  };
  if (!take("[constructor]", FunctionKind::kConstructor) && !take("[method]", FunctionKind::kMethod) &&
      !take("[static]", FunctionKind::kStatic)) {
    return {};
  }
  const TypeId* found = nullptr;
  if (const auto* interface = std::get_if<InterfaceId>(&owner)) {
    found = resolve_.interfaces[*interface].types.find(resource);
  } else if (const auto* world = std::get_if<WorldId>(&owner)) {
    const WorldItem* item = resolve_.worlds[*world].imports.find(WorldKey(resource));
    if (const auto* type = item != nullptr ? std::get_if<WorldType>(item) : nullptr) found = &type->id;
  }
  if (found == nullptr || !std::holds_alternative<Resource>(resolve_.types[*found].kind)) {
    return elaborator_.invalid("`" + function.name + "` belongs to no resource of its interface");
  }
  function.resource = *found;
  return {};
}

Result<Function> Decoder::function(const bin::NameAttributes& name, TypeNodeId type, TypeOwner owner) {
  const TypeNode node = elaborator_.node(elaborator_.definition(type));
  const auto* from = node.definition != nullptr ? std::get_if<bin::FuncType>(&node.definition->type) : nullptr;
  if (from == nullptr) return elaborator_.invalid("function `" + name.name + "` of a type that is not a function type");
  Function function;
  function.name = name.name;
  function.info.external_id = name.external_id;
  function.is_async = from->is_async;
  TRY(set_kind(function, owner));
  for (const auto& param : from->params) {
    function.params.push_back({param.label, TRY(value(param.type, *node.scope))});
  }
  function.result = TRY(optional_value(from->result, *node.scope));
  return function;
}

}  // namespace witc::wit
