// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The module `spectest` that test scripts import from: an ordinary module over host functions that do nothing.

#include <vector>

#include "engine/engine.h"

namespace witc::engine::wast {

wasm::Module spectest_module();

/// Adds the host functions and the instance; `module` must outlive the program.
InstanceId add_spectest(Program& program, std::vector<HostFunc>& hosts, const wasm::Module& module);

}  // namespace witc::engine::wast
