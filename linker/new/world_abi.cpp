// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// WIT functions to core signatures and canonical options (linker/new/world_abi.h).
#include "linker/new/world_abi.h"

#include "base/overloaded.h"
#include "linker/new/live_types.h"
#include "wasm/component/limits.h"
#include "wit-parser/binary/type_encoder.h"

namespace witc::linker {
namespace {

std::vector<std::string> names(const std::vector<wit::Label>& labels) {
  std::vector<std::string> out;
  for (const wit::Label& label : labels) out.push_back(label.name);
  return out;
}

}  // namespace

WorldAbi::WorldAbi(const wit::Resolve& resolve) : resolve_(resolve), infos_(types_) {
  values_.resize(resolve.types.size(), component::PrimValType::kBool);
  contents_.resize(resolve.types.size());
  // Not the order of the Resolve: where compatible versions were merged, a type may name a later one.
  LiveTypes all(resolve);
  for (wit::TypeId id : resolve.types.ids()) all.add(id);
  for (wit::TypeId id : all.order()) convert(id);
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
  // What is too deep for any component (wasm/component/limits.h) stands as a number: walks over types recurse.
  auto put = [&](component::ValueType type) {
    component::ValueTypeId made = types_.intern(std::move(type));
    bool too_deep = infos_.of(made).depth > component::kMaxTypeDepth;
    out = too_deep ? component::ValType(component::PrimValType::kU32) : component::ValType(made);
  };
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

component::FlatFunc WorldAbi::flatten(const wit::Function& function, component::FlattenOptions options) {
  component::FuncType type;
  for (const wit::Param& param : function.params) type.params.push_back({param.name, value(param.type)});
  type.result = value(function.result);
  return component::flatten_functype(types_, infos_, type, options);
}

/// `task.return` takes what `canon lower` of a function with the result as its parameter would.
component::FlatFunc WorldAbi::flatten_task_return(const wit::Function& function) {
  component::FuncType type;
  if (function.result) type.params.push_back({"v", value(*function.result)});
  return component::flatten_functype(types_, infos_, type, {});
}

wasm::FuncType WorldAbi::import_signature(const wit::Function& function, bool is_async) {
  return flatten(function, {.is_async = is_async}).type;
}
wasm::FuncType WorldAbi::export_signature(const wit::Function& function, LiftAbi lift) {
  return flatten(function, {.is_lift = true, .is_async = lift != LiftAbi::kSync, .has_callback = lift == LiftAbi::kAsync}).type;
}
wasm::FuncType WorldAbi::task_return_signature(const wit::Function& function) { return flatten_task_return(function).type; }

WorldAbi::Contents WorldAbi::params(const wit::Function& function) const {
  Contents all;
  for (const wit::Param& param : function.params) all.add(contents(param.type));
  return all;
}

Needs WorldAbi::import_needs(const wit::Function& function, bool is_async) {
  component::FlatFunc flat = flatten(function, {.is_async = is_async});
  return {flat.needs_memory, flat.needs_realloc, params(function).string || contents(function.result).string};
}

Needs WorldAbi::export_needs(const wit::Function& function, LiftAbi lift) {
  component::FlatFunc flat =
      flatten(function, {.is_lift = true, .is_async = lift != LiftAbi::kSync, .has_callback = lift == LiftAbi::kAsync});
  Needs needs{flat.needs_memory, flat.needs_realloc, params(function).string || contents(function.result).string};
  // `task.return` must be given the memory of the lift (CanonicalABI.md, `canon task.return`).
  if (lift != LiftAbi::kSync) needs.memory |= task_return_needs(function).memory;
  return needs;
}

Needs WorldAbi::task_return_needs(const wit::Function& function) {
  return {flatten_task_return(function).needs_memory, false, contents(function.result).string};
}

Needs WorldAbi::channel_needs(wit::TypeId channel, bool is_read) const {
  const wit::TypeDefKind& kind = resolve_.types[channel].kind;
  const auto* future = std::get_if<wit::Future>(&kind);
  const auto* stream = std::get_if<wit::Stream>(&kind);
  std::optional<wit::Type> element = future != nullptr ? future->type : stream != nullptr ? stream->type : std::nullopt;
  Contents in = contents(element);
  return {element.has_value(), is_read && in.pointer, in.string};
}

}  // namespace witc::linker
