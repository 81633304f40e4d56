// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The first look at WIT text, before the grammar: is it UTF-8 without the characters WIT.md forbids,
// and where are the comments. Comments are found here once, by a loop, so that the grammar's skipper
// can jump over them and items can be given the ones that stand before them.

#include <vector>

#include "base/result.h"
#include "wit-parser/ast.h"

namespace witc::wit {

/// Every comment of a text source, in order. Errors (kWitSyntax): not UTF-8, a forbidden character
/// (control codes, bidirectional overrides, deprecated code points: WIT.md "Lexical structure"), a
/// block comment that is not closed.
Result<std::vector<ast::Comment>> find_comments(const SourceMap& sources, SourceId source);

/// The documentation of what begins at `offset`: the comments before it with only white space between.
/// As in the tools WIT came from, `//` counts as well as `///`. Markers and the common indentation go.
ast::Docs docs_before(std::string_view text, const std::vector<ast::Comment>& comments, std::uint32_t offset);

}  // namespace witc::wit
