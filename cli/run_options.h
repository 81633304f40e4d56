// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `-W`, `-C` and `-D` of `witc run`, spelt as wasmtime spells them: `-W max-wasm-stack=65536 -D coredump=core.wasm`, several
// in one option with commas between. To add one: a line in the table of run_options.cpp.

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "engine/engine.h"

namespace witc::cli {

struct RunOptions {
  engine::EngineOptions engine;
  std::optional<engine::CompileMode> compile;  // if said
  bool cache = true;
  std::string cache_folder;  // empty: the user's
  std::string coredump;  // a file to write after a trap
};

/// `-W` or `-C` alone; as below.
void add_limit_options(CLI::App& command, const std::shared_ptr<RunOptions>& options);
void add_compile_options(CLI::App& command, const std::shared_ptr<RunOptions>& options);
/// The engine's options: `-O 0` compiles quickly and as it runs, `-O 2` well and before it runs, "" quickly at first, and
/// well what is called often; `-C` has the last word.
engine::EngineOptions engine_options(const RunOptions& options, const std::string& opt_level);

/// Adds the options; what they say is in `options` when the command's callback runs. A wrong one is a usage error.
void add_run_options(CLI::App& command, const std::shared_ptr<RunOptions>& options);

}  // namespace witc::cli
