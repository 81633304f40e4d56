// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/cache/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <utility>

namespace witc::engine {

File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
File::~File() {
  if (fd_ >= 0) close(fd_);
}

bool read_at(int fd, void* into, std::size_t size, std::uint64_t offset) {
  auto* bytes = static_cast<std::uint8_t*>(into);
  while (size != 0) {
    const ssize_t got = pread(fd, bytes, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    size -= static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
  return true;
}

void use_large_pages(void* begin, std::size_t size) {
  constexpr std::uintptr_t kLarge = 2u << 20;
  const auto at = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t first = (at + kLarge - 1) / kLarge * kLarge;
  const std::uintptr_t end = (at + size) / kLarge * kLarge;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);  // it is no matter if it fails
}

bool write_all(int fd, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

namespace {
/// Does it belong to us, and may no one else write it?
bool is_ours(int fd, mode_t type, struct stat& status) {
  if (fstat(fd, &status) != 0) return false;
  return (status.st_mode & S_IFMT) == type && status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

File open_folder(const std::string& path) {
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    mkdir(path.substr(0, end).c_str(), 0700);
  }
  mkdir(path.c_str(), 0700);
  File folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (folder && !is_ours(folder.fd(), S_IFDIR, status)) return File();
  return folder;
}

File open_file(const File& folder, const std::string& name, struct stat& status) {
  File file(openat(folder.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file || !is_ours(file.fd(), S_IFREG, status)) return File();
  return file;
}

bool replace_file(const File& folder, const std::string& name, const std::function<bool(const File&)>& write) {
  const std::string temporary = fmt::format("{}{}-{:08x}", kTemporary, getpid(), std::random_device{}());
  const File file(openat(folder.fd(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return false;
  if (write(file) && renameat(folder.fd(), temporary.c_str(), folder.fd(), name.c_str()) == 0) return true;
  unlinkat(folder.fd(), temporary.c_str(), 0);
  return false;
}

}  // namespace witc::engine
