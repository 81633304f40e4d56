// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A place in the tokens of a text, with the questions parsers ask: is this `(func`, take an identifier,
// expect the closing parenthesis. Errors say what was seen. Copying a Cursor is how to look ahead far or to
// come back later.
//
//     Result<void> parse_start(Cursor& in) {      // after "(start"
//       std::uint32_t index = ...;
//       return in.close();
//     }

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/source.h"
#include "wasm/text/lexer.h"

namespace witc::wasm {

class Cursor {
 public:
  /// `tokens` and the sources must outlive it.
  Cursor(const SourceMap& sources, SourceId source, std::span<const Token> tokens)
      : text_(sources.text(source)), source_(source), tokens_(tokens) {}

  [[nodiscard]] SourceId source() const { return source_; }
  /// The token here, or further on; the last (kEnd) repeats for ever.
  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  [[nodiscard]] std::string_view text(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }
  [[nodiscard]] std::string_view text() const { return text(peek()); }
  [[nodiscard]] std::uint32_t offset() const { return peek().begin; }
  [[nodiscard]] std::size_t position() const { return at_; }
  void seek(std::size_t position) { at_ = position; }
  [[nodiscard]] bool at_end() const { return peek().kind == Token::kEnd; }

  [[nodiscard]] bool at(Token::Kind kind) const { return peek().kind == kind; }
  [[nodiscard]] bool at_keyword(std::string_view word) const { return at(Token::kKeyword) && text() == word; }
  /// Is here `(word`.
  [[nodiscard]] bool at_form(std::string_view word) const {
    return at(Token::kLeft) && peek(1).kind == Token::kKeyword && text(peek(1)) == word;
  }
  /// Is here the annotation `(@word`.
  [[nodiscard]] bool at_annotation(std::string_view word) const {
    return at(Token::kAnnotation) && annotation_value(text()) == word;
  }

  void skip(std::size_t count = 1) { at_ = std::min(at_ + count, tokens_.size() - 1); }
  bool take(Token::Kind kind) {
    if (!at(kind)) return false;
    skip();
    return true;
  }
  bool take_keyword(std::string_view word) {
    if (!at_keyword(word)) return false;
    skip();
    return true;
  }
  /// Takes `(word`.
  bool take_form(std::string_view word) {
    if (!at_form(word)) return false;
    skip(2);
    return true;
  }
  /// Takes an identifier if there is one; without its `$`.
  std::optional<std::string> take_id() {
    if (!at(Token::kId)) return std::nullopt;
    std::string name = identifier_value(text());
    skip();
    return name;
  }
  /// Skips what is here: a token, or a whole parenthesised form.
  void skip_form();

  Result<void> open() { return expect(Token::kLeft, "`(`"); }
  Result<void> close() { return expect(Token::kRight, "`)`"); }
  Result<void> expect_keyword(std::string_view word);
  /// A string's bytes.
  Result<std::string> string(std::string_view what = "a string");
  /// A string that is UTF-8.
  Result<std::string> name(std::string_view what = "a name");
  /// An unsigned number of at most 32 or 64 bits.
  Result<std::uint32_t> u32(std::string_view what = "a number");
  Result<std::uint64_t> u64(std::string_view what = "a number");

  /// "unexpected token `x`, expected ...", here.
  [[nodiscard]] Diagnostic unexpected(std::string_view expected) const;
  /// An error at the token here, or at another.
  [[nodiscard]] Diagnostic malformed(std::string message) const { return malformed(peek(), std::move(message)); }
  [[nodiscard]] Diagnostic malformed(const Token& token, std::string message) const {
    return error(DiagCode::kWasmMalformed, span(token), std::move(message));
  }
  [[nodiscard]] Span span(const Token& token) const { return {source_, token.begin, token.end}; }
  [[nodiscard]] Span span() const { return span(peek()); }

 private:
  Result<void> expect(Token::Kind kind, std::string_view what);

  std::string_view text_;
  SourceId source_;
  std::span<const Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace witc::wasm
