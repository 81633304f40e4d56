// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The last change of the IR before instructions are selected.

#include <llvm/IR/Function.h>

namespace witc::engine::codegen {

/// `x + (c ? 8 : 0)` becomes `c ? x + 8 : x`: a conditional move of two sums instead of the condition made a number,
/// widened, shifted and added. It is how compilers choose between neighbours in memory (the left and right child of a
/// node), and there the next load waits for it.
void choose_sums(llvm::Function& function);

}  // namespace witc::engine::codegen
