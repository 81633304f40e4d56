// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names in binaries and strings between components are validated here, all of them, before anything else is done with
// them. 16 bytes at a time after Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte" (2020):
// what a byte may follow shows in the two halves of the byte before it and the upper half of its own, so three tables
// of 16 entries, one bit for each kind of error, say together what is wrong. (It is our own because a shared library
// for it is 0.4 ms of every start of the program, and no better at the sizes that strings have.)
#include "wasm/utf8.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace witc::wasm {
namespace {

/// How many bytes the character at the front has; 0 if it is none. Core specification, "Values > Names".
std::size_t character_size(std::string_view text) {
  auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
  auto is_within = [&](std::size_t at, unsigned low, unsigned high) { return byte(at) >= low && byte(at) <= high; };
  auto is_continuation = [&](std::size_t at) { return is_within(at, 0x80, 0xbf); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return is_continuation(1) ? 2 : 0;
  if ((lead & 0xf0) == 0xe0) {
    return is_within(1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf) && is_continuation(2) ? 3 : 0;
  }
  if (lead < 0xf0 || lead > 0xf4) return 0;
  return is_within(1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf) && is_continuation(2) &&
                 is_continuation(3)
             ? 4
             : 0;
}

bool is_utf8_one_by_one(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

#if defined(__x86_64__)
#define WITC_VECTOR [[gnu::target("ssse3")]]

using Vector = __m128i;
inline Vector load(const void* from) { return _mm_loadu_si128(static_cast<const Vector*>(from)); }
inline Vector splat(int byte) { return _mm_set1_epi8(static_cast<char>(byte)); }
inline bool is_zero(Vector v) { return _mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_setzero_si128())) == 0xffff; }
inline bool is_ascii(Vector v) { return _mm_movemask_epi8(v) == 0; }

// What can be wrong with a byte and the one before it.
enum Wrong : std::uint8_t {
  kTooShort = 1 << 0,   // 11xxxxxx, then no continuation
  kTooLong = 1 << 1,    // 0xxxxxxx, then a continuation
  kOverlong3 = 1 << 2,  // 11100000 100xxxxx
  kTooLarge = 1 << 3,   // 11110100 101xxxxx, 11110100 1001xxxx, or a lead above
  kSurrogate = 1 << 4,  // 11101101 101xxxxx
  kOverlong2 = 1 << 5,  // 1100000x 10xxxxxx
  kTooLarge8 = 1 << 6,  // a lead above 11110100, then 1000xxxx
  kOverlong4 = 1 << 6,  // 11110000 1000xxxx: the same bit, for both are in the last entry of the first table
  kTwoMore = 1 << 7,    // two continuations: right if a lead two or three bytes before asks for them
};
constexpr std::uint8_t kAnyLow = kTooShort | kTooLong | kTwoMore;
constexpr std::uint8_t kMore = kTooLong | kOverlong2 | kTwoMore;
// clang-format off
alignas(16) constexpr std::uint8_t kUpperBefore[16] = {
    kTooLong, kTooLong, kTooLong, kTooLong, kTooLong, kTooLong, kTooLong, kTooLong,
    kTwoMore, kTwoMore, kTwoMore, kTwoMore,
    kTooShort | kOverlong2, kTooShort, kTooShort | kOverlong3 | kSurrogate, kTooShort | kTooLarge | kTooLarge8 | kOverlong4};
constexpr std::uint8_t kAbove4 = kAnyLow | kTooLarge | kTooLarge8;
alignas(16) constexpr std::uint8_t kLowerBefore[16] = {
    kAnyLow | kOverlong2 | kOverlong3 | kOverlong4, kAnyLow | kOverlong2, kAnyLow, kAnyLow,
    kAnyLow | kTooLarge, kAbove4, kAbove4, kAbove4, kAbove4, kAbove4, kAbove4, kAbove4,
    kAbove4, kAbove4 | kSurrogate, kAbove4, kAbove4};
alignas(16) constexpr std::uint8_t kUpper[16] = {
    kTooShort, kTooShort, kTooShort, kTooShort, kTooShort, kTooShort, kTooShort, kTooShort,
    kMore | kOverlong3 | kTooLarge8 | kOverlong4, kMore | kOverlong3 | kTooLarge, kMore | kSurrogate | kTooLarge, kMore | kSurrogate | kTooLarge,
    kTooShort, kTooShort, kTooShort, kTooShort};
// clang-format on

WITC_VECTOR inline Vector look_up(const std::uint8_t* table, Vector halves) {
  return _mm_shuffle_epi8(load(table), halves);
}
inline Vector upper(Vector bytes) { return _mm_and_si128(_mm_srli_epi16(bytes, 4), splat(0x0f)); }
inline Vector lower(Vector bytes) { return _mm_and_si128(bytes, splat(0x0f)); }

/// Not zero if one of `bytes` is wrong, after the 16 bytes that come before. A character that the end cuts is wrong
/// only by what follows.
WITC_VECTOR inline Vector wrong_in(Vector bytes, Vector before) {
  const Vector previous = _mm_alignr_epi8(bytes, before, 15);
  const Vector wrong =
      _mm_and_si128(_mm_and_si128(look_up(kUpperBefore, upper(previous)), look_up(kLowerBefore, lower(previous))),
                    look_up(kUpper, upper(bytes)));
  // The highest bit: a third byte after 111xxxxx, or a fourth after 1111xxxx, must have kTwoMore, and no other may.
  const Vector third = _mm_subs_epu8(_mm_alignr_epi8(bytes, before, 14), splat(0xe0 - 0x80));
  const Vector fourth = _mm_subs_epu8(_mm_alignr_epi8(bytes, before, 13), splat(0xf0 - 0x80));
  return _mm_xor_si128(_mm_and_si128(_mm_or_si128(third, fourth), splat(0x80)), wrong);
}

WITC_VECTOR bool is_utf8_by_vectors(std::string_view text) {
  Vector before = _mm_setzero_si128(), wrong = before;
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 64; at += 64, left -= 64) {
    const Vector a = load(at), b = load(at + 16), c = load(at + 32), d = load(at + 48);
    wrong = _mm_or_si128(wrong, wrong_in(a, before));
    if (!is_ascii(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d)))) {
      wrong = _mm_or_si128(_mm_or_si128(wrong, wrong_in(b, a)), _mm_or_si128(wrong_in(c, b), wrong_in(d, c)));
    }
    before = d;
  }
  for (; left >= 16; at += 16, left -= 16) {
    wrong = _mm_or_si128(wrong, wrong_in(load(at), before));
    before = load(at);
  }
  char rest[16] = {};  // zeros, of which there is at least one, end what is cut
  std::memcpy(rest, at, left);
  return is_zero(_mm_or_si128(wrong, wrong_in(load(rest), before)));
}

#endif

}  // namespace

bool is_utf8(std::string_view text) {
#if defined(__x86_64__)
  if (text.size() >= 16 && __builtin_cpu_supports("ssse3")) return is_utf8_by_vectors(text);
#endif
  return is_utf8_one_by_one(text);
}

std::size_t encode_utf8(char32_t code, std::uint8_t* out) {
  std::size_t size = 0;
  auto put = [&](char32_t byte) { out[size++] = static_cast<std::uint8_t>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
  return size;
}

void append_utf8(std::string& out, char32_t code) {
  std::uint8_t bytes[4];
  out.append(reinterpret_cast<const char*>(bytes), encode_utf8(code, bytes));
}

}  // namespace witc::wasm
