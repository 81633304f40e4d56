// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/val.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "adapter-gen/layout.h"
#include "base/overloaded.h"
#include "wasm/utf8.h"

namespace witc::abi {
namespace {

bool same_float(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

bool same_bytes(const std::vector<std::uint8_t>& bytes, const std::vector<Val>& items) {
  return std::ranges::equal(bytes, items, [](std::uint8_t byte, const Val& item) {
    const auto* value = item.get_if<std::uint64_t>();
    return value != nullptr && *value == byte;
  });
}

bool in_range(const Val& val, std::uint64_t max) {
  const auto* value = val.get_if<std::uint64_t>();
  return value != nullptr && *value <= max;
}
template <class Int>
bool in_range(const Val& val) {
  const auto* value = val.get_if<std::int64_t>();
  return value != nullptr && *value >= std::numeric_limits<Int>::min() && *value <= std::numeric_limits<Int>::max();
}

bool matches_prim(const Val& val, PrimValType type) {
  switch (type) {
    case PrimValType::kBool: return val.get_if<bool>() != nullptr;
    case PrimValType::kU8: return in_range(val, 0xff);
    case PrimValType::kU16: return in_range(val, 0xffff);
    case PrimValType::kU32: return in_range(val, 0xffff'ffff);
    case PrimValType::kU64: return val.get_if<std::uint64_t>() != nullptr;
    case PrimValType::kS8: return in_range<std::int8_t>(val);
    case PrimValType::kS16: return in_range<std::int16_t>(val);
    case PrimValType::kS32: return in_range<std::int32_t>(val);
    case PrimValType::kS64: return val.get_if<std::int64_t>() != nullptr;
    case PrimValType::kF32: return val.get_if<float>() != nullptr;
    case PrimValType::kF64: return val.get_if<double>() != nullptr;
    case PrimValType::kChar: {
      const auto* value = val.get_if<char32_t>();
      return value != nullptr && *value < 0x110000 && (*value < 0xd800 || *value > 0xdfff);
    }
    case PrimValType::kString: {
      const auto* value = val.get_if<Val::String>();
      return value != nullptr && wasm::is_utf8(value->text);
    }
    case PrimValType::kErrorContext: return false;
  }
  return false;
}

bool is_u8(const ValType& type, const Types& types) {
  const ValueType seen = types.get(type);
  const auto* prim = std::get_if<PrimValType>(&seen);
  return prim != nullptr && *prim == PrimValType::kU8;
}

bool matches_list(const Val& val, const Types& types, const component::ListType& type) {
  if (val.get_if<Val::Bytes>() != nullptr) return !type.length && is_u8(type.element, types);
  const auto* list = val.get_if<Val::List>();
  if (list == nullptr || (type.length && *type.length != list->items.size())) return false;
  for (const Val& item : list->items) {
    if (!matches(item, types, type.element)) return false;
  }
  return true;
}

bool matches_fields(const Val& val, const Types& types, const std::vector<ValType>& fields) {
  const auto* record = val.get_if<Val::Record>();
  if (record == nullptr || record->fields.size() != fields.size()) return false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!matches(record->fields[i], types, fields[i])) return false;
  }
  return true;
}

bool matches_map(const Val& val, const Types& types, const component::MapType& type) {
  const auto* list = val.get_if<Val::List>();
  if (list == nullptr) return false;
  for (const Val& item : list->items) {
    if (!matches_fields(item, types, {type.key, type.value})) return false;
  }
  return true;
}

bool matches_variant(const Val& val, const Types& types, const DespecializedVariant& type) {
  const auto* variant = val.get_if<Val::Variant>();
  if (variant == nullptr || variant->case_index >= type.cases.size()) return false;
  const std::optional<ValType>& payload = type.cases[variant->case_index];
  if (payload.has_value() != (variant->payload != nullptr)) return false;
  return !payload || matches(*variant->payload, types, *payload);
}

}  // namespace

Val Val::variant(std::uint32_t case_index, std::optional<Val> payload) {
  return Val(Variant{case_index, payload ? std::make_shared<const Val>(*std::move(payload)) : nullptr});
}

Val Val::map(std::vector<std::pair<Val, Val>> entries) {
  std::vector<Val> items;
  for (auto& [key, value] : entries) items.push_back(tuple({std::move(key), std::move(value)}));
  return list(std::move(items));
}

bool operator==(const Val& a, const Val& b) {
  if (const auto* bytes = a.get_if<Val::Bytes>()) {
    if (const auto* list = b.get_if<Val::List>()) return same_bytes(bytes->bytes, list->items);
  }
  if (b.get_if<Val::Bytes>() != nullptr && a.get_if<Val::List>() != nullptr) return b == a;
  if (a.value_.index() != b.value_.index()) return false;
  return match(
      a.value_, [&](float value) { return same_float(value, *b.get_if<float>()); },
      [&](double value) { return same_float(value, *b.get_if<double>()); },
      [&](const Val::String& value) { return value.text == b.get_if<Val::String>()->text; },
      [&](const Val::List& value) { return value.items == b.get_if<Val::List>()->items; },
      [&](const Val::Bytes& value) { return value.bytes == b.get_if<Val::Bytes>()->bytes; },
      [&](const Val::Record& value) { return value.fields == b.get_if<Val::Record>()->fields; },
      [&](const Val::Variant& value) {
        const auto& other = *b.get_if<Val::Variant>();
        if (value.case_index != other.case_index || !value.payload != !other.payload) return false;
        return !value.payload || *value.payload == *other.payload;
      },
      [&](const Val::Flags& value) { return value.bits == b.get_if<Val::Flags>()->bits; },
      [&](const Val::Handle& value) {
        const auto& other = *b.get_if<Val::Handle>();
        return value.rep == other.rep && value.is_own == other.is_own;
      },
      [&](const auto& value) { return value == std::get<std::decay_t<decltype(value)>>(b.value_); });
}

bool matches(const Val& val, const Types& types, const ValType& type) {
  ValueType seen = types.get(type);
  return match(
      seen, [&](PrimValType prim) { return matches_prim(val, prim); },
      [&](const component::ListType& list) { return matches_list(val, types, list); },
      [&](const component::MapType& map) { return matches_map(val, types, map); },
      [&](const component::FlagsType& flags) {
        const auto* value = val.get_if<Val::Flags>();
        std::size_t count = flags.labels.size();
        return value != nullptr && (count >= 32 || value->bits >> count == 0);
      },
      [&](const component::OwnType&) {
        const auto* handle = val.get_if<Val::Handle>();
        return handle != nullptr && handle->is_own;
      },
      [&](const component::BorrowType&) {
        const auto* handle = val.get_if<Val::Handle>();
        return handle != nullptr && !handle->is_own;
      },
      [&](const component::StreamType&) { return false; }, [&](const component::FutureType&) { return false; },
      [&](const component::RecordType&) { return matches_fields(val, types, despecialize_record(seen)); },
      [&](const component::TupleType& tuple) { return matches_fields(val, types, tuple.types); },
      [&](const auto&) { return matches_variant(val, types, *despecialize_variant(seen)); });
}

}  // namespace witc::abi
