// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The core function types of lifted and lowered functions (CanonicalABI.md, "Flattening"), as the validator
// needs them: the signature, and which options it takes to get there.

#include <optional>
#include <vector>

#include "wasm/component/type_info.h"
#include "wasm/component/types.h"
#include "wasm/core/types.h"

namespace witc::component {

inline constexpr std::size_t kMaxFlatParams = 16;
inline constexpr std::size_t kMaxFlatResults = 1;
inline constexpr std::size_t kMaxFlatAsyncParams = 4;

/// The core types a value is passed in, or nothing where that would be more than `limit`.
std::optional<std::vector<wasm::ValType>> flatten_types(const Types& types, const std::vector<ValType>& values,
                                                        bool is_64, std::size_t limit);

struct FlattenOptions {
  bool is_lift = false;  // else lower
  bool is_async = false;
  bool has_callback = false;
  bool is_64 = false;  // addresses are i64
};
struct FlatFunc {
  wasm::FuncType type;
  bool needs_memory = false;
  bool needs_realloc = false;
};

/// `flatten_functype`, with the options it needs ("canonopt Validation", `lower(T)` and `lift(T)`).
FlatFunc flatten_functype(const Types& types, TypeInfos& infos, const FuncType& func, const FlattenOptions& options);

}  // namespace witc::component
