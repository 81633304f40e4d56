// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The clocks of one program, real or made deterministic (options.h).

#include <cstdint>

#include "wasi-preview/options.h"
#include "wasi-preview/p1/memory.h"

namespace witc::wasi::p1 {

class Clocks {
 public:
  explicit Clocks(const Deterministic& options);

  /// Nanoseconds. EINVAL: there is no such clock; EOVERFLOW: it is before 1970.
  [[nodiscard]] Expected<std::uint64_t> now(std::uint32_t clock) const;
  [[nodiscard]] Expected<std::uint64_t> resolution(std::uint32_t clock) const;
  [[nodiscard]] std::uint64_t monotonic() const;

  [[nodiscard]] bool is_virtual() const { return options_.virtual_time; }
  /// Virtual time: sleeps until that moment of the monotonic clock.
  void move_to(std::uint64_t monotonic);

 private:
  Deterministic options_;
  std::uint64_t start_ = 0;      // of the host's monotonic clock
  std::uint64_t virtual_ = 0;    // since the start
  std::uint64_t wall_start_ = 0;
};

}  // namespace witc::wasi::p1
