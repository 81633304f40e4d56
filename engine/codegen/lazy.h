// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What a program that is compiled as it runs is compiled by.

#include "engine/compiler.h"

namespace witc::engine::codegen {

/// As CodeGenerator::batch_compiler.
Result<std::unique_ptr<BatchCompiler>> make_batch_compiler(const LazyProgram& program,
                                                           std::shared_ptr<const ProgramEffects> effects, OptLevel level,
                                                           bool counts_calls);

}  // namespace witc::engine::codegen
