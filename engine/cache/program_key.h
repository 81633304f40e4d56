// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What compiled code of a program is kept under: a digest of all that it depends on.

#include <string_view>

#include "engine/cache/sha256.h"
#include "engine/engine.h"
#include "engine/layout.h"

namespace witc::engine {

/// Adds which build of witc this is: the file that this code was loaded from, and the code generator's.
void add_build(Sha256& hash);

/// Equal only where every batch of the programs has the same code: of the same modules, linked alike, with the same
/// options, by the same build of witc, for the same processor. `numbering`: what the program's CodeNumbers depend on beside.
Digest program_key(const Program& program, const Layout& layout, const EngineOptions& options,
                   std::string_view numbering);

}  // namespace witc::engine
