// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// UTF-8 as the binary and text formats ask for it (core specification, "Values > Names").

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace witc::wasm {

/// Is `text` well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_utf8(std::string_view text);

/// The bytes of a code point, written from `out` on; how many there are, at most 4. `code` must be a Unicode scalar value.
std::size_t encode_utf8(char32_t code, std::uint8_t* out);

/// Appends a code point.
void append_utf8(std::string& out, char32_t code);

}  // namespace witc::wasm
