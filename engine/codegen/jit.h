// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// ORC: object files to executable memory. One session per CompiledProgram; the code lives as long as it.

#include <memory>
#include <vector>

#include "engine/code_image.h"

namespace llvm {
class MemoryBuffer;
}

namespace witc::engine::codegen {

/// Links the batches' objects and fills in every address that `program` and `layout` ask for and `image` has not yet,
/// and what keeps them alive. Errors: kEngineResource.
Result<void> link(std::vector<std::unique_ptr<llvm::MemoryBuffer>> objects, const Program& program,
                  const Layout& layout, CodeImage& image);

}  // namespace witc::engine::codegen
