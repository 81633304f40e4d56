// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// UTF-8 as the binary and text formats ask for it (core specification, "Values > Names").

#include <string>
#include <string_view>

namespace witc::wasm {

/// Is `text` well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_utf8(std::string_view text);

/// Appends a code point; `code` must be a Unicode scalar value.
void append_utf8(std::string& out, char32_t code);

}  // namespace witc::wasm
