// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/p1/clocks.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace witc::wasi::p1 {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint64_t nanoseconds(timespec time) {
  return static_cast<std::uint64_t>(time.tv_sec) * kSecond + static_cast<std::uint64_t>(time.tv_nsec);
}
std::uint64_t host_now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec < 0 ? 0 : nanoseconds(time);
}

/// The host's clock for one of preview 1. A program runs on one thread, and what else the process does is not its own.
Expected<clockid_t> host_clock(std::uint32_t clock) {
  if (clock > static_cast<std::uint32_t>(Clockid::kThreadCputimeId)) return std::unexpected(Errno::kInval);
  switch (static_cast<Clockid>(clock)) {
    case Clockid::kRealtime: return CLOCK_REALTIME;
    case Clockid::kMonotonic: return CLOCK_MONOTONIC;
    case Clockid::kProcessCputimeId:
    case Clockid::kThreadCputimeId: return CLOCK_THREAD_CPUTIME_ID;
  }
  return std::unexpected(Errno::kInval);
}

}  // namespace

Clocks::Clocks(const Deterministic& options)
    : options_(options),
      start_(host_now(CLOCK_MONOTONIC)),
      wall_start_(options.wall_clock_ns.value_or(0)) {}

std::uint64_t Clocks::monotonic() const {
  if (options_.virtual_time) return virtual_;
  return host_now(CLOCK_MONOTONIC);
}

Expected<std::uint64_t> Clocks::now(std::uint32_t clock) const {
  auto host = host_clock(clock);
  if (!host) return std::unexpected(host.error());
  if (options_.virtual_time) return (*host == CLOCK_REALTIME ? wall_start_ : 0) + virtual_;
  if (*host == CLOCK_REALTIME && options_.wall_clock_ns) return wall_start_ + (monotonic() - start_);
  return host_now(*host);
}

Expected<std::uint64_t> Clocks::resolution(std::uint32_t clock) const {
  auto host = host_clock(clock);
  if (!host) return std::unexpected(host.error());
  if (options_.virtual_time) return 1;
  timespec time{};
  ::clock_getres(*host, &time);
  return nanoseconds(time);
}

void Clocks::move_to(std::uint64_t monotonic) { virtual_ = std::max(virtual_, monotonic); }

}  // namespace witc::wasi::p1
