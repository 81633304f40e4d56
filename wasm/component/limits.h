// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Limits on components: what engines have agreed to accept, so that a component that passes here passes
// elsewhere, and hostile input costs bounded time and memory. Core modules have theirs in
// wasm/core/limits.h.

#include <cstdint>

namespace witc::component {

inline constexpr std::uint32_t kMaxNesting = 100;      // components in components, types in types
inline constexpr std::uint32_t kMaxTypeDepth = 100;    // value types in value types
inline constexpr std::uint32_t kMaxTypeSize = 1'000'000;  // a type written out in full, in items
inline constexpr std::uint32_t kMaxDefinitions = 1'000'000;  // of one section, and of one index space
inline constexpr std::uint32_t kMaxModuleTypeDecls = 100'000;
inline constexpr std::uint32_t kMaxTypeDecls = 1'000'000;
inline constexpr std::uint32_t kMaxRecordFields = 10'000;
inline constexpr std::uint32_t kMaxVariantCases = 10'000;
inline constexpr std::uint32_t kMaxTupleTypes = 10'000;
inline constexpr std::uint32_t kMaxFlags = 1'000;
inline constexpr std::uint32_t kMaxEnumCases = 10'000;
inline constexpr std::uint32_t kMaxFuncParams = 1'000;
inline constexpr std::uint32_t kMaxInstanceExports = 100'000;
inline constexpr std::uint32_t kMaxInstantiateArgs = 100'000;
inline constexpr std::uint32_t kMaxCanonOptions = 10;
inline constexpr std::uint32_t kMaxStartArgs = 1'000;
inline constexpr std::uint32_t kMaxNameAttributes = 10;
// Of one component. Engines have agreed on 1,000 of each, which a composition of 500 components with one interface each
// fills: an alias of an instance is one more.
inline constexpr std::uint32_t kMaxModules = 10'000;
inline constexpr std::uint32_t kMaxComponents = 10'000;
inline constexpr std::uint32_t kMaxInstances = 10'000;
inline constexpr std::uint32_t kMaxValues = 1'000;
inline constexpr std::uint32_t kMaxListElements = 1u << 30;  // of a list of fixed length
inline constexpr std::uint64_t kMaxElementSize = std::uint64_t{1} << 28;  // CanonicalABI.md, "Element Size"

}  // namespace witc::component
