// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What the 64-bit word of a reference says. Null is 0 in every hierarchy.
//
//     func      the address of a FuncRef in the context allocation (runtime/context.h)
//     any       low bit 1: an i31, in bits 1 to 31; else the address of an object in the store's heap
//               (engine/object_layout.h): a struct, an array, or a box with a host's externref in it
//     extern    a word of the host, as the host gave it; or an `any` that was converted: an object is its own address,
//               an i31 is an address in a range of 4 GiB that the heap reserves for nothing else
//     exn       the address of an exception
//
// So `extern.convert_any` allocates nothing and `any.convert_extern` only for words of the host. A host's words may be
// anything but addresses that belong to the heap: pointers and small integers are.

#include <cstdint>

namespace witc::engine {

constexpr bool is_i31(std::uint64_t reference) { return (reference & 1) != 0; }
/// From the low 31 bits of the value.
constexpr std::uint64_t make_i31(std::uint32_t value) {
  return (static_cast<std::uint64_t>(value & 0x7fffffff) << 1) | 1;
}
/// Zero-extended.
constexpr std::uint32_t i31_bits(std::uint64_t reference) { return static_cast<std::uint32_t>(reference) >> 1; }

}  // namespace witc::engine
