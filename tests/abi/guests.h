// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The two guests of the differential test, made with the module builder. Each owns a memory and a bump allocator that
// logs its calls; the callee also has one function for each case, which writes down the core values it was called with
// and returns what the test has put in its memory.

#include <vector>

#include "adapter-gen/layout.h"
#include "wasm/core/builder.h"

namespace witc::abi::testing {

// Where things are in a guest's memory.
inline constexpr std::uint32_t kResultAt = 8;        // what a callee's function returns
inline constexpr std::uint32_t kArgumentsAt = 1024;  // 8 bytes for each core value it was called with
inline constexpr std::uint32_t kLogAt = 1 << 16;     // 4 i64 for each call of realloc
inline constexpr std::uint32_t kHeapAt = 1 << 20;
inline constexpr std::uint32_t kPages = 64;

// Exported globals, in this order.
inline constexpr wasm::GlobalIndex kBumpGlobal(std::size_t{0});
inline constexpr wasm::GlobalIndex kLogGlobal(std::size_t{1});

/// Exports `memory`, `realloc`, the globals, and `f0`, `f1`, ... of the given types. As testing::Heap allocates
/// (adapter-gen/fake_guest.h), so does `realloc`.
wasm::ModuleBuilder guest(const std::vector<CoreFuncType>& funcs);

/// Exports `count` pairs of mutable globals that are 1: may-leave and may-enter of instance 0, 1, ...
wasm::ModuleBuilder flags(std::uint32_t count);

}  // namespace witc::abi::testing
