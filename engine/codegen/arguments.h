// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// How the arguments of a tail call travel. A function may tail-call one with any parameters, in constant stack; LLVM can
// do that only where no argument needs the stack, for the callee's area would have to replace the caller's. So in a
// program with tail calls those that do not fit in registers go through a buffer in the context (`Layout::arguments`):
// the caller writes them just before the call, the callee reads them first of all, and nothing runs in between.

#include <cstdint>
#include <vector>

#include "engine/code_image.h"
#include "wasm/core/types.h"

namespace witc::engine::codegen {

/// The parameters that travel in the buffer, ascending. `has_result_buffer`: the address of one takes a register.
std::vector<BufferedArg> buffered_args(const wasm::FuncType& type, bool has_result_buffer);

}  // namespace witc::engine::codegen
