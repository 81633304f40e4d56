// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sieve of Eratosthenes over n bytes: stores with a stride, then a count over all.
#include "kernel.h"

#define MAX (1 << 22)
static uint8_t composite[MAX];

KERNEL(uint32_t n) {
  uint64_t hash = 0;
  if (n > MAX) n = MAX;
  for (uint32_t i = 0; i < n; ++i) composite[i] = 0;
  for (uint32_t p = 2; p * p < n; ++p) {
    if (composite[p]) continue;
    for (uint32_t i = p * p; i < n; i += p) composite[i] = 1;
  }
  uint64_t count = 0;
  for (uint32_t i = 2; i < n; ++i) {
    count += composite[i] == 0;
    if (composite[i] == 0 && i % 1024 == 1) hash = mix(hash, i);
  }
  return mix(hash, count);
}
