// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wit-parser/characters.h"

#include <algorithm>
#include <iterator>

namespace witc::wit {

std::int32_t next_code_point(std::string_view text, std::size_t& at) {
  auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return static_cast<unsigned char>(text[at++]);
  int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + static_cast<std::size_t>(length) > text.size()) return -1;
  std::int32_t point = lead & (0xFF >> (length + 1));
  for (int i = 1; i < length; ++i) {
    auto byte = static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]);
    if ((byte & 0xC0) != 0x80) return -1;
    point = (point << 6) | (byte & 0x3F);
  }
  constexpr std::int32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kSmallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return -1;
  at += static_cast<std::size_t>(length);
  return point;
}

bool is_forbidden(std::int32_t c) {
  if (c < 0x20) return c != '\n' && c != '\r' && c != '\t';
  if (c < 0x7F) return false;
  if (c <= 0x9F) return true;
  if ((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069)) return true;  // bidirectional overrides
  constexpr std::int32_t kDeprecated[] = {0x149, 0x673, 0xF77, 0xF79, 0x17A3, 0x17A4, 0x17B4, 0x17B5};
  return std::ranges::find(kDeprecated, c) != std::end(kDeprecated);
}

}  // namespace witc::wit
