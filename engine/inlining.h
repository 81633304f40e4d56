// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Which functions of other core instances are compiled into their callers. LLVM never decides that: what is small enough is
// always inlined, everything else is called (codegen/batch.h). Here, without LLVM, so that `--explain-adapters` can say it.

#include <cstddef>

#include "engine/program.h"

namespace witc::engine {

// In bytes of wasm code.
inline constexpr std::size_t kInlineAdapter = 600;
inline constexpr std::size_t kInlineCallee = 200;
/// So many calls deep: an adapter, its callee, and once more the same from there. Without a limit, each link of a chain of
/// components would be compiled with all that are behind it.
inline constexpr unsigned kInlineLevels = 4;

/// Is a function with a body of so many bytes inlined into other instances that call it directly?
inline bool is_inlined(const CoreInstance& callee, std::size_t bytes) {
  return bytes <= (callee.inline_always ? kInlineAdapter : kInlineCallee);
}

}  // namespace witc::engine
