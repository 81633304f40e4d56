// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Files of the cache's folder: only those are read that belong to the user and that nobody else may write, and each is
// written beside where it is to be and then renamed.

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace witc::engine {

/// A file descriptor that is closed.
class File {
 public:
  explicit File(int fd = -1) : fd_(fd) {}
  File(File&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  File& operator=(File&& other) noexcept;
  ~File();
  [[nodiscard]] int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// How names end: of compiled code (cache/code_cache.h), and of what is known of a module (cache/known_modules.h).
inline constexpr std::string_view kCodeSuffix = ".code";
inline constexpr std::string_view kValidSuffix = ".valid";
/// How names of files begin that are being written.
inline constexpr std::string_view kTemporary = "new-";

/// Opens a folder, made with all those above it that are not there; nothing unless it is ours.
File open_folder(const std::string& path);
/// Opens a file to be read; nothing unless it is ours.
File open_file(const File& folder, const std::string& name, struct stat& status);
/// Reads all of `size` bytes, or fails.
bool read_at(int fd, void* into, std::size_t size, std::uint64_t offset);
/// Asks for large pages where what a file is read into is large: to map small ones takes as long as to read them.
void use_large_pages(void* begin, std::size_t size);
bool write_all(int fd, std::span<const std::uint8_t> bytes);
/// Puts what `write` writes in a file's place; nothing changes unless it returns true.
bool replace_file(const File& folder, const std::string& name, const std::function<bool(const File&)>& write);

}  // namespace witc::engine
