// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels that read UTF-8. ASCII at the front is copied or widened at once. From there on, a block at a time is
// validated; then up to 12 bytes of it become code units at once: which of them end a character is a mask of 12 bits,
// and a table says how to shuffle the characters in front into lanes of two bytes (eight of at most two bytes) or four
// (four of at most three), after Lemire and Muła, "Transcoding billions of Unicode characters per second with SIMD
// instructions" (2021). Characters of four bytes go one by one.
#include <array>

#include "adapter-gen/kernels.h"
#include "adapter-gen/kernels_simd.h"
#include "wasm/utf8.h"

namespace witc::abi::kernels {

bool is_utf8_block(const std::uint8_t* text, std::uint64_t size) {
  return wasm::is_utf8({reinterpret_cast<const char*>(text), size});
}

namespace {

/// The character at `at`, which moves past it. The text was well-formed when it was looked at; even if it has changed
/// since, `at` grows by no more than the bytes that are there.
std::uint32_t next_character(const std::uint8_t* text, std::uint64_t& at, std::uint64_t size) {
  const std::uint32_t lead = text[at++];
  if (lead < 0x80) return lead;
  auto more = [&](std::uint32_t code) { return code << 6 | (at < size ? text[at++] & 0x3fu : 0u); };
  if (lead < 0xe0) return more(lead & 0x1f);
  if (lead < 0xf0) return more(more(lead & 0x0f));
  return more(more(more(lead & 0x07)));
}

#ifdef WITC_KERNEL_VECTORS

/// How the characters at the front of 16 bytes get into lanes.
struct Shuffle {
  std::array<std::uint8_t, 16> bytes;
};
struct alignas(4) Step {
  std::uint16_t shuffle = 0;  // those from kFirstWide on are of four-byte lanes
  std::uint8_t read = 0;     // 0: a character of four bytes is next
  std::uint8_t written = 0;  // code units
};
constexpr std::uint8_t kNone = 0x80;  // makes a zero
constexpr std::size_t kNarrowShuffles = 2 << 8;  // of up to eight characters
constexpr std::size_t kWideShuffles = 3 + 9 + 27 + 81;
constexpr std::size_t kFirstWide = kNarrowShuffles;

struct Tables {
  std::array<Shuffle, kNarrowShuffles + kWideShuffles> shuffles{};
  std::array<Step, 4096> steps{};
};

/// A 1, and then a bit for each character: is it of two bytes?
constexpr std::size_t narrow_number(const std::uint8_t* lengths, std::size_t count) {
  std::size_t number = 1;
  for (std::size_t i = 0; i < count; ++i) number = number << 1 | (lengths[i] - 1u);
  return number;
}
/// Counts those of one character first, then those of two, and so on.
constexpr std::size_t wide_number(const std::uint8_t* lengths, std::size_t count) {
  std::size_t first = kFirstWide, combinations = 3, number = 0;
  for (std::size_t i = 1; i < count; ++i, combinations *= 3) first += combinations;
  for (std::size_t i = 0; i < count; ++i) number = number * 3 + (lengths[i] - 1u);
  return first + number;
}

constexpr Shuffle make_shuffle(const std::uint8_t* lengths, std::size_t count, std::size_t lane) {
  Shuffle out{};
  for (std::uint8_t& byte : out.bytes) byte = kNone;
  std::size_t end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    end += lengths[i];
    for (std::size_t j = 0; j < lengths[i]; ++j) out.bytes[lane * i + j] = static_cast<std::uint8_t>(end - 1 - j);
  }
  return out;
}

/// Bit i of `ends` says that byte i ends a character.
constexpr Step make_step(std::uint32_t ends, Tables& tables) {
  std::array<std::uint8_t, 12> lengths{};
  std::size_t count = 0;
  for (std::size_t i = 0, begin = 0; i < 12; ++i) {
    if ((ends >> i & 1) == 0) continue;
    lengths[count++] = static_cast<std::uint8_t>(i + 1 - begin);
    begin = i + 1;
  }
  auto fitting = [&](std::size_t most, std::size_t longest) {
    std::size_t fit = 0;
    while (fit < count && fit < most && lengths[fit] <= longest) ++fit;
    return fit;
  };
  auto bytes = [&](std::size_t characters) {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < characters; ++i) sum += lengths[i];
    return sum;
  };
  const std::size_t narrow = fitting(8, 2), wide = fitting(4, 3);
  if (wide == 0) return {};  // `narrow` neither
  const bool is_narrow = bytes(narrow) >= bytes(wide);
  const std::size_t taken = is_narrow ? narrow : wide;
  const std::size_t number = is_narrow ? narrow_number(lengths.data(), taken) : wide_number(lengths.data(), taken);
  tables.shuffles[number] = make_shuffle(lengths.data(), taken, is_narrow ? 2 : 4);
  return {static_cast<std::uint16_t>(number), static_cast<std::uint8_t>(bytes(taken)), static_cast<std::uint8_t>(taken)};
}

