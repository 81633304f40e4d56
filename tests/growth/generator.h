// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Compositions of any size, as text: what `growth_test` counts on and `growth_table` takes times of. A link of a chain is a
// component with one core module: some functions that work on a number, and `f`, which calls the `f` of the link before.

#include <cstddef>
#include <string>

namespace witc::growth {

enum class Shape {
  kChain,     // one component, instantiated again and again, each calling the one before
  kCopies,    // the same, but each link has a component of its own, equal to the others byte for byte
  kDistinct,  // the same, but no two modules are equal
  kFan,       // instances of one component, all called by one that imports them all
  kNested,    // each in the next: component instances as deep as there are links
};

struct Composition {
  Shape shape = Shape::kChain;
  std::size_t links = 2;
  std::size_t functions = 4;  // in each module, beside `f`
};

/// A component that exports `f: func(x: u32) -> u32`.
std::string compose_text(const Composition& composition);

}  // namespace witc::growth
