// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The encoder's parts that write types, names and aliases (wasm/component/encode.h is the front door).

#include "wasm/binary_writer.h"
#include "wasm/component/ast.h"

namespace witc::component {

void write_valtype(wasm::BinaryWriter& out, const ast::ValType& type);
/// `<T>?`: a 0 byte, or a 1 byte and the type.
void write_optional(wasm::BinaryWriter& out, const std::optional<ast::ValType>& type);
/// `resultlist`
void write_result(wasm::BinaryWriter& out, const std::optional<ast::ValType>& type);
void write_type(wasm::BinaryWriter& out, const ast::Type& type);
void write_core_type(wasm::BinaryWriter& out, const ast::CoreType& type);
void write_alias(wasm::BinaryWriter& out, const ast::Alias& alias);
void write_externtype(wasm::BinaryWriter& out, const ast::ExternType& type);
void write_name(wasm::BinaryWriter& out, const ast::NameAttributes& name);
void write_sort(wasm::BinaryWriter& out, Sort sort, CoreSort core);

}  // namespace witc::component
