// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Runs a generated module and writes down all that can be seen of it: one line for its instantiation, for each call of
// an exported function, and for the end state of each memory, global and table. Two engines agree if the lines do.

#include <string>
#include <vector>

#include "engine/engine.h"
#include "tests/peer/wasmtime.h"
#include "wasm/core/module.h"

namespace witc::differential {

struct Case {
  std::string name;
  std::vector<std::uint8_t> bytes;
  wasm::Module module;  // of the bytes
  bool is_relaxed = false;
};

using Outcome = std::vector<std::string>;

/// All in one Program, compiled once: that is much quicker than one by one. Errors: those of the engine.
Result<std::vector<Outcome>> run_witc(const std::vector<const Case*>& cases, engine::OptLevel level);
Outcome run_wasmtime(peer::Wasmtime& wasmtime, const Case& subject);

}  // namespace witc::differential
