// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Tokens of the WebAssembly text format (core specification, "Text Format > Lexical Format"), for modules,
// components and .wast scripts alike. A source is cut into tokens once; parsers look ahead as they like.
//
// Annotations `(@x ...)` that carry no meaning for witc are dropped here, balanced as the specification asks;
// `(@custom`, `(@name`, `(@producers`, `(@dylink.0` and `(@metadata.code.branch_hint` stay, as one token for
// their first part.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/source.h"

namespace witc::wasm {

struct Token {
  enum Kind : std::uint8_t {
    kLeft,        // (
    kRight,       // )
    kKeyword,     // starts with a small letter: `func`, `offset=4`, `nan:0x1`
    kId,          // `$name` or `$"na me"`
    kString,      // with its quotes and escapes
    kNumber,      // starts with a digit or a sign; not yet known to be well formed
    kAnnotation,  // `(@name`
    kReserved,    // anything else
    kEnd,         // after the last
  };
  Kind kind = kEnd;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// What texts may be; the lexer's own part, and what it hands on to parsers.
struct TextOptions {
  /// Characters that change the direction of the text that follows make a source read differently from what it
  /// says; they are refused, in comments and strings too, unless a caller (the runner of test scripts) knows better.
  bool allow_confusing_unicode = false;
  /// Sizes of tables and memories are numbers of 64 bits, as since WebAssembly 3.0 (one too large is invalid); before,
  /// of 32 (and malformed).
  bool wide_limits = true;
};

/// All tokens of bytes [span.begin, span.end) of a source, ended with a kEnd. Offsets are those of the
/// source. Errors: kWasmMalformed, with the specification's wording, at the character that is wrong.
Result<std::vector<Token>> lex(const SourceMap& sources, Span span, const TextOptions& options = {});

/// The bytes a string token stands for.
std::string string_value(std::string_view token);
/// The name of an identifier token, without `$` and quotes.
std::string identifier_value(std::string_view token);
/// The name of an annotation token.
std::string annotation_value(std::string_view token);

}  // namespace witc::wasm
