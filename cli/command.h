// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What every subcommand of `witc` is given, and what it is: a function that adds itself to the CLI11
// application and, when chosen, leaves an action to run. Only cli/ knows CLI11, prints and exits;
// the contract with users is docs/cli.md.

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "base/result.h"
#include "base/source.h"

namespace witc::cli {

/// Exit statuses of the contract; `run` may return the guest's own.
enum ExitStatus : int { kDone = 0, kInputWrong = 1, kUsageWrong = 2, kTrapped = 134 };

/// One per process, made by main and passed to every subcommand.
struct Context {
  SourceMap sources;
  bool json_messages = false;
  bool color = false;

  /// The chosen subcommand; main runs it. A Diagnostic is rendered to stderr and gives exit status 1.
  std::function<Result<int>()> action;
};

/// Reads a path or `-` whole and registers it; binary if it starts with the wasm magic, else text.
Result<SourceId> read_input(Context& context, const std::string& path);

/// Writes to a path (temporary file beside it, then rename), or to stdout for `` or `-`. A binary is
/// never written to a terminal.
Result<void> write_output(const std::string& path, std::string_view contents, SourceKind kind);

/// Renders to stderr as the user asked.
void report(const Context& context, const Diagnostic& diagnostic);

/// Prints what is wrong with the command line, or the help that was asked for. Returns the exit status.
int explain_usage(const CLI::App& app, const CLI::ParseError& wrong);

// One per subcommand, each in its own file.
#define WITC_COMMAND(name) void add_##name(CLI::App& app, Context& context);
#include "cli/commands.def"
#undef WITC_COMMAND

}  // namespace witc::cli
