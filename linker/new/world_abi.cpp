// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// WIT functions to core signatures and canonical options (linker/new/world_abi.h).
#include "linker/new/world_abi.h"

#include "base/overloaded.h"
#include "wit-parser/binary/type_encoder.h"

namespace witc::linker {
namespace {

std::vector<std::string> names(const std::vector<wit::Label>& labels) {
  std::vector<std::string> out;
  for (const wit::Label& label : labels) out.push_back(label.name);
  return out;
}

}  // namespace

WorldAbi::WorldAbi(const wit::Resolve& resolve) : resolve_(resolve), layout_(types_, abi::PtrType::kI32) {
  values_.resize(resolve.types.size(), component::PrimValType::kBool);
  contents_.resize(resolve.types.size());
  for (wit::TypeId id : resolve.types.ids()) convert(id);
}

component::ValType WorldAbi::value(const wit::Type& type) const {
  if (const auto* primitive = std::get_if<wit::Primitive>(&type)) return wit::to_component(*primitive);
  return values_[std::get<wit::TypeId>(type).value];
}
std::optional<component::ValType> WorldAbi::value(const std::optional<wit::Type>& type) const {
  if (!type) return std::nullopt;
  return value(*type);
}

WorldAbi::Contents WorldAbi::contents(const std::optional<wit::Type>& type) const {
  if (!type) return {};
  if (const auto* primitive = std::get_if<wit::Primitive>(&*type)) {
    bool string = *primitive == wit::Primitive::kString;
    return {string, string};
  }
  return contents_[std::get<wit::TypeId>(*type).value];
}

void WorldAbi::convert(wit::TypeId id) {
  Contents& in = contents_[id.value];
  component::ValType& out = values_[id.value];
  auto put = [&](component::ValueType type) { out = types_.intern(std::move(type)); };
  auto child = [&](const auto& type) {
    in.add(contents(type));
    return value(type);
  };
  match(
      resolve_.types[id].kind,
      [&](const wit::Record& record) {
        component::RecordType to;
        for (const wit::Field& field : record.fields) to.fields.push_back({field.name, child(field.type)});
        put(std::move(to));
      },
      // Handles are all alike to the ABI; a resource by itself is never a value.
      [&](const wit::Resource&) { out = component::PrimValType::kU32; },
      [&](const wit::Own&) { out = component::PrimValType::kU32; },
      [&](const wit::Borrow&) { out = component::PrimValType::kU32; },
      [&](const wit::Flags& flags) { put(component::FlagsType{names(flags.flags)}); },
      [&](const wit::Tuple& tuple) {
        component::TupleType to;
        for (const wit::Type& type : tuple.types) to.types.push_back(child(type));
        put(std::move(to));
      },
      [&](const wit::Variant& variant) {
        component::VariantType to;
        for (const wit::Case& item : variant.cases) to.cases.push_back({item.name, child(item.type)});
        put(std::move(to));
      },
      [&](const wit::Enum& labels) { put(component::EnumType{names(labels.cases)}); },
      [&](const wit::Option& option) { put(component::OptionType{child(option.type)}); },
      [&](const wit::ResultType& result) {
        component::ResultValType to;
        to.ok = child(result.ok);
        to.error = child(result.err);
        put(to);
      },
      [&](const wit::List& list) {
        in.pointer = true;
        put(component::ListType{child(list.type), std::nullopt});
      },
      [&](const wit::FixedLengthList& list) { put(component::ListType{child(list.type), list.length}); },
      [&](const wit::Map& map) {
        in.pointer = true;
        component::ValType key = child(map.key);
        put(component::MapType{key, child(map.value)});
      },
      [&](const wit::Future&) { out = component::PrimValType::kU32; },
      [&](const wit::Stream&) { out = component::PrimValType::kU32; },
      [&](const wit::Alias& alias) { out = child(alias.type); });
}

component::FuncTypeId WorldAbi::func(const wit::Function& function) {
  component::FuncType type;
  for (const wit::Param& param : function.params) type.params.push_back({param.name, value(param.type)});
  type.result = value(function.result);
  return types_.intern(std::move(type));
}

wasm::FuncType WorldAbi::import_signature(const wit::Function& function) {
  return abi::to_wasm(layout_.flatten_functype(func(function), abi::Layout::Context::kLower));
}
wasm::FuncType WorldAbi::export_signature(const wit::Function& function) {
  return abi::to_wasm(layout_.flatten_functype(func(function), abi::Layout::Context::kLift));
}

WorldAbi::Contents WorldAbi::params(const wit::Function& function) const {
  Contents all;
  for (const wit::Param& param : function.params) all.add(contents(param.type));
  return all;
}

Needs WorldAbi::import_needs(const wit::Function& function) {
  Contents lifted = params(function);
  Contents lowered = contents(function.result);
  const component::FuncType& type = types_[func(function)];
  std::vector<component::ValType> param_values = abi::param_types(type);
  bool spilled = layout_.flatten_types(param_values).exceeds(abi::kMaxFlatParams) ||
                 (type.result && layout_.flatten_type(*type.result).exceeds(abi::kMaxFlatResults));
  return {lifted.pointer || lowered.pointer || spilled, lowered.pointer, lifted.string || lowered.string};
}

Needs WorldAbi::export_needs(const wit::Function& function) {
  Contents lowered = params(function);
  Contents lifted = contents(function.result);
  const component::FuncType& type = types_[func(function)];
  std::vector<component::ValType> param_values = abi::param_types(type);
  bool spilled_params = layout_.flatten_types(param_values).exceeds(abi::kMaxFlatParams);
  bool spilled_result = type.result && layout_.flatten_type(*type.result).exceeds(abi::kMaxFlatResults);
  return {lifted.pointer || lowered.pointer || spilled_params || spilled_result, lowered.pointer || spilled_params,
          lifted.string || lowered.string};
}

}  // namespace witc::linker
