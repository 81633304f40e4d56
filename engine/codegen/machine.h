// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// LLVM's target and passes: a batch's IR to an object file.

#include <memory>

#include "engine/codegen/llvm.h"
#include "engine/engine.h"

namespace llvm {
class MemoryBuffer;
class TargetMachine;
}  // namespace llvm

namespace witc::engine::codegen {

/// What code generation asks about the machine.
struct MachineTraits {
  bool has_fma = false;
};
MachineTraits traits_of(const llvm::TargetMachine& machine);

/// A target machine for this host, to be used by one thread. Errors: kEngineResource if the processor is too old.
Result<std::unique_ptr<llvm::TargetMachine>> make_machine(OptLevel level);

/// Inlines what is to be inlined and optimises.
void optimise(llvm::Module& module, llvm::TargetMachine& machine, OptLevel level);

/// Errors: kEngineResource.
Result<std::unique_ptr<llvm::MemoryBuffer>> emit(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace witc::engine::codegen
