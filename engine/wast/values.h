// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Values of scripts against values of the engine.

#include <optional>

#include "engine/wast/script.h"
#include "wasm/core/types.h"

namespace witc::engine::wast {

/// An argument as a slot; nothing if the engine has no such values.
std::optional<std::uint64_t> to_slot(const Value& value);

/// Does a result fit what the script expects?
bool matches(const Value& expected, const wasm::ValType& type, std::uint64_t slot);

/// `i32 0x2a`
std::string to_string(const wasm::ValType& type, std::uint64_t slot);

}  // namespace witc::engine::wast
