// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Time and randomness, real or deterministic (options.h), for preview 1 and WASI 0.2.

#include <cstdint>
#include <memory>
#include <random>
#include <span>

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

class Random {
 public:
  explicit Random(const Deterministic& how) {
    if (how.random_seed) seeded_.emplace(*how.random_seed);
  }
  /// From the kernel's generator, or the seed's sequence; false if the system gives none.
  bool fill(std::span<std::uint8_t> bytes);

 private:
  std::optional<std::mt19937_64> seeded_;
};

}  // namespace witc::wasi
