// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/text/lexer.h"

#include <algorithm>

#include "wasm/utf8.h"

namespace witc::wasm {
namespace {

bool is_id_char(char c) {
  constexpr std::string_view kPunctuation = "!#$%&'*+-./:<=>?@\\^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kPunctuation.find(c) != std::string_view::npos;
}

/// Where a directional control character begins (U+202A, B, D, E, U+2066 to 2069, U+206C), or npos. All of them are
/// e2 80 xx or e2 81 xx in UTF-8.
std::size_t find_confusing(std::string_view text) {
  for (std::size_t at = text.find('\xe2'); at + 2 < text.size(); at = text.find('\xe2', at + 1)) {
    if (at == std::string_view::npos) break;
    auto second = static_cast<unsigned char>(text[at + 1]);
    auto third = static_cast<unsigned char>(text[at + 2]);
    bool override_or_embedding = second == 0x80 && third >= 0xaa && third <= 0xae && third != 0xac;
    bool isolate = second == 0x81 && ((third >= 0xa6 && third <= 0xa9) || third == 0xac);
    if (override_or_embedding || isolate) return at;
  }
  return std::string_view::npos;
}

bool is_known_annotation(std::string_view name) {
  constexpr std::string_view kKnown[] = {"custom", "name", "producers", "dylink.0", "metadata.code.branch_hint"};
  return std::ranges::find(kKnown, name) != std::end(kKnown);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class Lexer {
 public:
  Lexer(SourceId source, std::string_view text, std::uint32_t base, const TextOptions& options)
      : source_(source), text_(text), base_(base), options_(options) {}

  Result<std::vector<Token>> run() {
    if (!is_utf8(text_)) return malformed(0, "malformed UTF-8 encoding");
    if (!options_.allow_confusing_unicode) confusing_ = find_confusing(text_);
    while (true) {
      TRY(skip_space());
      if (at_ >= confusing_) return confusing();
      if (at_ == text_.size()) break;
      TRY(token());
    }
    if (!skipping_.empty()) return malformed(at_, "unclosed annotation");
    push(Token::kEnd, at_);
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] Diagnostic malformed(std::size_t at, std::string message) const {
    auto offset = base_ + static_cast<std::uint32_t>(at);
    return error(DiagCode::kWasmMalformed, {source_, offset, offset + 1}, std::move(message));
  }
  [[nodiscard]] Diagnostic confusing() const {
    return malformed(confusing_, "a character that changes the direction of text, likely to confuse")
        .hint("write it as `\\u{...}`");
  }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void push(Token::Kind kind, std::size_t begin) {
    if (!skipping_.empty()) return;
    tokens_.push_back({kind, base_ + static_cast<std::uint32_t>(begin), base_ + static_cast<std::uint32_t>(at_)});
  }

  Result<void> skip_space();
  Result<void> block_comment();
  Result<void> token();
  Result<void> annotation();
  Result<void> word();
  Result<void> string();
  Result<void> escape();
  Result<void> code_point();

  SourceId source_;
  std::string_view text_;
  std::uint32_t base_;
  TextOptions options_;
  std::size_t confusing_ = std::string_view::npos;  // where the first refused character is
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
  std::vector<bool> skipping_;  // open parentheses inside a dropped annotation, it included
};

Result<void> Lexer::skip_space() {
  while (at_ < text_.size()) {
    char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at_;
    } else if (c == ';' && peek(1) == ';') {
      while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    } else if (c == '(' && peek(1) == ';') {
      TRY(block_comment());
    } else {
      break;
    }
  }
  return {};
}

Result<void> Lexer::block_comment() {
  std::size_t begin = at_;
  std::size_t depth = 0;
  do {
    if (at_ >= text_.size()) return malformed(begin, "unclosed comment");
    if (text_[at_] == '(' && peek(1) == ';') {
      ++depth;
      at_ += 2;
    } else if (text_[at_] == ';' && peek(1) == ')') {
      --depth;
      at_ += 2;
    } else {
      ++at_;
    }
  } while (depth > 0);
  return {};
}

Result<void> Lexer::token() {
  std::size_t begin = at_;
  char c = text_[at_];
  if (c == '(') {
    if (peek(1) == '@') return annotation();
    ++at_;
    push(Token::kLeft, begin);
    if (!skipping_.empty()) skipping_.push_back(true);
    return {};
  }
  if (c == ')') {
    ++at_;
    push(Token::kRight, begin);
    if (!skipping_.empty()) skipping_.pop_back();
    return {};
  }
  if (is_id_char(c) || c == '"') return word();
  if (std::string_view(",;[]{}").find(c) != std::string_view::npos) {
    ++at_;
    push(Token::kReserved, begin);
    return {};
  }
  return malformed(at_, "illegal character");
}

Result<void> Lexer::annotation() {
  std::size_t begin = at_;
  at_ += 2;
  std::size_t name_begin = at_;
  if (peek() == '"') {
    TRY(string());
  } else {
    while (at_ < text_.size() && is_id_char(text_[at_])) ++at_;
  }
  if (at_ == name_begin && !skipping_.empty()) {
    // Inside an annotation anything goes that is made of tokens: a parenthesis and what follows it.
    at_ = begin + 1;
    skipping_.push_back(true);
    return {};
  }
  if (at_ == name_begin) return malformed(begin, "empty annotation id");
  std::string name = annotation_value(text_.substr(begin, at_ - begin));
  if (name.empty()) return malformed(begin, "empty annotation id");
  if (!is_utf8(name)) return malformed(begin, "malformed UTF-8 encoding");
  if (is_known_annotation(name) && skipping_.empty()) {
    push(Token::kAnnotation, begin);
  } else {
    skipping_.push_back(true);
  }
  return {};
}

/// A run of identifier characters and strings: one token, whatever it turns out to be.
Result<void> Lexer::word() {
  std::size_t begin = at_;
  std::size_t strings = 0;
  std::size_t last_string = 0, last_string_end = 0;
  while (at_ < text_.size() && (is_id_char(text_[at_]) || text_[at_] == '"')) {
    if (text_[at_] == '"') {
      ++strings;
      last_string = at_;
      TRY(string());
      last_string_end = at_;
    } else {
      ++at_;
    }
  }
  char first = text_[begin];
  bool ends_with_string = strings == 1 && last_string_end == at_;
  Token::Kind kind = Token::kReserved;
  if (ends_with_string && last_string == begin) {
    kind = Token::kString;
  } else if (first == '$') {
    bool quoted = ends_with_string && last_string == begin + 1;
    if (quoted || (strings == 0 && at_ > begin + 1)) kind = Token::kId;
    if (kind != Token::kId && strings == 0 && skipping_.empty()) return malformed(begin, "empty identifier");
    if (kind == Token::kId) {
      std::string name = identifier_value(text_.substr(begin, at_ - begin));
      if (name.empty()) return malformed(begin, "empty identifier");
      if (!is_utf8(name)) return malformed(begin, "malformed UTF-8 encoding");
    }
  } else if (strings == 0 && first >= 'a' && first <= 'z') {
    kind = Token::kKeyword;
  } else if (strings == 0 && ((first >= '0' && first <= '9') || first == '+' || first == '-')) {
    kind = Token::kNumber;
  }
  push(kind, begin);
  return {};
}

Result<void> Lexer::string() {
  ++at_;
  while (true) {
    if (at_ >= confusing_) return confusing();
    if (at_ >= text_.size()) return malformed(at_, "unclosed string: unexpected end of input");
    char c = text_[at_];
    if (c == '"') {
      ++at_;
      return {};
    }
    if (c == '\n' || c == '\r') return malformed(at_, "unclosed string: a line ends in it");
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return malformed(at_, "illegal character in string");
    if (c == '\\') {
      TRY(escape());
    } else {
      ++at_;
    }
  }
}

Result<void> Lexer::escape() {
  ++at_;
  if (at_ >= text_.size()) return malformed(at_, "unclosed string: unexpected end of input");
  char c = text_[at_];
  if (std::string_view("tnr\"'\\").find(c) != std::string_view::npos) {
    ++at_;
    return {};
  }
  if (c == 'u' && peek(1) == '{') {
    at_ += 2;
    return code_point();
  }
  if (hex_digit(c) < 0) return malformed(at_, "illegal escape in string");
  ++at_;
  if (at_ >= text_.size()) return malformed(at_, "unclosed string: unexpected end of input");
  if (hex_digit(text_[at_]) < 0) return malformed(at_, "illegal escape in string: not a hexadecimal digit");
  ++at_;
  return {};
}

/// The number of a `\u{...}`, and its brace.
Result<void> Lexer::code_point() {
  std::uint64_t code = 0;
  bool after_digit = false;  // a `_` must stand between digits
  while (true) {
    if (at_ >= text_.size()) return malformed(at_, "unclosed string: unexpected end of input");
    char c = text_[at_];
    int digit = hex_digit(c);
    if (digit >= 0) {
      code = code * 16 + static_cast<unsigned>(digit);
      if (code > 0xffffffff) return malformed(at_, "illegal escape in string: the number is too large");
    } else if (after_digit && c == '_' && hex_digit(peek(1)) < 0) {
      return malformed(at_, "illegal escape in string: a `_` that is not between digits");
    } else if (!after_digit) {
      return malformed(at_, "illegal escape in string: not a hexadecimal digit");
    } else if (c != '_') {
      break;
    }
    after_digit = digit >= 0;
    ++at_;
  }
  bool scalar = code < 0xd800 || (code >= 0xe000 && code < 0x110000);
  if (!scalar) return malformed(at_ - 1, "illegal escape in string: not a Unicode scalar value");
  if (text_[at_] != '}') return malformed(at_, "illegal escape in string: `}` expected");
  ++at_;
  return {};
}

}  // namespace

Result<std::vector<Token>> lex(const SourceMap& sources, Span span, const TextOptions& options) {
  return Lexer(span.source, sources.text(span), span.begin, options).run();
}

std::string string_value(std::string_view token) {
  token = token.substr(1, token.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '\\') {
      out += token[i];
      continue;
    }
    switch (char c = token[++i]) {
      case 't':
        out += '\t';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 'u': {
        char32_t code = 0;
        for (i += 2; token[i] != '}'; ++i) {
          if (token[i] != '_') code = code * 16 + static_cast<char32_t>(hex_digit(token[i]));
        }
        append_utf8(out, code);
        break;
      }
      case '"':
      case '\'':
      case '\\':
        out += c;
        break;
      default:
        out += static_cast<char>(hex_digit(c) * 16 + hex_digit(token[i + 1]));
        ++i;
    }
  }
  return out;
}

std::string identifier_value(std::string_view token) {
  token.remove_prefix(1);
  return token.starts_with('"') ? string_value(token) : std::string(token);
}

std::string annotation_value(std::string_view token) {
  token.remove_prefix(2);
  return token.starts_with('"') ? string_value(token) : std::string(token);
}

}  // namespace witc::wasm
