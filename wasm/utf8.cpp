// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/utf8.h"

#include <simdjson.h>

namespace witc::wasm {

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

std::size_t encode_utf8(char32_t code, std::uint8_t* out) {
  std::size_t size = 0;
  auto put = [&](char32_t byte) { out[size++] = static_cast<std::uint8_t>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
  return size;
}

void append_utf8(std::string& out, char32_t code) {
  std::uint8_t bytes[4];
  out.append(reinterpret_cast<const char*>(bytes), encode_utf8(code, bytes));
}

}  // namespace witc::wasm
