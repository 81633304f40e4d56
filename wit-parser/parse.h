// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WIT text → syntax tree. The grammar behind it is grammar/ (Boost.Spirit X3), which nothing else sees.

#include "base/result.h"
#include "wit-parser/ast.h"

namespace witc::wit {

/// Parses one text source. Errors: kWitSyntax with the place and what was expected there; kWitLimit for
/// types or packages nested deeper than 100.
Result<ast::File> parse_file(const SourceMap& sources, SourceId source);

}  // namespace witc::wit
