// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is open: its status, times, size, and its number.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/result.h"
#include "wasi-preview/p1/host.h"

namespace witc::wasi::p1 {
namespace {

constexpr u64 kSecond = 1'000'000'000;
constexpr u32 kPrestatSize = 8;

u64 timestamp(fs::Time time) {
  if (time.seconds < 0) return 0;  // what does not fit is as near as can be
  if (static_cast<u64>(time.seconds) >= ~u64{0} / kSecond) return ~u64{0};
  return static_cast<u64>(time.seconds) * kSecond + time.nanoseconds;
}

}  // namespace

Expected<void> store_filestat(const Call& call, u32 address, const fs::Stat& stat, Filetype type) {
  // Preview 0 has a 32-bit count of links where preview 1 has 64 bits.
  const u32 links = call.unstable ? 20 : 24;
  const u32 rest = call.unstable ? 24 : 32;
  auto place = call.memory.slice(address, rest + 32);
  if (!place) return std::unexpected(place.error());
  std::fill(place->begin(), place->end(), u8{0});
  put(*place, 0, stat.device);
  put(*place, 8, stat.inode);
  put(*place, 16, static_cast<u8>(type));
  if (call.unstable) put(*place, links, static_cast<u32>(std::min<u64>(stat.link_count, ~u32{0})));
  else put(*place, links, stat.link_count);
  put(*place, rest, stat.size);
  put(*place, rest + 8, timestamp(stat.access));
  put(*place, rest + 16, timestamp(stat.modification));
  put(*place, rest + 24, timestamp(stat.status_change));
  return {};
}

Expected<NewTimes> new_times(u64 atim, u64 mtim, u32 fst_flags, const Clocks& clocks) {
  auto time = [&](u64 at, u32 set, u32 now) -> fs::NewTime {
    if ((fst_flags & set) == 0 && (fst_flags & now) == 0) return {};
    if ((fst_flags & now) != 0) {
      if (!clocks.is_virtual()) return {fs::NewTime::kNow, {}};
      at = clocks.now(static_cast<u32>(Clockid::kRealtime)).value_or(0);
    }
    return {fs::NewTime::kSet, {static_cast<s64>(at / kSecond), static_cast<u32>(at % kSecond)}};
  };
  auto both = [&](u32 set, u32 now) { return (fst_flags & set) != 0 && (fst_flags & now) != 0; };
  if ((fst_flags & ~u32{fstflags::kAll}) != 0 || both(fstflags::kAtim, fstflags::kAtimNow) ||
      both(fstflags::kMtim, fstflags::kMtimNow)) {
    return std::unexpected(Errno::kInval);
  }
  return NewTimes{time(atim, fstflags::kAtim, fstflags::kAtimNow), time(mtim, fstflags::kMtim, fstflags::kMtimNow)};
}

Errno Host::fd_advise(Call&, u32 fd, u64 offset, u64 len, u32 advice) {
  Entry* entry = TRY(table_.find_file(fd, rights::kFdAdvise));
  if (advice > static_cast<u32>(fs::Advice::kNoReuse)) return Errno::kInval;
  TRY(lift(entry->file->advise(offset, len, static_cast<fs::Advice>(advice))));
  return Errno::kSuccess;
}

Errno Host::fd_allocate(Call&, u32 fd, u64 offset, u64 len) {
  Entry* entry = TRY(table_.find_file(fd, rights::kFdAllocate));
  TRY(lift(entry->file->allocate(offset, len)));
  return Errno::kSuccess;
}

Errno Host::fd_close(Call&, u32 fd) {
  TRY(table_.close(fd));
  return Errno::kSuccess;
}

Errno Host::fd_datasync(Call&, u32 fd) {
  Entry* entry = TRY(table_.find(fd, rights::kFdDatasync));
  if (entry->file) TRY(lift(entry->file->sync_data()));
  else if (entry->stream >= 0 && ::fdatasync(entry->stream) != 0) return to_errno(errno);
  return Errno::kSuccess;
}

Errno Host::fd_sync(Call&, u32 fd) {
  Entry* entry = TRY(table_.find(fd, rights::kFdSync));
  if (entry->file) TRY(lift(entry->file->sync()));
  else if (entry->stream >= 0 && ::fsync(entry->stream) != 0) return to_errno(errno);
  return Errno::kSuccess;
}

Errno Host::fd_fdstat_get(Call& call, u32 fd, u32 stat) {
  Entry* entry = TRY(table_.find(fd));
  auto place = TRY(call.memory.slice(stat, FdstatLayout::kSize));
  std::fill(place.begin(), place.end(), u8{0});
  put(place, FdstatLayout::kFiletype, static_cast<u8>(entry->type));
  put(place, FdstatLayout::kFlags, entry->flags);
  put(place, FdstatLayout::kRightsBase, entry->rights_base & entry->mask_base);
  put(place, FdstatLayout::kRightsInheriting, entry->rights_inheriting & entry->mask_inheriting);
  return Errno::kSuccess;
}

Errno Host::fd_fdstat_set_flags(Call&, u32 fd, u32 flags) {
  Entry* entry = TRY(table_.find(fd, rights::kFdFdstatSetFlags));
  if ((flags & ~u32{fdflags::kAll}) != 0) return Errno::kInval;
  constexpr u32 kFixed = fdflags::kDsync | fdflags::kRsync | fdflags::kSync;
  if (((flags ^ entry->flags) & kFixed) != 0) return Errno::kNotsup;  // fcntl(2) cannot either
  entry->flags = static_cast<u16>(flags);
  return Errno::kSuccess;
}

Errno Host::fd_fdstat_set_rights(Call&, u32 fd, u64 base, u64 inheriting) {
  Entry* entry = TRY(table_.find(fd));
  const u64 has_base = entry->rights_base & entry->mask_base;
  const u64 has_inheriting = entry->rights_inheriting & entry->mask_inheriting;
  if ((base & ~has_base) != 0 || (inheriting & ~has_inheriting) != 0) return Errno::kNotcapable;
  entry->mask_base = base;
  entry->mask_inheriting = inheriting;
  return Errno::kSuccess;
}

Errno Host::fd_filestat_get(Call& call, u32 fd, u32 stat) {
  Entry* entry = TRY(table_.find(fd, rights::kFdFilestatGet));
  fs::Stat info;  // of a stream nothing but the type: it is the host's
  if (entry->file) info = TRY(lift(entry->file->stat()));
  TRY(store_filestat(call, stat, info, entry->type));
  return Errno::kSuccess;
}

Errno Host::fd_filestat_set_size(Call&, u32 fd, u64 size) {
  Entry* entry = TRY(table_.find_file(fd, rights::kFdFilestatSetSize));
  TRY(lift(entry->file->set_size(size)));
  return Errno::kSuccess;
}

Errno Host::fd_filestat_set_times(Call&, u32 fd, u64 atim, u64 mtim, u32 fst_flags) {
  Entry* entry = TRY(table_.find_file(fd, rights::kFdFilestatSetTimes));
  const NewTimes times = TRY(new_times(atim, mtim, fst_flags, clocks_));
  TRY(lift(entry->file->set_times(times.access, times.modification)));
  return Errno::kSuccess;
}

Errno Host::fd_prestat_get(Call& call, u32 fd, u32 prestat) {
  Entry* entry = TRY(table_.find(fd));
  if (!entry->preopen) return Errno::kBadf;
  auto place = TRY(call.memory.slice(prestat, kPrestatSize));
  put(place, 0, u32{0});  // a directory
  put(place, 4, static_cast<u32>(entry->preopen->size()));
  return Errno::kSuccess;
}

Errno Host::fd_prestat_dir_name(Call& call, u32 fd, u32 path, u32 path_len) {
  Entry* entry = TRY(table_.find(fd));
  if (!entry->preopen) return Errno::kNotdir;
  if (path_len < entry->preopen->size()) return Errno::kNametoolong;
  auto place = TRY(call.memory.slice(path, entry->preopen->size()));
  std::memcpy(place.data(), entry->preopen->data(), place.size());
  return Errno::kSuccess;
}

Errno Host::fd_renumber(Call&, u32 fd, u32 to) {
  TRY(table_.renumber(fd, to));
  return Errno::kSuccess;
}

}  // namespace witc::wasi::p1
