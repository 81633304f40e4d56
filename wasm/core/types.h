// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The types of core WebAssembly 3.0 (core specification, "Structure > Types") and of the proposals custom descriptors
// (exact references, descriptors), stack switching (continuations) and shared-everything threads (`shared`). All of it
// can be represented; which of it a stage accepts is decided by the validator's features.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/id.h"

namespace witc::wasm {

struct TypeTag {};
struct FuncTag {};
struct TableTag {};
struct MemoryTag {};
struct GlobalTag {};
struct TagTag {};
struct ElemTag {};
struct DataTag {};
struct LocalTag {};
using TypeIndex = Id<TypeTag>;
using FuncIndex = Id<FuncTag>;
using TableIndex = Id<TableTag>;
using MemoryIndex = Id<MemoryTag>;
using GlobalIndex = Id<GlobalTag>;
using TagIndex = Id<TagTag>;
using ElemIndex = Id<ElemTag>;
using DataIndex = Id<DataTag>;
using LocalIndex = Id<LocalTag>;

/// An abstract heap type, or (kIndex) a defined type.
struct HeapType {
  enum Kind : std::uint8_t {
    kFunc, kExtern, kAny, kEq, kI31, kStruct, kArray, kExn, kNoFunc, kNoExtern, kNone, kNoExn, kCont, kNoCont, kIndex,
  };
  Kind kind = kFunc;
  TypeIndex index;         // kIndex only
  bool is_shared = false;  // not of kIndex: the definition says it
  bool is_exact = false;   // kIndex only: the type itself and no subtype

  friend bool operator==(const HeapType&, const HeapType&) = default;
};

struct RefType {
  bool nullable = true;
  HeapType heap;

  friend bool operator==(const RefType&, const RefType&) = default;
};

struct ValType {
  enum Kind : std::uint8_t { kI32, kI64, kF32, kF64, kV128, kRef };
  Kind kind = kI32;
  RefType ref;  // kRef only

  static constexpr ValType i32() { return {kI32, {}}; }
  static constexpr ValType i64() { return {kI64, {}}; }
  static constexpr ValType f32() { return {kF32, {}}; }
  static constexpr ValType f64() { return {kF64, {}}; }
  static constexpr ValType v128() { return {kV128, {}}; }
  static constexpr ValType funcref() { return {kRef, {true, {HeapType::kFunc, {}}}}; }
  static constexpr ValType externref() { return {kRef, {true, {HeapType::kExtern, {}}}}; }
  static constexpr ValType of(RefType ref) { return {kRef, ref}; }

  [[nodiscard]] bool is_ref() const { return kind == kRef; }
  friend bool operator==(const ValType&, const ValType&) = default;
};

struct FuncType {
  std::vector<ValType> params;
  std::vector<ValType> results;

  friend bool operator==(const FuncType&, const FuncType&) = default;
};

struct StorageType {
  enum Packing : std::uint8_t { kNone, kI8, kI16 } packing = kNone;
  ValType type;  // i32 when packed

  friend bool operator==(const StorageType&, const StorageType&) = default;
};
struct FieldType {
  StorageType storage;
  bool is_mutable = false;

  friend bool operator==(const FieldType&, const FieldType&) = default;
};
struct StructType {
  std::vector<FieldType> fields;

  friend bool operator==(const StructType&, const StructType&) = default;
};
struct ArrayType {
  FieldType element;

  friend bool operator==(const ArrayType&, const ArrayType&) = default;
};
/// A continuation of a function type.
struct ContType {
  TypeIndex func;

  friend bool operator==(const ContType&, const ContType&) = default;
};
using CompositeType = std::variant<FuncType, StructType, ArrayType, ContType>;

/// A defined type: `(sub final? supertype* comptype)`.
struct SubType {
  bool is_final = true;
  std::vector<TypeIndex> supertypes;
  CompositeType type;
  bool is_shared = false;
  std::optional<TypeIndex> describes;   // the type whose values this one's are the descriptors of
  std::optional<TypeIndex> descriptor;  // the type of the descriptors of this one's values

  friend bool operator==(const SubType&, const SubType&) = default;
};

struct Limits {
  std::uint64_t min = 0;
  std::optional<std::uint64_t> max;
  bool is_64 = false;  // the address type is i64

  friend bool operator==(const Limits&, const Limits&) = default;
};
struct TableType {
  RefType element;
  Limits limits;
  bool is_shared = false;

  friend bool operator==(const TableType&, const TableType&) = default;
};
struct MemoryType {
  Limits limits;  // in pages
  bool is_shared = false;
  std::uint32_t page_size_log2 = 16;
  bool has_page_size = false;  // the usual page size was said all the same

  friend bool operator==(const MemoryType& a, const MemoryType& b) {
    return a.limits == b.limits && a.is_shared == b.is_shared && a.page_size_log2 == b.page_size_log2;
  }
};
struct GlobalType {
  ValType type;
  bool is_mutable = false;
  bool is_shared = false;

  friend bool operator==(const GlobalType&, const GlobalType&) = default;
};
/// An exception tag: its function type has no results.
struct TagType {
  TypeIndex type;

  friend bool operator==(const TagType&, const TagType&) = default;
};

enum class ExternKind : std::uint8_t { kFunc = 0, kTable = 1, kMemory = 2, kGlobal = 3, kTag = 4 };
/// `func`, `table`, ...
std::string_view to_string(ExternKind kind);

}  // namespace witc::wasm
