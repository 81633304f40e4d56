// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What makes code without LLVM's optimisations quick to make. Its FastISel goes through a block once and emits; an
// instruction that it does not know goes to SelectionDAG, which takes some fifty times as long for one (70 us), and where
// that instruction is no call, all of its block before it goes too. So it is given only what it knows, as far as may be:
//
// - A trap is `llvm.trap`, and its kind is in the column of its debug location (+ 1); a pass of ours makes the
//   instruction of it that `llvm.ubsantrap` would have been.
// - A function that returns one value, or none, has the convention of C, which returns and takes it in the same
//   registers as `swiftcc` and saves the same. Calls still say `swiftcc`.
// - Other returns, and switches, stand alone in their blocks.

namespace llvm {
class MachineFunctionPass;
class Module;
}  // namespace llvm

namespace witc::engine::codegen {

/// Of what is not optimised: gives functions the convention above and splits blocks.
void prepare_quick_path(llvm::Module& module);

/// The pass for traps; to be run after instructions are selected.
llvm::MachineFunctionPass* make_trap_pass();

}  // namespace witc::engine::codegen
