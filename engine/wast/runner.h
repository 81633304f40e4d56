// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Runs a .wast script of core modules. Because a Program is closed, all modules of a script become one Program, each
// linked as the script's `register` directives say; they are instantiated one after the other as the script goes on.

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "wasm/component/features.h"

namespace witc::engine::wast {

struct Failure {
  Span span;
  std::string message;
};
struct Report {
  std::size_t passed = 0;
  std::vector<Failure> failures;
};

/// A script of core modules or of components. Text modules are added to `sources`; a module is valid if it is so with
/// `features`. A script may ask for canonical NaNs in its first line, as those of wasmtime do:
/// `;;! nan_canonicalization = true`. Errors: the script itself cannot be read.
Result<Report> run_script(SourceMap& sources, SourceId script, EngineOptions options,
                          const component::Features& features);

}  // namespace witc::engine::wast
