// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Tables that are as they were made for as long as they live: defined by the module, not exported, and written by none of
// its operators. It is what compilers of C, C++ and Rust emit for pointers to functions. Calls through one need not look
// its size up, nor look anything up twice.

#include <cstdint>
#include <vector>

#include "wasm/core/module.h"
#include "wasm/core/validate.h"

namespace witc::engine {

struct FixedTable {
  bool is_fixed = false;
  bool is_own = false;     // and all it refers to are functions that this module defines
  std::uint64_t size = 0;  // if fixed
};

/// By table index; imported tables are not fixed. `facts` of the module's bodies, if not null, save reading them.
std::vector<FixedTable> find_fixed_tables(const wasm::Module& module, const wasm::BodyFacts* facts);

}  // namespace witc::engine
