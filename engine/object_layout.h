// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// How structs and arrays lie in the heap; read by the code generator for its constants, by the collector to find
// references, and by the runtime for constant expressions.
//
//     struct:  u32 type id | u32 0      | fields, in order, each at a multiple of its size (of 8 for a v128)
//     array:   u32 type id | u32 length | elements, from byte 8 on
//
// A field's place depends only on the fields before it, so a subtype's object is laid out as its supertype's to begin
// with. Objects are multiples of 8 bytes at multiples of 8; a type id of 0 marks memory that is no object.

#include <cstdint>
#include <vector>

#include "engine/types.h"

namespace witc::engine {

inline constexpr std::uint32_t kObjectHeader = 8;
inline constexpr std::uint32_t kLengthOffset = 4;

/// Objects that are no structs or arrays: their ids follow those of the program's types (Layout::special_type()).
enum class SpecialType : std::uint8_t {
  kHost,   // a host's `externref` as an `anyref`: the word, after the header
  kWords,  // an exception: as many words as the length says; those that are references keep their objects alive
};
inline constexpr std::uint32_t kSpecialTypes = 2;

struct ObjectLayout {
  enum Kind : std::uint8_t { kFunc, kStruct, kArray } kind = kFunc;
  std::uint32_t bytes = 0;                // a struct with its header, rounded up; an element of an array
  std::vector<std::uint32_t> offsets;     // of a struct's fields
  std::vector<std::uint32_t> references;  // of those that may refer to objects
  bool has_references = false;            // an array: its elements may
};

/// Of a packed or full value in an object.
std::uint32_t storage_bytes(const wasm::StorageType& storage);
/// Can a value of this type (in its canonical form) be the address of an object? Functions lie elsewhere.
bool may_be_object(const TypeSpace& types, const wasm::ValType& type);
/// Of a type in its canonical form.
ObjectLayout object_layout(const TypeSpace& types, const wasm::CompositeType& type);

}  // namespace witc::engine
