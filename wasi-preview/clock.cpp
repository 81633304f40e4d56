// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/clock.h"

#include <algorithm>

namespace witc::wasi {
namespace {

std::uint64_t nanoseconds(timespec time) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  return static_cast<std::uint64_t>(time.tv_sec) * kSecond + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

std::uint64_t host_time(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec < 0 ? 0 : nanoseconds(time);
}

std::uint64_t host_resolution(clockid_t clock) {
  timespec resolution{};
  ::clock_getres(clock, &resolution);
  return nanoseconds(resolution);
}

Clock::Clock(const Deterministic& how) : is_virtual_(how.virtual_time), wall_start_(how.wall_clock_ns) {
  if (is_virtual_ && !wall_start_) wall_start_ = 0;
  start_ = monotonic();
}

std::uint64_t Clock::monotonic() const { return is_virtual_ ? virtual_ : host_time(CLOCK_MONOTONIC); }

std::uint64_t Clock::wall() const { return wall_start_ ? *wall_start_ + (monotonic() - start_) : host_time(CLOCK_REALTIME); }

void Clock::move_to(std::uint64_t monotonic) { virtual_ = std::max(virtual_, monotonic); }

}  // namespace witc::wasi
