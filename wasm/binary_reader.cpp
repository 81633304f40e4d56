// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/binary_reader.h"

#include <fmt/format.h>

#include "wasm/utf8.h"

namespace witc::wasm {

Result<std::uint32_t> BinaryReader::u32_le() {
  std::span<const std::uint8_t> raw = TRY(take(4));
  return raw[0] | std::uint32_t{raw[1]} << 8 | std::uint32_t{raw[2]} << 16 | std::uint32_t{raw[3]} << 24;
}

Result<std::uint64_t> BinaryReader::u64_le() {
  std::uint64_t low = TRY(u32_le());
  std::uint64_t high = TRY(u32_le());
  return low | high << 32;
}

Result<std::uint64_t> BinaryReader::unsigned_leb(unsigned bits) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (at_end()) return unexpected_end();
    std::uint8_t byte = bytes_[position_];
    bool last = shift + 7 >= bits;
    if (last && byte >= 0x80) return malformed("integer representation too long");
    if (last && byte >> (bits - shift) != 0) return malformed("integer too large");
    ++position_;
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
}

Result<std::int64_t> BinaryReader::signed_leb(unsigned bits) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (at_end()) return unexpected_end();
    std::uint8_t byte = bytes_[position_];
    if (shift + 7 >= bits) {
      // The last byte: its bits from the sign on must all be equal.
      if (byte >= 0x80) return malformed("integer representation too long");
      unsigned used = bits - shift;
      auto top = static_cast<unsigned>(byte) >> (used - 1);
      if (top != 0 && top != 0x7fU >> (used - 1)) return malformed("integer too large");
    }
    ++position_;
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) {
      unsigned width = shift + 7;
      if (width < 64 && (byte & 0x40U) != 0) value |= ~std::uint64_t{0} << width;
      return static_cast<std::int64_t>(value);
    }
  }
}

Result<std::uint32_t> BinaryReader::count(std::uint32_t limit, std::string_view what) {
  std::uint32_t at = offset();
  std::uint32_t value = TRY(u32());
  if (value > remaining()) return malformed("length out of bounds");
  if (value > limit) {
    return error(DiagCode::kWasmLimit, {source_, at, offset()},
                 fmt::format("{} {} are over the limit of {}", value, what, limit));
  }
  return value;
}

Result<std::string_view> BinaryReader::name() {
  std::uint32_t length = TRY(u32());
  if (length > remaining()) return malformed(offset(), "length out of bounds: unexpected end");
  std::uint32_t at = offset();
  std::span<const std::uint8_t> raw = TRY(take(length));
  std::string_view text(reinterpret_cast<const char*>(raw.data()), raw.size());
  if (!is_utf8(text)) return malformed(at, "malformed UTF-8 encoding");
  return text;
}

Result<std::span<const std::uint8_t>> BinaryReader::take(std::size_t size) {
  if (size > remaining()) return unexpected_end();
  std::span<const std::uint8_t> taken = bytes_.subspan(position_, size);
  position_ += size;
  return taken;
}

Result<BinaryReader> BinaryReader::part(std::size_t size) {
  if (size > remaining()) return malformed("length out of bounds: unexpected end");
  std::uint32_t at = offset();
  return BinaryReader(source_, TRY(take(size)), at, code_);
}

Result<BinaryReader> BinaryReader::sized_part() {
  std::uint32_t size = TRY(u32());
  return part(size);
}

}  // namespace witc::wasm
