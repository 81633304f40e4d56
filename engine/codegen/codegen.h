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

/// Compiles every function of the program that `base` has no code for: the image of a program that this one extends, or
/// null. Errors: kEngineUnsupported, kEngineResource.
Result<CodeImage> compile(const Program& program, const Layout& layout, const EngineOptions& options,
                          const CodeImage* base = nullptr);

/// CodeImage::buffered_args of a program with tail calls.
std::vector<std::vector<BufferedArg>> buffered_args(const std::vector<wasm::FuncType>& signatures);

}  // namespace witc::engine::codegen
