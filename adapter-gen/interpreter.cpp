// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lifting and lowering of dynamic values (adapter-gen/interpreter.h), except for strings.
#include "adapter-gen/interpreter.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "adapter-gen/interpreter_memory.h"
#include "base/overloaded.h"

namespace witc::abi {
namespace {

/// The type behind a reference, without a copy where there is one to refer to.
const ValueType& see(const Types& types, const ValType& type, ValueType& scratch) {
  if (const auto* id = std::get_if<ValueTypeId>(&type)) return types[*id];
  scratch = std::get<PrimValType>(type);
  return scratch;
}

std::uint64_t load_int(const LiftLowerContext& cx, std::uint64_t ptr, std::uint32_t nbytes) {
  std::uint64_t out = 0;
  std::memcpy(&out, cx.memory->bytes().data() + ptr, nbytes);  // little-endian hosts only, as the engine
  return out;
}
void store_int(const LiftLowerContext& cx, std::uint64_t value, std::uint64_t ptr, std::uint32_t nbytes) {
  std::memcpy(cx.memory->bytes().data() + ptr, &value, nbytes);
}

/// A primitive out of its bits: the value modulo the type's width. Not for strings.
OrTrap<Val> lift_prim(PrimValType type, std::uint64_t bits) {
  switch (type) {
    case PrimValType::kBool: return Val::boolean(static_cast<std::uint32_t>(bits) != 0);
    case PrimValType::kU8: return Val::unsigned_(static_cast<std::uint8_t>(bits));
    case PrimValType::kU16: return Val::unsigned_(static_cast<std::uint16_t>(bits));
    case PrimValType::kU32: return Val::unsigned_(static_cast<std::uint32_t>(bits));
    case PrimValType::kU64: return Val::unsigned_(bits);
    case PrimValType::kS8: return Val::signed_(static_cast<std::int8_t>(bits));
    case PrimValType::kS16: return Val::signed_(static_cast<std::int16_t>(bits));
    case PrimValType::kS32: return Val::signed_(static_cast<std::int32_t>(bits));
    case PrimValType::kS64: return Val::signed_(static_cast<std::int64_t>(bits));
    case PrimValType::kF32: return Val::f32(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    case PrimValType::kF64: return Val::f64(std::bit_cast<double>(bits));
    case PrimValType::kChar: {
      auto code = static_cast<std::uint32_t>(bits);
      TRAP_IF(code >= 0x110000 || (code >= 0xd800 && code <= 0xdfff), TrapKind::kInvalidChar);
      return Val::character(code);
    }
    case PrimValType::kString:
    case PrimValType::kErrorContext: break;
  }
  return trap(TrapKind::kHost);
}

/// The bits of a primitive as a core value: signed numbers below 64 bits are sign-extended to 32.
CoreValue lower_prim(const Val& val) {
  return match(
      val.value(), [](bool value) -> CoreValue { return value ? 1 : 0; }, [](std::uint64_t value) { return value; },
      [](std::int64_t value) { return static_cast<CoreValue>(value); },
      [](float value) -> CoreValue { return std::bit_cast<std::uint32_t>(value); },
      [](double value) { return std::bit_cast<CoreValue>(value); }, [](char32_t value) -> CoreValue { return value; },
      [](const auto&) -> CoreValue { return 0; });
}
bool is_narrow_signed(PrimValType type) {
  return type == PrimValType::kS8 || type == PrimValType::kS16 || type == PrimValType::kS32;
}

std::uint32_t flags_mask(std::size_t count) { return count >= 32 ? ~0u : (1u << count) - 1; }

OrTrap<Val> lift_handle(const LiftLowerContext& cx, const ValueType& type, std::uint64_t index) {
  TRAP_IF(cx.handles == nullptr, TrapKind::kUnknownHandle);
  auto i = static_cast<std::uint32_t>(index);
  if (const auto* own = std::get_if<component::OwnType>(&type)) {
    return Val::own(TRY_TRAP(cx.handles->lift_own(own->resource, i)));
  }
  return Val::borrow(TRY_TRAP(cx.handles->lift_borrow(std::get<component::BorrowType>(type).resource, i)));
}
OrTrap<std::uint32_t> lower_handle(const LiftLowerContext& cx, const ValueType& type, const Val& val) {
  TRAP_IF(cx.handles == nullptr, TrapKind::kHandleTableFull);
  std::uint64_t rep = val.get_if<Val::Handle>()->rep;
  if (const auto* own = std::get_if<component::OwnType>(&type)) return cx.handles->lower_own(own->resource, rep);
  return cx.handles->lower_borrow(std::get<component::BorrowType>(type).resource, rep);
}
bool is_handle(const ValueType& type) {
  return std::holds_alternative<component::OwnType>(type) || std::holds_alternative<component::BorrowType>(type);
}

OrTrap<Val> load_list_from_valid_range(const LiftLowerContext& cx, std::uint64_t ptr, std::uint64_t length,
                                       const ValType& element) {
  std::uint64_t size = cx.layout.elem_size(element);
  std::vector<Val> items;
  items.reserve(length);
  for (std::uint64_t i = 0; i < length; ++i) items.push_back(TRY_TRAP(load(cx, ptr + i * size, element)));
  return Val::list(std::move(items));
}

OrTrap<Val> load_record(const LiftLowerContext& cx, std::uint64_t ptr, std::span<const ValType> fields) {
  std::vector<Val> out;
  for (const ValType& field : fields) {
    ptr = align_to(ptr, cx.layout.alignment(field));
    out.push_back(TRY_TRAP(load(cx, ptr, field)));
    ptr += cx.layout.elem_size(field);
  }
  return Val::record(std::move(out));
}

OrTrap<Val> load_map(const LiftLowerContext& cx, std::uint64_t ptr, std::uint64_t length,
                     const component::MapType& map) {
  std::array<ValType, 2> fields = {map.key, map.value};
  Layout::Record entry = cx.layout.record(fields);
  TRAP_IF(length > kMaxListByteLength / entry.size, TrapKind::kListTooLong);
  TRAP_IF(ptr % entry.alignment != 0, TrapKind::kUnalignedPointer);
  std::uint64_t memory = cx.memory->bytes().size();
  TRAP_IF(length * entry.size > memory || ptr > memory - length * entry.size, TrapKind::kListOutOfBounds);
  std::vector<Val> items;
  items.reserve(length);
  for (std::uint64_t i = 0; i < length; ++i) items.push_back(TRY_TRAP(load_record(cx, ptr + i * entry.size, fields)));
  return Val::list(std::move(items));
}

OrTrap<Val> load_variant(const LiftLowerContext& cx, std::uint64_t ptr, const DespecializedVariant& variant) {
  auto disc_size = static_cast<std::uint32_t>(cx.layout.elem_size(discriminant_type(variant.cases.size())));
  std::uint64_t case_index = load_int(cx, ptr, disc_size);
  TRAP_IF(case_index >= variant.cases.size(), TrapKind::kInvalidDiscriminant);
  const std::optional<ValType>& payload = variant.cases[case_index];
  auto index = static_cast<std::uint32_t>(case_index);
  if (!payload) return Val::variant(index);
  return Val::variant(index, TRY_TRAP(load(cx, ptr + cx.layout.payload_offset(variant), *payload)));
}

OrTrap<void> store_record(const LiftLowerContext& cx, const std::vector<Val>& vals, std::uint64_t ptr,
                          std::span<const ValType> fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    ptr = align_to(ptr, cx.layout.alignment(fields[i]));
    TRY_TRAP(store(cx, vals[i], fields[i], ptr));
    ptr += cx.layout.elem_size(fields[i]);
  }
  return {};
}

/// Bytes of a list that is lowered. The limit is on lifting; what passed it takes up to twice as much where pointers have
/// 64 bits. More can only be a host's.
constexpr std::uint64_t kMaxLowered = 2 * kMaxListByteLength;

OrTrap<PtrLength> store_map(const LiftLowerContext& cx, const std::vector<Val>& items, const component::MapType& map) {
  std::array<ValType, 2> fields = {map.key, map.value};
  Layout::Record entry = cx.layout.record(fields);
  TRAP_IF(items.size() > kMaxLowered / entry.size, TrapKind::kListTooLong);
  std::uint64_t size = items.size() * entry.size;
  std::uint64_t ptr = TRY_TRAP(reallocate(cx, 0, 0, entry.alignment, size, size));
  for (std::size_t i = 0; i < items.size(); ++i) {
    TRY_TRAP(store_record(cx, items[i].get_if<Val::Record>()->fields, ptr + i * entry.size, fields));
  }
  return PtrLength{ptr, items.size()};
}

OrTrap<void> store_variant(const LiftLowerContext& cx, const Val::Variant& val, std::uint64_t ptr,
                           const DespecializedVariant& variant) {
  auto disc_size = static_cast<std::uint32_t>(cx.layout.elem_size(discriminant_type(variant.cases.size())));
  store_int(cx, val.case_index, ptr, disc_size);
  const std::optional<ValType>& payload = variant.cases[val.case_index];
  if (!payload) return {};
  return store(cx, *val.payload, *payload, ptr + cx.layout.payload_offset(variant));
}

OrTrap<void> store_ptr_length(const LiftLowerContext& cx, PtrLength range, std::uint64_t ptr) {
  std::uint32_t size = ptr_size(cx.layout.ptr_type());
  store_int(cx, range.ptr, ptr, size);
  store_int(cx, range.length, ptr + size, size);
  return {};
}

OrTrap<Val> lift_flat_fields(const LiftLowerContext& cx, CoreValueIter& vi, std::span<const ValType> fields) {
  std::vector<Val> out;
  for (const ValType& field : fields) out.push_back(TRY_TRAP(lift_flat(cx, vi, field)));
  return Val::record(std::move(out));
}

/// Joined core types differ from a case's own only in width, and both are kept as bits: wrapping is a truncation.
OrTrap<Val> lift_flat_variant(const LiftLowerContext& cx, CoreValueIter& vi, const ValType& type,
                              const DespecializedVariant& variant) {
  std::size_t end = vi.i + cx.layout.flatten_type(type).types.size();
  auto case_index = static_cast<std::uint32_t>(vi.next());
  TRAP_IF(case_index >= variant.cases.size(), TrapKind::kInvalidDiscriminant);
  const std::optional<ValType>& payload = variant.cases[case_index];
  std::optional<Val> out;
  if (payload) {
    std::vector<CoreValue> own;
    for (CoreType want : cx.layout.flatten_type(*payload).types) {
      bool is_32 = want == CoreType::kI32 || want == CoreType::kF32;
      CoreValue value = vi.next();
      own.push_back(is_32 ? static_cast<std::uint32_t>(value) : value);
    }
    CoreValueIter inner{own};
    out = TRY_TRAP(lift_flat(cx, inner, *payload));
  }
  vi.i = end;
  return Val::variant(case_index, std::move(out));
}

OrTrap<void> lower_flat_variant(const LiftLowerContext& cx, const Val::Variant& val, const ValType& type,
                                const DespecializedVariant& variant, std::vector<CoreValue>& out) {
  std::size_t end = out.size() + cx.layout.flatten_type(type).types.size();
  out.push_back(val.case_index);
  const std::optional<ValType>& payload = variant.cases[val.case_index];
  if (payload) TRY_TRAP(lower_flat(cx, *val.payload, *payload, out));
  out.resize(end, 0);
  return {};
}

}  // namespace

Result<void> check_supported(const Layout& layout, const ValType& type) {
  auto no = [](std::string message) { return error(DiagCode::kAbiUnsupported, std::move(message)); };
  if (layout.contains_async_value(type)) {
    return no(fmt::format("`{}` has a stream, a future or an error-context in it", layout.types().to_string(type)))
        .hint("only synchronous value types can be passed for now");
  }
  if (layout.contains_wide_flags(type)) return no("flags with more than 32 labels cannot be passed");
  if (layout.depth(type) > kMaxTypeDepth) return no(fmt::format("type is nested deeper than {}", kMaxTypeDepth));
  if (layout.elem_size(type) > kMaxListByteLength) return no("a value of the type takes 2^28 bytes or more");
  return {};
}

Result<void> check_supported(const Layout& layout, FuncTypeId id) {
  const component::FuncType& type = layout.types()[id];
  for (const component::FieldType& param : type.params) TRY(check_supported(layout, param.type));
  if (type.result) TRY(check_supported(layout, *type.result));
  return {};
}

namespace {
/// Lists of u8 go as bytes (Val::Bytes).
bool is_u8(const LiftLowerContext& cx, const ValType& type) {
  ValueType scratch;
  const auto* prim = std::get_if<PrimValType>(&see(cx.layout.types(), type, scratch));
  return prim != nullptr && *prim == PrimValType::kU8;
}
}  // namespace

OrTrap<Val> load_list_from_range(const LiftLowerContext& cx, std::uint64_t ptr, std::uint64_t length,
                                 const ValType& element) {
  std::uint64_t size = cx.layout.elem_size(element);
  TRAP_IF(size != 0 && length > kMaxListByteLength / size, TrapKind::kListTooLong);
  TRAP_IF(ptr % cx.layout.alignment(element) != 0, TrapKind::kUnalignedPointer);
  std::uint64_t memory = cx.memory->bytes().size();
  TRAP_IF(length * size > memory || ptr > memory - length * size, TrapKind::kListOutOfBounds);
  if (is_u8(cx, element)) {
    const auto bytes = cx.memory->bytes().subspan(ptr, length);
    return Val::bytes({bytes.begin(), bytes.end()});
  }
  return load_list_from_valid_range(cx, ptr, length, element);
}

OrTrap<Val> load(const LiftLowerContext& cx, std::uint64_t ptr, const ValType& type) {
  ValueType scratch;
  const ValueType& seen = see(cx.layout.types(), type, scratch);
  std::uint32_t word = ptr_size(cx.layout.ptr_type());
  if (const auto* prim = std::get_if<PrimValType>(&seen)) {
    if (*prim == PrimValType::kString) {
      return load_string_from_range(cx, load_int(cx, ptr, word), load_int(cx, ptr + word, word));
    }
    return lift_prim(*prim, load_int(cx, ptr, static_cast<std::uint32_t>(cx.layout.elem_size(type))));
  }
  if (const auto* list = std::get_if<component::ListType>(&seen)) {
    if (list->length) return load_list_from_valid_range(cx, ptr, *list->length, list->element);
    return load_list_from_range(cx, load_int(cx, ptr, word), load_int(cx, ptr + word, word), list->element);
  }
  if (const auto* map = std::get_if<component::MapType>(&seen)) {
    return load_map(cx, load_int(cx, ptr, word), load_int(cx, ptr + word, word), *map);
  }
  if (const auto* flags = std::get_if<component::FlagsType>(&seen)) {
    std::uint64_t bits = load_int(cx, ptr, elem_size_flags(flags->labels.size()));
    return Val::flags(static_cast<std::uint32_t>(bits) & flags_mask(flags->labels.size()));
  }
  if (is_handle(seen)) return lift_handle(cx, seen, load_int(cx, ptr, 4));
  if (auto variant = despecialize_variant(seen)) return load_variant(cx, ptr, *variant);
  return load_record(cx, ptr, despecialize_record(seen));
}

OrTrap<PtrLength> store_list_into_range(const LiftLowerContext& cx, const Val& val, const ValType& element) {
  if (const auto* list = val.get_if<Val::Bytes>()) {
    TRAP_IF(list->bytes.size() > kMaxLowered, TrapKind::kListTooLong);
    const std::uint64_t length = list->bytes.size();
    const std::uint64_t ptr = TRY_TRAP(reallocate(cx, 0, 0, 1, length, length));
    std::ranges::copy(list->bytes, cx.memory->bytes().begin() + static_cast<std::ptrdiff_t>(ptr));
    return PtrLength{ptr, length};
  }
  const std::vector<Val>& items = val.get_if<Val::List>()->items;
  std::uint64_t size = cx.layout.elem_size(element);
  TRAP_IF(size != 0 && items.size() > kMaxLowered / size, TrapKind::kListTooLong);
  std::uint64_t byte_length = items.size() * size;
  std::uint64_t ptr = TRY_TRAP(reallocate(cx, 0, 0, cx.layout.alignment(element), byte_length, byte_length));
  for (std::size_t i = 0; i < items.size(); ++i) TRY_TRAP(store(cx, items[i], element, ptr + i * size));
  return PtrLength{ptr, items.size()};
}

OrTrap<void> store(const LiftLowerContext& cx, const Val& val, const ValType& type, std::uint64_t ptr) {
  ValueType scratch;
  const ValueType& seen = see(cx.layout.types(), type, scratch);
  if (const auto* prim = std::get_if<PrimValType>(&seen)) {
    if (*prim == PrimValType::kString) {
      return store_ptr_length(cx, TRY_TRAP(store_string_into_range(cx, *val.get_if<Val::String>())), ptr);
    }
    store_int(cx, lower_prim(val), ptr, static_cast<std::uint32_t>(cx.layout.elem_size(type)));
    return {};
  }
  if (const auto* list = std::get_if<component::ListType>(&seen)) {
    if (!list->length) return store_ptr_length(cx, TRY_TRAP(store_list_into_range(cx, val, list->element)), ptr);
    const std::vector<Val>& items = val.get_if<Val::List>()->items;
    std::uint64_t size = cx.layout.elem_size(list->element);
    for (std::size_t i = 0; i < items.size(); ++i) TRY_TRAP(store(cx, items[i], list->element, ptr + i * size));
    return {};
  }
  if (const auto* map = std::get_if<component::MapType>(&seen)) {
    return store_ptr_length(cx, TRY_TRAP(store_map(cx, val.get_if<Val::List>()->items, *map)), ptr);
  }
  if (const auto* flags = std::get_if<component::FlagsType>(&seen)) {
    store_int(cx, val.get_if<Val::Flags>()->bits, ptr, elem_size_flags(flags->labels.size()));
    return {};
  }
  if (is_handle(seen)) {
    store_int(cx, TRY_TRAP(lower_handle(cx, seen, val)), ptr, 4);
    return {};
  }
  if (auto variant = despecialize_variant(seen)) return store_variant(cx, *val.get_if<Val::Variant>(), ptr, *variant);
  return store_record(cx, val.get_if<Val::Record>()->fields, ptr, despecialize_record(seen));
}

OrTrap<Val> lift_flat(const LiftLowerContext& cx, CoreValueIter& vi, const ValType& type) {
  ValueType scratch;
  const ValueType& seen = see(cx.layout.types(), type, scratch);
  auto pair = [&vi] {
    std::uint64_t ptr = vi.next();
    return PtrLength{ptr, vi.next()};
  };
  if (const auto* prim = std::get_if<PrimValType>(&seen)) {
    if (*prim != PrimValType::kString) return lift_prim(*prim, vi.next());
    PtrLength range = pair();
    return load_string_from_range(cx, range.ptr, range.length);
  }
  if (const auto* list = std::get_if<component::ListType>(&seen)) {
    if (!list->length) {
      PtrLength range = pair();
      return load_list_from_range(cx, range.ptr, range.length, list->element);
    }
    std::vector<Val> items;
    for (std::uint32_t i = 0; i < *list->length; ++i) items.push_back(TRY_TRAP(lift_flat(cx, vi, list->element)));
    return Val::list(std::move(items));
  }
  if (const auto* map = std::get_if<component::MapType>(&seen)) {
    PtrLength range = pair();
    return load_map(cx, range.ptr, range.length, *map);
  }
  if (const auto* flags = std::get_if<component::FlagsType>(&seen)) {
    return Val::flags(static_cast<std::uint32_t>(vi.next()) & flags_mask(flags->labels.size()));
  }
  if (is_handle(seen)) return lift_handle(cx, seen, vi.next());
  if (auto variant = despecialize_variant(seen)) return lift_flat_variant(cx, vi, type, *variant);
  return lift_flat_fields(cx, vi, despecialize_record(seen));
}

OrTrap<void> lower_flat(const LiftLowerContext& cx, const Val& val, const ValType& type, std::vector<CoreValue>& out) {
  ValueType scratch;
  const ValueType& seen = see(cx.layout.types(), type, scratch);
  auto push = [&out](PtrLength range) -> OrTrap<void> {
    out.push_back(range.ptr);
    out.push_back(range.length);
    return {};
  };
  if (const auto* prim = std::get_if<PrimValType>(&seen)) {
    if (*prim == PrimValType::kString) {
      return push(TRY_TRAP(store_string_into_range(cx, *val.get_if<Val::String>())));
    }
    CoreValue bits = lower_prim(val);
    out.push_back(is_narrow_signed(*prim) ? static_cast<std::uint32_t>(bits) : bits);
    return {};
  }
  if (const auto* list = std::get_if<component::ListType>(&seen)) {
    if (!list->length) return push(TRY_TRAP(store_list_into_range(cx, val, list->element)));
    const std::vector<Val>& items = val.get_if<Val::List>()->items;
    for (const Val& item : items) TRY_TRAP(lower_flat(cx, item, list->element, out));
    return {};
  }
  if (const auto* map = std::get_if<component::MapType>(&seen)) {
    return push(TRY_TRAP(store_map(cx, val.get_if<Val::List>()->items, *map)));
  }
  if (std::holds_alternative<component::FlagsType>(seen)) {
    out.push_back(val.get_if<Val::Flags>()->bits);
    return {};
  }
  if (is_handle(seen)) {
    out.push_back(TRY_TRAP(lower_handle(cx, seen, val)));
    return {};
  }
  if (auto variant = despecialize_variant(seen)) {
    return lower_flat_variant(cx, *val.get_if<Val::Variant>(), type, *variant, out);
  }
  std::vector<ValType> fields = despecialize_record(seen);
  const std::vector<Val>& vals = val.get_if<Val::Record>()->fields;
  for (std::size_t i = 0; i < fields.size(); ++i) TRY_TRAP(lower_flat(cx, vals[i], fields[i], out));
  return {};
}

OrTrap<std::vector<Val>> lift_flat_values(const LiftLowerContext& cx, std::uint32_t max_flat, CoreValueIter& vi,
                                          std::span<const ValType> types) {
  if (cx.layout.flatten_types(types).exceeds(max_flat)) {
    std::uint64_t ptr = vi.next();
    Layout::Record tuple = cx.layout.record(types);
    TRAP_IF(ptr % tuple.alignment != 0, TrapKind::kUnalignedPointer);
    std::uint64_t memory = cx.memory == nullptr ? 0 : cx.memory->bytes().size();
    TRAP_IF(tuple.size > memory || ptr > memory - tuple.size, TrapKind::kListOutOfBounds);
    Val out = TRY_TRAP(load_record(cx, ptr, types));
    return out.get_if<Val::Record>()->fields;
  }
  std::vector<Val> out;
  for (const ValType& type : types) out.push_back(TRY_TRAP(lift_flat(cx, vi, type)));
  return out;
}

OrTrap<std::vector<CoreValue>> lower_flat_values(const LiftLowerContext& cx, std::uint32_t max_flat,
                                                 std::span<const Val> vals, std::span<const ValType> types,
                                                 CoreValueIter* out_param) {
  std::vector<CoreValue> out;
  if (cx.layout.flatten_types(types).exceeds(max_flat)) {
    Layout::Record tuple = cx.layout.record(types);
    std::uint64_t ptr = 0;
    if (out_param == nullptr) {
      ptr = TRY_TRAP(reallocate(cx, 0, 0, tuple.alignment, tuple.size, tuple.size));
      out.push_back(ptr);
    } else {
      ptr = out_param->next();
      TRAP_IF(ptr % tuple.alignment != 0, TrapKind::kUnalignedPointer);
      std::uint64_t memory = cx.memory == nullptr ? 0 : cx.memory->bytes().size();
      TRAP_IF(tuple.size > memory || ptr > memory - tuple.size, TrapKind::kListOutOfBounds);
    }
    TRY_TRAP(store_record(cx, {vals.begin(), vals.end()}, ptr, types));
    return out;
  }
  for (std::size_t i = 0; i < types.size(); ++i) TRY_TRAP(lower_flat(cx, vals[i], types[i], out));
  return out;
}

}  // namespace witc::abi
