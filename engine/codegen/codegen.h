// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The code generator's only door: a checked Program and its Layout in, machine code out. No LLVM shows here; what is
// behind it is to become a library of its own, loaded only when something must be compiled.

#include "base/result.h"
#include "engine/code_image.h"
#include "engine/engine.h"
#include "engine/layout.h"
#include "engine/program.h"

namespace witc::engine::codegen {

/// Compiles every function of the program. Errors: kEngineUnsupported, kEngineResource.
Result<CodeImage> compile(const Program& program, const Layout& layout, const EngineOptions& options);

}  // namespace witc::engine::codegen
