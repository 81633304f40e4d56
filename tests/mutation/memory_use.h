// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// How much of the heap a piece of work had at most. Linking memory_use.cpp replaces `operator new` by one that counts.

#include <cstddef>

namespace witc {

/// Forgets what was before: the peak counts from here.
void start_measuring();
/// Bytes that were alive at once at most since then, on top of those alive at its start.
std::size_t peak_bytes();

}  // namespace witc
