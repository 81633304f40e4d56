// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Paths and directories: preview 1's side of wasi-preview/filesystem, which decides what a path may reach.
#include <algorithm>
#include <cerrno>

#include "base/result.h"
#include "wasi-preview/p1/host.h"
#include "wasm/utf8.h"

namespace witc::wasi::p1 {
namespace {

constexpr std::size_t kReaddirBytes = 64 << 10;  // of entries got at once

/// A path: UTF-8, as all of WASI's strings; a copy, for the guest's memory is no place to check things in.
Expected<std::string> guest_path(const Call& call, u32 address, u32 length) {
  auto bytes = call.memory.slice(address, length);
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->size() > (1 << 16)) return std::unexpected(Errno::kNametoolong);
  std::string path(bytes->begin(), bytes->end());
  if (!wasm::is_utf8(path)) return std::unexpected(Errno::kIlseq);
  return path;
}

// Cookies of directories: numbers from 1 on for the first that the guest gets to see, the kernel's with the highest bit
// set for those that come later, so that what the host keeps for a directory is bounded.
constexpr std::size_t kMaxCookies = 4096;
constexpr u64 kKernelCookie = 1ull << 63;

/// Nothing for one that was never given out: it is past the end.
std::optional<u64> kernel_cookie(const Entry& directory, u64 cookie) {
  if (cookie == 0) return 0;
  if ((cookie & kKernelCookie) != 0) return cookie & ~kKernelCookie;
  if (cookie > directory.cookies.size()) return std::nullopt;
  return directory.cookies[cookie - 1];
}

/// The guest's cookie for `next`, which came after the place `before`: the same again, if it was given out there.
u64 guest_cookie(Entry& directory, u64 before, u64 next) {
  std::vector<u64>& cookies = directory.cookies;
  if (before < cookies.size() && cookies[before] == next) return before + 1;
  if (cookies.size() >= kMaxCookies) return next | kKernelCookie;
  cookies.push_back(next);
  return cookies.size();
}

Expected<bool> follows(u32 lookupflags) {
  if ((lookupflags & ~kSymlinkFollow) != 0) return std::unexpected(Errno::kInval);
  return lookupflags != 0;
}

}  // namespace

Errno Host::path_create_directory(Call& call, u32 fd, u32 path, u32 path_len) {
  Entry* entry = TRY(table_.find_directory(fd, rights::kPathCreateDirectory));
  TRY(lift(entry->file->create_directory_at(TRY(guest_path(call, path, path_len)))));
  return Errno::kSuccess;
}

Errno Host::path_filestat_get(Call& call, u32 fd, u32 flags, u32 path, u32 path_len, u32 stat) {
  Entry* entry = TRY(table_.find_directory(fd, rights::kPathFilestatGet));
  const bool follow = TRY(follows(flags));
  const fs::Stat info = TRY(lift(entry->file->stat_at(TRY(guest_path(call, path, path_len)), follow)));
  TRY(store_filestat(call, stat, info, to_filetype(info.type)));
  return Errno::kSuccess;
}

Errno Host::path_filestat_set_times(Call& call, u32 fd, u32 flags, u32 path, u32 path_len, u64 atim, u64 mtim,
                                    u32 fst_flags) {
  Entry* entry = TRY(table_.find_directory(fd, rights::kPathFilestatSetTimes));
  const bool follow = TRY(follows(flags));
  const NewTimes times = TRY(new_times(atim, mtim, fst_flags, clocks_));
  const std::string where = TRY(guest_path(call, path, path_len));
  TRY(lift(entry->file->set_times_at(where, follow, times.access, times.modification)));
  return Errno::kSuccess;
}

Errno Host::path_link(Call& call, u32 old_fd, u32 old_flags, u32 old_path, u32 old_len, u32 new_fd, u32 new_path,
                      u32 new_len) {
  Entry* from = TRY(table_.find_directory(old_fd, rights::kPathLinkSource));
  Entry* to = TRY(table_.find_directory(new_fd, rights::kPathLinkTarget));
  if (TRY(follows(old_flags))) return Errno::kInval;
  const std::string old_name = TRY(guest_path(call, old_path, old_len));
  const std::string new_name = TRY(guest_path(call, new_path, new_len));
  TRY(lift(from->file->link_at(old_name, *to->file, new_name)));
  return Errno::kSuccess;
}

