// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/wave_lexer.h"

#include <fmt/format.h>

#include "wasm/utf8.h"

namespace witc::abi {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// JSON's number, or `-inf`; 0 if there is none.
std::size_t number_length(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  if (at == 1 && text.substr(1).starts_with("inf")) return 4;
  auto digits = [&] {
    std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > begin;
  };
  if (!digits()) return 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return at - 1;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    std::size_t before = at++;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return before;
  }
  return at;
}

/// Words of letters and digits joined by `-`, each starting with a letter.
std::size_t label_length(std::string_view text) {
  std::size_t at = text.starts_with('%') ? 1 : 0;
  std::size_t begin = at;
  while (at < text.size() && is_letter(text[at])) {
    while (at < text.size() && (is_letter(text[at]) || is_digit(text[at]))) ++at;
    if (at + 1 < text.size() && text[at] == '-' && is_letter(text[at + 1])) {
      ++at;
    } else {
      return at;
    }
  }
  return at == begin ? 0 : at;
}

}  // namespace

Result<void> WaveLexer::start() {
  if (!wasm::is_utf8(text_)) return error(DiagCode::kWaveSyntax, span(0, text_.size()), "text is not valid UTF-8");
  token_ = TRY(read());
  return {};
}

Result<WaveToken> WaveLexer::take() {
  WaveToken out = token_;
  token_ = TRY(read());
  return out;
}

void WaveLexer::skip_space() {
  while (at_ < text_.size()) {
    char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at_;
    } else if (text_.substr(at_).starts_with("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      return;
    }
  }
}

Result<WaveToken> WaveLexer::read() {
  skip_space();
  std::size_t begin = at_;
  std::string_view rest = text_.substr(at_);
  WaveToken::Kind kind = WaveToken::kEnd;
  if (rest.empty()) {
  } else if (rest.starts_with("\"\"\"")) {
    kind = WaveToken::kMultilineString;
    at_ = TRY(end_of_multiline(begin));
  } else if (rest[0] == '"' || rest[0] == '\'') {
    kind = rest[0] == '"' ? WaveToken::kString : WaveToken::kChar;
    at_ = TRY(end_of_quoted(begin, rest[0]));
  } else if (std::size_t label = label_length(rest); label != 0) {
    kind = WaveToken::kLabel;
    at_ += label;
  } else if (std::size_t number = number_length(rest); number != 0) {
    kind = WaveToken::kNumber;
    at_ += number;
  } else if (std::string_view("()[]{},:").find(rest[0]) != std::string_view::npos) {
    kind = WaveToken::kPunctuation;
    ++at_;
  } else {
    std::size_t end = begin + 1;
    while (end < text_.size() && (text_[end] & 0xc0) == 0x80) ++end;
    return error(DiagCode::kWaveSyntax, span(begin, end),
                 fmt::format("unexpected `{}`", text_.substr(begin, end - begin)));
  }
  return WaveToken{kind, span(begin, at_), text_.substr(begin, at_ - begin)};
}

Result<std::size_t> WaveLexer::end_of_quoted(std::size_t begin, char quote) const {
  for (std::size_t at = begin + 1; at < text_.size() && text_[at] != '\n'; ++at) {
    if (text_[at] == '\\') {
      ++at;
    } else if (text_[at] == quote) {
      return at + 1;
    }
  }
  return error(DiagCode::kWaveSyntax, span(begin, text_.size()), fmt::format("missing closing {}", quote))
      .hint("a line break is written `\\n`");
}

Result<std::size_t> WaveLexer::end_of_multiline(std::size_t begin) const {
  std::size_t at = begin + 3;
  if (text_.substr(at).starts_with("\r\n")) ++at;
  if (!text_.substr(at).starts_with('\n')) {
    return error(DiagCode::kWaveSyntax, span(begin, begin + 3), "a line break must follow opening `\"\"\"`");
  }
  std::size_t end = text_.find("\"\"\"", at);
  if (end == std::string_view::npos) {
    return error(DiagCode::kWaveSyntax, span(begin, text_.size()), "missing closing `\"\"\"`");
  }
  return end + 3;
}

namespace {

/// One escape at `at`, after the backslash; appends what it means and gives the position after it.
Result<std::size_t> unescape_one(std::string_view text, std::size_t at, Span where, std::string& out) {
  auto bad = [&](std::string message) { return error(DiagCode::kWaveSyntax, where, std::move(message)); };
  if (at >= text.size()) return bad("nothing follows `\\`");
  switch (text[at]) {
    case '\'': out += '\''; return at + 1;
    case '"': out += '"'; return at + 1;
    case '\\': out += '\\'; return at + 1;
    case 't': out += '\t'; return at + 1;
    case 'n': out += '\n'; return at + 1;
    case 'r': out += '\r'; return at + 1;
    case 'u': break;
    default: return bad("invalid character escape").hint("escapes are \\' \\\" \\\\ \\t \\n \\r and \\u{...}");
  }
  std::size_t close = text.find('}', at);
  if (close == std::string_view::npos || at + 1 >= text.size() || text[at + 1] != '{' || close == at + 2 ||
      close > at + 8) {
    return bad("`\\u` must be followed by `{`, 1 to 6 hexadecimal digits and `}`");
  }
  char32_t code = 0;
  for (std::size_t i = at + 2; i < close; ++i) {
    int digit = hex_value(text[i]);
    if (digit < 0) return bad("`\\u{...}` must hold hexadecimal digits");
    code = code * 16 + static_cast<char32_t>(digit);
  }
  if (code >= 0x110000 || (code >= 0xd800 && code <= 0xdfff)) return bad("not a Unicode scalar value");
  wasm::append_utf8(out, code);
  return close + 1;
}

Result<void> unescape_into(std::string_view text, Span where, std::string& out) {
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      out += text[at++];
      continue;
    }
    at = TRY(unescape_one(text, at + 1, where, out));
  }
  return {};
}

}  // namespace

Result<std::string> unescape(const WaveToken& token) {
  std::string out;
  TRY(unescape_into(token.text.substr(1, token.text.size() - 2), token.span, out));
  return out;
}

Result<std::string> unescape_multiline(const WaveToken& token) {
  auto bad = [&](std::string message) { return error(DiagCode::kWaveSyntax, token.span, std::move(message)); };
  std::string_view body = token.text.substr(3, token.text.size() - 6);
  body.remove_prefix(body.starts_with('\r') ? 2 : 1);
  std::size_t last = body.rfind('\n');
  std::string_view indent = last == std::string_view::npos ? body : body.substr(last + 1);
  if (indent.find_first_not_of(' ') != std::string_view::npos) {
    return bad("only spaces may stand before closing `\"\"\"` on its line");
  }
  std::string out;
  if (last == std::string_view::npos) return out;
  body = body.substr(0, last);
  for (bool first = true;; first = false) {
    std::size_t end = std::min(body.find('\n'), body.size());
    std::string_view line = body.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!first) out += '\n';
    if (!line.empty() && !line.starts_with(indent)) return bad("a line is indented less than closing `\"\"\"`");
    if (!line.empty()) TRY(unescape_into(line.substr(indent.size()), token.span, out));
    if (end == body.size()) return out;
    body.remove_prefix(end + 1);
  }
}

}  // namespace witc::abi
