// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Core dumps: the state of an instance after a trap as a WebAssembly module that tools can read (WebAssembly tool
// conventions, `Coredump.md`). Its memories and globals have the values they had; custom sections say which modules and
// instances there were and where each frame of the stack stood.

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/engine.h"

namespace witc::engine {

/// `name` is of the program that ran, for people. Values of locals and of the operand stack are not there: the compiler
/// has not kept them. References are written as null. The instance must be in no thread's hands.
std::vector<std::uint8_t> make_coredump(Instance& instance, const Trap& trap, std::string_view name);

}  // namespace witc::engine
