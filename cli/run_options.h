// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `-W` and `-D` of `witc run`, spelt as wasmtime spells them: `-W max-wasm-stack=65536 -D coredump=core.wasm`, several
// in one option with commas between. To add one: a line in the table of run_options.cpp.

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "engine/engine.h"

namespace witc::cli {

struct RunOptions {
  engine::EngineOptions engine;
  std::string coredump;  // a file to write after a trap
};

/// `-W` alone; as below.
void add_limit_options(CLI::App& command, const std::shared_ptr<RunOptions>& options);
/// Adds the options; what they say is in `options` when the command's callback runs. A wrong one is a usage error.
void add_run_options(CLI::App& command, const std::shared_ptr<RunOptions>& options);

}  // namespace witc::cli
