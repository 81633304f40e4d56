// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The reader is LLVM's, and loaded only for a module that has something for it to read.
#include "engine/dwarf.h"

#include <algorithm>

#include "engine/compiler.h"

namespace witc::engine {

void add_sources(Trap& trap, const Program& program) {
  const bool has_any = std::ranges::any_of(trap.frames, [&](const Frame& frame) {
    if (!program.instances.contains(frame.instance)) return false;
    const wasm::Module& module = *program.instances[frame.instance].module;
    return !module.text_places.empty() || std::ranges::any_of(module.customs, [](const wasm::CustomSection& section) {
      return section.name == ".debug_info";
    });
  });
  if (!has_any) return;
  if (auto generator = code_generator()) (*generator)->add_sources(trap, program);
}

}  // namespace witc::engine
