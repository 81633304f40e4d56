// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Component → text (Explainer.md): one definition to a line, identifiers from the `component-name` section,
// indices as comments, core modules by the core printer. The form is that of `wasm-tools print`, and parses
// back to the same component. Components that are not valid print too.

#include <string>

#include "base/result.h"
#include "wasm/component/ast.h"
#include "wasm/core/print.h"

namespace witc::component {

/// The component as text, ended with its last parenthesis and no line end; of `options` what is about instructions bears
/// on the core modules inside. Errors: malformed code in a core module.
Result<std::string> print_component(const ast::Component& component, const wasm::PrintOptions& options = {});

}  // namespace witc::component
