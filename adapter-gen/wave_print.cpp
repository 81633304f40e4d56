// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writing WAVE (adapter-gen/wave.h).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <cmath>

#include "adapter-gen/layout.h"
#include "adapter-gen/wave.h"
#include "base/overloaded.h"
#include "wasm/utf8.h"

namespace witc::abi {
namespace {

/// Shortest digits that read back, never with an exponent.
template <class Float>
std::string float_text(Float value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 512> buffer;
  // Precision as the shortest scientific form has it; then written out in full.
  auto [end, status] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  if (status != std::errc()) return "0";
  std::string_view text(buffer.data(), end);
  std::string out(text.starts_with('-') ? "-" : "");
  if (!out.empty()) text.remove_prefix(1);
  std::size_t e = text.find('e');
  int exponent = 0;
  std::string_view exponent_text = text.substr(e + 1);
  if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  std::string digits;
  for (char c : text.substr(0, e)) {
    if (c != '.') digits += c;
  }
  if (exponent < 0) return out + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return out + digits + std::string(whole - digits.size(), '0');
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

void escape_into(std::string& out, char32_t code) {
  switch (code) {
    case '\\': out += "\\\\"; return;
    case '\'': out += "\\'"; return;
    case '"': out += "\\\""; return;
    case '\t': out += "\\t"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    default: break;
  }
  if (code < 0x20 || code == 0x7f) {
    out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(code));
  } else {
    wasm::append_utf8(out, code);
  }
}

std::string string_text(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    byte < 0x80 ? escape_into(out, byte) : void(out += c);
  }
  return out + "\"";
}

std::string case_label(const std::string& name) {
  for (std::string_view keyword : {"true", "false", "inf", "nan", "some", "none", "ok", "err"}) {
    if (name == keyword) return "%" + name;
  }
  return name;
}

std::string items_text(const std::vector<Val>& items, const Types& types, const ValType& element) {
  std::string out;
  for (const Val& item : items) {
    if (!out.empty()) out += ", ";
    out += to_wave(item, types, element);
  }
  return out;
}
std::string tuple_text(const std::vector<Val>& items, const Types& types, const std::vector<ValType>& fields) {
  std::string out;
  for (std::size_t i = 0; i < fields.size(); ++i) out += (i > 0 ? ", " : "") + to_wave(items[i], types, fields[i]);
  return "(" + out + ")";
}
std::string record_text(const std::vector<Val>& items, const Types& types, const component::RecordType& record) {
  std::string out;
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const component::FieldType& field = record.fields[i];
    bool is_option = std::holds_alternative<component::OptionType>(types.get(field.type));
    if (is_option && items[i] == Val::none()) continue;
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", field.name, to_wave(items[i], types, field.type));
  }
  return out.empty() ? "{:}" : "{" + out + "}";
}
std::string flags_text(std::uint32_t bits, const component::FlagsType& flags) {
  std::string out;
  for (std::size_t i = 0; i < flags.labels.size() && i < 32; ++i) {
    if ((bits >> i & 1) != 0) out += (out.empty() ? "" : ", ") + flags.labels[i];
  }
  return "{" + out + "}";
}
std::string case_text(const std::string& label, const Val::Variant& val, const Types& types,
                      const std::optional<ValType>& payload) {
  if (!payload || val.payload == nullptr) return label;
  return label + "(" + to_wave(*val.payload, types, *payload) + ")";
}

std::string primitive_text(const Val& val) {
  return match(
      val.value(), [](bool value) { return std::string(value ? "true" : "false"); },
      [](std::uint64_t value) { return std::to_string(value); }, [](std::int64_t value) { return std::to_string(value); },
      [](float value) { return float_text(value); }, [](double value) { return float_text(value); },
      [](char32_t value) {
        std::string out = "'";
        escape_into(out, value);
        return out + "'";
      },
      [](const Val::String& value) { return string_text(value.text); }, [](const auto&) { return std::string("?"); });
}

}  // namespace

std::string to_wave(const Val& val, const Types& types, const ValType& type) {
  ValueType seen = types.get(type);
  auto items = [&]() -> const std::vector<Val>& { return val.get_if<Val::List>()->items; };
  auto fields = [&]() -> const std::vector<Val>& { return val.get_if<Val::Record>()->fields; };
  auto variant = [&]() -> const Val::Variant& { return *val.get_if<Val::Variant>(); };
  auto handle = [&](std::string_view kind) { return fmt::format("{}({})", kind, val.get_if<Val::Handle>()->rep); };
  return match(
      seen, [&](PrimValType) { return primitive_text(val); },
      [&](const component::RecordType& record) { return record_text(fields(), types, record); },
      [&](const component::TupleType& tuple) { return tuple_text(fields(), types, tuple.types); },
      [&](const component::ListType& list) {
        if (const auto* bytes = val.get_if<Val::Bytes>()) return fmt::format("[{}]", fmt::join(bytes->bytes, ", "));
        return "[" + items_text(items(), types, list.element) + "]";
      },
      [&](const component::MapType& map) {
        std::string out;
        for (const Val& item : items()) {
          out += (out.empty() ? "" : ", ") + tuple_text(item.get_if<Val::Record>()->fields, types, {map.key, map.value});
        }
        return "[" + out + "]";
      },
      [&](const component::FlagsType& flags) { return flags_text(val.get_if<Val::Flags>()->bits, flags); },
      [&](const component::EnumType& cases) { return case_label(cases.labels[variant().case_index]); },
      [&](const component::VariantType& cases) {
        const component::CaseType& item = cases.cases[variant().case_index];
        return case_text(case_label(item.name), variant(), types, item.type);
      },
      [&](const component::OptionType& option) {
        return case_text(variant().case_index == 0 ? "none" : "some", variant(), types, option.type);
      },
      [&](const component::ResultValType& result) {
        bool is_ok = variant().case_index == 0;
        return case_text(is_ok ? "ok" : "err", variant(), types, is_ok ? result.ok : result.error);
      },
      [&](const component::OwnType&) { return handle("own"); },
      [&](const component::BorrowType&) { return handle("borrow"); }, [](const auto&) { return std::string("?"); });
}

}  // namespace witc::abi
