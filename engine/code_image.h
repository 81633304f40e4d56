// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Machine code of a Program, as the runtime sees it: addresses, and what lies where. Made by codegen/ (later also
// loaded from a file), immutable.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/layout.h"

namespace witc::engine {

/// Calls `code` (swiftcc) with `context`: arguments from `slots`, results into them. Plain C convention.
using Trampoline = void (*)(void* context, const void* code, std::uint64_t* slots);

/// A stretch of code that belongs to one wasm function.
struct CodeSymbol {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  DefinedFunc func;
};

/// A parameter that travels in the context's argument buffer (codegen/arguments.h).
struct BufferedArg {
  std::uint32_t param = 0;  // its position
  std::uint32_t slot = 0;   // its first slot in an array of arguments
  std::uint32_t place = 0;  // and in the buffer
  std::uint32_t slots = 0;
};

struct CodeImage {
  /// By instance and index, imports included; null where it is not a defined function or not compiled.
  IdVector<InstanceId, std::vector<const void*>> funcs;
  IdVector<HostSlot, const void*> hosts;  // swiftcc, context ignored
  std::vector<Trampoline> trampolines;    // by signature of the Layout
  /// By signature; empty in a program without tail calls. Trampolines leave these arguments to who calls them.
  std::vector<std::vector<BufferedArg>> buffered_args;
  std::vector<CodeSymbol> symbols;        // ascending
  std::uintptr_t begin = 0, end = 0;      // of all code
  std::string ir;
  std::shared_ptr<void> owner;  // keeps the code mapped

  /// Safe in a signal handler.
  [[nodiscard]] bool contains(std::uintptr_t pc) const { return pc >= begin && pc < end; }
  [[nodiscard]] const CodeSymbol* find(std::uintptr_t pc) const;
};

}  // namespace witc::engine
