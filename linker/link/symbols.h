// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `witc link`, second stage: who answers whom. Every symbol that a library imports is found in the first library, in
// the order they were given, that exports it with the same type. What the program does not need is left out; the rest
// is put in an order in which a library comes after those it imports from, as far as cycles let it.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "linker/link/library.h"

namespace witc::linker {

struct Symbols {
  /// The libraries that are kept, in the order in which they are instantiated; indices below refer to it.
  std::vector<Library> libraries;
  std::vector<std::size_t> ranks;  // their places in the order they were given
  /// For each library and each of its imports: the library that answers it. None for what the program itself answers,
  /// and for symbols that nobody defines and may stay so.
  std::vector<std::vector<std::optional<std::size_t>>> sources;

  /// The first library, as they were given, that exports a function of that name.
  [[nodiscard]] std::optional<std::size_t> find_func(const std::string& name) const;
};

/// Errors: kLinkLibrary for libraries that are needed and not there, or there twice; kLinkSymbol for symbols that
/// nobody defines, with who asks for them, and for a tag that is needed before it can exist. With `stub_missing` a
/// function that nobody defines is no error: calling it traps.
Result<Symbols> resolve_symbols(std::vector<Library> libraries, bool stub_missing);

}  // namespace witc::linker
