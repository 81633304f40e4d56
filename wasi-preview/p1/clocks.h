// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A program's clocks by preview 1's numbers.

#include <cstdint>

#include "wasi-preview/clock.h"
#include "wasi-preview/p1/memory.h"

namespace witc::wasi::p1 {

class Clocks : public Clock {
 public:
  using Clock::Clock;

  /// Nanoseconds. EINVAL: there is no such clock. Those of processor time are the host's thread's; virtual ones the
  /// monotonic clock.
  [[nodiscard]] Expected<std::uint64_t> now(std::uint32_t clock) const;
  [[nodiscard]] Expected<std::uint64_t> resolution(std::uint32_t clock) const;
};

}  // namespace witc::wasi::p1
