// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes become volatile in one sweep, and not where they are made, so that no family of operators can forget it. It
// costs next to nothing (docs/performance.md): the compiler that made the module has merged and moved its stores.
#include "engine/codegen/write_order.h"

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>

namespace witc::engine::codegen {

void keep_effects_in_order(llvm::Function& function) {
  auto is_local = [](const llvm::Value* pointer) {
    return llvm::isa<llvm::AllocaInst>(pointer->stripInBoundsConstantOffsets());
  };
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
      if (!is_local(store->getPointerOperand())) store->setVolatile(true);
    } else if (auto* bulk = llvm::dyn_cast<llvm::MemIntrinsic>(&instruction)) {
      if (!is_local(bulk->getRawDest())) bulk->setVolatile(llvm::ConstantInt::getTrue(function.getContext()));
    }
  }
}

}  // namespace witc::engine::codegen
