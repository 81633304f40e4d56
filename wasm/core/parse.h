// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Text → Module (core specification, "Text Format"): all of it for WebAssembly 3.0 and threads, abbreviations
// and folded instructions included; `(module binary ...)` and `(module quote ...)` too. Identifiers become the
// module's names. What the text format cannot tell is left to the validator, whose errors in parsed modules
// point into the text (Module::text_places).

#include "base/result.h"
#include "base/source.h"
#include "wasm/core/module.h"
#include "wasm/text/cursor.h"

namespace witc::wasm {

/// A source that is one `(module ...)`, or the fields of one by themselves.
/// Errors: kWasmMalformed (messages worded as in the specification's tests), kWasmLimit.
Result<Module> parse_module(const SourceMap& sources, SourceId source, const TextOptions& options = {});

/// The rest of a module whose `(module` or `(core module`, and identifier, were taken: to its closing
/// parenthesis, which is taken too. `binary` and `quote` may come first. `name` is the identifier, if any.
Result<Module> parse_module_rest(const SourceMap& sources, Cursor& in, std::optional<std::string> name,
                                 const TextOptions& options = {});

}  // namespace witc::wasm
