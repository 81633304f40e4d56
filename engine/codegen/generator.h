// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The code generator as the rest of the engine knows it.

#include "engine/compiler.h"

namespace witc::engine::codegen {

const CodeGenerator& llvm_code_generator();

/// As engine::add_sources (engine/dwarf.h), for any module (codegen/dwarf.cpp).
void add_sources(Trap& trap, const Program& program);

}  // namespace witc::engine::codegen
