// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/type_binary.h"

#include "base/overloaded.h"
#include "wasm/core/limits.h"

namespace witc::wasm {
namespace {

/// Abstract heap types and their bytes.
struct HeapCode {
  HeapType::Kind kind;
  std::uint8_t byte;
};
constexpr HeapCode kHeapCodes[] = {
    {HeapType::kFunc, 0x70},  {HeapType::kExtern, 0x6f}, {HeapType::kAny, 0x6e},      {HeapType::kEq, 0x6d},
    {HeapType::kI31, 0x6c},   {HeapType::kStruct, 0x6b}, {HeapType::kArray, 0x6a},    {HeapType::kExn, 0x69},
    {HeapType::kNoExn, 0x74}, {HeapType::kNoFunc, 0x73}, {HeapType::kNoExtern, 0x72}, {HeapType::kNone, 0x71},
    {HeapType::kCont, 0x68},  {HeapType::kNoCont, 0x75},
};

constexpr std::uint8_t kRefCode = 0x64, kRefNullCode = 0x63;
constexpr std::uint8_t kSharedCode = 0x65, kExactCode = 0x62;
constexpr std::uint8_t kI8Code = 0x78, kI16Code = 0x77;
constexpr std::uint8_t kFuncCode = 0x60, kStructCode = 0x5f, kArrayCode = 0x5e, kContCode = 0x5d;
constexpr std::uint8_t kDescriptorCode = 0x4d, kDescribesCode = 0x4c;
constexpr std::uint8_t kExactFuncKind = 0x20;
constexpr std::uint8_t kSubCode = 0x50, kSubFinalCode = 0x4f, kRecCode = 0x4e;
enum LimitFlag : std::uint8_t { kHasMax = 1, kShared = 2, kIs64 = 4, kHasPageSize = 8 };
enum GlobalFlag : std::uint8_t { kMutable = 1, kSharedGlobal = 2 };

std::optional<HeapType> abstract_heap_type(int byte) {
  for (const HeapCode& code : kHeapCodes) {
    if (code.byte == byte) return HeapType{code.kind, {}};
  }
  return std::nullopt;
}

/// An abstract heap type after the byte that says it is shared.
Result<HeapType> read_shared_heap_type(BinaryReader& reader) {
  std::optional<HeapType> heap = abstract_heap_type(reader.peek());
  if (!heap) return reader.at_end() ? reader.unexpected_end() : reader.malformed("malformed heap type");
  reader.take_peeked();
  heap->is_shared = true;
  return *heap;
}

Result<std::vector<ValType>> read_val_types(BinaryReader& reader, std::uint32_t limit, std::string_view what) {
  std::uint32_t count = TRY(reader.count(limit, what));
  std::vector<ValType> types;
  types.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) types.push_back(TRY(read_val_type(reader)));
  return types;
}

Result<FieldType> read_field_type(BinaryReader& reader) {
  FieldType field;
  int next = reader.peek();
  if (next == kI8Code || next == kI16Code) {
    reader.take_peeked();
    field.storage.packing = next == kI8Code ? StorageType::kI8 : StorageType::kI16;
  } else {
    field.storage.type = TRY(read_val_type(reader));
  }
  std::uint8_t mutability = TRY(reader.u8());
  if (mutability > 1) return reader.malformed(reader.offset() - 1, "malformed mutability");
  field.is_mutable = mutability == 1;
  return field;
}

Result<CompositeType> read_composite_type(BinaryReader& reader) {
  std::uint8_t code = TRY(reader.u8());
  switch (code) {
    case kFuncCode:
      return CompositeType(TRY(read_func_type(reader)));
    case kStructCode: {
      std::uint32_t count = TRY(reader.count(kMaxFields, "fields"));
      StructType type;
      for (std::uint32_t i = 0; i < count; ++i) type.fields.push_back(TRY(read_field_type(reader)));
      return CompositeType(std::move(type));
    }
    case kArrayCode:
      return CompositeType(ArrayType{TRY(read_field_type(reader))});
    case kContCode: {
      std::int64_t func = TRY(reader.s33());
      if (func < 0) return reader.malformed(reader.offset() - 1, "malformed continuation type");
      return CompositeType(ContType{TypeIndex(static_cast<std::size_t>(func))});
    }
    default:
      return reader.malformed(reader.offset() - 1, "malformed definition type");
  }
}

Result<Limits> read_limits(BinaryReader& reader, std::uint8_t flags) {
  Limits limits;
  limits.is_64 = (flags & kIs64) != 0;
  limits.min = TRY(reader.u64());
  if ((flags & kHasMax) != 0) limits.max = TRY(reader.u64());
  return limits;
}

void write_limits(BinaryWriter& out, const Limits& limits, std::uint8_t more_flags) {
  out.u8(static_cast<std::uint8_t>((limits.max ? kHasMax : 0) | (limits.is_64 ? kIs64 : 0) | more_flags));
  out.u64(limits.min);
  if (limits.max) out.u64(*limits.max);
}

void write_field_type(BinaryWriter& out, const FieldType& field) {
  switch (field.storage.packing) {
    case StorageType::kNone:
      write_val_type(out, field.storage.type);
      break;
    case StorageType::kI8:
      out.u8(kI8Code);
      break;
    case StorageType::kI16:
      out.u8(kI16Code);
      break;
  }
  out.u8(field.is_mutable ? 1 : 0);
}

}  // namespace

