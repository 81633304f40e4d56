// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Limits on what a module may hold: those of the WebAssembly JavaScript API ("Implementation-defined Limits"), which all
// engines keep, so that a module that runs in one runs in all; and a few of our own for what the API does not bound. They
// bound memory and time on hostile input. The decoder looks at a number before it reads so many things, `check_limits`
// at the module as a whole, whether it was binary or text.

#include <cstdint>

#include "base/result.h"

namespace witc::wasm {

struct Module;

// -- of the JavaScript API
inline constexpr std::uint64_t kMaxModuleSize = 1ull << 30;
/// Types, recursion groups, types of a group, functions, imports, exports, globals, tags.
inline constexpr std::uint32_t kMaxItems = 1'000'000;
inline constexpr std::uint32_t kMaxDataSegments = 100'000;
inline constexpr std::uint32_t kMaxTables = 100'000;  // imported ones included
inline constexpr std::uint32_t kMaxMemories = 100;    // imported ones included
inline constexpr std::uint32_t kMaxTableElements = 10'000'000;  // of a table, and items of one element segment
inline constexpr std::uint32_t kMaxParams = 1'000;
inline constexpr std::uint32_t kMaxResults = 1'000;  // of functions and blocks
inline constexpr std::uint32_t kMaxLocals = 50'000;  // parameters included
inline constexpr std::uint32_t kMaxBodySize = 7'654'321;  // bytes, the declarations of locals included
inline constexpr std::uint32_t kMaxFields = 10'000;
inline constexpr std::uint32_t kMaxArrayOperands = 10'000;  // of array.new_fixed
inline constexpr std::uint32_t kMaxSubtypingDepth = 63;     // of a type with no supertype: 0

// -- our own
inline constexpr std::uint32_t kMaxElementSegments = 1'000'000;
inline constexpr std::uint32_t kMaxBrTableTargets = 7'654'321;  // one takes a byte at least
inline constexpr std::uint32_t kMaxSelectTypes = 1'000;
inline constexpr std::uint32_t kMaxCatches = 10'000;
inline constexpr std::uint32_t kMaxHandlers = 10'000;  // of a resume
inline constexpr std::uint32_t kMaxControlDepth = 100'000;
inline constexpr std::uint32_t kMaxTextDepth = 1'000;  // nesting of folded expressions in text

/// Is the module within all limits but those that are met while bodies are validated? Errors: kWasmLimit.
Result<void> check_limits(const Module& module);

}  // namespace witc::wasm
