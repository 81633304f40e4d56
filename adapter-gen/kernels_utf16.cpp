// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels that write UTF-8. Four code units at once become the lanes of a vector, each with the one, two or three bytes of
// its character; which lane has how many is a mask of 8 bits, and a table says how to shuffle the bytes together.
// Surrogates go one by one.
#include <algorithm>
#include <array>

#include "adapter-gen/kernels.h"
#include "adapter-gen/kernels_simd.h"

namespace witc::abi::kernels {
namespace {

/// Bytes written.
inline std::uint64_t put(std::uint32_t code, std::uint8_t* to) {
  auto rest = [&](int shift) { return static_cast<std::uint8_t>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    to[0] = static_cast<std::uint8_t>(code);
    return 1;
  }
  if (code < 0x800) {
    to[0] = static_cast<std::uint8_t>(0xc0 | code >> 6);
    to[1] = rest(0);
    return 2;
  }
  if (code < 0x10000) {
    to[0] = static_cast<std::uint8_t>(0xe0 | code >> 12);
    to[1] = rest(6);
    to[2] = rest(0);
    return 3;
  }
  to[0] = static_cast<std::uint8_t>(0xf0 | code >> 18);
  to[1] = rest(12);
  to[2] = rest(6);
  to[3] = rest(0);
  return 4;
}

#ifdef WITC_KERNEL_VECTORS

struct Packing {
  std::array<std::uint8_t, 16> bytes{};
  std::uint8_t size = 0;
};

/// Bit i of `index`: lane i has one byte; bit 4 + i: it has two at most.
constexpr Packing make_packing(std::uint32_t index) {
  Packing out;
  for (std::uint8_t& byte : out.bytes) byte = 0x80;  // makes a zero
  for (std::uint8_t lane = 0; lane < 4; ++lane) {
    const bool is_one = (index >> lane & 1) != 0, is_two = (index >> (4 + lane) & 1) != 0;
    for (std::uint8_t i = 0; i < (is_one ? 1 : is_two ? 2 : 3); ++i) {
      out.bytes[out.size++] = static_cast<std::uint8_t>(4 * lane + i);
    }
  }
  return out;
}
constexpr std::array<Packing, 256> make_packings() {
  std::array<Packing, 256> out;
  for (std::uint32_t index = 0; index < 256; ++index) out[index] = make_packing(index);
  return out;
}
constexpr std::array<Packing, 256> kPackings = make_packings();

WITC_VECTOR inline Vector select(Vector mask, Vector yes, Vector no) { return _mm_blendv_epi8(no, yes, mask); }

/// Four characters below U+10000 in lanes of 32 bits; writes 16 bytes, those beyond the text zero. How many are text.
WITC_VECTOR inline std::uint64_t put_four(Vector codes, std::uint8_t* to) {
  const Vector is_one = _mm_cmplt_epi32(codes, splat32(0x80)), is_two = _mm_cmplt_epi32(codes, splat32(0x800));
  const Vector low = codes & splat32(0x3f), middle = _mm_srli_epi32(codes, 6) & splat32(0x3f);
  const Vector two = splat32(0x80c0) | _mm_srli_epi32(codes, 6) | _mm_slli_epi32(low, 8);
  const Vector three =
      splat32(0x8080e0) | _mm_srli_epi32(codes, 12) | _mm_slli_epi32(middle, 8) | _mm_slli_epi32(low, 16);
  const Vector lanes = select(is_one, codes, select(is_two, two, three));
  const auto ones = static_cast<std::uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(is_one)));
  const auto twos = static_cast<std::uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(is_two)));
  const Packing& packing = kPackings[ones | twos << 4];
  store(to, _mm_shuffle_epi8(lanes, load(packing.bytes.data())));
  return packing.size;
}

#endif

}  // namespace

std::uint64_t utf16_to_utf8_ascii(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to) {
  return copy_narrow<0x80>(from, units, to);
}

/// Where vectors are written there is room: at least 8 units, so 24 bytes, are left.
#ifdef WITC_KERNEL_VECTORS
WITC_VECTOR
#endif
std::uint64_t utf16_to_utf8(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to) {
  std::uint64_t at = 0, out = 0;
  while (at < units) {
#ifdef WITC_KERNEL_VECTORS
    while (at + 8 <= units) {
      const Vector v = load(from + 2 * at);
      if (!any_bit(v & splat16(0xff80))) {
        _mm_storel_epi64(reinterpret_cast<Vector*>(to + out), narrow(v, zero()));
        at += 8;
        out += 8;
        continue;
      }
      if (any_bit(is_surrogate16(v))) break;
      out += put_four(_mm_cvtepu16_epi32(v), to + out);
      at += 4;
      if (at + 8 > units) break;
      out += put_four(_mm_cvtepu16_epi32(_mm_srli_si128(v, 8)), to + out);
      at += 4;
    }
#endif
    // A vector with surrogates, or the rest; a pair may reach out of it.
    for (const std::uint64_t end = std::min(at + 8, units); at < end;) {
      const std::uint64_t code = read_utf16(from, at, units);
      if (code == kIllFormed) return kIllFormed;
      out += put(static_cast<std::uint32_t>(code), to + out);
    }
  }
  return out;
}

#ifdef WITC_KERNEL_VECTORS
WITC_VECTOR
#endif
std::uint64_t latin1_to_utf8(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to) {
  std::uint64_t at = 0, out = 0;
#ifdef WITC_KERNEL_VECTORS
  while (at + 16 <= units) {
    const Vector v = load(from + at);
    if (high_bits(v) == 0) {
      store(to + out, v);
      at += 16;
      out += 16;
      continue;
    }
    out += put_four(_mm_cvtepu8_epi32(v), to + out);
    out += put_four(_mm_cvtepu8_epi32(_mm_srli_si128(v, 4)), to + out);
    at += 8;
  }
#endif
  for (; at < units; ++at) out += put(from[at], to + out);
  return out;
}

}  // namespace witc::abi::kernels
