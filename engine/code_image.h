// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Machine code of a Program, as the runtime sees it: addresses, and what lies where. Made by codegen/ (later also
// loaded from a file), immutable.

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/layout.h"

namespace witc::engine {

/// Calls `code` (swiftcc) with `context`: arguments from `slots`, results into them. Plain C convention.
using Trampoline = void (*)(void* context, const void* code, std::uint64_t* slots);

/// The operator that code comes from: one place, or a chain of them where calls were inlined.
struct CodePlace {
  DefinedFunc func;
  std::uint32_t line = 0;        // its position in the body + 1; 0: somewhere in the function
  std::uint32_t inlined_at = 0;  // place of the call + 1; 0: not inlined
};
/// From this offset in a function's code on, instructions that trap or call come from a place.
struct CodeRow {
  std::uint32_t offset = 0;
  std::uint32_t place = 0;
};

/// A stretch of code that belongs to one wasm function, with its rows.
struct CodeSymbol {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  DefinedFunc func;
  std::uint32_t first_row = 0;
  std::uint32_t row_count = 0;
};

/// A parameter that travels in the context's argument buffer (engine/arguments.h).
struct BufferedArg {
  std::uint32_t param = 0;  // its position
  std::uint32_t slot = 0;   // its first slot in an array of arguments
  std::uint32_t place = 0;  // and in the buffer
  std::uint32_t slots = 0;
};

struct CodeSpan {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

class LazyCode;

/// Where the instruction at `offset` in `func`, whose rows these are, comes from; as CodeImage::places_of.
std::vector<CodePlace> places_in(DefinedFunc func, std::uintptr_t offset, std::span<const CodeRow> rows,
                                 std::span<const CodePlace> places);

struct CodeImage {
  /// By instance and index, imports included; null where it is not a defined function. In a program that is compiled as
  /// it runs these are entries (engine/lazy/code_region.h), and those of `hosts` too.
  IdVector<InstanceId, std::vector<const void*>> funcs;
  IdVector<HostSlot, const void*> hosts;  // swiftcc, context ignored
  std::vector<Trampoline> trampolines;    // by signature of the Layout
  /// By signature; empty in a program without tail calls. Trampolines leave these arguments to who calls them.
  std::vector<std::vector<BufferedArg>> buffered_args;
  std::vector<CodeSymbol> symbols;        // ascending
  std::vector<CodeRow> rows;              // ascending within a symbol
  std::vector<CodePlace> places;
  std::vector<CodeSpan> spans;            // all code is in one of these
  std::string ir;
  std::shared_ptr<void> owner;  // keeps the code mapped
  std::shared_ptr<LazyCode> lazy;  // if it is compiled as it runs: then `trampolines`, `symbols` and what they name are empty
  std::vector<std::uint32_t> lazy_trampolines;  // their numbers

  /// Of a signature; compiled first if need be. On failure what went wrong.
  [[nodiscard]] std::expected<Trampoline, std::string> trampoline(std::uint32_t signature) const {
    if (lazy == nullptr) return trampolines[signature];
    return lazy_trampoline(signature);
  }

  /// Safe in a signal handler.
  [[nodiscard]] bool contains(std::uintptr_t pc) const {
    for (const CodeSpan& span : spans) {
      if (pc >= span.begin && pc < span.end) return true;
    }
    return false;
  }
  [[nodiscard]] const CodeSymbol* find(std::uintptr_t pc) const;
  /// Where the instruction at `pc`, which traps or calls, comes from: innermost first, callers it was inlined into
  /// after it. Empty if it is in no wasm function.
  [[nodiscard]] std::vector<CodePlace> places_of(std::uintptr_t pc) const;

 private:
  [[nodiscard]] std::expected<Trampoline, std::string> lazy_trampoline(std::uint32_t signature) const;
};

}  // namespace witc::engine
