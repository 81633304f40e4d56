// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Numbers of the text format (core specification, "Text Format > Values"): checked against the grammar
// first, then converted exactly. All give no value for text that is not of the form or out of range; `Range`
// tells the two apart.

#include <cstdint>
#include <optional>
#include <string_view>

namespace witc::wasm {

enum class NumberError { kNone, kForm, kRange };

template <class T>
struct Number {
  T value{};
  NumberError error = NumberError::kNone;
  [[nodiscard]] bool ok() const { return error == NumberError::kNone; }
};

/// Unsigned, at most 2^bits - 1; decimal or `0x`, with single underscores between digits.
Number<std::uint64_t> parse_unsigned(std::string_view text, unsigned bits);
/// Signed or unsigned, in [-2^(bits-1), 2^bits - 1]; the two's complement of negative numbers in 64 bits.
Number<std::uint64_t> parse_integer(std::string_view text, unsigned bits);
/// Decimal or hexadecimal floating point, `inf`, `nan`, `nan:0x...`; rounded to nearest even. The bits.
Number<std::uint32_t> parse_f32(std::string_view text);
Number<std::uint64_t> parse_f64(std::string_view text);

}  // namespace witc::wasm
