// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Types in binary (core specification, "Binary Format > Types"), read and written: shared by modules and
// by the core types inside components. Reading checks the form only; indices are the validator's.

#include "wasm/binary_reader.h"
#include "wasm/binary_writer.h"
#include "wasm/core/module.h"
#include "wasm/core/operators.h"

namespace witc::wasm {

Result<ValType> read_val_type(BinaryReader& reader);
Result<RefType> read_ref_type(BinaryReader& reader);
Result<HeapType> read_heap_type(BinaryReader& reader);
Result<BlockType> read_block_type(BinaryReader& reader);
/// The two vectors after the 0x60.
Result<FuncType> read_func_type(BinaryReader& reader);
/// `(sub ...)`, or a composite type by itself.
Result<SubType> read_sub_type(BinaryReader& reader);
/// One entry of a type section: appends its types, its size to `rec_groups`, and where each type is to `offsets`, if that is
/// asked for; is it written as a group.
Result<bool> read_rec_type(BinaryReader& reader, IdVector<TypeIndex, SubType>& types,
                           std::vector<std::uint32_t>& rec_groups, std::vector<std::uint32_t>* offsets = nullptr);
Result<TableType> read_table_type(BinaryReader& reader);
Result<MemoryType> read_memory_type(BinaryReader& reader);
Result<GlobalType> read_global_type(BinaryReader& reader);
Result<TagType> read_tag_type(BinaryReader& reader);
/// The description of an import: a kind byte and its type. `is_exact`: where a function may be of its type alone (proposal
/// custom descriptors), and is told to be.
Result<ExternType> read_extern_type(BinaryReader& reader, bool* is_exact = nullptr);
Result<ExternKind> read_extern_kind(BinaryReader& reader);

void write_val_type(BinaryWriter& out, const ValType& type);
void write_ref_type(BinaryWriter& out, const RefType& type);
void write_heap_type(BinaryWriter& out, const HeapType& type);
void write_block_type(BinaryWriter& out, const BlockType& type);
void write_func_type(BinaryWriter& out, const FuncType& type);  // with its 0x60
void write_sub_type(BinaryWriter& out, const SubType& type);
void write_table_type(BinaryWriter& out, const TableType& type);
void write_memory_type(BinaryWriter& out, const MemoryType& type);
void write_global_type(BinaryWriter& out, const GlobalType& type);
void write_tag_type(BinaryWriter& out, const TagType& type);
void write_extern_type(BinaryWriter& out, const ExternType& type, bool is_exact = false);

}  // namespace witc::wasm
