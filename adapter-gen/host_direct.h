// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Calls whose types both sides know when C++ is compiled: values go between C++ objects and a guest's flat slots and memory
// without a Val in between. Here is what the two ends of such a call must know of each other; adapter-gen/direct_codec.h
// has the conversions, the engine the guest (engine/component/direct.h).
//
// That the component's type is the C++ type is found out once, when linked (TypeMatch). Where it is not, or where the guest
// has a 64-bit memory or anything asynchronous, the call goes by Val and the interpreter, which is also what these
// conversions are tested against, and what strings that are not UTF-8 in the guest go by in any case.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapter-gen/interpreter.h"
#include "adapter-gen/trap.h"
#include "wasm/component/types.h"

namespace witc::host {

/// Compares component types with C++ types, and finds which resources the C++ classes of handles stand for.
class TypeMatch {
 public:
  explicit TypeMatch(const component::Types& types) : types_(types) {}

  [[nodiscard]] component::ValueType get(const component::ValType& type) const { return types_.get(type); }
  /// `kind` is an address that stands for a class. False if it stands for another resource already.
  bool resource(const void* kind, component::ResourceId id) {
    for (const auto& [known, resource] : resources) {
      if (known == kind) return resource == id;
    }
    resources.emplace_back(kind, id);
    return true;
  }

  std::vector<std::pair<const void*, component::ResourceId>> resources;

 private:
  const component::Types& types_;
};

/// A guest, seen by one function that is called directly: of its lifting and lowering context what is needed here.
class DirectGuest {
 public:
  DirectGuest() = default;
  DirectGuest(const DirectGuest&) = delete;
  DirectGuest& operator=(const DirectGuest&) = delete;
  virtual ~DirectGuest() = default;

  /// Linear memory, whose start never moves; its size is asked again after each realloc.
  [[nodiscard]] std::uint8_t* memory() const { return memory_; }
  [[nodiscard]] std::uint64_t memory_size() const { return *memory_size_; }
  [[nodiscard]] bool contains(std::uint64_t ptr, std::uint64_t size) const {
    return size <= memory_size() && ptr <= memory_size() - size;
  }

  /// `realloc(0, 0, alignment, size)`, checked: aligned, and inside the memory. False: it failed.
  bool allocate(std::uint64_t& ptr, std::uint32_t alignment, std::uint64_t size) {
    if (!call_realloc(ptr, alignment, size)) return false;
    if (ptr % alignment != 0) return fail(abi::TrapKind::kReallocUnaligned);
    return contains(ptr, size) || fail(abi::TrapKind::kReallocOutOfBounds);
  }

  [[nodiscard]] bool is_utf8() const { return is_utf8_; }
  /// `load_string_from_range` and `store_string_into_range` for guests of another encoding. False: it failed.
  virtual bool load_string(std::uint32_t ptr, std::uint32_t tagged_code_units, std::string& text) = 0;
  virtual bool store_string(std::string_view text, std::uint64_t& ptr, std::uint64_t& tagged_code_units) = 0;

  // definitions.py, `lift_own` and the like, of the resource that the class of handles stands for. False: it failed.
  bool lift_own(const void* kind, std::uint32_t index, std::uint64_t& rep);
  bool lift_borrow(const void* kind, std::uint32_t index, std::uint64_t& rep);
  bool lower_own(const void* kind, std::uint64_t rep, std::uint64_t& index);
  bool lower_borrow(const void* kind, std::uint64_t rep, std::uint64_t& index);

  /// The call ends in a trap. Always false.
  [[gnu::cold, gnu::noinline]] bool fail(abi::Trap trap);
  [[gnu::cold, gnu::noinline]] bool fail(abi::TrapKind kind);
  /// The same where the host gave a value that is none of its type.
  [[gnu::cold, gnu::noinline]] bool fail_value();

 protected:
  /// What `realloc` answers. False: it trapped or there is none, and `fail` was called.
  virtual bool call_realloc(std::uint64_t& ptr, std::uint32_t alignment, std::uint64_t size) = 0;

  std::uint8_t* memory_ = nullptr;
  const std::uint64_t* memory_size_ = &kNoMemory;
  bool is_utf8_ = true;
  abi::GuestHandles* handles_ = nullptr;
  const TypeMatch* match_ = nullptr;
  std::optional<abi::Trap> failure_;
  bool is_value_at_fault_ = false;

 private:
  static constexpr std::uint64_t kNoMemory = 0;
  [[nodiscard]] component::ResourceId resource(const void* kind) const;
};

/// Is a function of that type? `match` outlives every call of it.
using DirectFits = bool (*)(TypeMatch& match, const component::FuncType& type);

/// A function of the host that takes its arguments out of a guest. Copies are the same function.
struct DirectFunction {
  DirectFits fits = nullptr;
  /// `slots`: of the lowered core signature, arguments before and results after. False: DirectGuest::fail was called.
  bool (*call)(const void* state, DirectGuest& guest, std::uint64_t* slots) = nullptr;
  std::shared_ptr<const void> state;

  explicit operator bool() const { return call != nullptr; }
};

/// A function that an instance exports. A call is: begin, lowering of the arguments, call, lifting of the result, finish. When
/// one of them fails, the one who made this is asked for the trap (ExportCaller::take_trap), which ends the call.
class DirectExport : public DirectGuest {
 public:
  virtual bool begin() = 0;
  /// `slots`: of the lifted core signature.
  virtual bool call(std::uint64_t* slots) = 0;
  /// `result`: slot 0 as the call left it, for the post-return.
  virtual bool finish(std::uint64_t result) = 0;
};

}  // namespace witc::host
