// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The custom section `metadata.code.branch_hint` (core specification, appendix "Custom Sections and Annotations"): for
// some `if` and `br_if` whether the condition is likely to hold. In a Module it is a custom section like any other,
// written by the text parser and read, by position, by whoever wants it: the printer and the engine.

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wasm/core/module.h"

namespace witc::wasm {

inline constexpr std::string_view kBranchHintSection = "metadata.code.branch_hint";

struct BranchHint {
  std::uint32_t position = 0;  // of the opcode in Func::body, as Operator::position
  bool likely = false;

  friend bool operator==(const BranchHint&, const BranchHint&) = default;
};
/// By function; those of a function by position, ascending.
using BranchHints = std::map<FuncIndex, std::vector<BranchHint>>;

/// How many bytes the locals of a body take, which offsets in the section count too.
std::uint32_t locals_size(const Func& func);

/// The contents of a section. Functions without a body, or not there, lose their hints.
std::vector<std::uint8_t> encode_branch_hints(const Module& module, const BranchHints& hints);

/// Reads the module's section; empty if it has none. Says nothing of what the hints are for. Errors: kWasmMalformed if
/// functions or positions do not ascend or name what is not there, or if a hint is not 0 or 1.
Result<BranchHints> decode_branch_hints(const Module& module);

/// The same, and every hint is that of an `if` or `br_if`. Errors: also kWasmInvalid. The section carries no meaning,
/// so a module is as valid with a wrong one.
Result<void> validate_branch_hints(const Module& module);

}  // namespace witc::wasm
