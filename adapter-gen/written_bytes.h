// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Which bytes of an element `store` writes: how a list is copied whole though its elements have padding, or are
// variants of which only the payload of one case is written (kernels.h, variant_copy and padded_copy). Only of types
// whose parts are carried over as they are, every bit pattern a value; the planner of adapters asks.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "adapter-gen/layout.h"

namespace witc::abi {

struct WrittenBytes {
  static constexpr std::uint32_t kMostBytes = 64, kMostCases = 8;

  std::uint32_t size = 0;  // of the element
  /// Has it a discriminant, of one byte, which is the first?
  bool is_variant = false;
  /// Bit i stands for byte i: of each case, with the discriminant; or of the record.
  std::vector<std::uint64_t> cases;

  /// Of a record: has it no padding?
  [[nodiscard]] bool is_whole() const;
  /// The arguments `low` and `high` of variant_copy.
  struct Lanes {
    std::uint64_t low = 0, high = 0;
  };
  [[nodiscard]] Lanes lanes() const;
};

/// Of a record (also as a tuple or a fixed-length list), if padded_copy can carry it over, or of a variant of any kind,
/// if variant_copy can.
std::optional<WrittenBytes> written_bytes(const Layout& layout, const ValType& type);
/// Of a record of these fields: an entry of a map.
std::optional<WrittenBytes> written_bytes_record(const Layout& layout, std::span<const ValType> fields);

}  // namespace witc::abi
