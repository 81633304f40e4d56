// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A core module that has every import and export a world asks for, and traps when anything is called:
// `witc embed --dummy`. For tests, and to see what a world asks of a module.

#include "wasm/core/module.h"
#include "wit-parser/resolve.h"

namespace witc::linker {

wasm::Module dummy_module(const wit::Resolve& resolve, wit::WorldId world);

}  // namespace witc::linker
