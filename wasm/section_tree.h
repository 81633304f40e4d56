// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A binary seen from outside: its sections, with those of the modules and components inside, where they are and how
// large. Contents are not read but for names and counts, so it works on what is not valid, and on features that
// witc does not know. `witc objdump` prints it; `witc strip` copies around what is to go.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/source.h"

namespace witc::wasm {

struct SectionTree {
  struct Section {
    std::uint8_t id = 0;
    std::uint32_t start = 0;  // of its id, in the source
    std::uint32_t begin = 0;  // of its contents; of a custom section, of what follows its name
    std::uint32_t end = 0;
    std::uint32_t count = 1;  // of its items, where it is a vector
    std::string name;         // of a custom section
    std::vector<SectionTree> inner;  // the module or component that it holds: at most one
  };

  bool is_component = false;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::vector<Section> sections;
};

/// The sections of a binary source. Errors: kWasmMalformed, kWasmLimit for nesting that is too deep.
Result<SectionTree> read_section_tree(const SourceMap& sources, SourceId source);

/// A line for each section: name, offsets, size, count; indented by nesting. The form is that of `wasm-tools objdump`.
std::string print_section_tree(const SectionTree& tree);

/// The binary without the custom sections that `drop` says by name, at all depths; the rest is copied byte for byte.
std::vector<std::uint8_t> without_customs(const SourceMap& sources, SourceId source, const SectionTree& tree,
                                          const std::function<bool(std::string_view)>& drop);

}  // namespace witc::wasm
