// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Random numbers, real or deterministic (options.h), for preview 1 and WASI 0.2: one seed gives both the same bytes.

#include <cstdint>
#include <optional>
#include <random>
#include <span>

#include "wasi-preview/options.h"

namespace witc::wasi {

class Random {
 public:
  explicit Random(const Deterministic& how) {
    if (how.random_seed) seeded_.emplace(*how.random_seed);
  }
  /// From the kernel's generator, or the seed's sequence (MT19937-64, eight bytes of each number at the most); false if the
  /// system gives none.
  bool fill(std::span<std::uint8_t> bytes);

 private:
  std::optional<std::mt19937_64> seeded_;
};

}  // namespace witc::wasi
