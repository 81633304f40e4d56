// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A component from either form, as every command takes it.

#include "base/result.h"
#include "base/source.h"
#include "wasm/component/ast.h"

namespace witc::component {

/// Decodes a binary source, parses a text one. Not validated.
Result<ast::Component> load_component(const SourceMap& sources, SourceId id);

}  // namespace witc::component
