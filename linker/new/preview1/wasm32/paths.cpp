// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions that take a path below a directory. The host keeps the path there; that it is UTF-8 is checked here,
// since a string that is not would be a trap.
#include "linker/new/preview1/wasm32/files.h"
#include "linker/new/preview1/wasm32/memory.h"

namespace preview1 {
namespace {

constexpr u32 kMaxPath = 65536;

bool is_utf8(const u8* text, u32 length) {
  for (u32 i = 0; i < length;) {
    u8 lead = text[i++];
    if (lead < 0x80) continue;
    u32 more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || more > length - i) return false;
    // The first byte that follows rules out what is too long, surrogates, and what is no code point.
    u8 low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80, high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    for (; more != 0; --more, low = 0x80, high = 0xbf) {
      u8 byte = text[i++];
      if (byte < low || byte > high) return false;
    }
  }
  return true;
}

/// A directory and a path below it, copied to our memory.
struct Place {
  Scratch scratch;
  wasi::Handle directory = 0;
  wasi::Bytes path{};

  Errno take_path(u32 address, u32 length) {
    if (length > kMaxPath) return kNametoolong;
    path = {allocate(length), length};
    if (path.data == nullptr) return kNomem;
    guest_read(path.data, address, length);
    return is_utf8(path.data, length) ? kSuccess : kIlseq;
  }
  Errno take(u32 fd, u32 address, u32 length) {
    Descriptor* file;
    Errno error = file_of(fd, file, kNotdir);
    if (error != kSuccess) return error;
    directory = file->file;
    return take_path(address, length);
  }
};

/// The functions that need no more than a place. (A pointer would be an entry of a table, which keeps all of them.)
template <void (*function)(wasi::Handle, const u8*, u32, wasi::Done*)>
Errno at_place(u32 fd, u32 path, u32 length) {
  Place place;
  Errno error = place.take(fd, path, length);
  if (error != kSuccess) return error;
  wasi::Done result{};
  function(place.directory, place.path.data, place.path.length, &result);
  return errno_of(result);
}

constexpr u32 kAllOpenFlags = kCreat | kDirectoryOnly | kExcl | kTrunc;
constexpr u32 kFollow = 1;  // lookupflags and path-flags are the same

u32 descriptor_flags(u64 rights, u32 fdflags) {
  u32 flags = 0;
  if (rights & (kFdRead | kFdReaddir)) flags |= wasi::kRead;
  if (rights & kFdWrite) flags |= wasi::kWrite;
  if (fdflags & kSync) flags |= wasi::kFileSync;
  if (fdflags & kDsync) flags |= wasi::kDataSync;
  if (fdflags & kRsync) flags |= wasi::kRequestedSync;
  return flags;
}

}  // namespace

PREVIEW1(path_create_directory)(u32 fd, u32 path, u32 length) {
  return at_place<wasi::create_directory_at>(fd, path, length);
}
PREVIEW1(path_remove_directory)(u32 fd, u32 path, u32 length) {
  return at_place<wasi::remove_directory_at>(fd, path, length);
}
PREVIEW1(path_unlink_file)(u32 fd, u32 path, u32 length) {
  return at_place<wasi::unlink_file_at>(fd, path, length);
}

PREVIEW1(path_filestat_get)(u32 fd, u32 flags, u32 path, u32 length, u32 out) {
  Place place;
  Errno error = place.take(fd, path, length);
  if (error != kSuccess) return error;
  wasi::Result<wasi::Stat> stat{};
  wasi::stat_at(place.directory, flags & kFollow, place.path.data, place.path.length, &stat);
  if (stat.is_error) return errno_of(stat.code);
  wasi::Result<wasi::MetadataHash> hash{};
  wasi::metadata_hash_at(place.directory, flags & kFollow, place.path.data, place.path.length, &hash);
  if (hash.is_error) return errno_of(hash.code);
  store_filestat(out, stat.value, hash.value.lower);
  return kSuccess;
}

