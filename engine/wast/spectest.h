// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The modules that test scripts import from, ordinary modules over host functions. Those of `spectest` do nothing.

#include <vector>

#include "engine/engine.h"

namespace witc::engine::wast {

wasm::Module spectest_module();

/// Adds the host functions and the instance; `module` must outlive the program.
InstanceId add_spectest(Program& program, std::vector<HostFunc>& hosts, const wasm::Module& module);

/// The module `wasmtime` that some scripts import `gc` from, a function that collects; `module` is filled in and must
/// outlive the program.
InstanceId add_wasmtime(Program& program, std::vector<HostFunc>& hosts, wasm::Module& module);

}  // namespace witc::engine::wast
