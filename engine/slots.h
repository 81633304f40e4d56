// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// How values lie in arrays of 64-bit slots, wherever they cross between C++ and compiled code: arguments, results, host
// calls, result buffers, constant expressions. Every value takes one slot but a v128, which takes two, low half first.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "wasm/core/types.h"

namespace witc::engine {

inline std::size_t slot_count(const wasm::ValType& type) { return type.kind == wasm::ValType::kV128 ? 2 : 1; }

inline std::size_t slot_count(const std::vector<wasm::ValType>& types) {
  std::size_t count = 0;
  for (const wasm::ValType& type : types) count += slot_count(type);
  return count;
}

/// Of an array that holds the arguments before a call and the results after it.
inline std::size_t slot_count(const wasm::FuncType& type) {
  return std::max(slot_count(type.params), slot_count(type.results));
}

}  // namespace witc::engine
