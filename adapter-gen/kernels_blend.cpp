// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels of lists of which not every byte is carried over: `store` writes a variant's discriminant and the payload of
// its case, and a record's fields. Padding and other cases' payloads in the target stay as they were: they are the
// callee's, and the source's are not its business. So a vector of the source is blended into one of the target, by a
// mask that for records is the same for every element, and that variants have for every case.
//
// No branch depends on the values: element by element, cases at random cost a mispredicted jump each.
#include <algorithm>
#include <array>
#include <cstring>

#include "adapter-gen/kernels.h"
#include "adapter-gen/kernels_simd.h"

namespace witc::abi::kernels {
namespace {

// -- variants

constexpr std::uint32_t size_of(std::uint64_t low) { return 1u << (low & 0xf); }
constexpr std::uint32_t cases_of(std::uint64_t low) { return static_cast<std::uint32_t>(low >> 4 & 0xf); }

#ifdef WITC_KERNEL_VECTORS

/// Each byte's discriminant is spread from the first of its element, and made the bit that stands for the case.
struct Blend16 {
  WITC_VECTOR Blend16(std::uint64_t low, std::uint64_t high)
      : lanes(_mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low | 0xff))),
        spread(_mm_and_si128(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                             splat8(-static_cast<int>(size_of(low))))),
        last(splat8(static_cast<int>(cases_of(low)) - 1)) {}

  WITC_VECTOR Vector blended(Vector source, Vector target) {
    const Vector cases = _mm_shuffle_epi8(source, spread);
    const Vector bit = _mm_shuffle_epi8(_mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0), cases);
    most = _mm_max_epu8(most, cases);
    return _mm_blendv_epi8(target, source, _mm_cmpeq_epi8(_mm_and_si128(lanes, bit), bit));
  }
  /// Was there a discriminant beyond the last case?
  [[nodiscard]] bool is_bad() const { return any_bit(_mm_subs_epu8(most, last)); }

  Vector lanes;   // for each byte the set of cases that write it
  Vector spread;  // where its discriminant is
  Vector last;
  Vector most = zero();
};

/// A part of a vector; the rest of it is 0.
template <class T>
WITC_VECTOR void carry_part(Blend16& blend, const std::uint8_t* from, std::uint8_t* to) {
  T source = 0, target = 0;
  std::memcpy(&source, from, sizeof source);
  std::memcpy(&target, to, sizeof target);
  const Vector out = blend.blended(_mm_cvtsi64_si128(static_cast<long long>(source)),
                                   _mm_cvtsi64_si128(static_cast<long long>(target)));
  target = static_cast<T>(_mm_cvtsi128_si64(out));
  std::memcpy(to, &target, sizeof target);
}

/// With vectors of 32 bytes, as far as those go; where it ends, or kIllFormed.
WITC_AVX2 std::uint64_t carry_variants_wide(const Blend16& narrow, const std::uint8_t* from, std::uint64_t bytes,
                                            std::uint8_t* to) {
  const __m256i lanes = _mm256_broadcastsi128_si256(narrow.lanes), spread = _mm256_broadcastsi128_si256(narrow.spread);
  const __m256i bits = _mm256_broadcastsi128_si256(_mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0));
  const __m256i last = _mm256_broadcastsi128_si256(narrow.last);
  std::uint64_t at = 0;
  while (at + 32 <= bytes) {
    const std::uint64_t end = std::min(at + kBlock, bytes);
    __m256i most = _mm256_setzero_si256();
    for (; at + 32 <= end; at += 32) {
      const __m256i source = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + at));
      const __m256i target = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(to + at));
      const __m256i cases = _mm256_shuffle_epi8(source, spread);
      const __m256i bit = _mm256_shuffle_epi8(bits, cases);
      const __m256i mask = _mm256_cmpeq_epi8(_mm256_and_si256(lanes, bit), bit);
      most = _mm256_max_epu8(most, cases);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at), _mm256_blendv_epi8(target, source, mask));
    }
    const __m256i beyond = _mm256_subs_epu8(most, last);
    if (_mm256_testz_si256(beyond, beyond) == 0) return kIllFormed;
  }
  return at;
}

WITC_VECTOR std::uint64_t carry_variants(const std::uint8_t* from, std::uint64_t bytes, std::uint8_t* to,
                                         std::uint64_t low, std::uint64_t high) {
  Blend16 blend(low, high);
  std::uint64_t at = 0;
  if (bytes >= 128 && has_avx2()) at = carry_variants_wide(blend, from, bytes, to);
  if (at == kIllFormed) return kIllFormed;
  while (at + 16 <= bytes) {
    const std::uint64_t end = std::min(at + kBlock, bytes);
    for (; at + 16 <= end; at += 16) store(to + at, blend.blended(load(from + at), load(to + at)));
    if (blend.is_bad()) return kIllFormed;
  }
  if (bytes - at >= 8) carry_part<std::uint64_t>(blend, from + at, to + at), at += 8;
  if (bytes - at >= 4) carry_part<std::uint32_t>(blend, from + at, to + at), at += 4;
  if (bytes - at >= 2) carry_part<std::uint16_t>(blend, from + at, to + at);
  return blend.is_bad() ? kIllFormed : 0;
}

