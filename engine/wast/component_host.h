// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What scripts of components may import: functions and an instance `host` with functions, a core module and resources,
// as the scripts of the public suites expect them.

#include <cstdint>

#include "base/result.h"
#include "engine/component.h"
#include "wasm/core/module.h"

namespace witc::engine::wast {

/// What the host remembers of the resource that scripts watch; the module that it supplies. Must stay where it is.
struct ScriptHost {
  std::uint32_t drops = 0;
  std::uint32_t last_drop = 0;
  wasm::Module simple_module;
};

/// Errors: none that a working engine makes.
Result<void> supply_host(Linker& linker, SourceMap& sources, ScriptHost& host);

}  // namespace witc::engine::wast
