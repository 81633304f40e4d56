// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/p1/clocks.h"

#include <sys/random.h>

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
      wall_start_(options.wall_clock_ns ? *options.wall_clock_ns : host_now(CLOCK_REALTIME)) {}

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

Expected<void> Random::fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    std::size_t done = 0;
    if (seed_) {  // splitmix64
      *seed_ += 0x9e3779b97f4a7c15;
      std::uint64_t word = *seed_;
      word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
      word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
      word ^= word >> 31;
      done = std::min<std::size_t>(bytes.size(), sizeof word);
      std::memcpy(bytes.data(), &word, done);
    } else {
      ssize_t got = ::getrandom(bytes.data(), std::min<std::size_t>(bytes.size(), 1 << 20), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return std::unexpected(to_errno(errno));
      done = static_cast<std::size_t>(got);
    }
    bytes = bytes.subspan(done);
  }
  return {};
}

}  // namespace witc::wasi::p1
