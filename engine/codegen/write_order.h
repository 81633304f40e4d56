// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What a trap leaves behind. A trap of a memory access is a signal, of which LLVM knows nothing: it would delete a store
// that a later one overwrites, or move it, although an access between the two traps and the store should have been seen.

#include "engine/codegen/llvm.h"

namespace witc::engine::codegen {

/// Puts all writes of a translated body to memories, tables, globals and objects into the order of its loads, which are
/// volatile: after a trap the state is that of the specification. Locals are free.
void keep_effects_in_order(llvm::Function& function);

}  // namespace witc::engine::codegen
