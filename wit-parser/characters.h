// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The characters of WIT text (WIT.md, "Lexical structure"): what the parser refuses and the printer therefore escapes.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace witc::wit {

/// Decodes one code point at `at` and moves past it; -1 if the bytes are not UTF-8.
std::int32_t next_code_point(std::string_view text, std::size_t& at);

/// Control codes, bidirectional overrides, deprecated code points: in no WIT text, comments and strings included.
bool is_forbidden(std::int32_t code_point);

}  // namespace witc::wit
