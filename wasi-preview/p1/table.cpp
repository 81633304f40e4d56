// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/p1/table.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace witc::wasi::p1 {
namespace {

using namespace rights;

constexpr std::uint64_t kReadingFile = kFdDatasync | kFdRead | kFdSeek | kFdFdstatSetFlags | kFdSync | kFdTell | kFdAdvise |
                                       kFdFilestatGet | kPollFdReadwrite;
constexpr std::uint64_t kWritingFile = kFdWrite | kFdAllocate | kFdFilestatSetSize | kFdFilestatSetTimes;
constexpr std::uint64_t kReadingDirectory = kFdFdstatSetFlags | kFdSync | kFdDatasync | kPathOpen | kFdReaddir |
                                            kPathReadlink | kPathFilestatGet | kFdFilestatGet;
constexpr std::uint64_t kWritingDirectory =
    kPathCreateDirectory | kPathCreateFile | kPathLinkSource | kPathLinkTarget | kPathRenameSource | kPathRenameTarget |
    kPathFilestatSetSize | kPathFilestatSetTimes | kFdFilestatSetTimes | kPathSymlink | kPathRemoveDirectory | kPathUnlinkFile;

bool is_datagram(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM;
}

}  // namespace

Filetype to_filetype(fs::FileType type) {
  switch (type) {
    case fs::FileType::kBlockDevice: return Filetype::kBlockDevice;
    case fs::FileType::kCharacterDevice: return Filetype::kCharacterDevice;
    case fs::FileType::kDirectory: return Filetype::kDirectory;
    case fs::FileType::kSymbolicLink: return Filetype::kSymbolicLink;
    case fs::FileType::kRegularFile: return Filetype::kRegularFile;
    case fs::FileType::kSocket: return Filetype::kSocketStream;
    case fs::FileType::kFifo:
    case fs::FileType::kUnknown: return Filetype::kUnknown;
  }
  return Filetype::kUnknown;
}

Entry file_entry(fs::DescriptorPtr file, std::uint16_t flags) {
  Entry entry;
  entry.type = to_filetype(file->type());
  entry.flags = flags;
  const bool writable = !file->read_only();
  if (entry.type == Filetype::kDirectory) {
    entry.rights_base = kReadingDirectory | (writable ? kWritingDirectory : 0);
    // Not narrowed where nothing can be written: wasi-libc asks for no more than is here, and would so open for reading
    // what is to be written, where path_open itself has the right error.
    entry.rights_inheriting = kReadingDirectory | kWritingDirectory | kReadingFile | kWritingFile;
  } else {
    const fs::DescriptorFlags opened = file->flags();
    entry.rights_base = kReadingFile | (writable ? std::uint64_t{kFdFilestatSetTimes} : 0) | (opened.write ? kWritingFile : 0);
    if (!opened.read) entry.rights_base &= ~std::uint64_t{kFdRead};
  }
  entry.file = std::move(file);
  return entry;
}

Entry preopen_entry(fs::DescriptorPtr directory, std::string guest_path) {
  Entry entry = file_entry(std::move(directory), 0);
  entry.preopen = std::move(guest_path);
  return entry;
}

Entry stream_entry(int fd, bool input) {
  Entry entry;
  entry.stream = fd;
  entry.rights_base = (input ? kFdRead : kFdWrite) | kFdFilestatGet | kFdFdstatSetFlags | kPollFdReadwrite;
  struct stat info {};
  if (fd < 0 || ::fstat(fd, &info) != 0) return entry;
  switch (info.st_mode & S_IFMT) {
    case S_IFCHR:
      entry.type = Filetype::kCharacterDevice;
      if (::isatty(fd) == 0) entry.rights_base |= kFdSeek | kFdTell;  // by these wasi-libc tells it from a terminal
      break;
    case S_IFREG:
      entry.type = Filetype::kRegularFile;
      break;
    case S_IFSOCK:
      entry.type = is_datagram(fd) ? Filetype::kSocketDgram : Filetype::kSocketStream;
      entry.rights_base |= kFdRead | kFdWrite | kSockShutdown | kSockAccept;
      break;
    default:
      break;
  }
  return entry;
}

Expected<Entry*> Table::find(std::uint32_t fd, std::uint64_t needs) {
  if (fd >= entries_.size() || !entries_[fd]) return std::unexpected(Errno::kBadf);
  if ((needs & ~entries_[fd]->mask_base) != 0) return std::unexpected(Errno::kNotcapable);
  return &*entries_[fd];
}

Expected<Entry*> Table::find_file(std::uint32_t fd, std::uint64_t needs) {
  auto entry = find(fd, needs);
  if (entry && !(*entry)->file) return std::unexpected(Errno::kBadf);
  return entry;
}

Expected<Entry*> Table::find_directory(std::uint32_t fd, std::uint64_t needs) {
  auto entry = find(fd, needs);
  if (entry && (*entry)->type != Filetype::kDirectory) return std::unexpected(Errno::kNotdir);
  return entry;
}

std::uint32_t Table::add(Entry entry) {
  auto free = std::find(entries_.begin(), entries_.end(), std::nullopt);
  if (free == entries_.end()) {
    entries_.emplace_back();
    free = entries_.end() - 1;
  }
  free->emplace(std::move(entry));
  return static_cast<std::uint32_t>(free - entries_.begin());
}

Expected<void> Table::close(std::uint32_t fd) {
  auto entry = find(fd);
  if (!entry) return std::unexpected(entry.error());
  entries_[fd].reset();
  return {};
}

Expected<void> Table::renumber(std::uint32_t from, std::uint32_t to) {
  for (std::uint32_t fd : {from, to}) {
    if (auto entry = find(fd); !entry) return std::unexpected(entry.error());
  }
  if (from == to) return {};
  entries_[to].reset();
  entries_[to].emplace(*std::move(entries_[from]));
  entries_[from].reset();
  return {};
}

}  // namespace witc::wasi::p1
