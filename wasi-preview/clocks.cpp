// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:clocks/monotonic-clock and wasi:clocks/wall-clock
#include <ctime>
#include <limits>

#include "wasi-preview/state.h"

namespace witc::wasi {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

timespec read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now;
}
timespec read_resolution(clockid_t clock) {
  timespec resolution{};
  ::clock_getres(clock, &resolution);
  return resolution;
}
std::uint64_t nanoseconds(timespec time) {
  return static_cast<std::uint64_t>(time.tv_sec) * kSecond + static_cast<std::uint64_t>(time.tv_nsec);
}
Val datetime(timespec time) {
  return Val::record({Val::unsigned_(static_cast<std::uint64_t>(time.tv_sec)),
                      Val::unsigned_(static_cast<std::uint64_t>(time.tv_nsec))});
}

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  return b > kMax - a ? kMax : a + b;
}

}  // namespace

std::uint64_t monotonic_now() { return nanoseconds(read_clock(CLOCK_MONOTONIC)); }

void add_clocks(Linker& linker, const StatePtr& state) {
  constexpr std::string_view kMonotonic = "wasi:clocks/monotonic-clock@0.2.0";
  linker.func(kMonotonic, "now",
              [](HostContext&, std::span<const Val>) -> HostResult { return Val::unsigned_(monotonic_now()); });
  linker.func(kMonotonic, "resolution", [](HostContext&, std::span<const Val>) -> HostResult {
    return Val::unsigned_(nanoseconds(read_resolution(CLOCK_MONOTONIC)));
  });
  auto subscribe = [&](std::string_view name, bool relative) {
    linker.func(kMonotonic, name, [state, relative](HostContext&, std::span<const Val> args) -> HostResult {
      if (state->pollables.full()) return too_many();
      std::uint64_t when = as_u64(args[0]);
      if (relative) when = saturating_add(monotonic_now(), when);
      return state->pollables.own({.kind = Pollable::kDeadline, .deadline_ns = when});
    });
  };
  subscribe("subscribe-instant", false);
  subscribe("subscribe-duration", true);

  constexpr std::string_view kWall = "wasi:clocks/wall-clock@0.2.0";
  linker.func(kWall, "now", [](HostContext&, std::span<const Val>) -> HostResult {
    return datetime(read_clock(CLOCK_REALTIME));
  });
  linker.func(kWall, "resolution", [](HostContext&, std::span<const Val>) -> HostResult {
    return datetime(read_resolution(CLOCK_REALTIME));
  });
}

}  // namespace witc::wasi
