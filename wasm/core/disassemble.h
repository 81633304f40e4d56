// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The code of a module, instruction by instruction, with offsets and bytes: for people who look for what is at an
// offset of a trap.

#include <string>

#include "base/result.h"
#include "wasm/core/module.h"

namespace witc::wasm {

/// For each function with a body its name, place and size, then a line per instruction: offset, bytes, text, indented
/// as it is nested. Errors: code that is malformed.
Result<std::string> disassemble(const Module& module);

}  // namespace witc::wasm
