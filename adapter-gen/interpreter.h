// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The generic interpreter of the canonical ABI: lifts dynamic values (val.h) out of core values and a guest's memory,
// and lowers them into it, driven by the type. Functions are named and ordered as in CanonicalABI.md and its
// definitions.py. It serves the host API, `--invoke` and the fuzzers, and is the oracle for compiled adapters.
//
// The guest is seen through two callback interfaces, so that it can be a running instance or a byte array in a test.
// Nothing is assumed of what a guest's realloc returns or does: memory is looked at again after every call.
// Types nest at most kMaxTypeDepth deep (check_supported), and recursion follows the type.

#include <cstdint>
#include <span>
#include <vector>

#include "adapter-gen/layout.h"
#include "adapter-gen/trap.h"
#include "adapter-gen/val.h"
#include "base/result.h"

namespace witc::abi {

/// One guest's linear memory and its `realloc`.
class GuestMemory {
 public:
  virtual ~GuestMemory() = default;
  /// All of it as it is now; asked for again after every realloc.
  virtual std::span<std::uint8_t> bytes() = 0;
  /// Calls the `realloc` option (with the instance's may_leave cleared, LiftLowerContext.reallocate). The result is the
  /// guest's and is checked by the caller.
  virtual OrTrap<std::uint64_t> realloc(std::uint64_t old, std::uint64_t old_byte_length, std::uint32_t alignment,
                                        std::uint64_t new_byte_length) = 0;
};

/// The handle table of one component instance, as lifting and lowering use it.
class GuestHandles {
 public:
  virtual ~GuestHandles() = default;
  /// `lift_own`: takes the handle out of the table; its representation. Traps: kUnknownHandle, kHandleTypeMismatch, kHandleLent.
  virtual OrTrap<std::uint64_t> lift_own(ResourceId resource, std::uint32_t index) = 0;
  /// `lift_borrow`: lends the handle until the call is over.
  virtual OrTrap<std::uint64_t> lift_borrow(ResourceId resource, std::uint32_t index) = 0;
  /// `lower_own`: a new handle; its index.
  virtual OrTrap<std::uint32_t> lower_own(ResourceId resource, std::uint64_t rep) = 0;
  /// `lower_borrow`: a new handle, or the representation itself if the instance defined the resource.
  virtual OrTrap<std::uint32_t> lower_borrow(ResourceId resource, std::uint64_t rep) = 0;
};

/// A core value's bits, zero-extended to 64.
using CoreValue = std::uint64_t;

/// CanonicalABI.md "Lifting and Lowering Context". The options of one side of a call; refers to everything in it.
struct LiftLowerContext {
  const Layout& layout;                                   // says the memory's address type
  StringEncoding string_encoding = StringEncoding::kUtf8;
  GuestMemory* memory = nullptr;                          // null: the type needs none
  GuestHandles* handles = nullptr;                        // null: the type has none
};

inline constexpr std::uint32_t kMaxTypeDepth = 100;
/// Can the interpreter (and an adapter) carry the type? Errors: kAbiUnsupported for streams, futures, error contexts,
/// more than 32 flags, types nested beyond kMaxTypeDepth.
Result<void> check_supported(const Layout& layout, const ValType& type);
Result<void> check_supported(const Layout& layout, FuncTypeId type);

/// "Loading": the value at `ptr`, which is aligned and in bounds for it.
OrTrap<Val> load(const LiftLowerContext& cx, std::uint64_t ptr, const ValType& type);
OrTrap<Val> load_string_from_range(const LiftLowerContext& cx, std::uint64_t ptr, std::uint64_t tagged_code_units);
OrTrap<Val> load_list_from_range(const LiftLowerContext& cx, std::uint64_t ptr, std::uint64_t length,
                                 const ValType& element);

/// "Storing": writes the value at `ptr`, which is aligned and in bounds for it. The value must match the type (val.h).
OrTrap<void> store(const LiftLowerContext& cx, const Val& val, const ValType& type, std::uint64_t ptr);
struct PtrLength {
  std::uint64_t ptr = 0;
  std::uint64_t length = 0;  // of a string: tagged code units
};
OrTrap<PtrLength> store_string_into_range(const LiftLowerContext& cx, const Val::String& string);
/// Of a list, as List or Bytes.
OrTrap<PtrLength> store_list_into_range(const LiftLowerContext& cx, const Val& list, const ValType& element);

/// CanonicalABI.md `CoreValueIter`.
struct CoreValueIter {
  std::span<const CoreValue> values;
  std::size_t i = 0;
  CoreValue next() { return i < values.size() ? values[i++] : 0; }
};

/// "Flat Lifting" and "Flat Lowering" of one value.
OrTrap<Val> lift_flat(const LiftLowerContext& cx, CoreValueIter& vi, const ValType& type);
OrTrap<void> lower_flat(const LiftLowerContext& cx, const Val& val, const ValType& type, std::vector<CoreValue>& out);

/// "Lifting and Lowering Values": parameters (max_flat 16) or results (1), spilled to memory when they are more.
OrTrap<std::vector<Val>> lift_flat_values(const LiftLowerContext& cx, std::uint32_t max_flat, CoreValueIter& vi,
                                          std::span<const ValType> types);
/// `out_param`: where the caller passes the address for spilled results; null allocates (spilled parameters).
OrTrap<std::vector<CoreValue>> lower_flat_values(const LiftLowerContext& cx, std::uint32_t max_flat,
                                                 std::span<const Val> vals, std::span<const ValType> types,
                                                 CoreValueIter* out_param = nullptr);

}  // namespace witc::abi
