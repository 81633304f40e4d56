// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Text → component (component-model Explainer.md), with the abbreviations that people and tools write: types,
// imports, exports and instances inline, `(func $instance "export")` for an alias, names of an outer component
// used as they are, `binary` and `quote` for core modules. What is abbreviated becomes definitions of its own,
// placed just before the one that uses it; identifiers become the component's names.

#include "base/result.h"
#include "base/source.h"
#include "wasm/component/ast.h"
#include "wasm/text/cursor.h"

namespace witc::component {

/// Whether a text source is a component: its first form is `(component`.
bool is_component_text(const SourceMap& sources, SourceId source);

struct ParseOptions {
  /// Canonical options and destructors must be written as the specification has them, `(realloc (core func $f))` and
  /// `(memory (core memory $i "m"))`, and not as older tools print them: `(realloc (func $f))`, `(memory $i "m")`.
  bool strict_references = false;
};

/// A source that is one `(component ...)`. Errors: kComponentMalformed for what is wrong with a component,
/// kWasmMalformed for tokens (the lexer and the core parser), kComponentLimit.
Result<ast::Component> parse_component(const SourceMap& sources, SourceId source, const ParseOptions& options = {});

/// The rest of a component whose `(component` and identifier were taken: to its closing parenthesis, which is
/// taken too. `binary` and `quote` are the caller's business.
Result<ast::Component> parse_component_rest(const SourceMap& sources, wasm::Cursor& in, std::optional<std::string> name);

}  // namespace witc::component
