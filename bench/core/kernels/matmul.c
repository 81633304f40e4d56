// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Product of two 192 x 192 matrices of doubles, n times, in the loop order that runs through rows.
#include "kernel.h"

#define SIZE 192
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

static void multiply(void) {
  for (int i = 0; i < SIZE; ++i) {
    for (int j = 0; j < SIZE; ++j) c[i][j] = 0;
    for (int k = 0; k < SIZE; ++k) {
      const double factor = a[i][k];
      for (int j = 0; j < SIZE; ++j) c[i][j] += factor * b[k][j];
    }
  }
}

KERNEL(uint32_t n) {
  uint64_t seed = 1, hash = 0;
  for (int i = 0; i < SIZE; ++i) {
    for (int j = 0; j < SIZE; ++j) {
      a[i][j] = (double)(next_random(&seed) % 1000) / 512;
      b[i][j] = (double)(next_random(&seed) % 1000) / 256;
    }
  }
  for (uint32_t i = 0; i < n; ++i) {
    multiply();
    a[i % SIZE][0] = c[0][i % SIZE] / 1000000;
  }
  for (int i = 0; i < SIZE; ++i) hash = mix(hash, (uint64_t)(int64_t)c[i][SIZE - 1 - i]);
  return hash;
}
