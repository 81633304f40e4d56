// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/utf8.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace witc::wasm {
namespace {

/// As the core specification has it: decoded to code points, which are scalar values, that encode to the same bytes.
bool is_utf8_by_definition(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(at);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xc0 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf8 ? 4
                                           : 0;
    if (size == 0 || size > text.size() - at) return false;
    char32_t code = size == 1 ? lead : lead & (0x7fu >> size);
    for (std::size_t i = 1; i < size; ++i) code = code << 6 | (byte(at + i) & 0x3f);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    std::string again;
    append_utf8(again, code);
    if (text.compare(at, size, again) != 0) return false;
    at += size;
  }
  return true;
}

/// At every place of vectors and blocks of them, and at the end.
bool agrees(const std::string& piece, std::size_t fill) {
  const std::string filler = fill % 2 == 0 ? std::string(fill, 'a') : std::string(fill % 3, 'a') + [&] {
    std::string wide;
    while (wide.size() + 3 <= fill) wide += "\xe3\x81\x82";
    return wide;
  }();
  const bool expected = is_utf8_by_definition(piece);
  const bool at_end = is_utf8(filler + piece) == expected;
  return at_end && is_utf8(filler + piece + std::string(70, 'b')) == is_utf8_by_definition(piece + "b");
}

constexpr unsigned char kEdges[] = {0x00, 0x01, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
                                    0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xff};

TEST_CASE("every sequence of up to four bytes in which ranges begin and end") {
  std::size_t wrong = 0;
  std::vector<std::string> pieces = {""};
  for (std::size_t begin = 0, length = 0; length < 4; ++length) {
    const std::size_t end = pieces.size();
    for (; begin < end; ++begin) {
      for (unsigned char byte : kEdges) pieces.push_back(pieces[begin] + static_cast<char>(byte));
    }
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    wrong += agrees(pieces[i], 0) ? 0 : 1;
    wrong += agrees(pieces[i], 16 + i % 67) ? 0 : 1;
  }
  CHECK(wrong == 0);
  for (std::size_t fill = 0; fill < 140; ++fill) {
    for (std::size_t i = 0; i < pieces.size(); i += 997) CHECK(agrees(pieces[i], fill));
  }
}

TEST_CASE("every two bytes, and every code point") {
  for (unsigned i = 0; i < 0x10000; ++i) {
    const std::string piece = {static_cast<char>(i >> 8), static_cast<char>(i)};
    REQUIRE(is_utf8(std::string(31, 'x') + piece) == is_utf8_by_definition(piece));
  }
  std::string all;
  for (char32_t code = 0; code < 0x110000; ++code) {
    if (code < 0xd800 || code >= 0xe000) append_utf8(all, code);
  }
  CHECK(is_utf8(all));
}

TEST_CASE("long texts with one byte changed") {
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    const std::size_t size = random() % 200;
    while (text.size() < size) {
      const char32_t code = random() % (random() % 2 == 0 ? 0x80 : 0x110000);
      if (code < 0xd800 || code >= 0xe000) append_utf8(text, code);
    }
    REQUIRE(is_utf8(text));
    if (text.empty()) continue;
    text[random() % text.size()] = static_cast<char>(random());
    REQUIRE(is_utf8(text) == is_utf8_by_definition(text));
    text.resize(random() % text.size());
    REQUIRE(is_utf8(text) == is_utf8_by_definition(text));
  }
}

}  // namespace
}  // namespace witc::wasm
