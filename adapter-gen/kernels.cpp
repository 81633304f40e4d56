// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The string kernels that read code units of one width and write the same, or widen them, and those in place. Those
// that change the encoding are in kernels_utf8.cpp and kernels_utf16.cpp, those of lists in kernels_list.cpp.
//
// Vectors are 16 bytes, which is what every x86-64 has; wider ones gain nothing once text is larger than a cache, and
// most is shorter than a vector. UTF-8 is validated (wasm/utf8.h) in blocks that are still in the first cache when they
// are copied or converted.
#include "adapter-gen/kernels.h"

#include <algorithm>
#include <cstring>

#include "adapter-gen/kernels_simd.h"

namespace witc::abi::kernels {

std::uint64_t utf16_copy(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to) {
  std::uint64_t at = 0;
  std::uint64_t seen = 0;
#ifdef WITC_KERNEL_VECTORS
  Vector any = zero();
#endif
  while (at < units) {
#ifdef WITC_KERNEL_VECTORS
    for (; at + 8 <= units; at += 8) {
      const Vector v = load(from + 2 * at);
      if (any_bit(is_surrogate16(v))) break;
      any = any | v;
      store(to + 2 * at, v);
    }
#endif
    // A vector with a surrogate, or the rest; a pair may reach out of it.
    for (const std::uint64_t end = std::min(at + 8, units); at < end;) {
      const std::uint64_t begin = at, code = read_utf16(from, at, units);
      if (code == kIllFormed) return kIllFormed;
      seen |= code;
      for (std::uint64_t i = begin; i < at; ++i) store16(to + 2 * i, load16(from + 2 * i));
    }
  }
#ifdef WITC_KERNEL_VECTORS
  if (any_bit(any & splat16(0xff00))) return 1;
#endif
  return seen >= 0x100 ? 1 : 0;
}

std::uint64_t latin1_to_utf8_ascii(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to) {
  return copy_ascii(from, units, to);
}

std::uint64_t latin1_to_utf16(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to) {
  std::uint64_t at = 0;
#ifdef WITC_KERNEL_VECTORS
  for (; at + 16 <= units; at += 16) store_wide(to + 2 * at, load(from + at));
#endif
  for (; at < units; ++at) store16(to + 2 * at, from[at]);
  return units;
}

std::uint64_t utf16_to_latin1(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to) {
  return copy_narrow<0x100>(from, units, to);
}

/// From the end: a vector's target begins at or behind it.
std::uint64_t inflate_latin1(std::uint8_t* memory, std::uint64_t count) {
  std::uint64_t at = count;
#ifdef WITC_KERNEL_VECTORS
  for (; at >= 16; at -= 16) store_wide(memory + 2 * (at - 16), load(memory + at - 16));
#endif
  for (; at > 0; --at) store16(memory + 2 * (at - 1), memory[at - 1]);
  return 0;
}

std::uint64_t deflate_utf16(std::uint8_t* memory, std::uint64_t count) {
  std::uint64_t at = 0;
#ifdef WITC_KERNEL_VECTORS
  for (; at + 16 <= count; at += 16) {
    const Vector low = load(memory + 2 * at), high = load(memory + 2 * at + 16);
    store(memory + at, narrow(low & splat16(0xff), high & splat16(0xff)));
  }
#endif
  for (; at < count; ++at) memory[at] = memory[2 * at];
  return 0;
}

}  // namespace witc::abi::kernels
