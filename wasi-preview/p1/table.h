// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A program's file descriptors: numbers to what they stand for. The lowest free number is given, as POSIX has it; the
// standard streams are 0 to 2 and preopens follow, where wasi-libc looks for them.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wasi-preview/filesystem/sandbox.h"
#include "wasi-preview/p1/memory.h"

namespace witc::wasi::p1 {

/// What a number stands for: a file or folder of the sandbox, or a stream: one lent by the host, or a socket.
struct Entry {
  fs::DescriptorPtr file;  // null for a stream
  int stream = -1;         // the stream; -1: an empty input, an output that swallows
  fs::UniqueFd owned;      // the stream, if it was made for the guest
  std::shared_ptr<fs::Sandbox> slot;  // whose slot `owned` takes
  Filetype type = Filetype::kUnknown;
  std::uint16_t flags = 0;  // fdflags
  std::uint64_t rights_base = 0;
  std::uint64_t rights_inheriting = 0;
  /// What fd_fdstat_set_rights has left, for itself and for what is opened from it.
  std::uint64_t mask_base = rights::kAll;
  std::uint64_t mask_inheriting = rights::kAll;
  std::optional<std::string> preopen;  // the guest's path
  /// Of a directory: what the cookies 1, 2, ... stand for in the kernel's terms. wasi-libc's telldir has 32 bits, which
  /// the kernel's own cookies do not fit. See fd_readdir.
  std::vector<std::uint64_t> cookies;

  Entry() = default;
  Entry(Entry&&) = default;
  Entry& operator=(Entry&&) = delete;
  ~Entry() {
    if (slot) slot->give_slot();
  }

  [[nodiscard]] int fd() const { return file ? file->fd() : stream; }
  /// Reads and writes of it may have to wait.
  [[nodiscard]] bool waits() const {
    return fd() >= 0 && type != Filetype::kRegularFile && type != Filetype::kDirectory;
  }
  [[nodiscard]] bool is_socket() const { return type == Filetype::kSocketStream || type == Filetype::kSocketDgram; }
};

Filetype to_filetype(fs::FileType type);

/// A file or folder as path_open gives it, with the rights that go with how it was opened.
Entry file_entry(fs::DescriptorPtr file, std::uint16_t flags);
Entry preopen_entry(fs::DescriptorPtr directory, std::string guest_path);
/// A stream lent by the host, for reading or writing; of any kind, or -1.
Entry stream_entry(int fd, bool input);

class Table {
 public:
  /// EBADF: there is none. ENOTCAPABLE: the guest gave up one of these rights.
  Expected<Entry*> find(std::uint32_t fd, std::uint64_t needs = 0);
  /// The same, and EBADF, or ENOTDIR for a directory, if it is not a file of the sandbox (or of it a directory).
  Expected<Entry*> find_file(std::uint32_t fd, std::uint64_t needs);
  Expected<Entry*> find_directory(std::uint32_t fd, std::uint64_t needs);

  std::uint32_t add(Entry entry);
  Expected<void> close(std::uint32_t fd);
  /// Both must be open; what `to` stood for is closed.
  Expected<void> renumber(std::uint32_t from, std::uint32_t to);

 private:
  std::vector<std::optional<Entry>> entries_;
};

}  // namespace witc::wasi::p1
