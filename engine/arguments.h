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

namespace witc::engine {

/// Are the results returned through a buffer, as an argument says it? There are four registers of each kind for them.
bool returns_by_buffer(const wasm::FuncType& type);

/// The parameters that travel in the buffer, ascending.
std::vector<BufferedArg> buffered_args(const wasm::FuncType& type);
/// CodeImage::buffered_args of a program with tail calls.
std::vector<std::vector<BufferedArg>> buffered_args(const std::vector<wasm::FuncType>& signatures);

}  // namespace witc::engine
