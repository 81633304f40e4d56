// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The batches of a program, compiled before it runs.

#include "engine/lazy/lazy_code.h"

namespace witc::engine {

/// Compiles every batch of `source`, well if it can, by `threads` threads, and adds what comes out to its store. Errors:
/// the first that a batch gives.
Result<void> compile_all(const LazySource& source, unsigned threads,
                         const std::function<void(std::size_t done, std::size_t total)>& on_progress);

}  // namespace witc::engine
