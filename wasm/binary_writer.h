// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The counterpart of BinaryReader: shortest LEB128 integers, names, and parts preceded by their size
// (sections, bodies, nested modules). Shared by the core and the component encoder.
//
//     BinaryWriter out;
//     out.section(7, [&](BinaryWriter& body) { body.u32(1); body.name("run"); ... });

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace witc::wasm {

class BinaryWriter {
 public:
  BinaryWriter() = default;

  BinaryWriter& u8(std::uint8_t value) {
    bytes_.push_back(value);
    return *this;
  }
  BinaryWriter& u32_le(std::uint32_t value);
  BinaryWriter& u64_le(std::uint64_t value);
  /// LEB128, in as few bytes as possible. `s33` and `s32` are `s64` of a smaller value.
  BinaryWriter& u32(std::uint32_t value) { return u64(value); }
  BinaryWriter& u64(std::uint64_t value);
  BinaryWriter& s64(std::int64_t value);
  BinaryWriter& bytes(std::span<const std::uint8_t> raw) {
    bytes_.insert(bytes_.end(), raw.begin(), raw.end());
    return *this;
  }
  /// Text without its length.
  BinaryWriter& text(std::string_view raw);
  /// A length and the text.
  BinaryWriter& name(std::string_view text);

  /// What `fill(BinaryWriter&)` writes, preceded by its size.
  template <class Fill>
  BinaryWriter& sized(Fill&& fill) {
    BinaryWriter body;
    std::forward<Fill>(fill)(body);
    return u32(static_cast<std::uint32_t>(body.size())).bytes(body.view());
  }
  /// A section: its id, its size, what `fill` writes.
  template <class Fill>
  BinaryWriter& section(std::uint8_t id, Fill&& fill) {
    return u8(id).sized(std::forward<Fill>(fill));
  }
  /// A vector: the number of items, then `write(BinaryWriter&, item)` for each.
  template <class Items, class Write>
  BinaryWriter& vec(const Items& items, Write&& write) {
    u32(static_cast<std::uint32_t>(items.size()));
    for (const auto& item : items) write(*this, item);
    return *this;
  }

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::span<const std::uint8_t> view() const { return bytes_; }
  /// The bytes written; the writer is empty afterwards.
  [[nodiscard]] std::vector<std::uint8_t> take() { return std::exchange(bytes_, {}); }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace witc::wasm
