// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What `libwitc-compiler.so` exports: one function. Objects of C++ cross between it and the program, so both must be of
// one build; the program says what it takes those objects to be, and the library gives nothing to a program that is wrong.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/compiler.h"

namespace witc::engine {

/// Null if `interface` is not the library's own kInterface.
using GetCodeGenerator = const CodeGenerator* (*)(std::uint64_t interface);
inline constexpr const char* kGetCodeGenerator = "witc_code_generator";

namespace detail {
constexpr std::uint64_t hash(std::uint64_t seed, std::string_view text) {
  for (char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return seed;
}
template <class... T>
constexpr std::uint64_t hash_sizes(std::uint64_t seed) {
  for (std::size_t size : {sizeof(T)...}) seed = (seed ^ size) * 0x100000001b3;
  return seed;
}
}  // namespace detail

/// The version, the compiler, and the sizes of what crosses.
inline constexpr std::uint64_t kInterface = detail::hash_sizes<
    Program, CoreInstance, HostDecl, Layout, InstanceLayout, EngineOptions, CodeImage, CodeBlob, CodeNumbers, ProgramEffects,
    Trap, Frame, Diagnostic, wasm::Module, wasm::Func, wasm::Import, wasm::SubType>(
    detail::hash(0xcbf29ce484222325, WITC_VERSION " " __VERSION__));

}  // namespace witc::engine
