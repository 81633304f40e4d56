// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The code generator as a library of its own.
#include "engine/codegen/generator.h"
#include "engine/compiler/interface.h"

extern "C" __attribute__((visibility("default"))) const void* witc_code_generator(std::uint64_t interface) {
  using namespace witc::engine;
  const CodeGenerator* generator = &codegen::llvm_code_generator();
  return interface == kCompilerLibrary.interface ? generator : nullptr;
}
