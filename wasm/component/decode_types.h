// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The decoder's parts that read types, names and aliases (wasm/component/decode.h is the front door).

#include <string>
#include <string_view>

#include "wasm/binary_reader.h"
#include "wasm/component/ast.h"

namespace witc::component {

/// `invalid leading byte (0x1c) for <what>`, at the byte before the reader.
Diagnostic invalid_byte(const wasm::BinaryReader& reader, std::uint8_t byte, std::string_view what);
/// A name, copied.
Result<std::string> read_string(wasm::BinaryReader& reader);
/// A byte that is 0 or 1.
Result<bool> read_flag(wasm::BinaryReader& reader, std::string_view what);

Result<ast::ValType> read_valtype(wasm::BinaryReader& reader);
/// `resultlist`
Result<std::optional<ast::ValType>> read_result(wasm::BinaryReader& reader);
/// `depth` is how deep in other types this one stands.
Result<ast::Type> read_type(wasm::BinaryReader& reader, std::uint32_t depth);
Result<ast::CoreType> read_core_type(wasm::BinaryReader& reader);
Result<ast::Alias> read_alias(wasm::BinaryReader& reader);
Result<ast::ExternType> read_externtype(wasm::BinaryReader& reader);
Result<ast::NameAttributes> read_name(wasm::BinaryReader& reader);
Result<CoreSort> read_core_sort(wasm::BinaryReader& reader);
/// The sort and, where it is `core`, the core sort.
Result<std::pair<Sort, CoreSort>> read_sort(wasm::BinaryReader& reader);

}  // namespace witc::component
