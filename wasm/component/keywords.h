// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Sorts and primitive types as the text format spells them (Explainer.md).

#include <string>
#include <string_view>

#include "wasm/component/ast.h"

namespace witc::component {

/// `func`, `core memory`, ...; alone, a core sort is `core`.
std::string keyword(Sort sort, CoreSort core);
std::string_view keyword(Sort sort);
std::string_view keyword(CoreSort sort);
std::string_view keyword(PrimValType prim);

}  // namespace witc::component
