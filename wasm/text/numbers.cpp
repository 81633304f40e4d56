// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/text/numbers.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <string>

namespace witc::wasm {
namespace {

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

bool take_sign(std::string_view& text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Digits of a base with single underscores between them, appended to `out`; false if there are none.
bool take_digits(std::string_view& text, int base, std::string& out) {
  bool any = false;
  while (!text.empty()) {
    if (digit_value(text[0]) < base) {
      out += text[0];
      any = true;
      text.remove_prefix(1);
    } else if (any && text[0] == '_' && text.size() > 1 && digit_value(text[1]) < base) {
      text.remove_prefix(1);
    } else {
      break;
    }
  }
  return any;
}

/// The plain form of a float, for strtod; empty if it is not of the grammar.
std::string plain_float(std::string_view text) {
  std::string out;
  bool hex = take_prefix(text, "0x");
  if (hex) out = "0x";
  int base = hex ? 16 : 10;
  if (!take_digits(text, base, out)) return {};
  if (take_prefix(text, ".")) {
    out += '.';
    take_digits(text, base, out);
  }
  char marker = hex ? 'p' : 'e';
  if (!text.empty() && (text[0] | 0x20) == marker) {
    text.remove_prefix(1);
    out += marker;
    if (text.starts_with('-') || text.starts_with('+')) {
      out += text[0];
      text.remove_prefix(1);
    }
    if (!take_digits(text, 10, out)) return {};
  }
  return text.empty() ? out : std::string();
}

template <class Bits, class Float>
Number<Bits> parse_float(std::string_view text, unsigned mantissa, Float (*convert)(const char*, char**)) {
  constexpr unsigned kBits = sizeof(Bits) * 8;
  Bits sign = take_sign(text) ? Bits{1} << (kBits - 1) : 0;
  const Bits infinity = std::bit_cast<Bits>(static_cast<Float>(INFINITY));
  if (text == "inf") return {sign | infinity};
  if (text == "nan") return {sign | infinity | Bits{1} << (mantissa - 1)};
  if (text.starts_with("nan:0x")) {
    Number<std::uint64_t> payload = parse_unsigned(text.substr(4), 64);
    if (payload.error == NumberError::kForm) return {0, NumberError::kForm};
    if (!payload.ok() || payload.value == 0 || payload.value >> mantissa != 0) return {0, NumberError::kRange};
    return {static_cast<Bits>(sign | infinity | static_cast<Bits>(payload.value))};
  }
  std::string plain = plain_float(text);
  if (plain.empty()) return {0, NumberError::kForm};
  Float value = convert(plain.c_str(), nullptr);
  if (std::isinf(value)) return {0, NumberError::kRange};
  return {static_cast<Bits>(sign | std::bit_cast<Bits>(value))};
}

}  // namespace

Number<std::uint64_t> parse_unsigned(std::string_view text, unsigned bits) {
  int base = take_prefix(text, "0x") ? 16 : 10;
  std::string digits;
  if (!take_digits(text, base, digits) || !text.empty()) return {0, NumberError::kForm};
  std::uint64_t most = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  std::uint64_t value = 0;
  for (char c : digits) {
    auto digit = static_cast<std::uint64_t>(digit_value(c));
    if (value > (most - digit) / static_cast<unsigned>(base)) return {0, NumberError::kRange};
    value = value * static_cast<unsigned>(base) + digit;
  }
  return {value};
}

Number<std::uint64_t> parse_integer(std::string_view text, unsigned bits) {
  bool negative = take_sign(text);
  Number<std::uint64_t> number = parse_unsigned(text, bits);
  if (!number.ok() || !negative) return number;
  if (number.value > std::uint64_t{1} << (bits - 1)) return {0, NumberError::kRange};
  return {~number.value + 1};
}

Number<std::uint32_t> parse_f32(std::string_view text) {
  return parse_float<std::uint32_t, float>(text, 23, std::strtof);
}
Number<std::uint64_t> parse_f64(std::string_view text) {
  return parse_float<std::uint64_t, double>(text, 52, std::strtod);
}

}  // namespace witc::wasm
