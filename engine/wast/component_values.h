// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Values of components in scripts: `(record.const (field "a" (u8.const 1)))`, `(option.some (str.const "x"))`, ...

#include <optional>

#include "adapter-gen/val.h"
#include "engine/wast/script.h"

namespace witc::engine::wast {

/// The value, if it is one of that type. Patterns of NaN become a NaN: a Val holds them all equal.
std::optional<abi::Val> to_val(const Value& value, const component::Types& types, const component::ValType& type);

}  // namespace witc::engine::wast
