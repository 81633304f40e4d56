// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What `witc run` and `witc serve` are given: a module or a component, or a file that `witc compile` made of one.

#include <string>

#include "cli/command.h"
#include "engine/engine.h"

namespace witc::cli {

/// Reads a path or `-`. If it is a compiled file, the source is the program in it, and `options` become those to run it
/// with. Errors: kFileUnreadable; kFileKind for a compiled file that cannot be used.
Result<SourceId> read_program(Context& context, const std::string& path, engine::EngineOptions& options);

}  // namespace witc::cli
