// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What functions of descriptors and of paths have in common (files.cpp).

#include "linker/new/preview1/wasm32/descriptors.h"

namespace preview1 {

/// Writes preview 1's description of a file.
void store_filestat(u32 out, const wasi::Stat& stat, u64 inode);

/// One time to be set, flattened.
struct NewTime { u32 kind; u64 seconds; u32 nanoseconds; };
/// kInval: both a time and `now`.
Errno new_time(u32 flags, u32 set, u32 set_now, u64 time, NewTime& out);

}  // namespace preview1
