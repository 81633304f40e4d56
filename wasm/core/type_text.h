// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Types as the text format writes them, for messages and the printer; defined types by index.

#include <string>

#include "wasm/core/types.h"

namespace witc::wasm {

/// `func`, `any`, `(shared any)`, ... ; for a defined type the index, or `(exact 3)`.
std::string to_string(const HeapType& type);
/// `text`, or `(exact text)` or `(shared text)` as the type is.
std::string with_attributes(const HeapType& type, std::string_view text);
/// `funcref`, `(ref null 3)`, `(ref extern)`, ...
std::string to_string(const RefType& type);
std::string to_string(const ValType& type);
/// `[i32 i64] -> [f32]`
std::string to_string(const FuncType& type);

/// The keyword of an abstract heap type; empty for kIndex. And back.
std::string_view keyword(HeapType::Kind kind);
std::optional<HeapType::Kind> heap_type_named(std::string_view keyword);

}  // namespace witc::wasm
