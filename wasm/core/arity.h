// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// How many operands an operator takes and how many results it leaves, without their types: what folding needs, for code
// that need not be valid.

#include <cstdint>
#include <optional>
#include <span>

#include "wasm/core/module.h"
#include "wasm/core/operators.h"

namespace witc::wasm {

struct Arity {
  std::uint32_t params = 0;
  std::uint32_t results = 0;
};

/// Of a function type, or of what a continuation type continues; no value for other types, or none.
std::optional<Arity> arity_of(const Module& module, TypeIndex type);
std::optional<Arity> arity_of(const Module& module, const BlockType& type);

/// An open block, for branches to it.
struct ArityLabel {
  BlockType type;
  bool is_loop = false;
};

/// Of an operator inside the blocks `open`, the body first. Blocks themselves, and what divides or ends them, have none.
/// No value where an index is out of range.
std::optional<Arity> arity_of(const Module& module, const Operator& op, std::span<const ArityLabel> open);

}  // namespace witc::wasm
