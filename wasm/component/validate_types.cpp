// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Value, function and resource types (wasm/component/validator.h; Binary.md, "Type Definitions").
#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/component/limits.h"
#include "wasm/component/validator.h"

namespace witc::component {
namespace {

/// Whether a map may have keys of this type (Explainer.md, `keytype`).
bool is_key_type(const Types& types, const ValType& type) {
  ValueType value = types.get(type);
  const auto* prim = std::get_if<PrimValType>(&value);
  if (prim == nullptr) return false;
  return *prim != PrimValType::kF32 && *prim != PrimValType::kF64 && *prim != PrimValType::kErrorContext;
}

}  // namespace

Result<void> Validator::check_prim(PrimValType prim) const {
  if (prim == PrimValType::kErrorContext) {
    return need(features_.error_context, "`error-context`", "error-context");
  }
  return {};
}

Result<NamedValType> Validator::val_type(const ast::ValType& type) {
  if (const auto* prim = std::get_if<PrimValType>(&type)) {
    TRY(check_prim(*prim));
    return NamedValType{*prim, Nominals::none()};
  }
  std::uint32_t index = std::get<ast::TypeRef>(type).index;
  TypeItem item = TRY(type_at(index));
  const auto* value = std::get_if<ValType>(&item.type.type);
  if (value == nullptr) return invalid(fmt::format("type index {} is not a defined type", index));
  return NamedValType{*value, item.nominal};
}

Result<std::optional<ValType>> Validator::optional_type(const std::optional<ast::ValType>& type, Nominal& node) {
  if (!type) return std::optional<ValType>();
  NamedValType part = TRY(val_type(*type));
  node.children.push_back(part.nominal);
  return std::optional(part.type);
}

/// `what` is `record field`, `previous` what the earlier one is called.
Result<void> Validator::check_labels(const std::vector<std::string_view>& labels, std::string_view what,
                                     std::string_view previous) const {
  std::unordered_map<std::string, std::string_view> taken;
  for (std::string_view label : labels) {
    if (label.empty()) return invalid(fmt::format("{} name cannot be empty", what));
    if (!is_label(label)) return invalid(fmt::format("{} name `{}` is not in kebab case", what, label));
    auto [it, fresh] = taken.emplace(uniqueness_key(label), label);
    if (!fresh) {
      return invalid(
          fmt::format("{} name `{}` conflicts with previous {} name `{}`", what, label, previous, it->second));
    }
  }
  return {};
}

Result<TypeItem> Validator::define_type(const ast::Type& type) {
  return std::visit([&](const auto& part) { return define_one(part); }, type.type);
}

/// Interns a value type and checks what holds of all of them.
Result<TypeItem> Validator::value_type(ValueType type, Nominal node) {
  ValueTypeId id = types().intern(std::move(type));
  const TypeInfo& info = infos_.of(id);
  TRY(check_size(info));
  if (info.elem_size >= kMaxElementSize) {
    return invalid(
        fmt::format("type exceeds maximum byte size of {} with {} bytes", kMaxElementSize - 1, info.elem_size));
  }
  return TypeItem{TypeEntity{ValType(id)}, nominals_.add(std::move(node))};
}

Result<TypeItem> Validator::define_one(PrimValType prim) {
  TRY(check_prim(prim));
  return TypeItem{TypeEntity{ValType(prim)}, Nominals::none()};
}

Result<TypeItem> Validator::define_one(const ast::Record& record) {
  if (record.fields.empty()) return invalid("record type must have at least one field");
  RecordType type;
  Nominal node{Nominal::kNamed, {}};
  std::vector<std::string_view> labels;
  for (const ast::LabelValType& field : record.fields) {
    labels.push_back(field.label);
    NamedValType part = TRY(val_type(field.type));
    type.fields.push_back({field.label, part.type});
    node.children.push_back(part.nominal);
  }
  TRY(check_labels(labels, "record field", "field"));
  return value_type(std::move(type), std::move(node));
}

Result<TypeItem> Validator::define_one(const ast::Variant& variant) {
  if (variant.cases.empty()) return invalid("variant type must have at least one case");
  VariantType type;
  Nominal node{Nominal::kNamed, {}};
  std::vector<std::string_view> labels;
  for (const ast::Case& item : variant.cases) {
    labels.push_back(item.label);
    type.cases.push_back({item.label, TRY(optional_type(item.type, node))});
  }
  TRY(check_labels(labels, "variant case", "case"));
  return value_type(std::move(type), std::move(node));
}

Result<TypeItem> Validator::define_one(const ast::List& list) {
  if (list.length) {
    TRY(need(features_.fixed_length_lists, "Fixed-length lists", "fixed-length lists"));
    if (*list.length == 0) return invalid("Fixed-length lists must have more than zero elements");
    if (*list.length > kMaxListElements) {
      return too_large(fmt::format("fixed-length list element count exceeds limit of {}", kMaxListElements));
    }
  }
  NamedValType element = TRY(val_type(list.element));
  return value_type(ListType{element.type, list.length}, {Nominal::kAnonymous, {element.nominal}});
}

Result<TypeItem> Validator::define_one(const ast::Tuple& tuple) {
  if (tuple.types.empty()) return invalid("tuple type must have at least one type");
  TupleType type;
  Nominal node{Nominal::kAnonymous, {}};
  for (const ast::ValType& item : tuple.types) {
    NamedValType part = TRY(val_type(item));
    type.types.push_back(part.type);
    node.children.push_back(part.nominal);
  }
  return value_type(std::move(type), std::move(node));
}

Result<TypeItem> Validator::define_one(const ast::Flags& flags) {
  if (flags.labels.empty()) return invalid("flags must have at least one entry");
  if (flags.labels.size() > 32) return invalid("cannot have more than 32 flags");
  TRY(check_labels({flags.labels.begin(), flags.labels.end()}, "flag", "flag"));
  return value_type(FlagsType{flags.labels}, {Nominal::kNamed, {}});
}

Result<TypeItem> Validator::define_one(const ast::Enum& cases) {
  if (cases.labels.empty()) return invalid("enum type must have at least one variant");
  TRY(check_labels({cases.labels.begin(), cases.labels.end()}, "enum tag", "tag"));
  return value_type(EnumType{cases.labels}, {Nominal::kNamed, {}});
}

Result<TypeItem> Validator::define_one(const ast::Option& option) {
  NamedValType part = TRY(val_type(option.type));
  return value_type(OptionType{part.type}, {Nominal::kAnonymous, {part.nominal}});
}

Result<TypeItem> Validator::define_one(const ast::ResultType& result) {
  Nominal node{Nominal::kAnonymous, {}};
  ResultValType type;
  type.ok = TRY(optional_type(result.ok, node));
  type.error = TRY(optional_type(result.error, node));
  return value_type(type, std::move(node));
}

Result<TypeItem> Validator::define_one(const ast::Own& own) {
  ResourceId id = TRY(resource_at(own.type));
  return value_type(OwnType{id}, {Nominal::kAnonymous, {scope().type_nominals[own.type]}});
}

Result<TypeItem> Validator::define_one(const ast::Borrow& borrow) {
  ResourceId id = TRY(resource_at(borrow.type));
  return value_type(BorrowType{id}, {Nominal::kAnonymous, {scope().type_nominals[borrow.type]}});
}

/// The element of a stream or future, of a list of results: no borrowed handle may outlive its call.
Result<void> Validator::check_element(const NamedValType& element, std::string_view what) {
  if (infos_.of(element.type).has_borrow)
    return invalid(fmt::format("`{}` element type cannot contain a `borrow` type", what));
  return {};
}

Result<TypeItem> Validator::define_one(const ast::Stream& stream) {
  TRY(need(features_.async, "`stream`", "async"));
  Nominal node{Nominal::kAnonymous, {}};
  StreamType type{TRY(optional_type(stream.type, node))};
  if (type.type) {
    TRY(check_element({*type.type, Nominals::none()}, "stream"));
    if (*type.type == ValType(PrimValType::kChar)) {
      return invalid(
          "`stream<char>` is not valid at this time, use `stream<u8>` with a defined by encoding instead for now");
    }
  }
  return value_type(type, std::move(node));
}

Result<TypeItem> Validator::define_one(const ast::Future& future) {
  TRY(need(features_.async, "`future`", "async"));
  Nominal node{Nominal::kAnonymous, {}};
  FutureType type{TRY(optional_type(future.type, node))};
  if (type.type) TRY(check_element({*type.type, Nominals::none()}, "future"));
  return value_type(type, std::move(node));
}

Result<TypeItem> Validator::define_one(const ast::Map& map) {
  TRY(need(features_.map, "Maps", "map"));
  NamedValType key = TRY(val_type(map.key));
  NamedValType value = TRY(val_type(map.value));
  if (!is_key_type(types(), key.type)) {
    return invalid(fmt::format("`{}` is not a valid type of a map key", types().to_string(key.type)));
  }
  return value_type(MapType{key.type, value.type}, {Nominal::kAnonymous, {key.nominal, value.nominal}});
}

Result<TypeItem> Validator::define_one(const ast::FuncType& func) {
  if (func.is_async) TRY(need(features_.async, "async component functions", "async"));
  FuncType type;
  type.is_async = func.is_async;
  Nominal node{Nominal::kAnonymous, {}};
  std::vector<std::string_view> labels;
  for (const ast::LabelValType& param : func.params) {
    labels.push_back(param.label);
    NamedValType part = TRY(val_type(param.type));
    type.params.push_back({param.label, part.type});
    node.children.push_back(part.nominal);
  }
  TRY(check_labels(labels, "function parameter", "parameter"));
  if (func.result) {
    NamedValType part = TRY(val_type(*func.result));
    if (infos_.of(part.type).has_borrow) return invalid("function result cannot contain a `borrow` type");
    type.result = part.type;
    node.children.push_back(part.nominal);
  }
  FuncTypeId id = types().intern(std::move(type));
  const TypeInfo& info = infos_.of(id);
  if (info.size > kMaxTypeSize) return check_size(info).error().clone();
  return TypeItem{TypeEntity{id}, nominals_.add(std::move(node))};
}

Result<TypeItem> Validator::define_one(const ast::ResourceType& resource) {
  if (scope().kind != Scope::kComponent) return invalid("resources can only be defined within a concrete component");
  bool is_64 = resource.rep == wasm::ValType::i64();
  if (is_64) TRY(need(features_.memory64, "a resource represented by `i64`", "cm64"));
  if (!is_64 && resource.rep != wasm::ValType::i32()) {
    return invalid("resources can only be represented by `i32` or `i64`");
  }
  if (resource.dtor) {
    const wasm::FuncType* dtor = TRY(core_func_at(*resource.dtor));
    if (dtor->params != std::vector{resource.rep} || !dtor->results.empty()) {
      return invalid(fmt::format("core function {} has wrong signature for a destructor", *resource.dtor));
    }
  }
  auto index = static_cast<std::uint32_t>(scope().spaces.types.size());
  ResourceId id = types().add_resource({fmt::format("resource {}", index)});
  scope().defined_resources.push_back(id);
  nominals_.resource_origins.emplace(id, ResourceOrigin{ResourceOrigin::kDefinition, component_, index});
  scope().spaces.local_resources.emplace(id, index);
  scope().resource_reps.emplace(id, resource.rep);
  return TypeItem{TypeEntity{id}, nominals_.add({Nominal::kResource, {}})};
}

}  // namespace witc::component
