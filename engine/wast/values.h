// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Values of scripts against values of the engine.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/wast/script.h"
#include "wasm/core/types.h"

namespace witc::engine::wast {

/// Appends an argument's slots, for a call of `instance`; false if the engine has no such values.
bool to_slots(const Value& value, Instance& instance, std::vector<std::uint64_t>& slots);

/// Does a result of `instance` fit what the script expects?
bool matches(const Value& expected, const wasm::ValType& type, std::span<const std::uint64_t> slots,
             Instance& instance);

/// `i32 0x2a`
std::string to_string(const wasm::ValType& type, std::span<const std::uint64_t> slots);
/// `0x2a`; of a vector, its lanes.
std::string to_string(const Value& expected);

}  // namespace witc::engine::wast
