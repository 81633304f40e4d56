// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `witc link`: shared libraries into one component (shared-everything linking).
//
// The libraries follow the dynamic linking convention (tool-conventions, DynamicLinking.md): they share one memory and
// one table, and find each other's functions and data by name. All that is done here ahead of time, so that what comes
// out is an ordinary component: the libraries as they are, each a core module of its own, instantiated one after the
// other between two modules that are made here (linker/link/modules.h). Its world is the union of the libraries'
// worlds.
//
// Why the libraries stay whole: a library that many components share can be compiled once and stored once
// (`witc unbundle`), and what debug information says of its code stays true.

#include <cstdint>
#include <vector>

#include "linker/link/library.h"
#include "linker/new/new_component.h"

namespace witc::linker {

inline constexpr std::uint64_t kDefaultStackSize = 1 << 20;

struct LinkOptions {
  std::vector<AdapterInput> adapters;
  /// As in NewOptions.
  bool builtin_preview1 = true;
  bool newest_imports = true;
  std::uint64_t stack_size = kDefaultStackSize;  // bytes
  /// Functions that no library defines trap when they are called, instead of being an error here.
  bool stub_missing_functions = false;
  /// Give `dlopen`, `dlsym`, `dlclose` and `dlerror` to the libraries.
  bool use_builtin_libdl = false;
};

/// The component. Which of two libraries defines a symbol, their order says: the first wins. Errors: kLinkLibrary,
/// kLinkSymbol (linker/link/symbols.h), kNewWorldMissing for libraries without any world, and those of new_component.
Result<component::ast::Component> link(SourceMap& sources, std::vector<LibraryInput> inputs, LinkOptions options);

}  // namespace witc::linker
