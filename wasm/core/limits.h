// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Limits on what a module may hold, of our own choosing and close to what browsers and other tools use
// (core specification, appendix "Implementation Limitations"). They bound memory and time on hostile input.

#include <cstdint>

namespace witc::wasm {

inline constexpr std::uint32_t kMaxItems = 1'000'000;  // types, functions, imports, exports, segments, ...
inline constexpr std::uint32_t kMaxTables = 100;
inline constexpr std::uint32_t kMaxMemories = 100;
inline constexpr std::uint32_t kMaxTableElements = 10'000'000;  // items of one element segment
inline constexpr std::uint32_t kMaxParams = 1'000;
inline constexpr std::uint32_t kMaxResults = 1'000;
inline constexpr std::uint32_t kMaxFields = 10'000;
inline constexpr std::uint32_t kMaxSubtypingDepth = 63;
inline constexpr std::uint32_t kMaxLocals = 50'000;
inline constexpr std::uint32_t kMaxBodySize = 7'654'321;
inline constexpr std::uint32_t kMaxBrTableTargets = 7'654'321;
inline constexpr std::uint32_t kMaxSelectTypes = 1'000;
inline constexpr std::uint32_t kMaxCatches = 10'000;
inline constexpr std::uint32_t kMaxControlDepth = 100'000;
inline constexpr std::uint32_t kMaxTextDepth = 1'000;  // nesting of folded expressions in text

}  // namespace witc::wasm
