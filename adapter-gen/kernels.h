// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The inner loops of compiled adapters, as C++ functions that their code calls with pointers into the two memories
// (intrinsics.def says by which import, engine/native.def how). Each is one pass that checks, converts and copies.
//
// The adapter has checked both ranges. A kernel reads nothing outside its source and writes nothing outside its target,
// whatever the bytes are and even if the two overlap, as only a hostile realloc brings about: what is written then is
// of no matter. kIllFormed says that the source is not what its type asks for; the adapter traps then.

#include <cstdint>

namespace witc::abi::kernels {

inline constexpr std::uint64_t kIllFormed = ~std::uint64_t{0};

// -- strings: `units` are code units of the source
/// 0.
std::uint64_t utf8_copy(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to);
/// 1 if a unit is >= 0x100, else 0.
std::uint64_t utf16_copy(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to);
/// Units written. `to` has room for `units` of them.
std::uint64_t utf8_to_utf16(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to);
/// The same of text that was well-formed when it was looked at.
std::uint64_t valid_utf8_to_utf16(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to);
/// Units copied before the first >= 0x80. `to` has room for `units` bytes.
std::uint64_t utf16_to_utf8_ascii(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to);
std::uint64_t latin1_to_utf8_ascii(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to);
/// Bytes written. `to` has room for 3, or 2, for each unit.
std::uint64_t utf16_to_utf8(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to);
std::uint64_t latin1_to_utf8(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to);
/// `units`.
std::uint64_t latin1_to_utf16(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to);
/// Bytes read << 32 | bytes written, until a character >= U+0100; all of the source is checked.
std::uint64_t utf8_to_latin1(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to);
/// Units read, until one >= 0x100. `to` has room for `units` bytes.
std::uint64_t utf16_to_latin1(const std::uint8_t* from, std::uint64_t units, std::uint8_t* to);
/// 0. The first `count` bytes become as many code units in place, and back; there are 2 * count bytes.
std::uint64_t inflate_latin1(std::uint8_t* memory, std::uint64_t count);
std::uint64_t deflate_utf16(std::uint8_t* memory, std::uint64_t count);

// -- lists: `count` elements
/// 0. What is not 0 becomes 1.
std::uint64_t bool_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to);
/// 0. Ill-formed: surrogates, and what is above U+10FFFF.
std::uint64_t char_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to);
/// 0. Ill-formed: `cases` and above. Elements of 1, 2, 4 bytes.
std::uint64_t enum8_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to, std::uint32_t cases);
std::uint64_t enum16_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to, std::uint32_t cases);
std::uint64_t enum32_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to, std::uint32_t cases);
/// 0. Flags of any size: `mask` is their mask, as often as it fits into 8 bytes; `bytes` is a whole number of them.
std::uint64_t mask_copy(const std::uint8_t* from, std::uint64_t bytes, std::uint8_t* to, std::uint64_t mask);
/// 0. Variants of 2, 4, 8 or 16 bytes with a discriminant of one, of up to 8 cases; ill-formed: others. A byte that the
/// case does not write stays as it is in the target. `low` and `high` are 16 bytes, in which the element repeats: for each
/// the set of cases that write it, a bit each. Only the first, which all write, is log2(size) | cases << 4.
std::uint64_t variant_copy(const std::uint8_t* from, std::uint64_t count, std::uint8_t* to, std::uint64_t low,
                           std::uint64_t high);
/// 0. Records of up to 64 bytes, an even number; only those bytes are written whose bit is set in `written`. `bytes` is a
/// whole number of them.
std::uint64_t padded_copy(const std::uint8_t* from, std::uint64_t bytes, std::uint8_t* to, std::uint64_t written,
                          std::uint32_t size);

}  // namespace witc::abi::kernels
