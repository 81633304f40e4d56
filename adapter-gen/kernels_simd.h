// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What the string kernels (kernels.h) have in common: reading and writing code units, blocks of UTF-8, and vectors of 16
// bytes. Those need SSE4.1, as compiled code does (engine/codegen/machine.cpp refuses to make any without); elsewhere
// WITC_KERNEL_VECTORS is not defined and the kernels are the loops that otherwise do what vectors leave.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "adapter-gen/kernels.h"

#if defined(__x86_64__)
#define WITC_KERNEL_VECTORS 1
#include <immintrin.h>
#endif

namespace witc::abi::kernels {

inline std::uint32_t load16(const std::uint8_t* from) {
  return static_cast<std::uint32_t>(from[0] | from[1] << 8);
}
inline void store16(std::uint8_t* to, std::uint32_t unit) {
  to[0] = static_cast<std::uint8_t>(unit);
  to[1] = static_cast<std::uint8_t>(unit >> 8);
}
constexpr bool is_surrogate(std::uint32_t unit) { return (unit & 0xf800) == 0xd800; }
constexpr bool is_low(std::uint32_t unit) { return (unit & 0xfc00) == 0xdc00; }
constexpr bool is_continuation(std::uint8_t byte) { return (byte & 0xc0) == 0x80; }

inline constexpr std::uint64_t kBlock = 4096;

/// Where a block that begins at `at` ends: between two characters; `at` itself if the text is ill-formed there.
inline std::uint64_t utf8_block_end(const std::uint8_t* text, std::uint64_t at, std::uint64_t size) {
  if (size - at <= kBlock) return size;
  std::uint64_t end = at + kBlock;
  for (int i = 0; i < 4; ++i, --end) {
    if (!is_continuation(text[end])) return end;
  }
  return at;
}
/// Is it well-formed UTF-8? Of at least one byte. (kernels_utf8.cpp)
bool is_utf8_block(const std::uint8_t* text, std::uint64_t size);

/// variant_copy where there are no vectors. (kernels_blend.cpp)
std::uint64_t plain_variant_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to, std::uint64_t low,
                                 std::uint64_t high);

#ifdef WITC_KERNEL_VECTORS

#define WITC_VECTOR [[gnu::target("sse4.1")]]
#define WITC_AVX2 [[gnu::target("avx2")]]

inline bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }

using Vector = __m128i;

inline Vector load(const std::uint8_t* from) { return _mm_loadu_si128(reinterpret_cast<const Vector*>(from)); }
inline void store(std::uint8_t* to, Vector v) { _mm_storeu_si128(reinterpret_cast<Vector*>(to), v); }
inline Vector zero() { return _mm_setzero_si128(); }
inline Vector splat8(int value) { return _mm_set1_epi8(static_cast<char>(value)); }
inline Vector splat16(int value) { return _mm_set1_epi16(static_cast<short>(value)); }
inline Vector splat32(std::uint32_t value) { return _mm_set1_epi32(static_cast<int>(value)); }
/// Is any bit set?
inline bool any_bit(Vector v) { return _mm_movemask_epi8(_mm_cmpeq_epi8(v, zero())) != 0xffff; }
/// The highest bit of each byte.
inline std::uint32_t high_bits(Vector v) { return static_cast<std::uint32_t>(_mm_movemask_epi8(v)); }
/// 16 bytes as 16 code units.
inline void store_wide(std::uint8_t* to, Vector bytes) {
  store(to, _mm_unpacklo_epi8(bytes, zero()));
  store(to + 16, _mm_unpackhi_epi8(bytes, zero()));
}
/// 16 code units below 0x100 as bytes.
inline Vector narrow(Vector low, Vector high) { return _mm_packus_epi16(low, high); }
/// All bits of each unit that is a surrogate.
inline Vector is_surrogate16(Vector units) { return _mm_cmpeq_epi16(units & splat16(0xf800), splat16(0xd800)); }

#endif

#ifdef WITC_KERNEL_VECTORS
template <auto kKernel, class... Args>
WITC_AVX2 std::uint64_t with_avx2(Args... args) {
  return kKernel(args...);
}
#endif
/// Calls a kernel that is always inlined and of which compilers make vectors: of those that this processor has.
template <auto kKernel, class... Args>
std::uint64_t widest(Args... args) {
#ifdef WITC_KERNEL_VECTORS
  if (has_avx2()) return with_avx2<kKernel>(args...);
#endif
  return kKernel(args...);
}

/// Copies bytes until the first >= 0x80; how many.
inline std::uint64_t copy_ascii(const std::uint8_t* from, std::uint64_t size, std::uint8_t* to) {
  std::uint64_t at = 0;
#ifdef WITC_KERNEL_VECTORS
  for (; at + 64 <= size; at += 64) {
    const Vector a = load(from + at), b = load(from + at + 16), c = load(from + at + 32), d = load(from + at + 48);
    if (high_bits(a | b | c | d) != 0) break;
    store(to + at, a);
    store(to + at + 16, b);
    store(to + at + 32, c);
    store(to + at + 48, d);
  }
  for (; at + 16 <= size; at += 16) {
    const Vector bytes = load(from + at);
    if (high_bits(bytes) != 0) break;
    store(to + at, bytes);
  }
#endif
  for (; at < size && from[at] < 0x80; ++at) to[at] = from[at];
  return at;
}
/// Copies code units as bytes until the first that is `kLimit`, a power of two, or more; how many.
template <std::uint32_t kLimit>
std::uint64_t copy_narrow(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to) {
  std::uint64_t at = 0;
#ifdef WITC_KERNEL_VECTORS
  for (; at + 16 <= units; at += 16) {
    const Vector low = load(from + 2 * at), high = load(from + 2 * at + 16);
    if (any_bit((low | high) & splat16(static_cast<int>(0x10000 - kLimit)))) break;
    store(to + at, narrow(low, high));
  }
#endif
  for (; at < units && load16(from + 2 * at) < kLimit; ++at) to[at] = from[2 * at];
  return at;
}

/// The character at unit `at`, which is moved behind it; kIllFormed if it is half of a pair.
inline std::uint64_t read_utf16(const std::uint8_t* from, std::uint64_t& at, std::uint64_t units) {
  const std::uint32_t code = load16(from + 2 * at++);
  if (!is_surrogate(code)) return code;
  if (is_low(code) || at == units) return kIllFormed;
  const std::uint32_t low = load16(from + 2 * at++);
  if (!is_low(low)) return kIllFormed;
  return 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
}

}  // namespace witc::abi::kernels
