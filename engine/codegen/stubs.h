// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The code between C++ and compiled functions: trampolines into it, one for each function type, and one function for
// each host slot out of it. C++ itself never knows `swiftcc`, so any compiler can build the runtime.

#include "engine/codegen/batch.h"

namespace witc::engine::codegen {

/// Adds them to the module: trampolines and host functions from these numbers on.
void add_stubs(Batch& batch, std::size_t first_signature, std::size_t first_host);
/// One of them.
void add_trampoline(Batch& batch, std::uint32_t signature, const wasm::FuncType& type);
void add_host_function(Batch& batch, HostSlot host);

}  // namespace witc::engine::codegen
