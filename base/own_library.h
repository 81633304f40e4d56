// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Shared libraries that are parts of a program: what it needs only sometimes, and would be slow to load each time it
// starts (engine/compiler.h, wasi-preview/http/transport.h). Such a library is looked for by the place of the running
// program alone, beside it or where it is installed: neither the current directory nor the environment has a say in
// what is executed.
//
// It exports one function. Objects of C++ cross between the two, so both must be of one build: the program says what it
// takes those objects to be, as a number, and the library gives nothing to a program that is wrong.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace witc {

/// What such a library exports, by the name `function` of OwnLibrary. Null if `interface` is not the library's own
/// number.
using OwnLibraryFunction = const void* (*)(std::uint64_t interface);

struct OwnLibrary {
  std::string_view what;  // for messages: "the code generator"
  std::string_view name;  // of the file
  const char* function;
  std::uint64_t interface = 0;
};

/// The file, which need not be loaded; empty if there is none.
std::string file_of(const OwnLibrary& library);
/// Loads it, for good, and gives what its function returns, which is never null. Any number of times, from any thread.
/// Errors: kEngineResource.
Result<const void*> open_own_library(const OwnLibrary& library);

namespace detail {
constexpr std::uint64_t hash_step(std::uint64_t seed, std::uint64_t value) { return (seed ^ value) * 0x100000001b3; }
}  // namespace detail

/// The number of an interface: the program's version, the compiler, and the sizes of what crosses.
template <class... Crossing>
constexpr std::uint64_t interface_number(std::string_view version) {
  std::uint64_t number = 0xcbf29ce484222325;
  for (std::string_view text : {version, std::string_view(__VERSION__)}) {
    for (char c : text) number = detail::hash_step(number, static_cast<unsigned char>(c));
  }
  for (std::size_t size : {sizeof(Crossing)...}) number = detail::hash_step(number, size);
  return number;
}

}  // namespace witc