Tables make_tables() {
  Tables out;
  for (std::uint32_t ends = 0; ends < 4096; ++ends) out.steps[ends] = make_step(ends, out);
  return out;
}
const Tables& tables() {
  static const Tables made = make_tables();
  return made;
}

/// Bit i: byte i is the last of its character, for the first 63 of 64 bytes. `any_high`: is one above 0x7f?
inline std::uint64_t ends_of(const std::uint8_t* text, bool& any_high) {
  std::uint64_t starts = 0, high = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const Vector bytes = load(text + 16 * i);
    high |= high_bits(bytes);
    starts |= std::uint64_t{high_bits(_mm_cmpgt_epi8(bytes, splat8(-65)))} << 16 * i;  // continuations are -128 to -65
  }
  any_high = high != 0;
  return starts >> 1;
}

WITC_VECTOR inline Vector to_units(const Tables& tables, Step step, Vector bytes) {
  const Vector lanes = _mm_shuffle_epi8(bytes, load(tables.shuffles[step.shuffle].bytes.data()));
  if (step.shuffle < kFirstWide) {
    return (lanes & splat16(0x7f)) | _mm_srli_epi16(lanes & splat16(0x1f00), 2);
  }
  const Vector low = lanes & splat32(0x7f), middle = _mm_srli_epi32(lanes & splat32(0x3f00), 2);
  const Vector units = low | middle | _mm_srli_epi32(lanes & splat32(0x0f0000), 4);
  return _mm_packus_epi32(units, zero());
}

#endif

struct Progress {
  std::uint64_t read = 0, written = 0;  // bytes; code units
  bool is_stopped = false;              // by a character that is not in Latin-1
};

void put_utf16(std::uint32_t code, std::uint8_t* to, std::uint64_t& out) {
  if (code < 0x10000) return store16(to + 2 * out++, code);
  store16(to + 2 * out, 0xd7c0 + (code >> 10));
  store16(to + 2 * out + 2, 0xdc00 | (code & 0x3ff));
  out += 2;
}

#ifdef WITC_KERNEL_VECTORS

/// As much as can be done 64 bytes at a time. Writes no more units than it has read bytes, and zeros behind them, within
/// as many units as there are bytes.
template <bool kToLatin1>
WITC_VECTOR Progress convert_vectors(const std::uint8_t* from, std::uint64_t size, std::uint8_t* to) {
  constexpr std::uint64_t kLoad = 16, kWhole = 47;  // up to there the mask has all bits of a vector
  constexpr std::uint64_t kUnit = kToLatin1 ? 1 : 2;
  const Tables& table = tables();
  std::uint64_t read = 0, written = 0;
  bool is_stopped = false;
  auto store_ascii = [&](Vector bytes) {
    kToLatin1 ? store(to + written, bytes) : store_wide(to + 2 * written, bytes);
    written += 16;
  };
  while (read + kWhole + kLoad < size && read + 64 <= size) {
    const std::uint8_t* text = from + read;
    bool any_high = false;
    std::uint64_t ends = ends_of(text, any_high);
    if (!any_high) {
      for (unsigned i = 0; i < 4; ++i) store_ascii(load(text + 16 * i));
      read += 64;
      continue;
    }
    std::uint64_t at = 0;
    while (at <= kWhole) {
      const Vector bytes = load(text + at);
      if ((ends & 0xffff) == 0xffff) {
        store_ascii(bytes);
        at += 16;
        ends >>= 16;
        continue;
      }
      const Step step = table.steps[ends & 0xfff];
      if (step.read == 0 || (kToLatin1 && step.shuffle >= kFirstWide)) {
        is_stopped = kToLatin1;
        if (kToLatin1) break;
        const std::uint32_t code = (text[at] & 0x07u) << 18 | (text[at + 1] & 0x3fu) << 12 | (text[at + 2] & 0x3fu) << 6 |
                                   (text[at + 3] & 0x3fu);
        put_utf16(code, to, written);
        at += 4;
        ends >>= 4;
        continue;
      }
      const Vector units = to_units(table, step, bytes);
      std::uint8_t* target = to + kUnit * written;
      if constexpr (kToLatin1) {
        is_stopped = any_bit(units & splat16(0xff00));
        if (is_stopped) break;
        _mm_storel_epi64(reinterpret_cast<Vector*>(target), narrow(units, zero()));
      } else {
        store(target, units);
      }
      at += step.read;
      ends >>= step.read;
      written += step.written;
    }
    read += at;
    if (is_stopped) break;
  }
  return {read, written, is_stopped};
}

