// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernels of compiled adapters against the plain ones that the interpreter uses (transcode.h): every length around
// the width of a vector and around a block, every alignment, one bad byte at each place. Source and target end where
// memory does, so that an access beyond either is a fault.
#include "adapter-gen/kernels.h"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "adapter-gen/kernels_simd.h"
#include "adapter-gen/transcode.h"

namespace witc::abi {
namespace {

using Buffer = std::vector<std::uint8_t>;

/// Bytes in front of a page that cannot be accessed.
class Edge {
 public:
  static constexpr std::size_t kSize = 1 << 16;
  Edge() {
    void* at = mmap(nullptr, kSize + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(at != MAP_FAILED);
    base_ = static_cast<std::uint8_t*>(at);
    REQUIRE(mprotect(base_ + kSize, 4096, PROT_NONE) == 0);
  }
  ~Edge() { munmap(base_, kSize + 4096); }
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  /// The last `size` bytes, all zero.
  std::uint8_t* last(std::size_t size) {
    std::memset(base_ + kSize - size, 0, size);
    return base_ + kSize - size;
  }
  std::uint8_t* holding(const Buffer& bytes) {
    std::uint8_t* at = last(bytes.size());
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    return at;
  }

 private:
  std::uint8_t* base_ = nullptr;
};

struct Expected {
  std::uint64_t result;
  Buffer bytes;  // of the target; only looked at if the result is not kIllFormed
};
using Kernel = std::uint64_t (*)(const std::uint8_t*, std::uint64_t, std::uint8_t*);
using Plain = std::function<Expected(const Buffer&)>;

struct Pair {
  const char* name;
  Kernel kernel;
  std::size_t from_width, to_width;
  Plain plain;
};

Expected sized(std::optional<std::size_t> result, Buffer to, std::size_t used) {
  if (!result) return {kernels::kIllFormed, {}};
  to.resize(used);
  return {*result, std::move(to)};
}

Expected plain_utf8_copy(const Buffer& from) {
  return sized(is_utf8(from) ? std::optional<std::size_t>(0) : std::nullopt, from, from.size());
}
Expected plain_utf16_copy(const Buffer& from) {
  if (!is_utf16(from)) return {kernels::kIllFormed, {}};
  return {is_latin1(from) ? 0u : 1u, from};
}
Expected plain_utf8_to_utf16(const Buffer& from) {
  Buffer to(2 * from.size());
  auto units = utf8_to_utf16(from, to);
  return sized(units, to, 2 * units.value_or(0));
}
Expected plain_utf16_to_utf8(const Buffer& from) {
  Buffer to(from.size() / 2 * 3);
  auto bytes = utf16_to_utf8(from, to);
  return sized(bytes, to, bytes.value_or(0));
}
Expected plain_utf16_to_utf8_ascii(const Buffer& from) {
  Buffer to(from.size() / 2);
  auto units = utf16_to_utf8_ascii(from, to);
  return sized(units, to, units);
}
Expected plain_latin1_to_utf8_ascii(const Buffer& from) {
  Buffer to(from.size());
  auto units = latin1_to_utf8_ascii(from, to);
  return sized(units, to, units);
}
Expected plain_latin1_to_utf8(const Buffer& from) {
  Buffer to(2 * from.size());
  auto bytes = latin1_to_utf8(from, to);
  return sized(bytes, to, bytes);
}
Expected plain_latin1_to_utf16(const Buffer& from) {
  Buffer to(2 * from.size());
  latin1_to_utf16(from, to);
  return {from.size(), to};
}
Expected plain_utf8_to_latin1(const Buffer& from) {
  Buffer to(from.size());
  auto prefix = utf8_to_latin1(from, to);
  if (!prefix) return {kernels::kIllFormed, {}};
  to.resize(prefix->written);
  return {std::uint64_t{prefix->read} << 32 | prefix->written, to};
}
Expected plain_utf16_to_latin1(const Buffer& from) {
  Buffer to(from.size() / 2);
  auto units = utf16_to_latin1(from, to);
  return sized(units, to, units);
}
Expected plain_bools(const Buffer& from) {
  Buffer to;
  for (std::uint8_t byte : from) to.push_back(byte != 0 ? 1 : 0);
  return {0, to};
}
Expected plain_chars(const Buffer& from) {
  for (std::size_t i = 0; i + 4 <= from.size(); i += 4) {
    std::uint32_t code = 0;
    std::memcpy(&code, &from[i], 4);
    if (code >= 0x110000 || (code >= 0xd800 && code < 0xe000)) return {kernels::kIllFormed, {}};
  }
  return {0, from};
}

const Pair kPairs[] = {
    {"utf8-copy", kernels::utf8_copy, 1, 1, plain_utf8_copy},
    {"utf16-copy", kernels::utf16_copy, 2, 2, plain_utf16_copy},
    {"utf8-to-utf16", kernels::utf8_to_utf16, 1, 2, plain_utf8_to_utf16},
    {"utf16-to-utf8", kernels::utf16_to_utf8, 2, 3, plain_utf16_to_utf8},
    {"utf16-to-utf8-ascii", kernels::utf16_to_utf8_ascii, 2, 1, plain_utf16_to_utf8_ascii},
    {"latin1-to-utf8-ascii", kernels::latin1_to_utf8_ascii, 1, 1, plain_latin1_to_utf8_ascii},
    {"latin1-to-utf8", kernels::latin1_to_utf8, 1, 2, plain_latin1_to_utf8},
    {"latin1-to-utf16", kernels::latin1_to_utf16, 1, 2, plain_latin1_to_utf16},
    {"utf8-to-latin1", kernels::utf8_to_latin1, 1, 1, plain_utf8_to_latin1},
    {"utf16-to-latin1", kernels::utf16_to_latin1, 2, 1, plain_utf16_to_latin1},
    {"bool-copy", kernels::bool_copy, 1, 1, plain_bools},
    {"char-copy", kernels::char_copy, 4, 4, plain_chars},
};

class Checker {
 public:
  /// Of the text's length, and with up to three bytes less, where the target is at another alignment.
  void check(const Pair& pair, const Buffer& from) {
    Buffer whole(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(from.size() / pair.from_width * pair.from_width));
    const std::uint64_t units = whole.size() / pair.from_width;
    const Expected expected = pair.plain(whole);
    const std::uint8_t* source = from_.holding(whole);
    std::uint8_t* target = to_.last(units * pair.to_width);
    const std::uint64_t result = pair.kernel(source, units, target);
    bool same = result == expected.result;
    if (same && result != kernels::kIllFormed) same = std::equal(expected.bytes.begin(), expected.bytes.end(), target);
    if (!same) FAIL(pair.name << " of " << whole.size() << " bytes: " << result << ", not " << expected.result);
  }
  void check_all(const Buffer& from) {
    for (const Pair& pair : kPairs) check(pair, from);
  }

