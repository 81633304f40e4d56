// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// From machine code back to wasm operators. The translator gives every instruction a DILocation: its scope is the wasm
// function, its line the operator's position in the body plus one, and the inliner keeps the calls it went through
// (`inlinedAt`). While LLVM prints the machine code, a handler of ours notes where each instruction lies that may trap
// or calls, and writes two small sections into the object:
//
//     .witc.rows     per function: instance, function, count; count x {offset from the function's start, place}
//     .witc.places   {instance, function, position + 1 (0: unknown), place it is inlined at + 1 (0: none)}
//
// all 32-bit words of the host. LLVM's own way, DWARF, would cost more of everything: one row for every change of line,
// and a tree of inlined calls that has to be searched. The compile unit says "no debug", so none of it is made.

#include <memory>
#include <vector>

#include "base/result.h"
#include "engine/code_image.h"
#include "engine/codegen/llvm.h"

namespace llvm {
class AsmPrinterHandler;
class AsmPrinter;
class DISubprogram;
class MemoryBuffer;
}  // namespace llvm

namespace witc::engine::codegen {

/// The name of a function's scope says which it is; see Batch::scope.
std::unique_ptr<llvm::AsmPrinterHandler> make_place_recorder(llvm::AsmPrinter& printer);

/// One function's rows, as they stand in an object.
struct FunctionRows {
  DefinedFunc func;
  std::vector<CodeRow> rows;
};
struct PlaceTable {
  std::vector<FunctionRows> functions;
  std::vector<CodePlace> places;
};

/// The sections of an object, which is our own; empty if it has none.
PlaceTable read_place_table(const llvm::MemoryBuffer& object);

}  // namespace witc::engine::codegen
