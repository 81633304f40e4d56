// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The code generator's doors as seen from within; engine/compiler.h is how the rest of the engine gets there. A checked
// Program and its Layout in, machine code out. No LLVM shows here.

#include "base/result.h"
#include "engine/code_image.h"
#include "engine/engine.h"
#include "engine/layout.h"
#include "engine/program.h"

namespace witc::engine::codegen {

/// Compiles every function of the program that `base` has no code for: the image of a program that this one extends, or
/// null. Errors: kEngineUnsupported, kEngineResource.
Result<CodeImage> compile(const Program& program, const Layout& layout, const EngineOptions& options,
                          const CodeImage* base = nullptr);

}  // namespace witc::engine::codegen
