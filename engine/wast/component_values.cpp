// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of scripts to values of components, guided by their type: a Val goes by position (adapter-gen/val.h).
#include "engine/wast/component_values.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/overloaded.h"
#include "wasm/text/numbers.h"
#include "wasm/utf8.h"

namespace witc::engine::wast {
namespace {

using abi::Val;
using component::PrimValType;
using MaybeVal = std::optional<Val>;

/// The first word, or nothing.
std::string_view word(const Value& value) { return value.words.empty() ? std::string_view() : value.words.front(); }

MaybeVal integer(const Value& value, bool is_signed, unsigned bits) {
  const wasm::Number<std::uint64_t> number =
      is_signed ? wasm::parse_integer(word(value), bits) : wasm::parse_unsigned(word(value), bits);
  if (!number.ok()) return std::nullopt;
  if (is_signed) return Val::signed_(static_cast<std::int64_t>(number.value));
  return Val::unsigned_(number.value);
}

/// Text of one code point.
MaybeVal character(std::string_view text) {
  if (text.empty() || text.size() > 4 || !wasm::is_utf8(text)) return std::nullopt;
  const auto lead = static_cast<unsigned char>(text[0]);
  char32_t code = lead < 0x80 ? lead : lead & (lead < 0xe0 ? 0x1f : lead < 0xf0 ? 0x0f : 0x07);
  for (char byte : text.substr(1)) code = code << 6 | (static_cast<unsigned char>(byte) & 0x3f);
  std::uint8_t bytes[4];
  if (code > 0x10ffff || wasm::encode_utf8(code, bytes) != text.size()) return std::nullopt;
  return Val::character(code);
}

MaybeVal primitive(const Value& value, PrimValType type) {
  const std::string& keyword = value.keyword;
  switch (type) {
    case PrimValType::kBool:
      if (keyword != "bool.const" || (word(value) != "true" && word(value) != "false")) return std::nullopt;
      return Val::boolean(word(value) == "true");
    case PrimValType::kU8: return keyword == "u8.const" ? integer(value, false, 8) : std::nullopt;
    case PrimValType::kU16: return keyword == "u16.const" ? integer(value, false, 16) : std::nullopt;
    case PrimValType::kU32: return keyword == "u32.const" ? integer(value, false, 32) : std::nullopt;
    case PrimValType::kU64: return keyword == "u64.const" ? integer(value, false, 64) : std::nullopt;
    case PrimValType::kS8: return keyword == "s8.const" ? integer(value, true, 8) : std::nullopt;
    case PrimValType::kS16: return keyword == "s16.const" ? integer(value, true, 16) : std::nullopt;
    case PrimValType::kS32: return keyword == "s32.const" ? integer(value, true, 32) : std::nullopt;
    case PrimValType::kS64: return keyword == "s64.const" ? integer(value, true, 64) : std::nullopt;
    case PrimValType::kF32:
      if (value.kind == Value::kF32) return Val::f32(std::bit_cast<float>(static_cast<std::uint32_t>(value.bits)));
      if (value.kind != Value::kNanCanonical32 && value.kind != Value::kNanArithmetic32) return std::nullopt;
      return Val::f32(std::numeric_limits<float>::quiet_NaN());
    case PrimValType::kF64:
      if (value.kind == Value::kF64) return Val::f64(std::bit_cast<double>(value.bits));
      if (value.kind != Value::kNanCanonical64 && value.kind != Value::kNanArithmetic64) return std::nullopt;
      return Val::f64(std::numeric_limits<double>::quiet_NaN());
    case PrimValType::kChar: return keyword == "char.const" ? character(word(value)) : std::nullopt;
    case PrimValType::kString:
      if (keyword != "str.const" || !wasm::is_utf8(word(value))) return std::nullopt;
      return Val::string(std::string(word(value)));
    case PrimValType::kErrorContext: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> index_of(const std::vector<std::string>& labels, std::string_view label) {
  const auto found = std::ranges::find(labels, label);
  if (found == labels.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - labels.begin());
}

/// A case and its payload, which must be there exactly if `type` is.
MaybeVal variant(std::uint32_t index, const std::optional<component::ValType>& type, const Value& value,
                 const component::Types& types) {
  if (value.options.size() != (type ? 1 : 0)) return std::nullopt;
  if (!type) return Val::variant(index);
  MaybeVal payload = to_val(value.options.front(), types, *type);
  if (!payload) return std::nullopt;
  return Val::variant(index, std::move(*payload));
}

/// Converts the operands; false at the first that is not of its type.
template <class TypeOf>
bool convert(const std::vector<Value>& values, const component::Types& types, TypeOf type_of, std::vector<Val>& out) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    MaybeVal item = to_val(values[i], types, type_of(i));
    if (!item) return false;
    out.push_back(std::move(*item));
  }
  return true;
}

MaybeVal list(const Value& value, const component::Types& types, const component::ValType& element) {
  std::vector<Val> items;
  if (value.keyword != "list.const") return std::nullopt;
  if (!convert(value.options, types, [&](std::size_t) { return element; }, items)) return std::nullopt;
  return Val::list(std::move(items));
}

MaybeVal record(const Value& value, const component::Types& types, const component::RecordType& type) {
  if (value.keyword != "record.const" || value.options.size() != type.fields.size()) return std::nullopt;
  if (value.words.size() != value.options.size()) return std::nullopt;
  std::vector<Val> fields;
  for (const component::FieldType& field : type.fields) {
    const std::optional<std::uint32_t> index = index_of(value.words, field.name);
    if (!index) return std::nullopt;
    MaybeVal item = to_val(value.options.at(*index), types, field.type);
    if (!item) return std::nullopt;
    fields.push_back(std::move(*item));
  }
  return Val::record(std::move(fields));
}

MaybeVal flags(const Value& value, const component::FlagsType& type) {
  std::uint32_t bits = 0;
  if (value.keyword != "flags.const") return std::nullopt;
  for (const std::string& label : value.words) {
    const std::optional<std::uint32_t> index = index_of(type.labels, label);
    if (!index) return std::nullopt;
    bits |= 1u << *index;
  }
  return Val::flags(bits);
}

/// Entries are written as tuples of key and value.
MaybeVal map(const Value& value, const component::Types& types, const component::MapType& type) {
  std::vector<std::pair<Val, Val>> entries;
  for (const Value& entry : value.options) {
    std::vector<Val> pair;
    if (entry.options.size() != 2) return std::nullopt;
    if (!convert(entry.options, types, [&](std::size_t i) { return i == 0 ? type.key : type.value; }, pair)) {
      return std::nullopt;
    }
    entries.emplace_back(std::move(pair[0]), std::move(pair[1]));
  }
  return Val::map(std::move(entries));
}

MaybeVal defined(const Value& value, const component::Types& types, component::ValueTypeId id) {
  return match(
      types[id], [&](PrimValType type) { return primitive(value, type); },
      [&](const component::RecordType& type) { return record(value, types, type); },
      [&](const component::VariantType& type) -> MaybeVal {
        for (std::uint32_t i = 0; i < type.cases.size(); ++i) {
          if (type.cases[i].name == word(value)) return variant(i, type.cases[i].type, value, types);
        }
        return std::nullopt;
      },
      [&](const component::ListType& type) { return list(value, types, type.element); },
      [&](const component::TupleType& type) -> MaybeVal {
        std::vector<Val> items;
        if (value.keyword != "tuple.const" || value.options.size() != type.types.size()) return std::nullopt;
        if (!convert(value.options, types, [&](std::size_t i) { return type.types[i]; }, items)) return std::nullopt;
        return Val::tuple(std::move(items));
      },
      [&](const component::FlagsType& type) { return flags(value, type); },
      [&](const component::EnumType& type) -> MaybeVal {
        const std::optional<std::uint32_t> index = index_of(type.labels, word(value));
        return index ? MaybeVal(Val::enumeration(*index)) : std::nullopt;
      },
      [&](const component::OptionType& type) {
        const bool is_some = value.keyword == "option.some";
        return variant(is_some ? 1 : 0, is_some ? std::optional(type.type) : std::nullopt, value, types);
      },
      [&](const component::ResultValType& type) {
        const bool is_ok = value.keyword == "result.ok";
        return variant(is_ok ? 0 : 1, is_ok ? type.ok : type.error, value, types);
      },
      [&](const component::MapType& type) { return map(value, types, type); },
      [](const auto&) -> MaybeVal { return std::nullopt; });  // handles have no form
}

}  // namespace

MaybeVal to_val(const Value& value, const component::Types& types, const component::ValType& type) {
  return match(
      type, [&](PrimValType primitive_type) { return primitive(value, primitive_type); },
      [&](component::ValueTypeId id) { return defined(value, types, id); });
}

}  // namespace witc::engine::wast
