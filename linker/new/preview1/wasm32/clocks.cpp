// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Clocks and random numbers.
#include "linker/new/preview1/wasm32/memory.h"
#include "linker/new/preview1/wasm32/wasi.h"

namespace preview1 {
namespace {

constexpr u32 kRandomPiece = 65536;

Errno store_time(u32 out, wasi::Datetime time) {
  u64 nanoseconds;
  if (!wasi::to_nanoseconds(time, nanoseconds)) return kOverflow;
  store(out, nanoseconds);
  return kSuccess;
}

bool is_paused;
u64 monotonic_time;

}  // namespace

PREVIEW1(clock_res_get)(u32 clock, u32 out) {
  if (clock == kMonotonic) {
    store(out, wasi::monotonic_resolution());
    return kSuccess;
  }
  if (clock != kRealtime) return kInval;
  wasi::Datetime resolution{};
  wasi::wall_resolution(&resolution);
  return store_time(out, resolution);
}

PREVIEW1(clock_time_get)(u32 clock, u64, u32 out) {
  if (clock == kMonotonic) {
    if (!is_paused) monotonic_time = wasi::monotonic_now();
    store(out, monotonic_time);
    return kSuccess;
  }
  if (clock != kRealtime) return kInval;
  wasi::Datetime now{};
  wasi::wall_now(&now);
  return store_time(out, now);
}

/// A program whose allocator looks at the clock stops it while the host allocates, since nothing may be imported then.
EXPORT("adapter_monotonic_clock_set_paused") void adapter_monotonic_clock_set_paused(u32 paused) {
  is_paused = paused != 0;
}

PREVIEW1(random_get)(u32 buffer, u32 length) {
  while (length != 0) {
    Scratch scratch;
    wasi::Bytes got{};
    wasi::get_random_bytes(length < kRandomPiece ? length : kRandomPiece, &got);
    if (got.length == 0 || got.length > length) return kIo;
    guest_write(buffer, got.data, got.length);
    buffer += got.length;
    length -= got.length;
  }
  return kSuccess;
}

}  // namespace preview1
