// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/wac/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>


namespace witc::linker::wac {

namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_version(char c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '.' || c == '+' || c == '-'; }

class Lexer {
 public:
  Lexer(const SourceMap& sources, SourceId source) : source_(source), text_(sources.text(source)) {}

  Result<std::vector<Token>> run() {
    TRY(check_characters());
    std::vector<Token> tokens;
    while (true) {
      TRY(skip_blank());
      if (at_ == text_.size()) {
        tokens.push_back({Token::kEnd, {}, span(at_, at_)});
        return tokens;
      }
      tokens.push_back(TRY(next()));
    }
  }

 private:
  [[nodiscard]] Span span(std::size_t begin, std::size_t end) const {
    return {source_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }
  [[nodiscard]] char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  [[nodiscard]] Diagnostic wrong(std::size_t begin, std::size_t end, std::string message) const {
    return error(DiagCode::kWacSyntax, span(begin, end), std::move(message));
  }

  /// Control characters, and those that make text look other than it is (as WIT forbids them).
  Result<void> check_characters() {
    constexpr std::array<std::string_view, 17> kForbidden = {
        "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
        "\u0149", "\u0673", "\u0f77", "\u0f79", "\u17a3", "\u17a4", "\u17b4", "\u17b5"};
    for (std::size_t i = 0; i < text_.size(); ++i) {
      auto byte = static_cast<unsigned char>(text_[i]);
      bool is_control = (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f ||
                        (byte == 0xc2 && i + 1 < text_.size() && static_cast<unsigned char>(text_[i + 1]) < 0xa0);
      if (is_control) return wrong(i, i + 1, "a control character is not allowed");
      if (byte < 0x80) continue;
      for (std::string_view forbidden : kForbidden) {
        if (text_.substr(i).starts_with(forbidden)) {
          return wrong(i, i + forbidden.size(), "this character can be mistaken for another and is not allowed");
        }
      }
    }
    return {};
  }

  Result<void> skip_blank() {
    while (at_ < text_.size()) {
      char c = peek();
      if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
        ++at_;
      } else if (c == '/' && peek(1) == '/') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '/' && peek(1) == '*') {
        TRY(skip_block_comment());
      } else {
        break;
      }
    }
    return {};
  }

  Result<void> skip_block_comment() {
    std::size_t begin = at_;
    std::size_t depth = 0;
    do {
      if (at_ >= text_.size()) return wrong(begin, begin + 2, "this comment does not end");
      std::string_view here = text_.substr(at_, 2);
      if (here == "/*") ++depth;
      if (here == "*/") --depth;
      at_ += here == "/*" || here == "*/" ? 2 : 1;
    } while (depth > 0);
    return {};
  }

  Result<Token> next() {
    std::size_t begin = at_;
    char c = peek();
    if (c == '"') {
      std::size_t end = text_.find('"', at_ + 1);
      if (end == std::string_view::npos) return wrong(begin, begin + 1, "this string does not end");
      at_ = end + 1;
      return Token{Token::kString, text_.substr(begin + 1, end - begin - 1), span(begin, at_)};
    }
    if (is_lower(c) || is_upper(c) || c == '%') return name();
    for (std::string_view symbol : {"...", "->", ";", "{", "}", ":", "=", "(", ")", "<", ">", "_", "[", "]", ".", ",", "/", "@"}) {
      if (text_.substr(at_).starts_with(symbol)) {
        at_ += symbol.size();
        return Token{Token::kSymbol, symbol, span(begin, at_)};
      }
    }
    return wrong(begin, begin + 1, "this character means nothing here");
  }

  /// Moves past one identifier (words of one case, joined by `-`); false (and no move) if there is none.
  bool skip_ident() {
    std::size_t at = at_ + (peek() == '%' ? 1 : 0);
    auto word = [&] {
      auto in = [&](auto is_case) {
        if (at >= text_.size() || !is_case(text_[at])) return false;
        while (at < text_.size() && (is_case(text_[at]) || is_digit(text_[at]))) ++at;
        return true;
      };
      return in(is_lower) || in(is_upper);
    };
    if (!word()) return false;
    while (at < text_.size() && text_[at] == '-') {
      std::size_t dash = at++;
      if (!word()) {
        at = dash;
        break;
      }
    }
    at_ = at;
    return true;
  }

  Result<Token> name() {
    std::size_t begin = at_;
    if (!skip_ident()) return wrong(begin, begin + 1, "an identifier was expected");
    Token::Kind kind = Token::kIdent;
    auto part = [&](char separator) {
      if (peek() != separator) return false;
      ++at_;
      if (skip_ident()) return true;
      --at_;
      return false;
    };
    while (part(':')) kind = Token::kPackageName;
    if (kind == Token::kPackageName) {
      while (part('/')) kind = Token::kPackagePath;
      if (peek() == '@' && is_digit(peek(1))) {
        ++at_;
        while (is_version(peek())) ++at_;
        if (text_[at_ - 1] == '.') --at_;
      }
    }
    return Token{kind, text_.substr(begin, at_ - begin), span(begin, at_)};
  }

  SourceId source_;
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Token>> lex(const SourceMap& sources, SourceId source) { return Lexer(sources, source).run(); }

}  // namespace witc::linker::wac
