// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What every kernel starts with. A kernel is one C file without a library, compiled to wasm and to native objects from
// the same source; it makes its own input from a fixed seed, works on it, and returns a checksum of what came out.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __wasm__
#define KERNEL __attribute__((export_name("run"))) uint64_t run
#else
#define KERNEL uint64_t KERNEL_NAME
#endif

static inline uint64_t next_random(uint64_t *state) {
  uint64_t x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

static inline uint64_t mix(uint64_t hash, uint64_t value) { return (hash ^ value) * 0x100000001b3u; }
