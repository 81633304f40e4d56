// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// How component values lie in linear memory and in core values: sections "Alignment", "Element Size" and "Flattening"
// of CanonicalABI.md. Every user of the ABI asks here: adapters, the interpreter, bindings, `witc new`.
//
// A type's children were interned before it, so the facts about all types are computed bottom-up in the order of their
// ids, once per `Types` and pointer size: no recursion, and a type that unfolds exponentially costs no more than its
// own description. Flattenings are cut off one beyond the longest that any rule still passes flat.

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "wasm/component/types.h"
#include "wasm/core/types.h"

namespace witc::abi {

using component::FuncTypeId;
using component::PrimValType;
using component::ResourceId;
using component::StringEncoding;
using component::Types;
using component::ValType;
using component::ValueType;
using component::ValueTypeId;

/// The address type of a memory; CanonicalABI.md's `ptr_type`.
enum class PtrType : std::uint8_t { kI32, kI64 };
constexpr std::uint32_t ptr_size(PtrType type) { return type == PtrType::kI32 ? 4 : 8; }

enum class CoreType : std::uint8_t { kI32, kI64, kF32, kF64 };
constexpr CoreType core_type(PtrType type) { return type == PtrType::kI32 ? CoreType::kI32 : CoreType::kI64; }
/// `i32`, `i64`, `f32`, `f64`.
std::string_view to_string(CoreType type);
wasm::ValType to_wasm(CoreType type);

struct CoreFuncType {
  std::vector<CoreType> params, results;
  friend bool operator==(const CoreFuncType&, const CoreFuncType&) = default;
};
wasm::FuncType to_wasm(const CoreFuncType& type);

inline constexpr std::uint32_t kMaxFlatParams = 16;
inline constexpr std::uint32_t kMaxFlatAsyncParams = 4;
inline constexpr std::uint32_t kMaxFlatResults = 1;
inline constexpr std::uint64_t kMaxStringByteLength = (1u << 28) - 1;
inline constexpr std::uint64_t kMaxListByteLength = (1u << 28) - 1;

constexpr std::uint64_t align_to(std::uint64_t ptr, std::uint64_t alignment) {
  return (ptr + alignment - 1) / alignment * alignment;
}

/// The core types of a flattened value. Beyond 17 the rest is left out: `is_cut` says so, `size()` is then 17.
struct FlatTypes {
  std::vector<CoreType> types;
  bool is_cut = false;
  [[nodiscard]] bool exceeds(std::uint32_t max_flat) const { return types.size() > max_flat; }
};

/// What may be done with a value's bytes when it goes from one memory to another.
enum class CopyClass : std::uint8_t {
  kPod,       // every bit pattern is a value, no padding: copy the bytes
  kPodCheck,  // a char or an enum: the bytes are copied as they are once they are known to be valid
  kWalk,      // everything else: load and store each part
};

/// `CoreType` a variant's case payloads share (CanonicalABI.md `join`).
CoreType join(CoreType a, CoreType b);

/// `discriminant_type`: kU8, kU16 or kU32, by the number of cases.
PrimValType discriminant_type(std::size_t case_count);

/// Flags: 1, 2 or 4 bytes for up to 32 labels.
std::uint32_t elem_size_flags(std::size_t label_count);

/// A variant seen through despecialize(): enum, option and result are variants too.
struct DespecializedVariant {
  std::vector<std::optional<ValType>> cases;
};

class Layout {
 public:
  /// Keeps a reference to `types`, which may grow meanwhile.
  Layout(const Types& types, PtrType ptr_type) : types_(&types), ptr_type_(ptr_type) {}

  [[nodiscard]] const Types& types() const { return *types_; }
  [[nodiscard]] PtrType ptr_type() const { return ptr_type_; }

