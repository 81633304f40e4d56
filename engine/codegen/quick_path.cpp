// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/codegen/quick_path.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/CodeGen/MachineFunction.h>
#include <llvm/CodeGen/MachineFunctionPass.h>
#include <llvm/CodeGen/MachineInstrBuilder.h>
#include <llvm/CodeGen/TargetInstrInfo.h>
#include <llvm/CodeGen/TargetSubtargetInfo.h>
#include <llvm/IR/DebugInfoMetadata.h>

#include <vector>

#include "engine/codegen/llvm.h"

namespace witc::engine::codegen {
namespace {

bool returns_as_c(const llvm::Function& function) {
  if (function.getCallingConv() != llvm::CallingConv::Swift) return false;
  return !function.getReturnType()->isAggregateType();
}

/// By name, for LLVM keeps their numbers to itself.
struct TrapOpcodes {
  unsigned trap = 0;        // `llvm.trap`
  unsigned with_kind = 0;   // `llvm.ubsantrap`
  explicit TrapOpcodes(const llvm::TargetInstrInfo& info) {
    for (unsigned i = 0; i < info.getNumOpcodes(); ++i) {
      const llvm::StringRef name = info.getName(i);
      if (name == "TRAP") trap = i;
      else if (name == "UBSAN_UD1") with_kind = i;
    }
  }
};

class TrapPass final : public llvm::MachineFunctionPass {
 public:
  static inline char ID = 0;
  TrapPass() : MachineFunctionPass(ID) {}

  bool runOnMachineFunction(llvm::MachineFunction& function) override {
    const llvm::TargetInstrInfo& info = *function.getSubtarget().getInstrInfo();
    static const TrapOpcodes opcodes(info);  // of the one target that this is built for
    for (llvm::MachineBasicBlock& block : function) {
      for (llvm::MachineInstr& instruction : llvm::make_early_inc_range(block)) {
        const llvm::DebugLoc place = instruction.getDebugLoc();
        if (instruction.getOpcode() != opcodes.trap || !place) continue;
        llvm::BuildMI(block, instruction, place, info.get(opcodes.with_kind)).addImm(place.getCol() - 1);
        instruction.eraseFromParent();
      }
    }
    return true;
  }
};

}  // namespace

void prepare_quick_path(llvm::Module& module) {
  std::vector<llvm::Instruction*> ends;
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    const bool as_c = returns_as_c(function);
    if (as_c) function.setCallingConv(llvm::CallingConv::C);
    for (llvm::BasicBlock& block : function) {
      llvm::Instruction* end = block.getTerminator();
      const bool is_known = as_c || !llvm::isa<llvm::ReturnInst>(end);
      if (end == &block.front() || (is_known && !llvm::isa<llvm::SwitchInst>(end))) continue;
      if (block.getTerminatingMustTailCall() == nullptr) ends.push_back(end);
    }
  }
  for (llvm::Instruction* end : ends) end->getParent()->splitBasicBlock(end);
}

llvm::MachineFunctionPass* make_trap_pass() { return new TrapPass; }

}  // namespace witc::engine::codegen
