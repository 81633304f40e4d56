// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The adapter from WASI preview 1 to WASI 0.2 that comes with witc: every function of preview 1. It is a core module
// compiled with this program (wasm32/) and a world written here (preview1.cpp), which `witc new` treats as it treats
// any adapter.
//
// A file descriptor may be anything, so `fd_write` reaches files even in a program that only prints. What a program
// cannot come by, since it does not import the functions that would give it, is named here as absent: a program
// without paths has no file system, one that reads nothing has no standard input.

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/source.h"
#include "linker/new/new_component.h"

namespace witc::linker {

/// The import module it answers.
inline constexpr std::string_view kPreview1Module = "wasi_snapshot_preview1";

struct Preview1Options {
  /// Export `wasi:cli/run`, which calls the main module's `_start`.
  bool is_command = false;
  /// Exit by `wasi:cli/exit`'s `exit-with-code`, which keeps the status but is a gated feature many hosts do
  /// not have, and not by its `exit`, which knows success and failure.
  bool exit_with_code = false;
  /// The functions of preview 1 that the main module imports.
  std::set<std::string> used = {};
};

/// The adapter with its world in a `component-type` section.
Result<AdapterInput> preview1_adapter(SourceMap& sources, const Preview1Options& options);

}  // namespace witc::linker
