// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The one reader of WebAssembly's binary encodings: bounded LEB128 integers, names, sized parts. The
// core decoder, the operator reader and the component decoder all read through it, so that there is one
// place where hostile bytes are bounded. It never reads past its span and never allocates by a count that
// the input claims: use `count` for vectors.
//
// Offsets are those in the source, so that every error says where (`@0x1c4`). Messages are the
// specification's test-suite wording.

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/source.h"

namespace witc::wasm {

class BinaryReader {
 public:
  /// Reads `bytes`, which start at `offset` of `source`; `code` is the diagnostic code of its errors.
  BinaryReader(SourceId source, std::span<const std::uint8_t> bytes, std::uint32_t offset,
               DiagCode code = DiagCode::kWasmMalformed)
      : source_(source), bytes_(bytes), base_(offset), code_(code) {}

  [[nodiscard]] SourceId source() const { return source_; }
  [[nodiscard]] bool at_end() const { return position_ == bytes_.size(); }
  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - position_; }
  /// Position in the reader's bytes, and in the source.
  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::uint32_t offset() const { return base_ + static_cast<std::uint32_t>(position_); }
  /// All bytes given to the reader, and those still unread.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }
  [[nodiscard]] std::span<const std::uint8_t> rest() const { return bytes_.subspan(position_); }

  /// The next byte without taking it; -1 at the end.
  [[nodiscard]] int peek() const { return at_end() ? -1 : bytes_[position_]; }

  /// Takes the byte that `peek` gave.
  void take_peeked() { ++position_; }

  Result<std::uint8_t> u8() {
    if (at_end()) return unexpected_end();
    return bytes_[position_++];
  }
  /// A fixed four-byte little-endian word.
  Result<std::uint32_t> u32_le();
  Result<std::uint64_t> u64_le();

  /// LEB128, at most ceil(N/7) bytes, unused bits zero or sign (core specification, "Binary Format > Values").
  Result<std::uint32_t> u32() {
    if (!at_end() && bytes_[position_] < 0x80) return std::uint32_t{bytes_[position_++]};
    Result<std::uint64_t> value = unsigned_leb(32);
    if (!value) return std::move(value).error();
    return static_cast<std::uint32_t>(*value);
  }
  Result<std::uint64_t> u64() { return unsigned_leb(64); }
  Result<std::int32_t> s32() {
    Result<std::int64_t> value = signed_leb(32);
    if (!value) return std::move(value).error();
    return static_cast<std::int32_t>(*value);
  }
  /// Block types and heap types.
  Result<std::int64_t> s33() { return signed_leb(33); }
  Result<std::int64_t> s64() { return signed_leb(64); }

  /// A vector's length: an error over `limit` (kWasmLimit, `what` names the thing in the plural) or when the
  /// input cannot hold that many items of one byte each.
  Result<std::uint32_t> count(std::uint32_t limit, std::string_view what);

  /// A name: length and UTF-8. The view is into the source.
  Result<std::string_view> name();
  /// `size` bytes.
  Result<std::span<const std::uint8_t>> take(std::size_t size);
  /// A reader of the next `size` bytes, which this one skips.
  Result<BinaryReader> part(std::size_t size);
  /// A length in LEB128 and a reader of that many bytes.
  Result<BinaryReader> sized_part();

  /// An error here, or at an offset of the source.
  [[nodiscard]] Diagnostic malformed(std::string message) const { return malformed(offset(), std::move(message)); }
  [[nodiscard]] Diagnostic malformed(std::uint32_t offset, std::string message) const {
    return error(code_, {source_, offset, offset + 1}, std::move(message));
  }
  [[nodiscard]] Diagnostic unexpected_end() const { return malformed("unexpected end"); }
  /// An error unless everything was read: `message` says what was too long.
  [[nodiscard]] Result<void> expect_end(std::string message) const {
    if (!at_end()) return malformed(std::move(message));
    return {};
  }

 private:
  Result<std::uint64_t> unsigned_leb(unsigned bits);
  Result<std::int64_t> signed_leb(unsigned bits);

  SourceId source_;
  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
  std::uint32_t base_;
  DiagCode code_;
};

}  // namespace witc::wasm
