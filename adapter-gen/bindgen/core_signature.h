// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Signatures of core functions in a guest's bindings (component-model CanonicalABI.md, "Flattening"),
// written into the generated code as declarations. The templates of runtime/wit_abi.h work the same
// out from the C++ types and compare: one mistake in either does not compile.

#include <string_view>
#include <vector>

#include "wit-parser/resolve.h"

namespace witc::bindgen {

enum class CoreType { kI32, kI64, kF32, kF64 };

/// As the guest spells it: `std::int32_t`, `float`.
std::string_view spell(CoreType type);

struct CoreSignature {
  std::vector<CoreType> params;
  std::vector<CoreType> results;  // one at most
  bool returns_area = false;      // the result lies in memory
};

enum class Context { kLift, kLower };

/// `flatten_functype` for synchronous functions and 32-bit memories.
CoreSignature flatten_functype(const wit::Resolve& resolve, const wit::Function& function, Context context);

}  // namespace witc::bindgen
