// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A core module that has every import and export a world asks for, and traps when anything is called:
// `witc embed --dummy`. For tests, and to see what a world asks of a module.

#include "linker/new/world_abi.h"
#include "wasm/core/module.h"
#include "wit-parser/resolve.h"

namespace witc::linker {

struct DummyOptions {
  bool standard_names = false;  // BuildTargets.md's `cm32p2` names, which say nothing of the asynchronous ABI
  /// How `async` functions are lowered and lifted. If not synchronously, the module imports the built-ins for the
  /// streams and futures of all functions as well.
  LiftAbi abi = LiftAbi::kSync;
};
wasm::Module dummy_module(const wit::Resolve& resolve, wit::WorldId world, DummyOptions options = {});

}  // namespace witc::linker