  /// Bytes; a power of two up to 8.
  [[nodiscard]] std::uint32_t alignment(const ValType& type) const { return info(type).alignment; }
  /// Bytes, padding at the end included. Saturates at 2^40, far beyond what any rule lets pass.
  [[nodiscard]] std::uint64_t elem_size(const ValType& type) const { return info(type).size; }
  [[nodiscard]] const FlatTypes& flatten_type(const ValType& type) const { return info(type).flat; }
  [[nodiscard]] CopyClass copy_class(const ValType& type) const { return info(type).copy_class; }
  [[nodiscard]] bool contains_borrow(const ValType& type) const { return info(type).has_borrow; }
  /// Stream, future or error-context somewhere inside.
  [[nodiscard]] bool contains_async_value(const ValType& type) const { return info(type).has_async_value; }
  /// Does moving it need a memory (strings, lists, maps inside)?
  [[nodiscard]] bool contains_pointer(const ValType& type) const { return info(type).has_pointer; }
  /// Flags with more than 32 labels, which the ABI has no representation for.
  [[nodiscard]] bool contains_wide_flags(const ValType& type) const { return info(type).has_wide_flags; }
  /// Constructors from here to the deepest leaf; a primitive is 1.
  [[nodiscard]] std::uint32_t depth(const ValType& type) const { return info(type).depth; }
  /// How many types one meets walking it, shared ones counted each time; saturates at 2^32-1.
  [[nodiscard]] std::uint32_t weight(const ValType& type) const { return info(type).weight; }

  /// Alignment of the widest case; where a variant's payload starts is its discriminant's size aligned to it.
  [[nodiscard]] std::uint32_t max_case_alignment(const DespecializedVariant& variant) const;
  /// Offset of a variant's payload.
  [[nodiscard]] std::uint32_t payload_offset(const DespecializedVariant& variant) const;
  /// Byte offsets of a record's (or tuple's) fields.
  [[nodiscard]] std::vector<std::uint64_t> field_offsets(std::span<const ValType> fields) const;
  /// Size and alignment of a record that is not a type of its own: spilled parameters.
  struct Record {
    std::uint64_t size = 0;
    std::uint32_t alignment = 1;
  };
  [[nodiscard]] Record record(std::span<const ValType> fields) const;
  [[nodiscard]] FlatTypes flatten_types(std::span<const ValType> types) const;

  enum class Context : std::uint8_t { kLift, kLower };
  /// The core signature of `canon lift` and `canon lower` of synchronous functions. A pointer is a pointer of this
  /// layout's memory.
  [[nodiscard]] CoreFuncType flatten_functype(FuncTypeId type, Context context) const;
  /// The same where the canonical options have `async`, with or without `callback`.
  [[nodiscard]] CoreFuncType flatten_async_functype(FuncTypeId type, Context context, bool has_callback) const;

 private:
  struct Info {
    std::uint64_t size = 0;
    std::uint32_t alignment = 1;
    std::uint32_t depth = 1;
    std::uint32_t weight = 1;
    CopyClass copy_class = CopyClass::kPod;
    bool has_borrow = false, has_async_value = false, has_pointer = false, has_wide_flags = false;
    FlatTypes flat;
  };
  const Info& info(const ValType& type) const;
  [[nodiscard]] Info compute(PrimValType type) const;
  [[nodiscard]] Info compute(const ValueType& type) const;
  [[nodiscard]] Info compute_record(std::span<const ValType> fields) const;
  [[nodiscard]] Info compute_variant(const DespecializedVariant& variant) const;
  [[nodiscard]] Info compute_list(const ValType& element, std::optional<std::uint32_t> length) const;
  void inherit(Info& info, const ValType& child) const;

  const Types* types_;
  PtrType ptr_type_;
  mutable std::vector<Info> prims_;  // by 0x7f - opcode
  mutable std::deque<Info> infos_;   // by ValueTypeId; a deque: references stay good
};

/// Fields of a record or tuple (empty for all else), cases of a variant, enum, option or result (likewise).
std::vector<ValType> despecialize_record(const ValueType& type);
std::optional<DespecializedVariant> despecialize_variant(const ValueType& type);

/// The types of a function's parameters, in order.
std::vector<ValType> param_types(const component::FuncType& type);

}  // namespace witc::abi