Result<HeapType> read_heap_type(BinaryReader& reader) {
  if (std::optional<HeapType> heap = abstract_heap_type(reader.peek())) {
    reader.take_peeked();
    return *heap;
  }
  if (reader.peek() == kSharedCode) {
    reader.take_peeked();
    return read_shared_heap_type(reader);
  }
  const bool is_exact = reader.peek() == kExactCode;
  if (is_exact) reader.take_peeked();
  std::uint32_t at = reader.offset();
  std::int64_t index = is_exact ? std::int64_t{TRY(reader.u32())} : TRY(reader.s33());
  if (index < 0) return reader.malformed(at, "malformed heap type");
  return HeapType{HeapType::kIndex, TypeIndex(static_cast<std::size_t>(index)), false, is_exact};
}

Result<RefType> read_ref_type(BinaryReader& reader) {
  int next = reader.peek();
  if (next == kRefCode || next == kRefNullCode) {
    reader.take_peeked();
    return RefType{next == kRefNullCode, TRY(read_heap_type(reader))};
  }
  if (next == kSharedCode) return RefType{true, TRY(read_heap_type(reader))};
  std::optional<HeapType> heap = abstract_heap_type(next);
  if (!heap) return next < 0 ? reader.unexpected_end() : reader.malformed("malformed reference type");
  reader.take_peeked();
  return RefType{true, *heap};
}

Result<ValType> read_val_type(BinaryReader& reader) {
  int next = reader.peek();
  if (next >= 0x7b && next <= 0x7f) {
    reader.take_peeked();
    return ValType{static_cast<ValType::Kind>(0x7f - next), {}};
  }
  if (next == kRefCode || next == kRefNullCode || next == kSharedCode || abstract_heap_type(next))
    return ValType::of(TRY(read_ref_type(reader)));
  return next < 0 ? reader.unexpected_end() : reader.malformed("malformed value type");
}

Result<BlockType> read_block_type(BinaryReader& reader) {
  int next = reader.peek();
  if (next == 0x40) {
    reader.take_peeked();
    return BlockType{};
  }
  // A type index is a non-negative s33; value types are negative one-byte ones.
  if (next >= 0 && next < 0x80 && (next & 0x40) != 0)
    return BlockType{BlockType::kValue, TRY(read_val_type(reader)), {}};
  std::uint32_t at = reader.offset();
  std::int64_t index = TRY(reader.s33());
  if (index < 0) return reader.malformed(at, "malformed block type");
  return BlockType{BlockType::kFunc, {}, TypeIndex(static_cast<std::size_t>(index))};
}

Result<FuncType> read_func_type(BinaryReader& reader) {
  FuncType type;
  type.params = TRY(read_val_types(reader, kMaxParams, "parameters"));
  type.results = TRY(read_val_types(reader, kMaxResults, "results"));
  return type;
}

