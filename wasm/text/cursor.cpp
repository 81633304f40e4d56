// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/text/cursor.h"

#include <fmt/format.h>

#include "wasm/text/numbers.h"
#include "wasm/utf8.h"

namespace witc::wasm {

void Cursor::skip_form() {
  std::size_t depth = 0;
  do {
    switch (peek().kind) {
      case Token::kLeft:
      case Token::kAnnotation:
        ++depth;
        break;
      case Token::kRight:
        if (depth > 0) --depth;
        break;
      case Token::kEnd:
        return;
      default:
        break;
    }
    skip();
  } while (depth > 0);
}

Diagnostic Cursor::unexpected(std::string_view expected) const {
  if (at_end()) return malformed(fmt::format("unexpected end of input, expected {}", expected));
  return malformed(fmt::format("unexpected token `{}`, expected {}", text().substr(0, 60), expected));
}

Result<void> Cursor::expect(Token::Kind kind, std::string_view what) {
  if (!at(kind)) return unexpected(what);
  skip();
  return {};
}

Result<void> Cursor::expect_keyword(std::string_view word) {
  if (!take_keyword(word)) return unexpected(fmt::format("`{}`", word));
  return {};
}

Result<std::string> Cursor::string(std::string_view what) {
  if (!at(Token::kString)) return unexpected(what);
  std::string value = string_value(text());
  skip();
  return value;
}

Result<std::string> Cursor::name(std::string_view what) {
  const Token& token = peek();
  std::string value = TRY(string(what));
  if (!is_utf8(value)) return malformed(token, "malformed UTF-8 encoding");
  return value;
}

Result<std::uint64_t> Cursor::u64(std::string_view what) {
  if (!at(Token::kNumber)) return unexpected(what);
  Number<std::uint64_t> number = parse_unsigned(text(), 64);
  if (number.error == NumberError::kForm) return unexpected(what);
  if (!number.ok()) return malformed("constant out of range: i64 constant");
  skip();
  return number.value;
}

Result<std::uint32_t> Cursor::u32(std::string_view what) {
  if (!at(Token::kNumber)) return unexpected(what);
  Number<std::uint64_t> number = parse_unsigned(text(), 32);
  if (number.error == NumberError::kForm) return unexpected(what);
  if (!number.ok()) return malformed("constant out of range: i32 constant");
  skip();
  return static_cast<std::uint32_t>(number.value);
}

}  // namespace witc::wasm
