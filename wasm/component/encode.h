// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A component written in binary (component-model Binary.md). Total: whatever an ast::Component says is
// written, valid or not, so that tests can make wrong components too.
//
// Consecutive definitions of one sort share a section unless one says `starts_section`; a decoded
// component encodes to the bytes it was read from. Core modules that were decoded are written as
// they were read: who changes a decoded module empties its `bytes`. A `component-name` section is made from `names` where
// the definitions hold none of their own.

#include <cstdint>
#include <vector>

#include "wasm/component/ast.h"

namespace witc::component {

std::vector<std::uint8_t> encode(const ast::Component& component);

}  // namespace witc::component
