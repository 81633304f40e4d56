// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:clocks: monotonic-clock, wall-clock, timezone.
#include <limits>

#include "wasi-preview/p2/host_state.h"

namespace witc::wasi {
namespace {

namespace clocks = ::wasi::clocks;
using clocks::wall_clock::Datetime;

constexpr std::uint64_t kSecond = 1'000'000'000;

Datetime datetime(std::uint64_t ns) { return {ns / kSecond, static_cast<std::uint32_t>(ns % kSecond)}; }

class MonotonicClock final : public clocks::monotonic_clock::Host {
 public:
  explicit MonotonicClock(HostState& state) : state_(state) {}
  std::uint64_t now() override { return state_.loop->clock().monotonic(); }
  std::uint64_t resolution() override { return state_.loop->clock().resolution(CLOCK_MONOTONIC); }
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
  Datetime now() override { return datetime(state_.loop->clock().wall()); }
  Datetime resolution() override { return datetime(state_.loop->clock().resolution(CLOCK_REALTIME)); }

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

void add_clocks(HostState& state, host::HostLinker& linker) {
  state.add<MonotonicClock>(linker, state);
  state.add<WallClock>(linker, state);
  state.add<Timezone>(linker);
}

}  // namespace witc::wasi