Result<SubType> read_sub_type(BinaryReader& reader) {
  SubType type;
  int next = reader.peek();
  if (next == kSubCode || next == kSubFinalCode) {
    reader.take_peeked();
    type.is_final = next == kSubFinalCode;
    std::uint32_t count = TRY(reader.count(kMaxItems, "supertypes"));
    for (std::uint32_t i = 0; i < count; ++i) type.supertypes.push_back(TypeIndex(TRY(reader.u32())));
  }
  auto take = [&reader](std::uint8_t code) {
    const bool is = reader.peek() == code;
    if (is) reader.take_peeked();
    return is;
  };
  type.is_shared = take(kSharedCode);
  if (take(kDescribesCode)) type.describes = TypeIndex(TRY(reader.u32()));
  if (take(kDescriptorCode)) type.descriptor = TypeIndex(TRY(reader.u32()));
  type.type = TRY(read_composite_type(reader));
  return type;
}

Result<bool> read_rec_type(BinaryReader& reader, IdVector<TypeIndex, SubType>& types,
                           std::vector<std::uint32_t>& rec_groups, std::vector<std::uint32_t>* offsets) {
  std::uint32_t count = 1;
  std::uint32_t at = reader.offset();
  const bool is_group = reader.peek() == kRecCode;
  if (is_group) {
    reader.take_peeked();
    count = TRY(reader.count(kMaxItems, "types"));
  }
  if (count > kMaxItems - types.size()) {
    return error(DiagCode::kWasmLimit, {reader.source(), at, reader.offset()}, "too many types");
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (offsets != nullptr) offsets->push_back(reader.offset());
    types.push(TRY(read_sub_type(reader)));
  }
  rec_groups.push_back(count);
  return is_group;
}

Result<TableType> read_table_type(BinaryReader& reader) {
  TableType type;
  type.element = TRY(read_ref_type(reader));
  std::uint8_t flags = TRY(reader.u8());
  if ((flags & ~(kHasMax | kShared | kIs64)) != 0) {
    return reader.malformed(reader.offset() - 1, "malformed limits flags");
  }
  type.limits = TRY(read_limits(reader, flags));
  type.is_shared = (flags & kShared) != 0;
  return type;
}

Result<MemoryType> read_memory_type(BinaryReader& reader) {
  std::uint8_t flags = TRY(reader.u8());
  if ((flags & ~(kHasMax | kShared | kIs64 | kHasPageSize)) != 0) {
    return reader.malformed(reader.offset() - 1, "malformed limits flags");
  }
  MemoryType type;
  type.limits = TRY(read_limits(reader, flags));
  type.is_shared = (flags & kShared) != 0;
  if ((flags & kHasPageSize) != 0) {
    type.has_page_size = true;
    type.page_size_log2 = TRY(reader.u32());
    if (type.page_size_log2 > 63) return reader.malformed(reader.offset() - 1, "invalid custom page size");
  }
  return type;
}

Result<GlobalType> read_global_type(BinaryReader& reader) {
  GlobalType type;
  type.type = TRY(read_val_type(reader));
  std::uint8_t flags = TRY(reader.u8());
  if (flags > 3) return reader.malformed(reader.offset() - 1, "malformed mutability");
  type.is_mutable = (flags & kMutable) != 0;
  type.is_shared = (flags & kSharedGlobal) != 0;
  return type;
}

Result<TagType> read_tag_type(BinaryReader& reader) {
  if (TRY(reader.u8()) != 0) return reader.malformed(reader.offset() - 1, "malformed tag attribute");
  return TagType{TypeIndex(TRY(reader.u32()))};
}

Result<ExternKind> read_extern_kind(BinaryReader& reader) {
  std::uint8_t kind = TRY(reader.u8());
  if (kind > 4) return reader.malformed(reader.offset() - 1, "malformed import or export kind");
  return static_cast<ExternKind>(kind);
}

Result<ExternType> read_extern_type(BinaryReader& reader, bool* is_exact) {
  if (is_exact != nullptr && reader.peek() == kExactFuncKind) {
    reader.take_peeked();
    *is_exact = true;
    return ExternType(TypeIndex(TRY(reader.u32())));
  }
  switch (TRY(read_extern_kind(reader))) {
    case ExternKind::kFunc:
      return ExternType(TypeIndex(TRY(reader.u32())));
    case ExternKind::kTable:
      return ExternType(TRY(read_table_type(reader)));
    case ExternKind::kMemory:
      return ExternType(TRY(read_memory_type(reader)));
    case ExternKind::kGlobal:
      return ExternType(TRY(read_global_type(reader)));
    case ExternKind::kTag:
      return ExternType(TRY(read_tag_type(reader)));
  }
  std::unreachable();
}

