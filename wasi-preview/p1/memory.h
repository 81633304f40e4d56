// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A guest's memory as preview 1 sees it: addresses of 32 bits, nothing aligned, nothing to be trusted. Everything that is
// got from it was checked; what is out of bounds is EFAULT.

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <expected>
#include <span>

#include "wasi-preview/p1/types.h"

namespace witc::wasi::p1 {

static_assert(std::endian::native == std::endian::little);

template <class T>
using Expected = std::expected<T, Errno>;

class GuestMemory {
 public:
  explicit GuestMemory(std::span<std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] Expected<std::span<std::uint8_t>> slice(std::uint32_t address, std::uint64_t size) const {
    if (address > bytes_.size() || size > bytes_.size() - address) return std::unexpected(Errno::kFault);
    return bytes_.subspan(address, size);
  }
  /// `count` records of `size` bytes.
  [[nodiscard]] Expected<std::span<std::uint8_t>> array(std::uint32_t address, std::uint32_t count, std::uint32_t size) const {
    return slice(address, std::uint64_t{count} * size);
  }
  template <std::integral T>
  [[nodiscard]] Expected<void> store(std::uint32_t address, T value) const {
    auto place = slice(address, sizeof value);
    if (!place) return std::unexpected(place.error());
    std::memcpy(place->data(), &value, sizeof value);
    return {};
  }

 private:
  std::span<std::uint8_t> bytes_;
};

/// A field of a record that was checked.
template <std::integral T>
T get(std::span<const std::uint8_t> record, std::uint32_t offset) {
  T value;
  std::memcpy(&value, record.data() + offset, sizeof value);
  return value;
}
template <std::integral T>
void put(std::span<std::uint8_t> record, std::uint32_t offset, T value) {
  std::memcpy(record.data() + offset, &value, sizeof value);
}

}  // namespace witc::wasi::p1
