// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The clocks of WASI 0.2, real or deterministic (options.h).

#include <cstdint>
#include <memory>
#include <optional>

#include "wasi-preview/event_loop.h"
#include "wasi-preview/options.h"

namespace witc::wasi {

class Clock {
 public:
  Clock(const Deterministic& how, std::shared_ptr<EventLoop> loop);
  /// Nanoseconds since 1970.
  [[nodiscard]] std::uint64_t wall_now() const;
  [[nodiscard]] std::uint64_t monotonic_now() const { return loop_->now(); }
  [[nodiscard]] std::uint64_t wall_resolution() const;
  [[nodiscard]] std::uint64_t monotonic_resolution() const;

 private:
  std::optional<std::uint64_t> wall_start_;
  std::uint64_t monotonic_start_ = 0;
  std::shared_ptr<EventLoop> loop_;
};

}  // namespace witc::wasi
