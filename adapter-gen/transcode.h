// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// String kernels: the inner loops of the canonical ABI's string rules (CanonicalABI.md, `load_string_from_range` and
// `store_string_into_range`). The interpreter calls them, and the runtime implements with them the string intrinsics
// that compiled adapters import (intrinsics.def). They work on byte ranges the caller has checked, never allocate,
// and write nothing beyond `to`.
//
// UTF-16 is little-endian bytes in memory; guest addresses need not be aligned for the host.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace witc::abi {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// Well-formed UTF-8, and UTF-16 without unpaired surrogates.
bool is_utf8(Bytes text);
bool is_utf16(Bytes text);
/// Are all code units below 0x100?
bool is_latin1(Bytes utf16);

/// Copies code units below 0x80 until the first that is not; how many. `to` has room for as many bytes as there are units.
std::size_t utf16_to_utf8_ascii(Bytes from, MutableBytes to);
std::size_t latin1_to_utf8_ascii(Bytes from, MutableBytes to);

/// Bytes written; nothing for an unpaired surrogate. `to` has room for 3 bytes a unit.
std::optional<std::size_t> utf16_to_utf8(Bytes from, MutableBytes to);
/// Bytes written. `to` has room for 2 bytes a unit.
std::size_t latin1_to_utf8(Bytes from, MutableBytes to);
/// Code units written; nothing for ill-formed UTF-8. `to` has room for 2 bytes for each byte of `from`.
std::optional<std::size_t> utf8_to_utf16(Bytes from, MutableBytes to);
/// Each byte becomes a code unit.
void latin1_to_utf16(Bytes from, MutableBytes to);

struct Latin1Prefix {
  std::size_t read = 0;     // bytes of `from`
  std::size_t written = 0;  // bytes of `to`
};
/// Converts until the first character at or above U+0100; nothing if the UTF-8 is ill-formed anywhere.
std::optional<Latin1Prefix> utf8_to_latin1(Bytes from, MutableBytes to);
/// Likewise; how many code units.
std::size_t utf16_to_latin1(Bytes from, MutableBytes to);

/// The first `count` bytes of `memory` become `count` code units in place, and back. `memory` has 2 * count bytes.
void inflate_latin1(MutableBytes memory, std::size_t count);
void deflate_utf16(MutableBytes memory, std::size_t count);

}  // namespace witc::abi
