// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WAC text -> syntax tree, by recursive descent over the token list; what nests is counted against a limit.
// Written by hand and not with the WIT grammar: a WAC document is evaluated from the top down, its types
// are declared before they are used, and its names with colons are read by white space.

#include "base/result.h"
#include "base/source.h"
#include "linker/wac/ast.h"

namespace witc::linker::wac {

/// Errors: kWacSyntax, at the first token that does not fit.
Result<Document> parse(const SourceMap& sources, SourceId source);

}  // namespace witc::linker::wac
