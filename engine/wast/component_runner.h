// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Runs the directives of a script of components. Each component instance runs in a store of its own; core modules and
// resource types that a named one exports can be imported by those after it, as from an instance of that name.

#include "base/result.h"
#include "engine/wast/runner.h"
#include "engine/wast/script.h"
#include "wasm/component/features.h"

namespace witc::engine::wast {

Result<Report> run_components(SourceMap& sources, const std::vector<Directive>& script, const EngineOptions& options,
                              const component::Features& features);

}  // namespace witc::engine::wast
