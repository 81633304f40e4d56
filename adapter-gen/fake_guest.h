// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// For tests: a guest that is a byte array with a bump allocator, as `Heap` of the specification's run_tests.py, and a
// handle table that is a list.

#include <cstring>
#include <string>
#include <vector>

#include "adapter-gen/interpreter.h"

namespace witc::abi::testing {

class Heap : public GuestMemory {
 public:
  explicit Heap(std::vector<std::uint8_t> bytes, std::size_t first_free = 0)
      : memory(std::move(bytes)), last_alloc(first_free) {}
  explicit Heap(std::size_t size) : memory(size) {}

  std::span<std::uint8_t> bytes() override { return memory; }
  OrTrap<std::uint64_t> realloc(std::uint64_t old, std::uint64_t old_byte_length, std::uint32_t alignment,
                                std::uint64_t new_byte_length) override {
    calls.push_back({old, old_byte_length, alignment, new_byte_length});
    if (old != 0 && new_byte_length < old_byte_length) return align_to(old, alignment);
    std::uint64_t out = align_to(last_alloc, alignment);
    last_alloc = out + new_byte_length;
    if (last_alloc > memory.size()) return trap(TrapKind::kHost);
    if (old_byte_length > 0) std::memmove(memory.data() + out, memory.data() + old, old_byte_length);
    return out;
  }

  struct Call {
    std::uint64_t old, old_byte_length;
    std::uint32_t alignment;
    std::uint64_t new_byte_length;
    friend bool operator==(const Call&, const Call&) = default;
  };
  std::vector<std::uint8_t> memory;
  std::vector<Call> calls;
  std::uint64_t last_alloc = 0;
};

/// Every handle is owned; a borrow lowers to a new handle unless `is_definer`.
class HandleList : public GuestHandles {
 public:
  struct Handle {
    ResourceId resource;
    std::uint64_t rep = 0;
    bool is_own = true, is_live = true;
  };
  OrTrap<std::uint64_t> lift_own(ResourceId resource, std::uint32_t index) override {
    TRAP_IF(index >= handles.size() || !handles[index].is_live, TrapKind::kUnknownHandle);
    TRAP_IF(!(handles[index].resource == resource) || !handles[index].is_own, TrapKind::kHandleTypeMismatch);
    handles[index].is_live = false;
    return handles[index].rep;
  }
  OrTrap<std::uint64_t> lift_borrow(ResourceId resource, std::uint32_t index) override {
    TRAP_IF(index >= handles.size() || !handles[index].is_live, TrapKind::kUnknownHandle);
    TRAP_IF(!(handles[index].resource == resource), TrapKind::kHandleTypeMismatch);
    return handles[index].rep;
  }
  OrTrap<std::uint32_t> lower_own(ResourceId resource, std::uint64_t rep) override { return add(resource, rep, true); }
  OrTrap<std::uint32_t> lower_borrow(ResourceId resource, std::uint64_t rep) override {
    if (is_definer) return static_cast<std::uint32_t>(rep);
    return add(resource, rep, false);
  }

  std::vector<Handle> handles = {{{}, 0, true, false}};  // index 0 is no handle
  bool is_definer = false;

 private:
  std::uint32_t add(ResourceId resource, std::uint64_t rep, bool is_own) {
    handles.push_back({resource, rep, is_own, true});
    return static_cast<std::uint32_t>(handles.size() - 1);
  }
};

}  // namespace witc::abi::testing