void write_heap_type(BinaryWriter& out, const HeapType& type) {
  if (type.is_exact) {
    out.u8(kExactCode).u32(type.index.value);
    return;
  }
  for (const HeapCode& code : kHeapCodes) {
    if (code.kind == type.kind) {
      if (type.is_shared) out.u8(kSharedCode);
      out.u8(code.byte);
      return;
    }
  }
  out.s64(type.index.value);
}

void write_ref_type(BinaryWriter& out, const RefType& type) {
  // The short form where there is one.
  if (!type.nullable || type.heap.kind == HeapType::kIndex) out.u8(type.nullable ? kRefNullCode : kRefCode);
  write_heap_type(out, type.heap);
}

void write_val_type(BinaryWriter& out, const ValType& type) {
  if (type.is_ref()) {
    write_ref_type(out, type.ref);
  } else {
    out.u8(static_cast<std::uint8_t>(0x7f - type.kind));
  }
}

void write_block_type(BinaryWriter& out, const BlockType& type) {
  switch (type.kind) {
    case BlockType::kEmpty:
      out.u8(0x40);
      break;
    case BlockType::kValue:
      write_val_type(out, type.value);
      break;
    case BlockType::kFunc:
      out.s64(type.type.value);
      break;
  }
}

void write_func_type(BinaryWriter& out, const FuncType& type) {
  out.u8(kFuncCode).vec(type.params, write_val_type).vec(type.results, write_val_type);
}

void write_sub_type(BinaryWriter& out, const SubType& type) {
  if (!type.is_final || !type.supertypes.empty()) {
    out.u8(type.is_final ? kSubFinalCode : kSubCode);
    out.vec(type.supertypes, [](BinaryWriter& to, TypeIndex index) { to.u32(index.value); });
  }
  if (type.is_shared) out.u8(kSharedCode);
  if (type.describes) out.u8(kDescribesCode).u32(type.describes->value);
  if (type.descriptor) out.u8(kDescriptorCode).u32(type.descriptor->value);
  match(
      type.type, [&](const FuncType& func) { write_func_type(out, func); },
      [&](const StructType& record) { out.u8(kStructCode).vec(record.fields, write_field_type); },
      [&](const ArrayType& array) {
        out.u8(kArrayCode);
        write_field_type(out, array.element);
      },
      [&](const ContType& cont) { out.u8(kContCode).s64(cont.func.value); });
}

void write_table_type(BinaryWriter& out, const TableType& type) {
  write_ref_type(out, type.element);
  write_limits(out, type.limits, type.is_shared ? kShared : 0);
}

void write_memory_type(BinaryWriter& out, const MemoryType& type) {
  bool page_size = type.page_size_log2 != 16 || type.has_page_size;
  write_limits(out, type.limits,
               static_cast<std::uint8_t>((type.is_shared ? kShared : 0) | (page_size ? kHasPageSize : 0)));
  if (page_size) out.u32(type.page_size_log2);
}

void write_global_type(BinaryWriter& out, const GlobalType& type) {
  write_val_type(out, type.type);
  out.u8(static_cast<std::uint8_t>((type.is_mutable ? kMutable : 0) | (type.is_shared ? kSharedGlobal : 0)));
}

void write_tag_type(BinaryWriter& out, const TagType& type) { out.u8(0).u32(type.type.value); }

void write_extern_type(BinaryWriter& out, const ExternType& type, bool is_exact) {
  out.u8(is_exact ? kExactFuncKind : static_cast<std::uint8_t>(type.index()));
  match(
      type, [&](TypeIndex func) { out.u32(func.value); }, [&](const TableType& table) { write_table_type(out, table); },
      [&](const MemoryType& memory) { write_memory_type(out, memory); },
      [&](const GlobalType& global) { write_global_type(out, global); },
      [&](const TagType& tag) { write_tag_type(out, tag); });
}

}  // namespace witc::wasm
