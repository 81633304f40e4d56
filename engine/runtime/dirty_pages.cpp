// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A page of a private mapping is dirty if it is there (or swapped out) and is neither a page of the file nor the page of
// zeros that reading gives.
#include "engine/runtime/dirty_pages.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace witc::engine {
namespace {

constexpr std::size_t kPage = 4096;

// <linux/fs.h> of Linux 6.7, which older systems do not have.
struct PageRegion {
  std::uint64_t start, end, categories;
};
struct ScanArguments {
  std::uint64_t size, flags, start, end, walk_end, regions, region_count, max_pages;
  std::uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
constexpr auto kPagemapScan = _IOWR('f', 16, ScanArguments);
constexpr std::uint64_t kIsFile = 1 << 2, kIsPresent = 1 << 3, kIsSwapped = 1 << 4, kIsZero = 1 << 5;

/// The dirty pages from `begin` on, no more than `most`, and where to go on; negative if the system does not know the
/// request.
int scan(int file, const std::uint8_t* begin, const std::uint8_t* end, std::size_t most, std::span<PageRegion> regions,
         const std::uint8_t*& walked) {
  ScanArguments arguments{};
  arguments.size = sizeof arguments;
  arguments.start = reinterpret_cast<std::uintptr_t>(begin);
  arguments.end = reinterpret_cast<std::uintptr_t>(end);
  arguments.regions = reinterpret_cast<std::uintptr_t>(regions.data());
  arguments.region_count = regions.size();
  arguments.max_pages = most;
  arguments.category_inverted = kIsFile | kIsZero;
  arguments.category_mask = kIsFile | kIsZero;
  arguments.category_anyof_mask = kIsPresent | kIsSwapped;
  arguments.return_mask = kIsPresent;
  const int found = ioctl(file, kPagemapScan, &arguments);
  walked = reinterpret_cast<const std::uint8_t*>(arguments.walk_end);
  return found;
}

}  // namespace

DirtyPages::~DirtyPages() {
  if (file_ >= 0) close(file_);
}

void DirtyPages::open_once() {
  std::call_once(opened_, [this] {
    file_ = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (file_ < 0 || is_trustworthy()) return;
    close(file_);
    file_ = -1;
  });
}

/// Isolation depends on the answer: is it right for a page written, one read and one untouched?
bool DirtyPages::is_trustworthy() const {
  void* mapping = mmap(nullptr, 3 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return false;
  auto* pages = static_cast<volatile std::uint8_t*>(mapping);
  (void)pages[0];
  pages[kPage] = 1;
  const auto* begin = static_cast<const std::uint8_t*>(mapping);
  std::array<PageRegion, 4> regions{};
  const std::uint8_t* walked = nullptr;
  const bool is_right = scan(file_, begin, begin + 3 * kPage, 3, regions, walked) == 1 && walked == begin + 3 * kPage &&
                        regions[0].start == reinterpret_cast<std::uintptr_t>(begin) + kPage &&
                        regions[0].end == regions[0].start + kPage;
  munmap(mapping, 3 * kPage);
  return is_right;
}

bool DirtyPages::copy_back(std::uint8_t* base, std::size_t size, std::span<const std::uint8_t> image,
                           std::size_t& budget) const {
  std::array<PageRegion, 64> regions;
  for (const std::uint8_t* from = base; from < base + size;) {
    const std::uint8_t* walked = nullptr;
    const int found = scan(file_, from, base + size, budget / kPage + 1, regions, walked);
    if (found < 0 || walked <= from) return false;
    for (const PageRegion& region : std::span(regions).first(static_cast<std::size_t>(found))) {
      auto* begin = reinterpret_cast<std::uint8_t*>(region.start);
      const std::size_t bytes = region.end - region.start;
      if (bytes > budget) return false;
      budget -= bytes;
      const auto at = static_cast<std::size_t>(begin - base);
      const std::size_t copied = at < image.size() ? std::min(bytes, image.size() - at) : 0;
      if (copied != 0) std::memcpy(begin, image.data() + at, copied);
      if (copied != bytes) std::memset(begin + copied, 0, bytes - copied);
    }
    from = walked;
  }
  return true;
}

bool DirtyPages::restore(std::uint8_t* base, std::size_t size, std::span<const std::uint8_t> image,
                         std::size_t& budget) {
  if (size == 0) return true;
  if (budget != 0) {
    open_once();
    std::size_t left = budget;
    if (file_ >= 0 && copy_back(base, size, image, left)) {
      budget = left;
      return true;
    }
  }
  return madvise(base, size, MADV_DONTNEED) == 0;
}

}  // namespace witc::engine
