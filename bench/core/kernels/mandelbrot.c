// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The Mandelbrot set, n x n points, two at a time in vectors of doubles written by hand (-msimd128).
#include "kernel.h"

typedef double V __attribute__((vector_size(16)));
typedef int64_t M __attribute__((vector_size(16)));

KERNEL(uint32_t n) {
  uint64_t hash = 0;
  const double scale = 2.0 / n;
  for (uint32_t y = 0; y < n; ++y) {
    const double cy = y * scale - 1;
    const V ci = {cy, cy};
    for (uint32_t x = 0; x < n; x += 2) {
      const V cr = {x * scale - 1.5, (x + 1) * scale - 1.5};
      V zr = cr, zi = ci;
      M counts = {0, 0};
      for (int i = 0; i < 100; ++i) {
        const V r2 = zr * zr, i2 = zi * zi;
        const M inside = r2 + i2 <= (V){4, 4};
        if ((inside[0] | inside[1]) == 0) break;
        counts -= inside;
        zi = (zr + zr) * zi + ci;
        zr = r2 - i2 + cr;
      }
      hash = mix(hash, (uint64_t)counts[0] * 128 + (uint64_t)counts[1]);
    }
  }
  return hash;
}
