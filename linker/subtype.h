// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Whether one item fits where another is expected (Explainer.md, "Subtyping"), asked while composing, for
// messages in the user's words. Resources of the expected side are bound to what is given for them as they
// are met: two packages never share a resource by id before they are linked. Whether those bindings agree
// across several arguments is left to the validation of the finished composition.

#include <unordered_map>

#include "base/result.h"
#include "wasm/component/types.h"

namespace witc::linker {

/// Errors: kWacResolve, saying where the two differ (`export `f`: ...`).
Result<void> check_subtype(const component::Types& types, const component::EntityType& given,
                           const component::EntityType& expected);

}  // namespace witc::linker