 private:
  Edge from_, to_;
};

/// Well-formed UTF-8 of `size` bytes with characters of up to `longest` bytes, one in `rare` not ASCII.
Buffer text(std::mt19937& random, std::size_t size, std::size_t longest, unsigned rare) {
  static const char* const kCharacters[] = {"a", "\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x98\x80"};
  Buffer out;
  while (out.size() < size) {
    const std::size_t length = random() % rare == 0 ? 1 + random() % longest : 1;
    const char* character = kCharacters[length <= size - out.size() ? length - 1 : 0];
    out.insert(out.end(), character, character + std::strlen(character));
  }
  return out;
}

Buffer as_utf16(const Buffer& text) { return plain_utf8_to_utf16(text).bytes; }

}  // namespace

TEST_CASE("kernels: every length around a vector, with characters of every length") {
  std::mt19937 random(1);
  Checker checker;
  for (std::size_t size = 0; size < 200; ++size) {
    for (std::size_t longest = 1; longest <= 4; ++longest) {
      for (unsigned rare : {1u, 4u, 40u}) {
        const Buffer utf8 = text(random, size, longest, rare);
        checker.check_all(utf8);
        checker.check_all(as_utf16(utf8));
      }
    }
  }
}

TEST_CASE("kernels: around the ends of blocks") {
  std::mt19937 random(2);
  Checker checker;
  for (std::size_t size = 4096 - 40; size < 4096 + 100; size += 1 + random() % 3) {
    for (std::size_t longest = 1; longest <= 4; ++longest) {
      const Buffer utf8 = text(random, size, longest, 1 + random() % 50);
      checker.check_all(utf8);
      checker.check_all(as_utf16(utf8));
    }
  }
}

TEST_CASE("kernels: a bad byte at each place, and each byte of a character") {
  std::mt19937 random(3);
  Checker checker;
  for (std::size_t size : {17u, 63u, 64u, 100u}) {
    for (std::size_t at = 0; at < size; ++at) {
      for (std::uint8_t bad : {0x80, 0xbf, 0xc0, 0xc1, 0xc3, 0xd8, 0xdc, 0xe0, 0xed, 0xf4, 0xf5, 0xff}) {
        Buffer utf8 = text(random, size, 1 + random() % 4, 3);
        utf8[at] = bad;
        checker.check_all(utf8);
        Buffer utf16 = as_utf16(text(random, size, 4, 3));
        if (at < utf16.size()) utf16[at] = bad;
        checker.check_all(utf16);
      }
    }
  }
  for (std::size_t at = 4096 - 20; at < 4096 + 20; ++at) {
    for (const char* bad : {"\x80", "\xc3", "\xe4\xb8", "\xf0\x9f\x98", "\x80\x80\x80\x80\x80", "\xed\xa0\x80"}) {
      for (unsigned rare : {1u, 1u << 20}) {
        Buffer utf8 = text(random, 4096 + 64, 4, rare);
        std::copy_n(bad, std::strlen(bad), utf8.begin() + static_cast<std::ptrdiff_t>(at));
        checker.check_all(utf8);
      }
    }
  }
}

TEST_CASE("kernels: surrogates at each place") {
  Checker checker;
  for (std::size_t units = 1; units < 70; ++units) {
    for (std::size_t at = 0; at < units; ++at) {
      for (std::uint8_t high : {0xd8, 0xdb, 0xdc, 0xdf}) {
        Buffer utf16(2 * units, 0);
        for (std::size_t i = 0; i < units; ++i) utf16[2 * i] = 'a';
        utf16[2 * at + 1] = high;
        checker.check_all(utf16);  // alone
        if (at + 1 < units) utf16[2 * at + 3] = 0xdc;
        checker.check_all(utf16);  // before a low one
      }
    }
  }
}

TEST_CASE("kernels: bytes at random") {
  std::mt19937 random(4);
  Checker checker;
  for (int i = 0; i < 4000; ++i) {
    Buffer bytes(random() % 300);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    if (i % 2 == 0) {
      for (std::size_t j = 1; j < bytes.size(); j += 2) bytes[j] &= 3;
    }
    checker.check_all(bytes);
  }
}

TEST_CASE("kernels: whatever the bytes become meanwhile, nothing is written beyond the target") {
  std::mt19937 random(5);
  Edge edge;
  for (std::size_t size = 1; size < 400; ++size) {
    const Buffer utf8 = text(random, size, 4, 2);
    for (const Pair& pair : kPairs) {
      const std::uint64_t units = size / std::max(pair.from_width, pair.to_width);
      // The target is the end of what the source is in.
      std::uint8_t* at = edge.holding(utf8);
      pair.kernel(at, units, at + size - units * pair.to_width);
    }
  }
}

TEST_CASE("kernels: in place") {
  std::mt19937 random(6);
  Edge edge;
  for (std::size_t count = 0; count < 100; ++count) {
    Buffer bytes(2 * count);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    Buffer wide = bytes, narrow = bytes;
    inflate_latin1(wide, count);
    deflate_utf16(narrow, count);
    std::uint8_t* at = edge.holding(bytes);
    CHECK(kernels::inflate_latin1(at, count) == 0);
    CHECK(std::equal(wide.begin(), wide.end(), at));
    at = edge.holding(bytes);
    CHECK(kernels::deflate_utf16(at, count) == 0);
    CHECK(std::equal(narrow.begin(), narrow.begin() + static_cast<std::ptrdiff_t>(count), at));
  }
}

TEST_CASE("kernels: enums and flags") {
  std::mt19937 random(7);
  Edge from, to;
  auto check = [&](std::size_t width, auto kernel, std::uint32_t cases) {
    for (std::size_t count = 0; count < 70; ++count) {
      Buffer good(count * width, 0);
      for (std::size_t i = 0; i < count; ++i) {
        const auto value = static_cast<std::uint32_t>(random() % cases);
        std::memcpy(&good[i * width], &value, width);
      }
      std::uint8_t* target = to.last(good.size());
      REQUIRE(kernel(from.holding(good), count, target, cases) == 0);
      REQUIRE(std::equal(good.begin(), good.end(), target));
      for (std::size_t i = 0; i < count && (width > 1 || cases < 256); ++i) {
        Buffer bad = good;
        std::memcpy(&bad[i * width], &cases, width);
        REQUIRE(kernel(from.holding(bad), count, target, cases) == kernels::kIllFormed);
      }
    }
  };
  for (std::uint32_t cases : {1u, 2u, 5u, 128u, 200u, 256u}) check(1, kernels::enum8_copy, cases);
  for (std::uint32_t cases : {257u, 40000u, 65535u}) check(2, kernels::enum16_copy, cases);
  for (std::uint32_t cases : {65537u, 1u << 20}) check(4, kernels::enum32_copy, cases);
  for (std::size_t size = 0; size < 100; ++size) {
    Buffer bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const std::uint64_t mask = 0x1f03'1f03'1f03'1f03;
    std::uint8_t* target = to.last(size);
    kernels::mask_copy(from.holding(bytes), size, target, mask);
    for (std::size_t i = 0; i < size; ++i) REQUIRE(target[i] == (bytes[i] & (i % 2 == 0 ? 0x03 : 0x1f)));
  }
}

namespace {

/// The element repeated over 16 bytes, which cases write each; as variant_copy takes them.
struct Lanes {
  Lanes(std::size_t size, std::size_t cases, const std::vector<std::uint64_t>& written) {
    for (std::size_t i = 1; i < 16; ++i) {
      for (std::size_t item = 0; item < cases; ++item) {
        (i < 8 ? low : high) |= (written[item] >> i % size & 1) << (8 * (i % 8) + item);
      }
    }
    low |= static_cast<std::uint64_t>(std::countr_zero(size)) | cases << 4;
  }
  std::uint64_t low = 0, high = 0;
};

void fill(std::mt19937& random, Buffer& bytes) {
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
}

}  // namespace

TEST_CASE("kernels: variants, of which only the discriminant and the payload of the case are written") {
  std::mt19937 random(8);
  Edge from, to;
  auto check = [&](std::size_t size, std::size_t count) {
    const std::size_t cases = 1 + random() % 8;
    std::vector<std::uint64_t> written(cases);
    for (std::uint64_t& item : written) item = random() | 1;
    const Lanes lanes(size, cases, written);
    Buffer source(size * count), target(size * count);
    fill(random, source);
    fill(random, target);
    for (std::size_t i = 0; i < count; ++i) source[i * size] = static_cast<std::uint8_t>(random() % cases);
    Buffer expected = target;
    for (std::size_t i = 0; i < source.size(); ++i) {
      if ((written[source[i / size * size]] >> i % size & 1) != 0) expected[i] = source[i];
    }
    for (auto* kernel : {kernels::variant_copy, kernels::plain_variant_copy}) {
      std::uint8_t* at = to.holding(target);
      REQUIRE(kernel(from.holding(source), count, at, lanes.low, lanes.high) == 0);
      REQUIRE(std::equal(expected.begin(), expected.end(), at));
      for (std::size_t i = 0; i < std::min<std::size_t>(count, 80); ++i) {
        const std::size_t place = count <= 80 ? i : random() % count;
        for (std::size_t discriminant : {cases, std::size_t{8}, std::size_t{16}, std::size_t{0x80}, std::size_t{0xff}}) {
          Buffer bad = source;
          bad[place * size] = static_cast<std::uint8_t>(discriminant);
          REQUIRE(kernel(from.holding(bad), count, to.last(target.size()), lanes.low, lanes.high) == kernels::kIllFormed);
        }
      }
    }
  };
  for (std::size_t size : {2u, 4u, 8u, 16u}) {
    for (std::size_t count = 0; count <= 70; ++count) check(size, count);
    for (std::size_t bytes : {4096u - 16, 4096u, 4096u + 16, 4096u + 32, 12288u + 48}) check(size, bytes / size);
  }
}

TEST_CASE("kernels: records whose padding is not carried over") {
  std::mt19937 random(9);
  Edge from, to;
  for (std::size_t size = 2; size <= 64; size += 2) {
    for (std::size_t count : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 18, 31, 32, 33, 70, 200}) {
      const std::uint64_t some = std::uint64_t{random()} << 32 | random();
      const std::uint64_t written = size == 64 ? some : some & ((std::uint64_t{1} << size) - 1);
      Buffer source(size * count), target(size * count);
      fill(random, source);
      fill(random, target);
      Buffer expected = target;
      for (std::size_t i = 0; i < source.size(); ++i) {
        if ((written >> i % size & 1) != 0) expected[i] = source[i];
      }
      std::uint8_t* at = to.holding(target);
      REQUIRE(kernels::padded_copy(from.holding(source), source.size(), at, written, static_cast<std::uint32_t>(size)) == 0);
      REQUIRE(std::equal(expected.begin(), expected.end(), at));
    }
  }
}

}  // namespace witc::abi
