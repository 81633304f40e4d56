// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is beneath a directory: functions with paths, and the entries. Those that act on a name act in its parent, with
// system calls that never follow the last component (all that create, remove or rename); the others open what the path
// leads to and act on that.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <limits>

#include "wasi-preview/filesystem/resolve.h"
#include "wasi-preview/filesystem/stat.h"

namespace witc::wasi::fs {
namespace {

std::unexpected<int> last_error() { return std::unexpected(errno); }
Expected<void> status(int result) {
  if (result != 0) return last_error();
  return {};
}

FileType type_of_entry(unsigned char type) {
  switch (type) {
    case DT_BLK: return FileType::kBlockDevice;
    case DT_CHR: return FileType::kCharacterDevice;
    case DT_DIR: return FileType::kDirectory;
    case DT_FIFO: return FileType::kFifo;
    case DT_LNK: return FileType::kSymbolicLink;
    case DT_REG: return FileType::kRegularFile;
    case DT_SOCK: return FileType::kSocket;
    default: return FileType::kUnknown;
  }
}

/// Where a record of getdents64(2) has its fields.
struct Record {
  std::uint64_t inode;
  std::int64_t next;
  std::uint16_t size;
  unsigned char type;
  static constexpr std::size_t kName = 19;  // offset of the name
};

}  // namespace

Expected<void> Descriptor::may_mutate() const {
  if (!is_directory()) return std::unexpected(ENOTDIR);
  if (read_only_) return std::unexpected(EROFS);
  return {};
}

Expected<UniqueFd> Descriptor::look_up(std::string_view path, bool follow) const {
  if (!is_directory()) return std::unexpected(ENOTDIR);
  return open_beneath(sandbox_->resolution(), fd(), path, follow, O_PATH);
}

Expected<DescriptorPtr> Descriptor::open_at(std::string_view path, const OpenOptions& options) {
  if (!is_directory()) return std::unexpected(ENOTDIR);
  if (options.directory && (options.create || options.exclusive || options.truncate)) return std::unexpected(EINVAL);
  if (read_only_ && (options.create || options.truncate || options.flags.write)) return std::unexpected(EROFS);
  DescriptorFlags granted = options.flags;
  granted.read = granted.read || !granted.write;
  int flags = O_NOCTTY | O_NONBLOCK | (granted.write ? (granted.read ? O_RDWR : O_WRONLY) : O_RDONLY);
  if (options.create) flags |= O_CREAT | (options.exclusive ? O_EXCL : 0);
  if (options.directory) flags |= O_DIRECTORY;
  if (options.truncate) flags |= O_TRUNC;
  if (granted.sync) flags |= O_SYNC;
  if (granted.data_sync) flags |= O_DSYNC;
  if (granted.read_sync) flags |= O_RSYNC;

  if (!sandbox_->take_slot()) return std::unexpected(EMFILE);
  auto opened = open_beneath(sandbox_->resolution(), fd(), path, options.follow, flags, 0666);
  struct stat info {};
  if (opened && ::fstat(opened->get(), &info) != 0) opened = last_error();
  if (!opened) {
    sandbox_->give_slot();
    return std::unexpected(opened.error());
  }
  return DescriptorPtr(new Descriptor(sandbox_, std::move(*opened), file_type(info.st_mode), granted, read_only_));
}

Expected<void> Descriptor::create_directory_at(std::string_view path) {
  if (auto may = may_mutate(); !may) return may;
  auto parent = resolve_parent(sandbox_->resolution(), fd(), path);
  if (!parent) return std::unexpected(parent.error());
  return status(::mkdirat(parent->directory, parent->name.c_str(), 0777));
}

Expected<Stat> Descriptor::stat_at(std::string_view path, bool follow) {
  auto found = look_up(path, follow);
  if (!found) return std::unexpected(found.error());
  return stat_of(found->get());
}

Expected<void> Descriptor::set_times_at(std::string_view path, bool follow, NewTime access, NewTime modification) {
  if (auto may = may_mutate(); !may) return may;
  auto found = look_up(path, follow);
  if (!found) return std::unexpected(found.error());
  return set_times_of(found->get(), access, modification);
}

Expected<MetadataHash> Descriptor::metadata_hash_at(std::string_view path, bool follow) {
  auto stat = stat_at(path, follow);
  if (!stat) return std::unexpected(stat.error());
  return metadata_hash_of(*stat);
}

Expected<std::string> Descriptor::readlink_at(std::string_view path) {
  auto found = look_up(path, false);
  if (!found) return std::unexpected(found.error());
  auto stat = stat_of(found->get());
  if (!stat) return std::unexpected(stat.error());
  if (stat->type != FileType::kSymbolicLink) return std::unexpected(EINVAL);
  std::array<char, PATH_MAX> text{};
  const ssize_t size = ::readlinkat(found->get(), "", text.data(), text.size());
  if (size < 0) return last_error();
  if (size > 0 && text[0] == '/') return std::unexpected(EPERM);
  return std::string(text.data(), static_cast<std::size_t>(size));
}

Expected<void> Descriptor::symlink_at(std::string_view target, std::string_view path) {
  if (auto may = may_mutate(); !may) return may;
  if (target.empty()) return std::unexpected(ENOENT);
  if (target.find('\0') != std::string_view::npos) return std::unexpected(EINVAL);
  if (target.front() == '/') return std::unexpected(EPERM);
  auto parent = resolve_parent(sandbox_->resolution(), fd(), path);
  if (!parent) return std::unexpected(parent.error());
  return status(::symlinkat(std::string(target).c_str(), parent->directory, parent->name.c_str()));
}

struct Descriptor::Ends {
  Parent from, to;
};

Expected<Descriptor::Ends> Descriptor::ends_of(std::string_view old_path, Descriptor& new_directory,
                                               std::string_view new_path) const {
  if (auto may = may_mutate(); !may) return std::unexpected(may.error());
  if (auto may = new_directory.may_mutate(); !may) return std::unexpected(may.error());
  auto from = resolve_parent(sandbox_->resolution(), fd(), old_path);
  if (!from) return std::unexpected(from.error());
  auto to = resolve_parent(new_directory.sandbox_->resolution(), new_directory.fd(), new_path);
  if (!to) return std::unexpected(to.error());
  return Ends{*std::move(from), *std::move(to)};
}

Expected<void> Descriptor::link_at(std::string_view old_path, Descriptor& new_directory, std::string_view new_path) {
  auto ends = ends_of(old_path, new_directory, new_path);
  if (!ends) return std::unexpected(ends.error());
  auto& [from, to] = *ends;
  if (from.is_dots()) return std::unexpected(EPERM);
  if (from.wants_directory()) {  // the one case where linkat(2) would follow
    from.name.pop_back();
    struct stat info {};
    if (::fstatat(from.directory, from.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return last_error();
    return std::unexpected(S_ISDIR(info.st_mode) ? EPERM : ENOTDIR);
  }
  return status(::linkat(from.directory, from.name.c_str(), to.directory, to.name.c_str(), 0));
}

Expected<void> Descriptor::rename_at(std::string_view old_path, Descriptor& new_directory, std::string_view new_path) {
  auto ends = ends_of(old_path, new_directory, new_path);
  if (!ends) return std::unexpected(ends.error());
  const auto& [from, to] = *ends;
  return status(::renameat(from.directory, from.name.c_str(), to.directory, to.name.c_str()));
}

Expected<void> Descriptor::unlink_file_at(std::string_view path) {
  if (auto may = may_mutate(); !may) return may;
  auto parent = resolve_parent(sandbox_->resolution(), fd(), path);
  if (!parent) return std::unexpected(parent.error());
  return status(::unlinkat(parent->directory, parent->name.c_str(), 0));
}

Expected<void> Descriptor::remove_directory_at(std::string_view path) {
  if (auto may = may_mutate(); !may) return may;
  auto parent = resolve_parent(sandbox_->resolution(), fd(), path);
  if (!parent) return std::unexpected(parent.error());
  return status(::unlinkat(parent->directory, parent->name.c_str(), AT_REMOVEDIR));
}

Expected<std::vector<DirectoryEntry>> Descriptor::read_directory(std::uint64_t cookie, std::size_t max_bytes) {
  if (!is_directory()) return std::unexpected(ENOTDIR);
  if (cookie > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return std::unexpected(EINVAL);
  if (::lseek(fd(), static_cast<off_t>(cookie), SEEK_SET) < 0) return last_error();
  // One entry always fits: a record with a name of 255 bytes is below 300.
  std::vector<char> buffer(std::clamp<std::size_t>(max_bytes, 512, 256 << 10));
  const long size = ::syscall(SYS_getdents64, fd(), buffer.data(), buffer.size());
  if (size < 0) {
    if (errno == ENOENT) return std::vector<DirectoryEntry>();  // it was removed: nothing is in it
    return last_error();
  }
  std::vector<DirectoryEntry> entries;
  for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
    Record record{};
    const char* raw = buffer.data() + at;
    std::memcpy(&record.inode, raw, 8);
    std::memcpy(&record.next, raw + 8, 8);
    std::memcpy(&record.size, raw + 16, 2);
    record.type = static_cast<unsigned char>(raw[18]);
    DirectoryEntry entry{raw + Record::kName, type_of_entry(record.type), record.inode, static_cast<std::uint64_t>(record.next)};
    if (struct stat info {}; record.type == DT_UNKNOWN &&
                             ::fstatat(fd(), entry.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
      entry.type = file_type(info.st_mode);
    }
    entries.push_back(std::move(entry));
    at += record.size;
  }
  return entries;
}

}  // namespace witc::wasi::fs
