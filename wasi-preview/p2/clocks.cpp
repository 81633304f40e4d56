// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:clocks: monotonic-clock, wall-clock, timezone.
#include <ctime>
#include <limits>

#include "wasi-preview/p2/host_state.h"

namespace witc::wasi {
namespace {

namespace clocks = ::wasi::clocks;
using clocks::wall_clock::Datetime;

constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint64_t nanoseconds(timespec time) {
  return static_cast<std::uint64_t>(time.tv_sec) * kSecond + static_cast<std::uint64_t>(time.tv_nsec);
}
std::uint64_t resolution_of(clockid_t clock) {
  timespec resolution{};
  ::clock_getres(clock, &resolution);
  return nanoseconds(resolution);
}
Datetime datetime(std::uint64_t ns) { return {ns / kSecond, static_cast<std::uint32_t>(ns % kSecond)}; }

class MonotonicClock final : public clocks::monotonic_clock::Host {
 public:
  explicit MonotonicClock(HostState& state) : state_(state) {}
  std::uint64_t now() override { return state_.clock.monotonic_now(); }
  std::uint64_t resolution() override { return state_.clock.monotonic_resolution(); }
  std::unique_ptr<io::poll::Pollable> subscribe_instant(std::uint64_t when) override {
    return std::make_unique<Pollable>(state_.loop, std::make_shared<Deadline>(*state_.loop, when));
  }
  std::unique_ptr<io::poll::Pollable> subscribe_duration(std::uint64_t when) override {
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t from = now();
    return subscribe_instant(when > kMax - from ? kMax : from + when);
  }

 private:
  HostState& state_;
};

class WallClock final : public clocks::wall_clock::Host {
 public:
  explicit WallClock(HostState& state) : state_(state) {}
  Datetime now() override { return datetime(state_.clock.wall_now()); }
  Datetime resolution() override { return datetime(state_.clock.wall_resolution()); }

 private:
  HostState& state_;
};

/// A guest is not told where its host is: its time zone is UTC.
class Timezone final : public clocks::timezone::Host {
 public:
  clocks::timezone::TimezoneDisplay display(Datetime) override { return {0, "UTC", false}; }
  std::int32_t utc_offset(Datetime) override { return 0; }
};

}  // namespace

Clock::Clock(const Deterministic& how, std::shared_ptr<EventLoop> loop)
    : wall_start_(how.wall_clock_ns), monotonic_start_(loop->now()), loop_(std::move(loop)) {
  if (how.virtual_time && !wall_start_) wall_start_ = 0;
}

std::uint64_t Clock::wall_now() const {
  if (wall_start_) return *wall_start_ + (loop_->now() - monotonic_start_);
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return nanoseconds(time);
}
std::uint64_t Clock::wall_resolution() const { return wall_start_ ? 1 : resolution_of(CLOCK_REALTIME); }
std::uint64_t Clock::monotonic_resolution() const {
  return loop_->has_virtual_time() ? 1 : resolution_of(CLOCK_MONOTONIC);
}

void add_clocks(HostState& state, host::HostLinker& linker) {
  state.add<MonotonicClock>(linker, state);
  state.add<WallClock>(linker, state);
  state.add<Timezone>(linker);
}

}  // namespace witc::wasi
