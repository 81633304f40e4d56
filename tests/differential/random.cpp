// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/differential/random.h"

namespace witc::differential {

std::uint64_t interesting_i64(Random& random) {
  switch (random.below(6)) {
    case 0:
      return random.below(16);
    case 1:
      return ~std::uint64_t{random.below(16)};
    case 2:
      return (std::uint64_t{1} << random.below(64)) - random.below(3) + 1;
    case 3: {
      static constexpr std::uint64_t kBounds[] = {0x7f,       0x80,       0xff,       0x7fff,
                                                  0x8000,     0xffff,     0x7fffffff, 0x80000000,
                                                  0xffffffff, 0x7fffffffffffffff, 0x8000000000000000};
      return random.one_of(kBounds);
    }
    case 4:
      return random.next() >> random.below(64);
    default:
      return random.next();
  }
}

std::uint32_t interesting_i32(Random& random) { return static_cast<std::uint32_t>(interesting_i64(random)); }

std::uint32_t interesting_f32(Random& random) {
  static constexpr std::uint32_t kValues[] = {
      0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000, 0x3fc00000, 0x40200000,
      0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7fa00000, 0xffc12345, 0x00000001, 0x80000001,
      0x007fffff, 0x00800000, 0x7f7fffff, 0xff7fffff, 0x4b000000, 0x4b7fffff, 0x4f000000, 0x4effffff,
      0xcf000000, 0xcf000001, 0x4f800000, 0x5f000000, 0xdf000000, 0x5f800000, 0x42280000, 0x3dcccccd,
  };
  if (random.percent(70)) return random.one_of(kValues);
  return static_cast<std::uint32_t>(random.next());
}

std::uint64_t interesting_f64(Random& random) {
  static constexpr std::uint64_t kValues[] = {
      0x0000000000000000, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x3fe0000000000000,
      0xbfe0000000000000, 0x3ff8000000000000, 0x4004000000000000, 0x7ff0000000000000, 0xfff0000000000000,
      0x7ff8000000000000, 0xfff8000000000000, 0x7ff4000000000000, 0xfff8000012345678, 0x0000000000000001,
      0x000fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x4330000000000000, 0x433fffffffffffff,
      0x41e0000000000000, 0x41dfffffffc00000, 0xc1e0000000000000, 0xc1e0000000200000, 0x41f0000000000000,
      0x43e0000000000000, 0xc3e0000000000000, 0x43f0000000000000, 0x36a0000000000000, 0x47efffffe0000000,
      0x47f0000000000000, 0x3fb999999999999a,
  };
  if (random.percent(70)) return random.one_of(kValues);
  return random.next();
}

}  // namespace witc::differential
