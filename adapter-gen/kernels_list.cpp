// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels of lists whose elements are looked at as they are copied. Plain loops without a branch: compilers make
// vectors of them, of whichever the processor has (`widest`). A list is done in blocks, so that the source of a bad one
// is not copied to its end.
#include <algorithm>
#include <cstring>

#include "adapter-gen/kernels.h"
#include "adapter-gen/kernels_simd.h"

namespace witc::abi::kernels {
namespace {

template <class T>
[[gnu::always_inline]] inline T at(const std::uint8_t* from, std::uint64_t index) {
  T out;
  std::memcpy(&out, from + index * sizeof(T), sizeof(T));
  return out;
}
template <class T>
[[gnu::always_inline]] inline void put(std::uint8_t* to, std::uint64_t index, T value) {
  std::memcpy(to + index * sizeof(T), &value, sizeof(T));
}

/// Copies while all elements of a block are good; is_bad gives 0 for a good one.
template <class T, class IsBad>
[[gnu::always_inline]] inline std::uint64_t checked_copy(const std::uint8_t* from, std::uint64_t count,
                                                         std::uint8_t* to, IsBad is_bad) {
  for (std::uint64_t begin = 0; begin < count;) {
    const std::uint64_t end = std::min(begin + kBlock / sizeof(T), count);
    T bad = 0;
    for (std::uint64_t i = begin; i < end; ++i) {
      const T value = at<T>(from, i);
      bad |= is_bad(value);
      put(to, i, value);
    }
    if (bad != 0) return kIllFormed;
    begin = end;
  }
  return 0;
}

template <class T>
[[gnu::always_inline]] inline std::uint64_t enums(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to,
                                                  std::uint32_t cases) {
  const T last = static_cast<T>(cases - 1);
  return checked_copy<T>(from, count, to, [last](T value) { return static_cast<T>(value > last ? 1 : 0); });
}

[[gnu::always_inline]] inline std::uint64_t bools(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to) {
  for (std::uint64_t i = 0; i < count; ++i) to[i] = from[i] != 0 ? 1 : 0;
  return 0;
}

[[gnu::always_inline]] inline std::uint64_t chars(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to) {
  // Surrogates move to the end of the range, and one comparison finds all that is beyond.
  return checked_copy<std::uint32_t>(from, count, to,
                                     [](std::uint32_t value) { return (value ^ 0xd800) - 0x800 < 0x10f800 ? 0u : 1u; });
}

[[gnu::always_inline]] inline std::uint64_t masked(const std::uint8_t* from, std::uint64_t bytes, std::uint8_t* to,
                                                   std::uint64_t mask) {
  const std::uint64_t words = bytes / 8;
  for (std::uint64_t i = 0; i < words; ++i) put(to, i, at<std::uint64_t>(from, i) & mask);
  for (std::uint64_t i = 8 * words; i < bytes; ++i) to[i] = static_cast<std::uint8_t>(from[i] & mask >> 8 * (i % 8));
  return 0;
}

}  // namespace

std::uint64_t bool_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to) {
  return widest<&bools>(from, count, to);
}
std::uint64_t char_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to) {
  return widest<&chars>(from, count, to);
}
std::uint64_t enum8_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to, std::uint32_t cases) {
  return widest<&enums<std::uint8_t>>(from, count, to, cases);
}
std::uint64_t enum16_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to, std::uint32_t cases) {
  return widest<&enums<std::uint16_t>>(from, count, to, cases);
}
std::uint64_t enum32_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to, std::uint32_t cases) {
  return widest<&enums<std::uint32_t>>(from, count, to, cases);
}
std::uint64_t mask_copy(const std::uint8_t* from, std::uint64_t bytes, std::uint8_t* to, std::uint64_t mask) {
  return widest<&masked>(from, bytes, to, mask);
}

}  // namespace witc::abi::kernels
