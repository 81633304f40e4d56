// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/p1/clocks.h"

namespace witc::wasi::p1 {
namespace {

/// The host's clock for one of preview 1. A program runs on one thread, and what else the process does is not its own.
Expected<clockid_t> host_clock(std::uint32_t clock) {
  switch (static_cast<Clockid>(clock)) {
    case Clockid::kRealtime: return CLOCK_REALTIME;
    case Clockid::kMonotonic: return CLOCK_MONOTONIC;
    case Clockid::kProcessCputimeId:
    case Clockid::kThreadCputimeId: return CLOCK_THREAD_CPUTIME_ID;
  }
  return std::unexpected(Errno::kInval);
}

}  // namespace

Expected<std::uint64_t> Clocks::now(std::uint32_t clock) const {
  auto host = host_clock(clock);
  if (!host) return std::unexpected(host.error());
  if (*host == CLOCK_REALTIME) return wall();
  return *host == CLOCK_MONOTONIC || is_virtual() ? monotonic() : host_time(*host);
}

Expected<std::uint64_t> Clocks::resolution(std::uint32_t clock) const {
  auto host = host_clock(clock);
  if (!host) return std::unexpected(host.error());
  return Clock::resolution(*host);
}

}  // namespace witc::wasi::p1
