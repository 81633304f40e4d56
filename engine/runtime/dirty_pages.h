// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Which pages of a private mapping were written to. A page that a guest wrote costs a fault, a page taken from the
// system, filled and given back; copying its first contents over it costs a twentieth. Linux tells which ones they are
// since 6.7 (PAGEMAP_SCAN of ioctl(2)); where it does not, all pages are given back.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

namespace witc::engine {

/// May be used by many threads, but not for the same pages.
class DirtyPages {
 public:
  DirtyPages() = default;
  DirtyPages(const DirtyPages&) = delete;
  DirtyPages& operator=(const DirtyPages&) = delete;
  ~DirtyPages();

  /// Gives [base, base + size), accessible pages of a private mapping, the contents it was mapped with: `image`, then
  /// zeros. Pages that are dirty stay in memory while `budget` (in bytes) lasts, which is reduced; else the system gets
  /// them all. False if it refuses.
  bool restore(std::uint8_t* base, std::size_t size, std::span<const std::uint8_t> image, std::size_t& budget);

 private:
  void open_once();
  bool is_trustworthy() const;
  /// False if more than `budget`, or if the system does not tell.
  bool copy_back(std::uint8_t* base, std::size_t size, std::span<const std::uint8_t> image, std::size_t& budget) const;

  std::once_flag opened_;
  int file_ = -1;
};

}  // namespace witc::engine
