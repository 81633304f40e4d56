// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/binary_writer.h"

namespace witc::wasm {

BinaryWriter& BinaryWriter::u32_le(std::uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return *this;
}

BinaryWriter& BinaryWriter::u64_le(std::uint64_t value) {
  return u32_le(static_cast<std::uint32_t>(value)).u32_le(static_cast<std::uint32_t>(value >> 32));
}

BinaryWriter& BinaryWriter::u64(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  return u8(static_cast<std::uint8_t>(value));
}

BinaryWriter& BinaryWriter::s64(std::int64_t value) {
  while (value < -64 || value > 63) {
    bytes_.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  return u8(static_cast<std::uint8_t>(value & 0x7f));
}

BinaryWriter& BinaryWriter::text(std::string_view raw) {
  return bytes({reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size()});
}

BinaryWriter& BinaryWriter::name(std::string_view raw) { return u32(static_cast<std::uint32_t>(raw.size())).text(raw); }

}  // namespace witc::wasm
