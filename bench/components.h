// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Components that measurements have as text. What goes wrong ends the program: harness.h, `fail`.

#include <string>

#include "base/source.h"
#include "tests/peer/wasmtime_component.h"
#include "wasm/component/ast.h"

namespace witc::bench {

component::ast::Component parse_component(SourceMap& sources, const std::string& text);
/// On wasmtime.
peer::LoadedComponent compile_component(peer::ComponentEngine& engine, const std::string& text);

}  // namespace witc::bench
