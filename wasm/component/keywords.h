// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Sorts, primitive types and string encodings as the text format spells them (Explainer.md).

#include <string>
#include <string_view>

#include "wasm/component/ast.h"

namespace witc::component {

/// `func`, `core memory`, ...; alone, a core sort is `core`.
std::string keyword(Sort sort, CoreSort core);
std::string_view keyword(Sort sort);
std::string_view keyword(CoreSort sort);
std::string_view keyword(PrimValType prim);
/// What stands after `string-encoding=`.
std::string_view keyword(StringEncoding encoding);

}  // namespace witc::component
