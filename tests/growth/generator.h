// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Compositions of any size, composed of packages as `witc compose` does it: what tests/growth counts on and bench/growth
// takes times of. A link of a chain is a component with one core module: some functions that work on a number, and `f`,
// which calls the `f` of the link before.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/source.h"
#include "wasm/component/ast.h"

namespace witc::growth {

enum class Shape {
  kChain,        // one component, instantiated again and again, each calling the one before
  kCopies,       // the same, but each link has a component of its own, equal to the others byte for byte
  kDistinct,     // the same, but no two modules are equal
  kFan,          // instances of one component, all called by one that imports them all
  kDistinctFan,  // the same, but no two modules are equal
  kNested,       // each in the next: component instances as deep as there are links
};

struct Composition {
  Shape shape = Shape::kChain;
  std::size_t links = 2;
  std::size_t functions = 4;  // in each module, beside `f`
  bool has_tag = false;       // whether the last link has a core module that knows exceptions
};

/// What a composition is made of. The `f` of the last instance is what it exports.
struct Parts {
  struct Instance {
    std::size_t package = 0;
    std::vector<std::pair<std::string, std::size_t>> arguments;  // imports, and the instances whose `f` they get
  };
  std::vector<std::string> packages;  // the text of each
  std::vector<Instance> instances;
};

/// Of any shape but kNested, which is made by composing again and again.
Parts parts_of(const Composition& composition);
/// The packages as they come from files: from their binaries. Errors: the parser's and the decoder's.
Result<std::deque<component::ast::Component>> load_packages(SourceMap& sources, const Parts& parts);
/// Errors: the linker's.
Result<std::vector<std::uint8_t>> compose(SourceMap& sources, const Parts& parts,
                                          std::deque<component::ast::Component> packages);
/// A component that exports `f: func(x: u32) -> u32`; 0 goes through all links of a chain as it is, and traps in the first.
Result<std::vector<std::uint8_t>> compose(SourceMap& sources, const Composition& composition);

}  // namespace witc::growth
