// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The clocks of one program, real or deterministic (options.h), for preview 1 and WASI 0.2. Virtual time starts at 0 (the
// wall clock where it was told to, else at 1970) and stands still until somebody sleeps.

#include <cstdint>
#include <ctime>

#include "wasi-preview/options.h"

namespace witc::wasi {

/// Nanoseconds of one of the host's clocks; 0 before 1970.
std::uint64_t host_time(clockid_t clock);
std::uint64_t host_resolution(clockid_t clock);

class Clock {
 public:
  explicit Clock(const Deterministic& how);

  // All in nanoseconds.
  [[nodiscard]] std::uint64_t monotonic() const;
  [[nodiscard]] std::uint64_t wall() const;  // since 1970
  /// Of that clock of the host's; of virtual time 1.
  [[nodiscard]] std::uint64_t resolution(clockid_t clock) const { return is_virtual_ ? 1 : host_resolution(clock); }

  [[nodiscard]] bool is_virtual() const { return is_virtual_; }
  /// Virtual time: sleeps until that moment of the monotonic clock; never back.
  void move_to(std::uint64_t monotonic);

 private:
  bool is_virtual_;
  std::optional<std::uint64_t> wall_start_;  // none: the host's
  std::uint64_t start_ = 0;                  // of the monotonic clock
  std::uint64_t virtual_ = 0;
};

}  // namespace witc::wasi
