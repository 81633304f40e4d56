// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// XXH64 of 64 KiB, n times: 64-bit multiplications on four independent chains, unaligned loads.
#include "kernel.h"

#define P1 0x9e3779b185ebca87u
#define P2 0xc2b2ae3d27d4eb4fu
#define P3 0x165667b19e3779f9u
#define P4 0x85ebca77c2b2ae63u
#define P5 0x27d4eb2f165667c5u

static uint8_t input[(1 << 16) + 8];

static inline uint64_t rotl(uint64_t x, int by) { return x << by | x >> (64 - by); }
static inline uint64_t load(const uint8_t *at) {
  uint64_t value;
  __builtin_memcpy(&value, at, 8);
  return value;
}
static inline uint64_t step(uint64_t acc, uint64_t lane) { return rotl(acc + lane * P2, 31) * P1; }
static inline uint64_t merge(uint64_t hash, uint64_t acc) { return (hash ^ step(0, acc)) * P1 + P4; }

static uint64_t xxh64(const uint8_t *data, size_t size, uint64_t seed) {
  const uint8_t *end = data + size;
  uint64_t a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
  for (; data + 32 <= end; data += 32) {
    a = step(a, load(data));
    b = step(b, load(data + 8));
    c = step(c, load(data + 16));
    d = step(d, load(data + 24));
  }
  uint64_t hash = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
  hash = merge(merge(merge(merge(hash, a), b), c), d) + size;
  for (; data + 8 <= end; data += 8) hash = rotl(hash ^ step(0, load(data)), 27) * P1 + P4;
  for (; data < end; ++data) hash = rotl(hash ^ *data * P5, 11) * P1;
  hash = (hash ^ hash >> 33) * P2;
  hash = (hash ^ hash >> 29) * P3;
  return hash ^ hash >> 32;
}

KERNEL(uint32_t n) {
  uint64_t seed = 1, hash = 0;
  for (size_t i = 0; i < sizeof input; ++i) input[i] = (uint8_t)next_random(&seed);
  for (uint32_t i = 0; i < n; ++i) hash = xxh64(input + i % 8, (1 << 16) - i % 40, hash);
  return hash;
}
