// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Backtraces in terms of the source: what the guest's compiler wrote about its code into the `.debug_*` custom sections
// (DWARF 4 and 5; addresses count from the start of the code section's contents, as the WebAssembly tool conventions
// have it). Traps are values and cost nothing of this: the sections are read when somebody is to see the trap.

#include "engine/program.h"
#include "engine/trap.h"

namespace witc::engine {

/// Fills in `Frame::sources` where the frame's module carries DWARF. `program` is what trapped. For a module read from
/// text, `Frame::offset` becomes the place in the binary that the text stands for, as other tools print it. DWARF that
/// is damaged or missing leaves the frame as it is.
void add_sources(Trap& trap, const Program& program);

}  // namespace witc::engine
