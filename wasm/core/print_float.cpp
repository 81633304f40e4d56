// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Floating point constants as text: exact, in hexadecimal.
#include <fmt/format.h>

#include <bit>

#include "wasm/core/print.h"

namespace witc::wasm {
namespace {

struct Format {
  unsigned mantissa_bits;
  int bias;
};

std::string hex_float(std::uint64_t bits, Format format) {
  unsigned total = format.mantissa_bits + static_cast<unsigned>(std::bit_width(static_cast<unsigned>(format.bias))) + 1;
  std::uint64_t mantissa = bits & ((std::uint64_t{1} << format.mantissa_bits) - 1);
  auto exponent = static_cast<int>(bits >> format.mantissa_bits & static_cast<unsigned>(2 * format.bias + 1));
  std::string out = bits >> total != 0 ? "-" : "";
  if (exponent == 2 * format.bias + 1) {
    if (mantissa == 0) return out + "inf";
    std::uint64_t canonical = std::uint64_t{1} << (format.mantissa_bits - 1);
    return mantissa == canonical ? out + "nan" : fmt::format("{}nan:{:#x}", out, mantissa);
  }
  if (exponent == 0 && mantissa == 0) return out + "0x0p+0";
  bool subnormal = exponent == 0;
  if (subnormal) {
    // Shift the leading one to where normal numbers have theirs implied.
    int shift = static_cast<int>(format.mantissa_bits) + 1 - std::bit_width(mantissa);
    mantissa = mantissa << shift & ((std::uint64_t{1} << format.mantissa_bits) - 1);
    exponent = 1 - shift;
  }
  // Whole hexadecimal digits, without zeros at the end.
  unsigned digits = (format.mantissa_bits + 3) / 4;
  mantissa <<= digits * 4 - format.mantissa_bits;
  while (digits > 0 && (mantissa & 0xf) == 0) {
    mantissa >>= 4;
    --digits;
  }
  out += "0x1";
  if (digits > 0 || subnormal) out += '.';
  if (digits > 0) out += fmt::format("{:0{}x}", mantissa, digits);
  return out + fmt::format("p{:+}", exponent - format.bias);
}

}  // namespace

std::string float_text(std::uint32_t bits) { return hex_float(bits, {23, 127}); }
std::string float_text(std::uint64_t bits) { return hex_float(bits, {52, 1023}); }

}  // namespace witc::wasm
