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

struct CodeImage {
  /// By instance and index, imports included; null where it is not a defined function or not compiled.
  IdVector<InstanceId, std::vector<const void*>> funcs;
  IdVector<HostSlot, const void*> hosts;  // swiftcc, context ignored
  std::vector<Trampoline> trampolines;    // by signature of the Layout
  std::vector<CodeSymbol> symbols;        // ascending
  std::uintptr_t begin = 0, end = 0;      // of all code
  std::string ir;
  std::shared_ptr<void> owner;  // keeps the code mapped

  /// Safe in a signal handler.
  [[nodiscard]] bool contains(std::uintptr_t pc) const { return pc >= begin && pc < end; }
  [[nodiscard]] const CodeSymbol* find(std::uintptr_t pc) const;
};

}  // namespace witc::engine