#endif

/// Well-formed text to UTF-16, or to Latin-1 until a character that is none.
template <bool kToLatin1>
Progress convert(const std::uint8_t* from, std::uint64_t size, std::uint8_t* to) {
  Progress done;
#ifdef WITC_KERNEL_VECTORS
  done = convert_vectors<kToLatin1>(from, size, to);
  done.is_stopped = false;  // somewhere in a vector: found below
#endif
  while (done.read < size) {
    std::uint64_t next = done.read;
    const std::uint32_t code = next_character(from, next, size);
    if constexpr (kToLatin1) {
      done.is_stopped = code >= 0x100;
      if (done.is_stopped) return done;
      to[done.written++] = static_cast<std::uint8_t>(code);
    } else if (code < 0x10000 || next - done.read >= 2) {
      put_utf16(code, to, done.written);
    }
    done.read = next;
  }
  return done;
}

/// Widens bytes until the first >= 0x80; how many.
std::uint64_t widen_ascii(const std::uint8_t* from, std::uint64_t size, std::uint8_t* to) {
  std::uint64_t at = 0;
#ifdef WITC_KERNEL_VECTORS
  for (; at + 32 <= size; at += 32) {
    const Vector a = load(from + at), b = load(from + at + 16);
    if (high_bits(a | b) != 0) break;
    store_wide(to + 2 * at, a);
    store_wide(to + 2 * at + 32, b);
  }
#endif
  for (; at < size && from[at] < 0x80; ++at) store16(to + 2 * at, from[at]);
  return at;
}

}  // namespace

/// What is ASCII is copied without looking for more; from the first byte that is not, a block is checked, then copied.
std::uint64_t utf8_copy(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to) {
  for (std::uint64_t at = 0;;) {
    at += copy_ascii(from + at, units - at, to + at);
    if (at == units) return 0;
    const std::uint64_t end = utf8_block_end(from, at, units);
    if (end == at || !is_utf8_block(from + at, end - at)) return kIllFormed;
    std::memmove(to + at, from + at, end - at);
    at = end;
  }
}

std::uint64_t utf8_to_utf16(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to) {
  for (std::uint64_t at = 0, out = 0;;) {
    const std::uint64_t ascii = widen_ascii(from + at, units - at, to + 2 * out);
    at += ascii;
    out += ascii;
    if (at == units) return out;
    const std::uint64_t end = utf8_block_end(from, at, units);
    if (end == at || !is_utf8_block(from + at, end - at)) return kIllFormed;
    out += convert<false>(from + at, end - at, to + 2 * out).written;
    at = end;
  }
}

std::uint64_t valid_utf8_to_utf16(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to) {
  return convert<false>(from, units, to).written;
}

std::uint64_t utf8_to_latin1(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to) {
  std::uint64_t read = copy_ascii(from, units, to);
  std::uint64_t written = read;
  bool is_latin1 = true;
  for (std::uint64_t at = read; at < units;) {
    const std::uint64_t end = utf8_block_end(from, at, units);
    if (end == at || !is_utf8_block(from + at, end - at)) return kIllFormed;
    if (is_latin1) {
      const Progress block = convert<true>(from + at, end - at, to + written);
      is_latin1 = !block.is_stopped;
      read = at + block.read;
      written += block.written;
    }
    at = end;
  }
  return read << 32 | written;
}

}  // namespace witc::abi::kernels
