// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What a program that is compiled as it runs is cut into.

#include "engine/lazy/code_numbers.h"
#include "engine/lazy/lazy_code.h"

namespace witc::engine {

/// Batches are small, for whoever calls one waits for all of it, and much of a larger one is never called: with 4 kB the
/// first run of QuickJS took half as much processor time again. They are of neighbours, which call each other more than others.
inline constexpr std::size_t kLazyBatchBytes = 1024;  // of wasm code
/// Where nobody waits they are larger: calls within one are direct.
inline constexpr std::size_t kWholeBatchBytes = 16 * 1024;

/// Of what `numbers` added last: its items and batches, nothing that compiles them.
LazySource lazy_source(const Program& program, const Layout& layout, const CodeNumbers& numbers,
                       std::size_t batch_bytes = kLazyBatchBytes);

}  // namespace witc::engine
