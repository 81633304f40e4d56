// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Resolved graph → JSON, the JSON of `wasm-tools component wit --json`: arrays `worlds`, `interfaces`,
// `types`, `packages`; an id is an index; absent documentation and gates are left out.

#include <string>

#include "wit-parser/resolve.h"

namespace witc::wit {

/// Indented by two, no newline at the end.
std::string to_json(const Resolve& resolve);

}  // namespace witc::wit
