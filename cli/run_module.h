// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `witc run` of a core module: WASI preview 1 hosted natively (wasi-preview/preview1.h), no adapter and no component.

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/run_options.h"
#include "wasi-preview/options.h"

namespace witc::cli {

struct ModuleRun {
  wasi::WasiOptions wasi;
  engine::EngineOptions engine;
  std::string invoke;             // the export to call; empty: `_start`
  std::vector<std::string> args;  // what follows the file, as text: the arguments of `invoke`
  std::string coredump;           // a file to write after a trap
};

/// Runs a command (`_start`), or calls an export of a reactor, after its `_initialize`, and prints its results, one a line.
/// Returns the exit status: the guest's own, or 134 after a trap, which is shown. Errors: those of the module, kFileUnreadable
/// for a directory that was granted and cannot be opened, kRunNoSuchExport, kRunMissingImport.
Result<int> run_module(Context& context, SourceId source, const ModuleRun& run);

}  // namespace witc::cli
