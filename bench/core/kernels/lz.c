// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compresses and expands 256 KiB n times in the manner of LZ4: a hash table of positions, matches found byte by byte,
// copies that overlap themselves.
#include "kernel.h"

#define SIZE (1 << 18)
#define BITS 14
static uint8_t input[SIZE], packed[SIZE + SIZE / 32], output[SIZE];
static uint32_t table[1 << BITS];

static inline uint32_t load(const uint8_t *at) {
  uint32_t value;
  __builtin_memcpy(&value, at, 4);
  return value;
}

static uint8_t *put_length(uint8_t *out, uint32_t length) {
  for (; length >= 255; length -= 255) *out++ = 255;
  *out++ = (uint8_t)length;
  return out;
}

static uint8_t *sequence(uint8_t *out, const uint8_t *literals, uint32_t count, uint32_t offset, uint32_t match) {
  *out++ = (uint8_t)((count < 15 ? count : 15) << 4 | (match < 15 ? match : 15));
  if (count >= 15) out = put_length(out, count - 15);
  for (uint32_t i = 0; i < count; ++i) *out++ = literals[i];
  *out++ = (uint8_t)offset;
  *out++ = (uint8_t)(offset >> 8);
  if (match >= 15) out = put_length(out, match - 15);
  return out;
}

static size_t compress(void) {
  uint8_t *out = packed;
  uint32_t at = 0, literals = 0;
  for (uint32_t i = 0; i < 1 << BITS; ++i) table[i] = 0;
  while (at + 12 < SIZE) {
    const uint32_t word = load(input + at);
    uint32_t *slot = &table[word * 2654435761u >> (32 - BITS)];
    const uint32_t candidate = *slot;
    *slot = at;
    if (candidate >= at || at - candidate > 65535 || load(input + candidate) != word) {
      ++at;
      continue;
    }
    uint32_t length = 4;
    while (at + length < SIZE && input[candidate + length] == input[at + length]) ++length;
    out = sequence(out, input + literals, at - literals, at - candidate, length - 4);
    at += length;
    literals = at;
  }
  out = sequence(out, input + literals, SIZE - literals, 0, 0);
  return (size_t)(out - packed);
}

static size_t expand(size_t size) {
  const uint8_t *in = packed, *end = packed + size;
  uint8_t *out = output;
  while (in < end) {
    const uint8_t token = *in++;
    uint32_t count = token >> 4, match = token & 15;
    if (count == 15) {
      uint8_t more;
      do count += more = *in++;
      while (more == 255);
    }
    for (uint32_t i = 0; i < count; ++i) *out++ = *in++;
    const uint32_t offset = in[0] | (uint32_t)in[1] << 8;
    in += 2;
    if (offset == 0) break;
    if (match == 15) {
      uint8_t more;
      do match += more = *in++;
      while (more == 255);
    }
    const uint8_t *from = out - offset;
    for (uint32_t i = 0; i < match + 4; ++i) *out++ = *from++;
  }
  return (size_t)(out - output);
}

KERNEL(uint32_t n) {
  uint64_t seed = 1, hash = 0;
  for (size_t i = 0; i < SIZE;) {  // runs of what was there before, and new bytes between
    const uint64_t random = next_random(&seed);
    if (i > 1000 && random % 4 != 0) {
      const size_t from = i - 1 - random / 8 % 1000, count = 4 + random / 8192 % 60;
      for (size_t k = 0; k < count && i < SIZE; ++k, ++i) input[i] = input[from + k];
    } else {
      for (size_t k = 0; k < 1 + random / 16 % 12 && i < SIZE; ++k) input[i++] = (uint8_t)(random >> (8 + 4 * k)) & 63;
    }
  }
  for (uint32_t i = 0; i < n; ++i) {
    input[i % SIZE] ^= 1;
    const size_t size = compress();
    if (expand(size) != SIZE) return 0;
    hash = mix(hash, size);
  }
  for (size_t i = 0; i < SIZE; ++i) {
    if (input[i] != output[i]) return 1;
    hash = mix(hash, output[i]);
  }
  return hash;
}
