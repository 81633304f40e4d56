// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The adapter from WASI preview 1 to WASI 0.2 that comes with witc. It is a core module compiled with this
// program (adapter.c says what it covers) and a world written here (preview1.cpp): `witc new` treats it as
// it treats any adapter.

#include <string_view>

#include "base/result.h"
#include "base/source.h"
#include "wasm/core/module.h"

namespace witc::linker {

/// The import module it answers.
inline constexpr std::string_view kPreview1Module = "wasi_snapshot_preview1";

struct Preview1Options {
  /// Export `wasi:cli/run`, which calls the main module's `_start`.
  bool is_command = false;
  /// Exit by `wasi:cli/exit`'s `exit-with-code`, which keeps the status but is a gated feature many hosts do
  /// not have, and not by its `exit`, which knows success and failure.
  bool exit_with_code = false;
};

/// The adapter with its world in a `component-type` section.
Result<wasm::Module> preview1_adapter(SourceMap& sources, const Preview1Options& options);

}  // namespace witc::linker
