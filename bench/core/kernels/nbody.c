// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Five bodies under gravity, n steps: double arithmetic with divisions and square roots, all in a cache line or two.
#include "kernel.h"

typedef struct {
  double x[3], v[3], mass;
} Body;

static const Body kStart[5] = {
    {{0, 0, 0}, {0, 0, 0}, 39.47841760435743},
    {{4.841431442464720, -1.160320044027428, -0.1036220444711231},
     {0.6063263929958323, 2.811986844916260, -0.02521836165988763}, 0.03769367487038949},
    {{8.343366718244579, 4.124798564124305, -0.4035234171143214},
     {-1.010774346178791, 1.825662371230411, 0.008415761376584154}, 0.01128632613196877},
    {{12.89436956213913, -15.11115140169863, -0.2233075788926557},
     {1.082791006441524, 0.8687130181696082, -0.01083263740136364}, 0.001723724057059711},
    {{15.37969711485092, -25.91931460998796, 0.1792587729503712},
     {0.9790907322432898, 0.5946989986476762, -0.03475595555078104}, 0.002033686869924631}};

static Body bodies[5];

static void step(double dt) {
  for (int i = 0; i < 5; ++i) {
    for (int j = i + 1; j < 5; ++j) {
      double d[3], square = 0;
      for (int k = 0; k < 3; ++k) {
        d[k] = bodies[i].x[k] - bodies[j].x[k];
        square += d[k] * d[k];
      }
      const double magnitude = dt / (square * __builtin_sqrt(square));
      for (int k = 0; k < 3; ++k) {
        bodies[i].v[k] -= d[k] * bodies[j].mass * magnitude;
        bodies[j].v[k] += d[k] * bodies[i].mass * magnitude;
      }
    }
  }
  for (int i = 0; i < 5; ++i) {
    for (int k = 0; k < 3; ++k) bodies[i].x[k] += dt * bodies[i].v[k];
  }
}

KERNEL(uint32_t n) {
  uint64_t hash = 0;
  for (int i = 0; i < 5; ++i) bodies[i] = kStart[i];
  for (uint32_t i = 0; i < n; ++i) step(0.01);
  for (int i = 0; i < 5; ++i) hash = mix(hash, (uint64_t)(int64_t)(bodies[i].x[0] * 1e6));
  return hash;
}
