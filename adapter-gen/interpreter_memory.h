// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Shared by the parts of the interpreter: the one way to get guest memory from a guest's realloc.

#include "adapter-gen/interpreter.h"

namespace witc::abi {

/// `utf16_tag`: the top bit of a length.
constexpr std::uint64_t utf16_tag(PtrType type) { return std::uint64_t{1} << (ptr_size(type) * 8 - 1); }

/// `cx.reallocate`, then the checks that follow it everywhere: aligned, and `used` bytes from there within the memory.
inline OrTrap<std::uint64_t> reallocate(const LiftLowerContext& cx, std::uint64_t old, std::uint64_t old_byte_length,
                                        std::uint32_t alignment, std::uint64_t new_byte_length, std::uint64_t used) {
  if (cx.memory == nullptr) return trap(TrapKind::kReallocOutOfBounds);
  std::uint64_t ptr = TRY_TRAP(cx.memory->realloc(old, old_byte_length, alignment, new_byte_length));
  TRAP_IF(ptr % alignment != 0, TrapKind::kReallocUnaligned);
  std::uint64_t size = cx.memory->bytes().size();
  TRAP_IF(used > size || ptr > size - used, TrapKind::kReallocOutOfBounds);
  return ptr;
}

}  // namespace witc::abi