PREVIEW1(path_filestat_set_times)(u32 fd, u32 lookup, u32 path, u32 length, u64 accessed, u64 modified, u32 flags) {
  Place place;
  NewTime access, modification;
  Errno error = place.take(fd, path, length);
  if (error == kSuccess) error = new_time(flags, kAtim, kAtimNow, accessed, access);
  if (error == kSuccess) error = new_time(flags, kMtim, kMtimNow, modified, modification);
  if (error != kSuccess) return error;
  wasi::Done result{};
  wasi::set_times_at(place.directory, lookup & kFollow, place.path.data, place.path.length, access.kind, access.seconds,
                     access.nanoseconds, modification.kind, modification.seconds, modification.nanoseconds, &result);
  return errno_of(result);
}

PREVIEW1(path_link)(u32 old_fd, u32 flags, u32 old_path, u32 old_length, u32 new_fd, u32 new_path, u32 new_length) {
  Place from, to;
  Errno error = from.take(old_fd, old_path, old_length);
  if (error == kSuccess) error = to.take(new_fd, new_path, new_length);
  if (error != kSuccess) return error;
  wasi::Done result{};
  wasi::link_at(from.directory, flags & kFollow, from.path.data, from.path.length, to.directory, to.path.data,
                to.path.length, &result);
  return errno_of(result);
}

PREVIEW1(path_rename)(u32 old_fd, u32 old_path, u32 old_length, u32 new_fd, u32 new_path, u32 new_length) {
  Place from, to;
  Errno error = from.take(old_fd, old_path, old_length);
  if (error == kSuccess) error = to.take(new_fd, new_path, new_length);
  if (error != kSuccess) return error;
  wasi::Done result{};
  wasi::rename_at(from.directory, from.path.data, from.path.length, to.directory, to.path.data, to.path.length, &result);
  return errno_of(result);
}

PREVIEW1(path_symlink)(u32 target, u32 target_length, u32 fd, u32 path, u32 length) {
  Place text, place;
  Errno error = text.take_path(target, target_length);
  if (error == kSuccess) error = place.take(fd, path, length);
  if (error != kSuccess) return error;
  wasi::Done result{};
  wasi::symlink_at(place.directory, text.path.data, text.path.length, place.path.data, place.path.length, &result);
  return errno_of(result);
}

/// As much of the link as fits, as in POSIX.
PREVIEW1(path_readlink)(u32 fd, u32 path, u32 length, u32 buffer, u32 size, u32 out) {
  Place place;
  Errno error = place.take(fd, path, length);
  if (error != kSuccess) return error;
  wasi::Result<wasi::Bytes> result{};
  wasi::readlink_at(place.directory, place.path.data, place.path.length, &result);
  if (result.is_error) return errno_of(result.code);
  u32 used = result.value.length < size ? result.value.length : size;
  guest_write(buffer, result.value.data, used);
  store(out, used);
  return kSuccess;
}

/// Rights say only whether a file is read or written: 0.2 has no others.
PREVIEW1(path_open)
(u32 fd, u32 lookup, u32 path, u32 length, u32 oflags, u64 rights, u64, u32 fdflags, u32 out) {
  Place place;
  Errno error = place.take(fd, path, length);
  if (error != kSuccess) return error;
  Descriptor file{};
  u32 flags = descriptor_flags(rights, fdflags);
  wasi::Result<wasi::Handle> result{};
  // The numbers of `oflags` are those of open-flags.
  wasi::open_at(place.directory, lookup & kFollow, place.path.data, place.path.length, oflags & kAllOpenFlags, flags, &result);
  if (result.is_error) return errno_of(result.code);
  file.kind = Kind::kFile;
  file.type = oflags & kDirectoryOnly ? wasi::kDirectory : wasi::kTypeNotAsked;
  file.flags = static_cast<u16>(fdflags);
  file.access = static_cast<u16>(flags);
  file.file = result.value;
  u32 opened;
  error = open_file(file, opened);
  if (error == kSuccess) store(out, opened);
  return error;
}

}  // namespace preview1
