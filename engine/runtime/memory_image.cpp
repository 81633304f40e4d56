// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One file for all memories of a program; each has room in it to grow a little, so that what is accessible of a memory
// stays one mapping. Pages that are nowhere written are holes.
#include "engine/runtime/memory_image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace witc::engine {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kRoom = 4 << 20;  // to grow into, in the file: the holes there that are touched cost a page once
std::uint64_t round_up(std::uint64_t n) { return (n + kPage - 1) & ~(kPage - 1); }

bool write_all(int file, std::span<const std::uint8_t> bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return true;
}

}  // namespace

std::unique_ptr<const MemoryImages> MemoryImages::make(std::span<const Contents> memories) {
  std::unique_ptr<MemoryImages> made(new MemoryImages);
  made->file_ = memfd_create("wasm memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (made->file_ < 0) return nullptr;
  std::uint64_t end = 0;
  for (const Contents& memory : memories) {
    if (!made->add(memory, end)) return nullptr;
  }
  (void)fcntl(made->file_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return made;
}

bool MemoryImages::add(const Contents& memory, std::uint64_t& end) {
  std::optional<ImageSource>& image = images_.emplace_back();
  std::uint64_t last = 0;
  for (const Range& range : memory.written) last = std::max(last, range.end);
  if (last == 0) return true;
  image.emplace();
  image->file = file_;
  image->offset = end;
  image->room = round_up(memory.bytes.size()) + kRoom;
  end += image->room;
  if (ftruncate(file_, static_cast<off_t>(end)) != 0) return false;
  for (const Range& range : memory.written) {
    if (!write_all(file_, memory.bytes.subspan(range.begin, range.end - range.begin), image->offset + range.begin)) {
      return false;
    }
  }
  void* view = mmap(nullptr, round_up(last), PROT_READ, MAP_PRIVATE, file_, static_cast<off_t>(image->offset));
  if (view == MAP_FAILED) return false;
  image->bytes = {static_cast<const std::uint8_t*>(view), round_up(last)};
  return true;
}

MemoryImages::~MemoryImages() {
  for (const auto& image : images_) {
    if (image && !image->bytes.empty()) munmap(const_cast<std::uint8_t*>(image->bytes.data()), image->bytes.size());
  }
  if (file_ >= 0) close(file_);
}

}  // namespace witc::engine
