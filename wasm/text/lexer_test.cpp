// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/text/lexer.h"

#include <doctest/doctest.h>

#include <limits>

#include "wasm/text/numbers.h"

namespace witc::wasm {
namespace {

std::string kinds(std::string text) {
  SourceMap sources;
  SourceId id = sources.add("a.wat", std::move(text), SourceKind::kText);
  Result<std::vector<Token>> tokens = lex(sources, sources.whole(id));
  if (!tokens) return tokens.error()->message;
  std::string out;
  for (const Token& token : *tokens) out += "()ki\"nar."[token.kind];
  return out;
}

TEST_CASE("tokens") {
  CHECK(kinds("(module $m (func (export \"a\") i32.const -1)) ;; x\n(; (; ;) ;)") == "(ki(k(k\")kn)).");
  CHECK(kinds("$\"a b\" nan:0x1 +inf") == "ikn.");
  CHECK(kinds("data\"a\" \"a\"\"b\" ,") == "rrr.");
  CHECK(kinds("(@x (y \"(\") ()) (@name \"a\")") == "a\").");
}

TEST_CASE("malformed tokens") {
  CHECK(kinds("(; (; ;)") == "unclosed comment");
  CHECK(kinds("\"abc") == "unclosed string: unexpected end of input");
  CHECK(kinds("\"\\q\"") == "illegal escape in string");
  CHECK(kinds("\"\\u{d800}\"") == "illegal escape in string: not a Unicode scalar value");
  CHECK(kinds("\"\\u{1__0}\"") == "illegal escape in string: a `_` that is not between digits");
  CHECK(kinds("\"\\u{_1}\"") == "illegal escape in string: not a hexadecimal digit");
  CHECK(kinds(";; \xe2\x80\xae") == "a character that changes the direction of text, likely to confuse");
  CHECK(kinds("$ ") == "empty identifier");
  CHECK(kinds("(@x (") == "unclosed annotation");
  CHECK(kinds("\x01") == "illegal character");
}

TEST_CASE("values of strings") {
  CHECK(string_value(R"("a\n\41\u{20ac}\"")") == "a\nA\xe2\x82\xac\"");
  CHECK(identifier_value("$\"a b\"") == "a b");
}

TEST_CASE("numbers are checked and exact") {
  CHECK(parse_unsigned("0xff_ff", 16).value == 0xffff);
  CHECK(parse_unsigned("1__0", 32).error == NumberError::kForm);
  CHECK(parse_unsigned("4294967296", 32).error == NumberError::kRange);
  CHECK(parse_integer("-0x80000000", 32).ok());
  CHECK(parse_integer("-0x80000001", 32).error == NumberError::kRange);
  CHECK(parse_f32("nan:0x200000").value == 0x7fa00000);
  CHECK(parse_f32("-0x1.8p0").value == 0xbfc00000);
  CHECK(parse_f32("1e39").error == NumberError::kRange);
  CHECK(parse_f64("0x1p-1074").value == 1);
  CHECK(parse_f64("1.e").error == NumberError::kForm);
}

}  // namespace
}  // namespace witc::wasm
