// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// How a linear memory lies in address space, and what compiled code checks before it accesses one: agreed here between
// codegen/ and runtime/. Every memory is a reservation of `span` bytes that never moves, with guards around it; what
// lies beyond the memory's size faults.
//
//     32-bit index, pages of 64 KiB   span 4 GiB; no check while the static offset is below 64 MiB
//     64-bit index, pages of 64 KiB   span 16 GiB; index <= span (a constant: nothing is loaded, and a check that
//                                     another one implies goes away); no more while the offset is below 64 MiB
//     pages of one byte               as above, and index + offset + size <= the memory's size at the moment
//
// 16 GiB is the largest 64-bit memory of the JavaScript API ("Implementation-defined Limits"), which all engines keep.
// The guard is no larger because a process has 128 TiB: with 64 MiB that is more than 30,000 memories of 32 bits.

#include <algorithm>
#include <cstdint>

#include "wasm/core/types.h"

namespace witc::engine {

class MemoryShape {
 public:
  explicit MemoryShape(const wasm::MemoryType& type) : type_(type) {}

  /// Usable bytes of the reservation: no memory grows beyond.
  [[nodiscard]] std::uint64_t span() const { return type_.limits.is_64 ? kSpan64 : kSpan32; }
  [[nodiscard]] std::uint64_t page_size() const { return std::uint64_t{1} << type_.page_size_log2; }
  /// The most pages that the type, the span and a limit in bytes allow.
  [[nodiscard]] std::uint64_t max_pages(std::uint64_t max_bytes) const {
    // 2^32 - 1 bytes are possible by the type, but `memory.grow` could not tell them from its failure.
    const std::uint64_t most_bytes = type_.limits.is_64 || type_.page_size_log2 != 0 ? span() : span() - 2;
    const std::uint64_t most = std::min(most_bytes, max_bytes) >> type_.page_size_log2;
    return std::min(type_.limits.max.value_or(most), most);
  }

  /// Must an index be compared with the span?
  [[nodiscard]] bool checks_index() const { return type_.limits.is_64; }
  /// Must the end of an access be compared with the memory's size?
  [[nodiscard]] bool checks_end(std::uint64_t offset) const {
    return offset >= kUncheckedOffset || page_size() < kMachinePage;
  }

  static constexpr std::uint64_t kGuardBehind = (64ull << 20) + 65536;
  static constexpr std::uint64_t kGuardBefore = 65536;

 private:
  static constexpr std::uint64_t kSpan32 = 4ull << 30;
  static constexpr std::uint64_t kSpan64 = 16ull << 30;
  static constexpr std::uint64_t kUncheckedOffset = 64ull << 20;
  static constexpr std::uint64_t kMachinePage = 65536;  // or less

  const wasm::MemoryType& type_;
};

}  // namespace witc::engine
