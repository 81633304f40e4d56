// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes, alignments and flattenings, bottom-up (adapter-gen/layout.h).
#include "adapter-gen/layout.h"

#include <algorithm>
#include <limits>

#include "base/overloaded.h"

namespace witc::abi {
namespace {

constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 40;
constexpr std::size_t kMaxFlat = kMaxFlatParams + 1;

std::uint64_t clamp_size(std::uint64_t size) { return std::min(size, kMaxSize); }
std::uint32_t add_weight(std::uint32_t a, std::uint32_t b) {
  return b > std::numeric_limits<std::uint32_t>::max() - a ? std::numeric_limits<std::uint32_t>::max() : a + b;
}

void append(FlatTypes& to, const FlatTypes& more) {
  for (CoreType type : more.types) {
    if (to.types.size() == kMaxFlat) {
      to.is_cut = true;
      return;
    }
    to.types.push_back(type);
  }
  to.is_cut = to.is_cut || more.is_cut;
}

}  // namespace

std::string_view to_string(CoreType type) {
  switch (type) {
    case CoreType::kI32: return "i32";
    case CoreType::kI64: return "i64";
    case CoreType::kF32: return "f32";
    case CoreType::kF64: return "f64";
  }
  return "?";
}

wasm::ValType to_wasm(CoreType type) {
  switch (type) {
    case CoreType::kI32: return wasm::ValType::i32();
    case CoreType::kI64: return wasm::ValType::i64();
    case CoreType::kF32: return wasm::ValType::f32();
    case CoreType::kF64: return wasm::ValType::f64();
  }
  return wasm::ValType::i32();
}

wasm::FuncType to_wasm(const CoreFuncType& type) {
  wasm::FuncType out;
  for (CoreType param : type.params) out.params.push_back(to_wasm(param));
  for (CoreType result : type.results) out.results.push_back(to_wasm(result));
  return out;
}

CoreType join(CoreType a, CoreType b) {
  if (a == b) return a;
  auto is_32 = [](CoreType type) { return type == CoreType::kI32 || type == CoreType::kF32; };
  return is_32(a) && is_32(b) ? CoreType::kI32 : CoreType::kI64;
}

PrimValType discriminant_type(std::size_t case_count) {
  if (case_count <= 0x100) return PrimValType::kU8;
  return case_count <= 0x10000 ? PrimValType::kU16 : PrimValType::kU32;
}

std::uint32_t elem_size_flags(std::size_t label_count) {
  if (label_count <= 8) return 1;
  return label_count <= 16 ? 2 : 4;
}

std::vector<ValType> despecialize_record(const ValueType& type) {
  if (const auto* tuple = std::get_if<component::TupleType>(&type)) return tuple->types;
  std::vector<ValType> out;
  if (const auto* record = std::get_if<component::RecordType>(&type)) {
    for (const component::FieldType& field : record->fields) out.push_back(field.type);
  }
  return out;
}

std::optional<DespecializedVariant> despecialize_variant(const ValueType& type) {
  DespecializedVariant out;
  if (const auto* variant = std::get_if<component::VariantType>(&type)) {
    for (const component::CaseType& item : variant->cases) out.cases.push_back(item.type);
  } else if (const auto* cases = std::get_if<component::EnumType>(&type)) {
    out.cases.resize(cases->labels.size());
  } else if (const auto* option = std::get_if<component::OptionType>(&type)) {
    out.cases = {std::nullopt, option->type};
  } else if (const auto* result = std::get_if<component::ResultValType>(&type)) {
    out.cases = {result->ok, result->error};
  } else {
    return std::nullopt;
  }
  return out;
}

std::vector<ValType> param_types(const component::FuncType& type) {
  std::vector<ValType> out;
  for (const component::FieldType& param : type.params) out.push_back(param.type);
  return out;
}

const Layout::Info& Layout::info(const ValType& type) const {
  if (const auto* prim = std::get_if<PrimValType>(&type)) {
    if (prims_.empty()) {
      for (int opcode = 0x7f; opcode >= 0x64; --opcode) prims_.push_back(compute(static_cast<PrimValType>(opcode)));
    }
    return prims_[0x7f - static_cast<std::size_t>(*prim)];
  }
  ValueTypeId id = std::get<ValueTypeId>(type);
  while (infos_.size() <= id.value) infos_.push_back(compute((*types_)[ValueTypeId(infos_.size())]));
  return infos_[id.value];
}

Layout::Info Layout::compute(PrimValType type) const {
  auto made = [](std::uint32_t size, CoreType flat, CopyClass copy_class = CopyClass::kPod) {
    Info out;
    out.size = out.alignment = size;
    out.copy_class = copy_class;
    out.flat.types = {flat};
    return out;
  };
  switch (type) {
    case PrimValType::kBool: return made(1, CoreType::kI32, CopyClass::kWalk);
    case PrimValType::kS8:
    case PrimValType::kU8: return made(1, CoreType::kI32);
    case PrimValType::kS16:
    case PrimValType::kU16: return made(2, CoreType::kI32);
    case PrimValType::kS32:
    case PrimValType::kU32: return made(4, CoreType::kI32);
    case PrimValType::kS64:
    case PrimValType::kU64: return made(8, CoreType::kI64);
    case PrimValType::kF32: return made(4, CoreType::kF32);
    case PrimValType::kF64: return made(8, CoreType::kF64);
    case PrimValType::kChar: return made(4, CoreType::kI32, CopyClass::kPodCheck);
    case PrimValType::kString: {
      Info out = compute_list(PrimValType::kU8, std::nullopt);
      out.depth = out.weight = 1;
      return out;
    }
    case PrimValType::kErrorContext: {
      Info out = made(4, CoreType::kI32, CopyClass::kWalk);
      out.has_async_value = true;
      return out;
    }
  }
  return {};  // an opcode between those of the enumeration
}

Layout::Info Layout::compute(const ValueType& type) const {
  auto handle = [] {
    Info out;
    out.size = out.alignment = 4;
    out.copy_class = CopyClass::kWalk;
    out.flat.types = {CoreType::kI32};
    return out;
  };
  auto async_value = [&] {
    Info out = handle();
    out.has_async_value = true;
    return out;
  };
  return match(
      type, [&](PrimValType prim) { return info(prim); },
      [&](const component::RecordType&) { return compute_record(despecialize_record(type)); },
      [&](const component::TupleType& tuple) { return compute_record(tuple.types); },
      [&](const component::ListType& list) { return compute_list(list.element, list.length); },
      [&](const component::MapType& map) {
        // despecialize(): list<tuple<k, v>>; the tuple need not exist as a type, so its facts are joined here.
        Info out = compute_list(map.key, std::nullopt);
        inherit(out, map.value);
        out.depth = std::max(info(map.key).depth, info(map.value).depth) + 2;
        return out;
      },
      [&](const component::FlagsType& flags) {
        Info out;
        out.size = out.alignment = elem_size_flags(flags.labels.size());
        out.has_wide_flags = flags.labels.size() > 32;
        bool is_full = flags.labels.size() == out.size * 8;
        out.copy_class = is_full ? CopyClass::kPod : CopyClass::kWalk;
        out.flat.types = {CoreType::kI32};
        return out;
      },
      [&](const component::OwnType&) { return handle(); },
      [&](const component::BorrowType&) {
        Info out = handle();
        out.has_borrow = true;
        return out;
      },
      [&](const component::StreamType&) { return async_value(); },
      [&](const component::FutureType&) { return async_value(); },
      [&](const auto&) { return compute_variant(*despecialize_variant(type)); });
}

void Layout::inherit(Info& out, const ValType& child) const {
  const Info& part = info(child);
  out.depth = std::max(out.depth, part.depth + 1);
  out.weight = add_weight(out.weight, part.weight);
  out.has_borrow |= part.has_borrow;
  out.has_async_value |= part.has_async_value;
  out.has_pointer |= part.has_pointer;
  out.has_wide_flags |= part.has_wide_flags;
}

Layout::Info Layout::compute_record(std::span<const ValType> fields) const {
  Info out;
  std::uint64_t packed = 0;
  for (const ValType& field : fields) {
    const Info& part = info(field);
    inherit(out, field);
    out.alignment = std::max(out.alignment, part.alignment);
    out.size = clamp_size(align_to(out.size, part.alignment) + part.size);
    packed = clamp_size(packed + part.size);
    if (part.copy_class != CopyClass::kPod) out.copy_class = CopyClass::kWalk;
    append(out.flat, part.flat);
  }
  out.size = clamp_size(align_to(out.size, out.alignment));
  if (packed != out.size) out.copy_class = CopyClass::kWalk;  // padding would carry the sender's bytes
  return out;
}

Layout::Info Layout::compute_variant(const DespecializedVariant& variant) const {
  Info out;
  const Info& discriminant = info(discriminant_type(variant.cases.size()));
  std::uint64_t largest = 0;
  bool has_payload = false;
  FlatTypes flat;
  for (const std::optional<ValType>& item : variant.cases) {
    if (!item) continue;
    has_payload = true;
    const Info& part = info(*item);
    inherit(out, *item);
    largest = std::max(largest, part.size);
    flat.is_cut = flat.is_cut || part.flat.is_cut;
    for (std::size_t i = 0; i < part.flat.types.size(); ++i) {
      if (i < flat.types.size()) {
        flat.types[i] = join(flat.types[i], part.flat.types[i]);
      } else {
        flat.types.push_back(part.flat.types[i]);
      }
    }
  }
  out.weight = add_weight(out.weight, static_cast<std::uint32_t>(variant.cases.size()));
  std::uint32_t case_alignment = max_case_alignment(variant);
  out.alignment = std::max(discriminant.alignment, case_alignment);
  out.size = clamp_size(align_to(align_to(discriminant.size, case_alignment) + largest, out.alignment));
  out.copy_class = has_payload ? CopyClass::kWalk : CopyClass::kPodCheck;
  out.flat.types = {CoreType::kI32};
  append(out.flat, flat);
  return out;
}

Layout::Info Layout::compute_list(const ValType& element, std::optional<std::uint32_t> length) const {
  Info out;
  inherit(out, element);
  if (!length) {
    out.size = 2 * ptr_size(ptr_type_);
    out.alignment = ptr_size(ptr_type_);
    out.copy_class = CopyClass::kWalk;
    out.has_pointer = true;
    out.flat.types = {core_type(ptr_type_), core_type(ptr_type_)};
    return out;
  }
  const Info& part = info(element);
  out.depth = part.depth + 1;
  for (std::uint32_t i = 1; i < std::min<std::uint32_t>(*length, kMaxFlatParams); ++i) {
    out.weight = add_weight(out.weight, part.weight);  // flat, and short ones in memory, are unrolled
  }
  out.alignment = part.alignment;
  out.size = clamp_size(part.size * std::uint64_t{*length});
  out.copy_class = part.copy_class == CopyClass::kPod ? CopyClass::kPod : CopyClass::kWalk;
  if (part.flat.types.empty()) return out;
  for (std::uint32_t i = 0; i < *length && !out.flat.is_cut; ++i) append(out.flat, part.flat);
  return out;
}

std::uint32_t Layout::max_case_alignment(const DespecializedVariant& variant) const {
  std::uint32_t out = 1;
  for (const std::optional<ValType>& item : variant.cases) {
    if (item) out = std::max(out, info(*item).alignment);
  }
  return out;
}

std::uint32_t Layout::payload_offset(const DespecializedVariant& variant) const {
  std::uint64_t size = info(discriminant_type(variant.cases.size())).size;
  return static_cast<std::uint32_t>(align_to(size, max_case_alignment(variant)));
}

std::vector<std::uint64_t> Layout::field_offsets(std::span<const ValType> fields) const {
  std::vector<std::uint64_t> out;
  std::uint64_t at = 0;
  for (const ValType& field : fields) {
    at = align_to(at, alignment(field));
    out.push_back(at);
    at = clamp_size(at + elem_size(field));
  }
  return out;
}

Layout::Record Layout::record(std::span<const ValType> fields) const {
  Info out = compute_record(fields);
  return {out.size, out.alignment};
}

FlatTypes Layout::flatten_types(std::span<const ValType> types) const {
  FlatTypes out;
  for (const ValType& type : types) append(out, flatten_type(type));
  return out;
}

CoreFuncType Layout::flatten_functype(FuncTypeId id, Context context) const {
  const component::FuncType& type = (*types_)[id];
  FlatTypes params = flatten_types(param_types(type));
  FlatTypes results;
  if (type.result) results = flatten_type(*type.result);
  CoreType pointer = core_type(ptr_type_);
  CoreFuncType out;
  if (params.exceeds(kMaxFlatParams)) {
    out.params = {pointer};
  } else {
    out.params = std::move(params.types);
  }
  if (!results.exceeds(kMaxFlatResults)) {
    out.results = std::move(results.types);
  } else if (context == Context::kLift) {
    out.results = {pointer};
  } else {
    out.params.push_back(pointer);
  }
  return out;
}

CoreFuncType Layout::flatten_async_functype(FuncTypeId id, Context context, bool has_callback) const {
  const component::FuncType& type = (*types_)[id];
  FlatTypes params = flatten_types(param_types(type));
  CoreType pointer = core_type(ptr_type_);
  CoreFuncType out;
  if (params.exceeds(context == Context::kLift ? kMaxFlatParams : kMaxFlatAsyncParams)) {
    out.params = {pointer};
  } else {
    out.params = std::move(params.types);
  }
  if (context == Context::kLower) {
    if (type.result && !flatten_type(*type.result).types.empty()) out.params.push_back(pointer);
    out.results = {CoreType::kI32};
  } else if (has_callback) {
    out.results = {CoreType::kI32};
  }
  return out;
}

}  // namespace witc::abi
