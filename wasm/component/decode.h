// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A component read from binary (component-model Binary.md), nested components and modules included. All of
// the format is read, gated features too: which of it is accepted is the validator's business.
//
// The bytes are hostile: nesting is limited (components to 100 deep, types to 100 deep), vectors to the
// limits engines have agreed on, and nothing is allocated by a count that the input claims.

#include "base/result.h"
#include "base/source.h"
#include "wasm/component/ast.h"

namespace witc::component {

/// The component that `span` covers. The result keeps views into the source. Errors: kComponentMalformed,
/// kComponentLimit, and the core decoder's for nested modules.
Result<ast::Component> decode_component(const SourceMap& sources, Span span);

}  // namespace witc::component
