// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `witc unbundle`: the core modules of a component taken out of it, to be compiled or stored apart. What is left
// imports them, so the same component comes back when they are supplied.
//
// Imports of modules can only stand at the root, in front of what uses them, so the types of all modules that go are
// written first, then their imports. Where a module stood there is now an alias of its import: the index space of
// modules keeps its order, and every core type and core module of the root moves by one constant. Only references to
// these two, from the root and through outer aliases, are rewritten.

#include <cstdint>
#include <string>
#include <vector>

#include "wasm/component/ast.h"

namespace witc::linker {

struct Unbundled {
  struct Taken {
    std::string import;  // the name it is imported by
    std::vector<std::uint8_t> bytes;
  };
  component::ast::Component component;
  std::vector<Taken> modules;
};

/// Takes out every core module, at any depth, whose binary is longer than `threshold` bytes. `component` must be valid.
/// Imports are named `unbundled-module0` and on, without the names that the component uses for imports already.
Unbundled unbundle(component::ast::Component component, std::uint64_t threshold);

}  // namespace witc::linker
