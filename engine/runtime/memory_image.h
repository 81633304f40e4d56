// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What a program's memories hold before it runs, in a file without a name (memfd): every instance maps it privately, so
// that the system copies a page when it is written and not before, and none is copied that no one writes.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/runtime/reservation.h"

namespace witc::engine {

/// Immutable. What it gives lives as long as it does.
class MemoryImages {
 public:
  struct Range {
    std::uint64_t begin = 0, end = 0;
  };
  /// A memory as it is to be, and where segments wrote to it; elsewhere it is zero.
  struct Contents {
    std::span<const std::uint8_t> bytes;
    std::vector<Range> written;
  };

  /// By number of the memory; those that nothing was written to have no image. Null if the system has no such files.
  static std::unique_ptr<const MemoryImages> make(std::span<const Contents> memories);
  ~MemoryImages();
  MemoryImages(const MemoryImages&) = delete;
  MemoryImages& operator=(const MemoryImages&) = delete;

  /// Null if it has none.
  [[nodiscard]] const ImageSource* find(std::uint32_t memory) const {
    return images_[memory] ? &*images_[memory] : nullptr;
  }

 private:
  MemoryImages() = default;
  bool add(const Contents& memory, std::uint64_t& end);

  int file_ = -1;
  std::vector<std::optional<ImageSource>> images_;
};

}  // namespace witc::engine
