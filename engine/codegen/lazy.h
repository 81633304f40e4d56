// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The code generator's other door: what a program that is compiled as it runs is compiled from. No LLVM shows here.

#include "engine/engine.h"
#include "engine/lazy/lazy_code.h"

namespace witc::engine::codegen {

struct LazyProgram {
  LazySource source;
  bool has_tail_calls = false;
};

/// For what `numbers` added last. All arguments must outlive the result. Errors: kWasmMalformed, which validation has
/// excluded.
Result<LazyProgram> lazy_program(const Program& program, const Layout& layout, const EngineOptions& options,
                                 const CodeNumbers& numbers);

/// Says which code generator this is, and what processor it makes code for.
std::string compiler_id();

}  // namespace witc::engine::codegen
