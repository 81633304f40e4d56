// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The code generator as a library of its own.
#include "engine/codegen/generator.h"
#include "engine/compiler/interface.h"

extern "C" __attribute__((visibility("default"))) const witc::engine::CodeGenerator* witc_code_generator(std::uint64_t interface) {
  return interface == witc::engine::kInterface ? &witc::engine::codegen::llvm_code_generator() : nullptr;
}