#endif

// -- records

constexpr std::uint32_t kChunk = 32;
using Chunk [[gnu::vector_size(kChunk)]] = std::uint64_t;

/// The masks of a list of records, until they repeat: a whole number of elements and of chunks.
class Masks {
 public:
  /// For `bytes` of elements, which are of `size` bytes; of these, those are written whose bit is set.
  [[gnu::always_inline]] Masks(std::uint64_t written, std::uint32_t size, std::uint64_t bytes) {
    for (; size < kChunk; size *= 2) written |= written << size;
    std::uint32_t at = 0;
    do {
      set(count_++, written >> at | (at == 0 ? 0 : written << (size - at)));
      at += at + kChunk < size ? kChunk : kChunk - size;
    } while (at != 0 && kChunk * count_ < bytes);
  }
  [[nodiscard]] [[gnu::always_inline]] std::uint32_t count() const { return count_; }
  [[nodiscard]] [[gnu::always_inline]] const Chunk& operator[](std::uint32_t at) const { return masks_[at]; }

 private:
  /// A byte of all bits set or none for each of the low bits.
  [[gnu::always_inline]] void set(std::uint32_t at, std::uint64_t bits) {
    constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
    Chunk mask = Chunk{bits, bits >> 8, bits >> 16, bits >> 24} & 0xff;
    mask |= mask << 8;
    mask |= mask << 16;
    mask |= mask << 32;
    mask &= 0x8040'2010'0804'0201;
    mask = (mask + 0x7f * kOnes) >> 7 & kOnes;
    masks_[at] = (mask << 8) - mask;
  }

  static constexpr std::size_t kMost = 31;  // of an element of 62 bytes
  Chunk masks_[kMost];
  std::uint32_t count_ = 0;
};

template <class T>
[[gnu::always_inline]] inline void blend(const std::uint8_t* from, std::uint8_t* to, const void* mask) {
  T source, target, written;
  std::memcpy(&source, from, sizeof source);
  std::memcpy(&target, to, sizeof target);
  std::memcpy(&written, mask, sizeof written);
  target = (source & written) | (target & ~written);
  std::memcpy(to, &target, sizeof target);
}

[[gnu::always_inline]] inline std::uint64_t carry_records(const std::uint8_t* from, std::uint64_t bytes,
                                                          std::uint8_t* to, std::uint64_t written, std::uint32_t size) {
  const Masks masks(written, size, bytes);
  std::uint64_t at = 0;
  std::uint32_t next = 0;
  if (masks.count() == 1) {
    for (; at + kChunk <= bytes; at += kChunk) blend<Chunk>(from + at, to + at, &masks[0]);
  } else {
    for (; at + kChunk <= bytes; at += kChunk) {
      blend<Chunk>(from + at, to + at, &masks[next]);
      if (++next == masks.count()) next = 0;
    }
  }
  const auto* mask = reinterpret_cast<const std::uint8_t*>(&masks[next]);
  for (; at + 8 <= bytes; at += 8, mask += 8) blend<std::uint64_t>(from + at, to + at, mask);
  for (; at + 2 <= bytes; at += 2, mask += 2) blend<std::uint16_t>(from + at, to + at, mask);
  return 0;
}

}  // namespace

std::uint64_t plain_variant_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to, std::uint64_t low,
                                 std::uint64_t high) {
  const std::uint32_t size = size_of(low), cases = cases_of(low);
  std::array<std::array<std::uint8_t, 16>, 16> masks{};
  for (std::uint32_t item = 0; item < cases; ++item) {
    for (std::uint32_t i = 0; i < 16; ++i) {
      const std::uint64_t lane = (i < 8 ? low | 0xff : high) >> 8 * (i % 8);
      masks[item][i] = (lane >> item & 1) != 0 ? 0xff : 0;
    }
  }
  for (std::uint64_t at = 0; at < count * size; at += size) {
    const std::uint8_t item = from[at];
    if (item >= cases) return kIllFormed;
    for (std::uint32_t i = 0; i < size; ++i) {
      to[at + i] = static_cast<std::uint8_t>(to[at + i] ^ ((to[at + i] ^ from[at + i]) & masks[item][i]));
    }
  }
  return 0;
}

std::uint64_t variant_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to, std::uint64_t low,
                           std::uint64_t high) {
#ifdef WITC_KERNEL_VECTORS
  return carry_variants(from, count * size_of(low), to, low, high);
#else
  return plain_variant_copy(from, count, to, low, high);
#endif
}

std::uint64_t padded_copy(const std::uint8_t* from, std::uint64_t bytes, std::uint8_t* to, std::uint64_t written,
                          std::uint32_t size) {
  return widest<&carry_records>(from, bytes, to, written, size);
}

}  // namespace witc::abi::kernels
