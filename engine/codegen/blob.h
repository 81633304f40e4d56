// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// An object file to a CodeBlob: a linker for the little that LLVM makes of our code. It is in place of JITLink where
// programs are compiled as they run, for what comes out can be kept and used again without LLVM.

#include "engine/lazy/code_blob.h"

namespace llvm {
class MemoryBuffer;
}

namespace witc::engine::codegen {

/// `object` is what emit() made. `counts_calls`: functions call each other, and themselves, only by their entries.
/// Errors: kEngineResource, if there is something in it that we do not know.
Result<CodeBlob> to_blob(const llvm::MemoryBuffer& object, const CodeNumbers& numbers, bool counts_calls);

}  // namespace witc::engine::codegen