Errno Host::path_open(Call& call, u32 fd, u32 dirflags, u32 path, u32 path_len, u32 oflags, u64 rights_base,
                      u64 rights_inheriting, u32 fdflags, u32 opened) {
  Entry* entry = TRY(table_.find_directory(fd, rights::kPathOpen));
  if ((oflags & ~u32{oflags::kAll}) != 0 || (fdflags & ~u32{fdflags::kAll}) != 0) return Errno::kInval;
  TRY(call.memory.slice(opened, sizeof(u32)));
  auto has = [](u32 flags, u32 flag) { return (flags & flag) != 0; };
  const u64 mask = entry->mask_inheriting;
  rights_base &= mask;
  const fs::OpenOptions options{
      .follow = TRY(follows(dirflags)),
      .create = has(oflags, oflags::kCreat),
      .directory = has(oflags, oflags::kDirectory),
      .exclusive = has(oflags, oflags::kExcl),
      .truncate = has(oflags, oflags::kTrunc),
      .flags = {.read = (rights_base & (rights::kFdRead | rights::kFdReaddir)) != 0,
                .write = (rights_base & (rights::kFdWrite | rights::kFdAllocate | rights::kFdFilestatSetSize)) != 0,
                .sync = has(fdflags, fdflags::kSync),
                .data_sync = has(fdflags, fdflags::kDsync),
                .read_sync = has(fdflags, fdflags::kRsync)}};
  if (options.create && (entry->mask_base & rights::kPathCreateFile) == 0) return Errno::kNotcapable;
  if (options.truncate && (entry->mask_base & rights::kPathFilestatSetSize) == 0) return Errno::kNotcapable;
  fs::DescriptorPtr file = TRY(lift(entry->file->open_at(TRY(guest_path(call, path, path_len)), options)));
  Entry made = file_entry(std::move(file), static_cast<u16>(fdflags));
  // What the guest gave up is gone beneath as well; what it asked for is only read for how to open.
  if (mask != rights::kAll) {
    made.mask_base = rights_base;
    made.mask_inheriting = rights_inheriting & mask;
  }
  TRY(call.memory.store(opened, table_.add(std::move(made))));
  return Errno::kSuccess;
}

Errno Host::path_readlink(Call& call, u32 fd, u32 path, u32 path_len, u32 buf, u32 buf_len, u32 bufused) {
  Entry* entry = TRY(table_.find_directory(fd, rights::kPathReadlink));
  const std::string text = TRY(lift(entry->file->readlink_at(TRY(guest_path(call, path, path_len)))));
  auto place = TRY(call.memory.slice(buf, buf_len));
  const std::size_t used = std::min(text.size(), place.size());
  std::memcpy(place.data(), text.data(), used);
  TRY(call.memory.store(bufused, static_cast<u32>(used)));
  return Errno::kSuccess;
}

Errno Host::path_remove_directory(Call& call, u32 fd, u32 path, u32 path_len) {
  Entry* entry = TRY(table_.find_directory(fd, rights::kPathRemoveDirectory));
  TRY(lift(entry->file->remove_directory_at(TRY(guest_path(call, path, path_len)))));
  return Errno::kSuccess;
}

Errno Host::path_rename(Call& call, u32 fd, u32 old_path, u32 old_len, u32 new_fd, u32 new_path, u32 new_len) {
  Entry* from = TRY(table_.find_directory(fd, rights::kPathRenameSource));
  Entry* to = TRY(table_.find_directory(new_fd, rights::kPathRenameTarget));
  const std::string old_name = TRY(guest_path(call, old_path, old_len));
  const std::string new_name = TRY(guest_path(call, new_path, new_len));
  TRY(lift(from->file->rename_at(old_name, *to->file, new_name)));
  return Errno::kSuccess;
}

Errno Host::path_symlink(Call& call, u32 old_path, u32 old_len, u32 fd, u32 new_path, u32 new_len) {
  Entry* entry = TRY(table_.find_directory(fd, rights::kPathSymlink));
  const std::string target = TRY(guest_path(call, old_path, old_len));
  TRY(lift(entry->file->symlink_at(target, TRY(guest_path(call, new_path, new_len)))));
  return Errno::kSuccess;
}

Errno Host::path_unlink_file(Call& call, u32 fd, u32 path, u32 path_len) {
  Entry* entry = TRY(table_.find_directory(fd, rights::kPathUnlinkFile));
  TRY(lift(entry->file->unlink_file_at(TRY(guest_path(call, path, path_len)))));
  return Errno::kSuccess;
}

Errno Host::fd_readdir(Call& call, u32 fd, u32 buf, u32 buf_len, u64 cookie, u32 bufused) {
  Entry* entry = TRY(table_.find_directory(fd, rights::kFdReaddir));
  std::span<u8> rest = TRY(call.memory.slice(buf, buf_len));
  TRY(call.memory.slice(bufused, sizeof(u32)));
  bool more = true;
  while (more && !rest.empty()) {
    const std::optional<u64> from = kernel_cookie(*entry, cookie);
    if (!from) break;
    const auto entries = TRY(lift(entry->file->read_directory(*from, std::min(rest.size(), kReaddirBytes))));
    more = !entries.empty();
    for (const fs::DirectoryEntry& one : entries) {
      // The last may be cut off: a full buffer says so, and the guest asks again.
      std::string record(DirentLayout::kSize, '\0');
      const std::span<u8> fields(reinterpret_cast<u8*>(record.data()), record.size());
      cookie = guest_cookie(*entry, cookie, one.next);
      put(fields, DirentLayout::kNext, cookie);
      put(fields, DirentLayout::kIno, one.inode);
      put(fields, DirentLayout::kNamlen, static_cast<u32>(one.name.size()));
      put(fields, DirentLayout::kType, static_cast<u8>(to_filetype(one.type)));
      record += one.name;
      const std::size_t fits = std::min(record.size(), rest.size());
      std::memcpy(rest.data(), record.data(), fits);
      rest = rest.subspan(fits);
      if (rest.empty()) break;
    }
  }
  TRY(call.memory.store(bufused, static_cast<u32>(buf_len - rest.size())));
  return Errno::kSuccess;
}

}  // namespace witc::wasi::p1
