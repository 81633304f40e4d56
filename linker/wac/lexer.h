// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The tokens of a WAC document. Names with colons are one token here (`ns:name/item@1.0.0`), as white space
// tells `a: b` from `a:b`; keywords are identifiers that the parser knows by their text.

#include <vector>

#include "base/result.h"
#include "base/source.h"

namespace witc::linker::wac {

struct Token {
  enum Kind { kIdent, kString, kPackageName, kPackagePath, kSymbol, kEnd } kind = kEnd;
  std::string_view text;  // of strings without the quotes
  Span span;
};

/// All tokens, then kEnd. Errors: kWacSyntax.
Result<std::vector<Token>> lex(const SourceMap& sources, SourceId source);

}  // namespace witc::linker::wac
