// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The tokens of WIT as X3 parsers of our own: each skips trivia, matches or leaves the iterator where
// it was, and has a name in the user's words for "expected ...". They are whole tokens, so `types` is
// never the keyword `type` and a letter. Visible in every section (WIT.md, "Lexical structure").

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "wit-parser/grammar/state.h"

namespace witc::wit::grammar {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
/// What can begin, or go on, a word; bytes of other scripts too, to refuse them as a whole word.
constexpr bool is_word_start(char c) {
  return is_lower(c) || is_upper(c) || c == '_' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool is_word(char c) { return is_word_start(c) || is_digit(c); }

bool is_keyword(std::string_view word);
/// Why a word is not a label (`kebab-case`), or empty if it is one. Explainer.md, "Import and Export Definitions".
std::string_view label_mistake(std::string_view word);

/// The word at `first`, or an empty view. `->` is no word.
inline std::string_view word_at(Iterator first, Iterator last) {
  if (first == last || !is_word_start(*first)) return {};
  if (*first == '-' && last - first > 1 && first[1] == '>') return {};
  Iterator end = first;
  while (end != last && is_word(*end) && !(*end == '-' && last - end > 1 && end[1] == '>')) ++end;
  return {first, static_cast<std::size_t>(end - first)};
}

/// Base of the tokens: skip, match, or put back.
template <class Derived, class Attr>
struct Token : x3::parser<Derived> {
  using attribute_type = Attr;
  static bool const has_attribute = !std::is_same_v<Attr, x3::unused_type>;

  template <class Ctx, class RContext, class Attribute>
  bool parse(Iterator& first, Iterator const& last, Ctx const& context, RContext&, Attribute& attribute) const {
    Iterator saved = first;
    x3::skip_over(first, last, context);
    const State& state = x3::get<StateTag>(context);
    if constexpr (has_attribute && std::is_same_v<Attribute, Attr>) {
      if (this->derived().match(first, last, state, attribute)) return true;
    } else {
      Attr ignored{};
      if (this->derived().match(first, last, state, ignored)) return true;
    }
    first = saved;
    return false;
  }
};

/// A word with a meaning: a keyword, or `version` inside a gate. Its attribute is its place.
struct Word : Token<Word, Span> {
  std::string_view text;
  std::string_view name;  // quoted, for messages
  constexpr Word(std::string_view word, std::string_view quoted) : text(word), name(quoted) {}
  bool match(Iterator& first, Iterator last, const State& state, Span& span) const {
    if (word_at(first, last) != text) return false;
    span = state.span(first, first + text.size());
    first += text.size();
    return true;
  }
};

/// Punctuation, with the name messages give it: sometimes more than the sign itself would do there.
struct Sign : Token<Sign, x3::unused_type> {
  std::string_view text;
  std::string_view name;
  constexpr Sign(std::string_view sign, std::string_view quoted) : text(sign), name(quoted) {}
  bool match(Iterator& first, Iterator last, const State&, x3::unused_type) const {
    if (!std::string_view(first, static_cast<std::size_t>(last - first)).starts_with(text)) return false;
    first += text.size();
    return true;
  }
};

struct EndOfFile : Token<EndOfFile, x3::unused_type> {
  bool match(Iterator& first, Iterator last, const State&, x3::unused_type) const { return first == last; }
};

/// A name, `%` or not; refuses keywords without `%`, and faults on words that are no labels.
struct Identifier : Token<Identifier, ast::Id> {
  bool match(Iterator& first, Iterator last, const State& state, ast::Id& id) const {
    bool escaped = first != last && *first == '%';
    std::string_view word = word_at(first + (escaped ? 1 : 0), last);
    if (word.empty() && !escaped) return false;
    if (!escaped && is_keyword(word)) return false;
    Iterator end = first + (escaped ? 1 : 0) + word.size();
    if (std::string_view mistake = label_mistake(word); !mistake.empty()) {
      throw Fault{DiagCode::kWitSyntax, first, end,
                  "`" + std::string(first, end) + "` is not a name: " + std::string(mistake),
                  "names are words of letters and digits joined by `-`, each all lower or all upper case"};
    }
    id.name = word;
    id.span = state.span(first, end);
    first = end;
    return true;
  }
};

/// A semantic version, as far as it goes: `1.0.0-a.{` ends before `.{`.
struct VersionToken : Token<VersionToken, ast::VersionLiteral> {
  bool match(Iterator& first, Iterator last, const State& state, ast::VersionLiteral& literal) const;
};

struct Integer : Token<Integer, std::uint32_t> {
  bool match(Iterator& first, Iterator last, const State&, std::uint32_t& value) const {
    if (first == last || !is_digit(*first)) return false;
    Iterator end = std::find_if_not(first, last, is_digit);
    auto [_, failed] = std::from_chars(first, end, value);
    if (failed != std::errc{}) {
      throw Fault{DiagCode::kWitSyntax, first, end, "`" + std::string(first, end) + "` does not fit 32 bits", ""};
    }
    first = end;
    return true;
  }
};

/// A string as in the core text format, escapes resolved.
struct StringLiteral : Token<StringLiteral, std::string> {
  bool match(Iterator& first, Iterator last, const State& state, std::string& value) const;
};

/// The name of a primitive type.
struct PrimitiveName : Token<PrimitiveName, Primitive> {
  bool match(Iterator& first, Iterator last, const State&, Primitive& value) const;
};

constexpr Word word(std::string_view text, std::string_view quoted) { return {text, quoted}; }
constexpr Sign sign(std::string_view text, std::string_view quoted) { return {text, quoted}; }

constexpr Identifier identifier{};
constexpr VersionToken version{};
constexpr Integer integer{};
constexpr StringLiteral string_literal{};
constexpr PrimitiveName primitive_name{};
constexpr EndOfFile end_of_file{};

constexpr Sign colon{":", "`:`"}, semicolon{";", "`;`"}, comma{",", "`,`"}, slash{"/", "`/`"}, dot{".", "`.`"};
constexpr Sign at_sign{"@", "`@`"}, equals{"=", "`=`"}, arrow{"->", "`->`"};
constexpr Sign open_brace{"{", "`{`"}, open_paren{"(", "`(`"}, close_paren{")", "`)`"};
constexpr Sign open_angle{"<", "`<`"}, close_angle{">", "`>`"};
constexpr Word as_{"as", "`as`"};

}  // namespace witc::wit::grammar

// The names of tokens in "expected ...".
namespace boost::spirit::x3 {
template <>
struct get_info<witc::wit::grammar::Word> {
  using result_type = std::string;
  std::string operator()(witc::wit::grammar::Word const& token) const { return std::string(token.name); }
};
template <>
struct get_info<witc::wit::grammar::Sign> {
  using result_type = std::string;
  std::string operator()(witc::wit::grammar::Sign const& token) const { return std::string(token.name); }
};
#define WITC_TOKEN_NAME(type, text)                                                \
  template <>                                                                      \
  struct get_info<witc::wit::grammar::type> {                                      \
    using result_type = std::string;                                               \
    std::string operator()(witc::wit::grammar::type const&) const { return text; } \
  };
WITC_TOKEN_NAME(Identifier, "a name")
WITC_TOKEN_NAME(VersionToken, "a version, such as `1.0.0`")
WITC_TOKEN_NAME(Integer, "a length")
WITC_TOKEN_NAME(StringLiteral, "a string")
WITC_TOKEN_NAME(PrimitiveName, "a type")
WITC_TOKEN_NAME(EndOfFile, "`interface`, `world`, `use` or `package`")
#undef WITC_TOKEN_NAME
}  // namespace boost::spirit::x3
