// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tokens that are more than a word or a sign.
#include "wit-parser/grammar/tokens.h"

namespace witc::wit::grammar {
namespace {

// WIT.md "Keywords"; `_` and `error-context` cannot be names either.
constexpr std::array kKeywords = std::to_array<std::string_view>(
    {"_",         "as",   "async", "bool",   "borrow", "char",    "constructor", "enum",     "error-context",
     "export",    "f32",  "f64",   "flags",  "from",   "func",    "future",      "import",   "include",
     "interface", "list", "map",   "option", "own",    "package", "record",      "resource", "result",
     "s16",       "s32",  "s64",   "s8",     "static", "stream",  "string",      "tuple",    "type",
     "u16",       "u32",  "u64",   "u8",     "use",    "variant", "with",        "world"});
static_assert(std::ranges::is_sorted(kKeywords));

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

[[noreturn]] void bad_string(Iterator first, Iterator last, std::string_view what) {
  throw Fault{DiagCode::kWitSyntax, first, last, std::string(what), ""};
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

/// `\u{..}`, from behind the `u`.
void unicode_escape(Iterator escape, Iterator& at, Iterator last, std::string& value) {
  if (at == last || *at++ != '{') bad_string(escape, at, "expected `{` after `\\u`");
  std::uint32_t point = 0;
  int digits = 0;
  while (at != last && (hex_value(*at) >= 0 || (*at == '_' && digits > 0))) {
    if (*at != '_') {
      point = point * 16 + static_cast<std::uint32_t>(hex_value(*at));
      ++digits;
      if (point > 0x10FFFF) bad_string(escape, at + 1, "this is not a Unicode character");
    }
    ++at;
  }
  if (digits == 0 || at == last || *at != '}') bad_string(escape, at, "expected hexadecimal digits and `}`");
  if (point >= 0xD800 && point <= 0xDFFF) bad_string(escape, at + 1, "this is not a Unicode character");
  ++at;
  append_utf8(value, point);
}

/// One escape, from the backslash on.
void escape(Iterator& at, Iterator last, std::string& value) {
  Iterator begin = at++;
  if (at == last) bad_string(begin, at, "this string is not closed");
  char c = *at++;
  switch (c) {
    case 't':
      value += '\t';
      return;
    case 'n':
      value += '\n';
      return;
    case 'r':
      value += '\r';
      return;
    case '"':
    case '\'':
    case '\\':
      value += c;
      return;
    case 'u':
      unicode_escape(begin, at, last, value);
      return;
    default:
      break;
  }
  int high = hex_value(c);
  int low = at != last ? hex_value(*at) : -1;
  if (high < 0 || low < 0) bad_string(begin, at, "this is not an escape");
  ++at;
  value += static_cast<char>(high * 16 + low);
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    auto lead = static_cast<unsigned char>(text[i]);
    int more = lead < 0x80                    ? 0
               : lead >= 0xC2 && lead <= 0xDF ? 1
               : lead >= 0xE0 && lead <= 0xEF ? 2
               : lead >= 0xF0 && lead <= 0xF4 ? 3
                                              : -1;
    if (more < 0 || i + static_cast<std::size_t>(more) >= text.size()) return false;
    for (int k = 1; k <= more; ++k) {
      auto byte = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      unsigned low = k == 1 && lead == 0xE0 ? 0xA0u : k == 1 && lead == 0xF0 ? 0x90u : 0x80u;
      unsigned high = k == 1 && lead == 0xED ? 0x9Fu : k == 1 && lead == 0xF4 ? 0x8Fu : 0xBFu;
      if (byte < low || byte > high) return false;
    }
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

/// The end of `-pre` or `+build`, from behind its sign.
Iterator version_part_end(Iterator at, Iterator last) {
  auto in_part = [](char c) { return is_digit(c) || is_lower(c) || is_upper(c) || c == '-'; };
  while (at != last) {
    if (in_part(*at) || (*at == '.' && last - at > 1 && in_part(at[1])))
      ++at;
    else
      break;
  }
  return at;
}

}  // namespace

bool is_keyword(std::string_view word) { return std::ranges::binary_search(kKeywords, word); }

std::string_view label_mistake(std::string_view word) {
  bool first_part = true;
  while (true) {
    std::string_view part = word.substr(0, word.find('-'));
    if (part.empty()) return "a part of it is empty";
    if (first_part && !is_lower(part[0]) && !is_upper(part[0])) return "it does not begin with a letter";
    bool lower = false, upper = false;
    for (char c : part) {
      if (!is_digit(c) && !is_lower(c) && !is_upper(c)) return "only letters, digits and `-` are allowed";
      lower |= is_lower(c);
      upper |= is_upper(c);
    }
    if (lower && upper) return "a part of it mixes upper and lower case";
    if (part.size() == word.size()) return {};
    word.remove_prefix(part.size() + 1);
    first_part = false;
  }
}

bool VersionToken::match(Iterator& first, Iterator last, const State& state, ast::VersionLiteral& literal) const {
  if (first == last || !is_digit(*first)) return false;
  Iterator at = first;
  while (at != last && is_digit(*at)) ++at;
  for (int part = 0; part < 2; ++part) {
    if (last - at < 2 || *at != '.' || !is_digit(at[1])) break;
    ++at;
    while (at != last && is_digit(*at)) ++at;
  }
  for (char lead : {'-', '+'}) {
    if (at != last && *at == lead) at = version_part_end(at + 1, last);
  }
  std::optional<Version> parsed = Version::parse(std::string_view(first, static_cast<std::size_t>(at - first)));
  if (!parsed) {
    throw Fault{DiagCode::kWitSyntax, first, at, "`" + std::string(first, at) + "` is not a semantic version",
                "a version is `major.minor.patch`, numbers without leading zeros"};
  }
  literal.version = std::move(*parsed);
  literal.span = state.span(first, at);
  first = at;
  return true;
}

bool StringLiteral::match(Iterator& first, Iterator last, const State&, std::string& value) const {
  if (first == last || *first != '"') return false;
  value.clear();
  Iterator at = first + 1;
  while (at != last && *at != '"') {
    if (*at == '\\') {
      escape(at, last, value);
    } else if (static_cast<unsigned char>(*at) < 0x20) {
      bad_string(first, at, "this string is not closed on its line");
    } else {
      value += *at++;
    }
  }
  if (at == last) bad_string(first, at, "this string is not closed");
  if (!is_utf8(value)) bad_string(first, at + 1, "the escapes of this string do not make UTF-8");
  first = at + 1;
  return true;
}

bool PrimitiveName::match(Iterator& first, Iterator last, const State&, Primitive& value) const {
  std::string_view word = word_at(first, last);
  for (auto p = Primitive::kBool; p <= Primitive::kErrorContext;
       p = static_cast<Primitive>(static_cast<std::uint8_t>(p) + 1)) {
    if (to_string(p) == word) {
      value = p;
      first += word.size();
      return true;
    }
  }
  return false;
}

}  // namespace witc::wit::grammar
