// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What `libwitc-compiler.so` exports (base/own_library.h): a `const CodeGenerator*`.

#include "base/own_library.h"
#include "engine/compiler.h"

namespace witc::engine {

inline constexpr OwnLibrary kCompilerLibrary{
    .what = "the code generator",
    .name = "libwitc-compiler.so",
    .function = "witc_code_generator",
    .interface = interface_number<Program, CoreInstance, HostDecl, Layout, InstanceLayout, EngineOptions, CodeImage, CodeBlob,
                                  CodeNumbers, ProgramEffects, Trap, Frame, Diagnostic, wasm::Module, wasm::Func, wasm::Import,
                                  wasm::SubType>(WITC_VERSION)};

}  // namespace witc::engine
