// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The code generator as a part of the program (library `witc_engine`).
#include "engine/codegen/generator.h"
#include "engine/compiler.h"

namespace witc::engine {

Result<const CodeGenerator*> code_generator() { return &codegen::llvm_code_generator(); }
std::string code_generator_file() { return {}; }

}  // namespace witc::engine
