// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The generator's source of choices: splitmix64, the same on every machine and for every standard library.

#include <cstdint>
#include <span>

namespace witc::differential {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 0x1234567) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// In [0, count); 0 for a count of 0.
  std::uint32_t below(std::size_t count) { return count == 0 ? 0 : static_cast<std::uint32_t>(next() % count); }
  std::uint32_t between(std::uint32_t low, std::uint32_t high) { return low + below(high - low + 1); }
  bool percent(std::uint32_t chance) { return below(100) < chance; }
  template <class T>
  const T& pick(std::span<const T> items) {
    return items[below(items.size())];
  }
  template <class Items>
  const auto& one_of(const Items& items) {
    return items[below(std::size(items))];
  }

 private:
  std::uint64_t state_;
};

/// Values that tend to matter: bounds, powers of two, special floats.
std::uint32_t interesting_i32(Random& random);
std::uint64_t interesting_i64(Random& random);
std::uint32_t interesting_f32(Random& random);  // bits
std::uint64_t interesting_f64(Random& random);

}  // namespace witc::differential
