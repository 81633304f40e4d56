// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that are open: position, size, times, and what is known of them.
#include "linker/new/preview1/wasm32/files.h"

#include "linker/new/preview1/wasm32/memory.h"

namespace preview1 {
namespace {

constexpr u64 kSecond = 1000000000;

// In the order of WASI's error-code.
constexpr u8 kErrnos[] = {
    kAcces, kAgain, kAlready, kBadf, kBusy, kDeadlk, kDquot, kExist, kFbig, kIlseq, kInprogress, kIntr, kInval, kIo, kIsdir,
    kLoop, kMlink, kMsgsize, kNametoolong, kNodev, kNoent, kNolck, kNomem, kNospc, kNotdir, kNotempty, kNotrecoverable,
    kNotsup, kNotty, kNxio, kOverflow, kPerm, kPipe, kRofs, kSpipe, kTxtbsy, kXdev,
};

u64 nanoseconds(const wasi::OptionalDatetime& time) {
  u64 out;
  if (!time.is_some) return 0;
  return wasi::to_nanoseconds(time.value, out) ? out : ~0ull;
}

Errno stat_of(Descriptor& file, wasi::Stat& stat) {
  wasi::Result<wasi::Stat> result{};
  wasi::stat(file.file, &result);
  if (result.is_error) return errno_of(result.code);
  stat = result.value;
  return kSuccess;
}

}  // namespace

Errno errno_of(u8 code) { return code < sizeof(kErrnos) ? static_cast<Errno>(kErrnos[code]) : kIo; }

void store_filestat(u32 out, const wasi::Stat& stat, u64 inode) {
  Filestat filestat{};
  filestat.device = 1;
  filestat.inode = inode;
  filestat.filetype = file_type(stat.type);
  filestat.links = stat.links;
  filestat.size = stat.size;
  filestat.accessed = nanoseconds(stat.accessed);
  filestat.modified = nanoseconds(stat.modified);
  filestat.changed = nanoseconds(stat.changed);
  store(out, filestat);
}

Errno new_time(u32 flags, u32 set, u32 set_now, u64 time, NewTime& out) {
  if ((flags & set) && (flags & set_now)) return kInval;
  out = {wasi::kNoChange, 0, 0};
  if (flags & set_now) out.kind = wasi::kNow;
  if (flags & set) out = {wasi::kTimestamp, time / kSecond, static_cast<u32>(time % kSecond)};
  return kSuccess;
}

PREVIEW1(fd_seek)(u32 fd, s64 offset, u32 whence, u32 out) {
  Descriptor* file;
  Errno error = file_of(fd, file, kSpipe);
  if (error != kSuccess) return error;
  s64 from = 0;
  if (whence == kCur) {
    error = settle_position(*file);
    from = static_cast<s64>(file->position);
  } else if (whence == kEnd) {
    wasi::Stat stat;
    error = stat_of(*file, stat);
    if (error == kSuccess) from = static_cast<s64>(stat.size);
  } else if (whence != kSet) {
    return kInval;
  }
  if (error != kSuccess) return error;
  s64 position;
  if (__builtin_add_overflow(from, offset, &position)) return kOverflow;
  if (position < 0) return kInval;
  file->position = static_cast<u64>(position);
  file->at_end = false;
  store(out, position);
  return kSuccess;
}

PREVIEW1(fd_tell)(u32 fd, u32 out) {
  Descriptor* file;
  Errno error = file_of(fd, file, kSpipe);
  if (error == kSuccess) error = settle_position(*file);
  if (error == kSuccess) store(out, file->position);
  return error;
}

PREVIEW1(fd_advise)(u32 fd, u64 offset, u64 length, u32 advice) {
  Descriptor* file;
  Errno error = file_of(fd, file, kSpipe);
  if (error != kSuccess) return error;
  if (advice > kNoReuse) return kInval;
  wasi::Done result{};
  wasi::advise(file->file, offset, length, advice, &result);  // the numbers are the same
  return errno_of(result);
}

/// 0.2 cannot reserve space; what a program can see of it is that the file is at least so long.
PREVIEW1(fd_allocate)(u32 fd, u64 offset, u64 length) {
  Descriptor* file;
  Errno error = file_of(fd, file, kSpipe);
  if (error != kSuccess) return error;
  u64 end;
  if (length == 0) return kInval;
  if (__builtin_add_overflow(offset, length, &end) || end > ~0ull >> 1) return kFbig;
  if (!(file->access & wasi::kWrite)) return kBadf;
  wasi::Stat stat;
  error = stat_of(*file, stat);
  if (error != kSuccess || stat.size >= end) return error;
  wasi::Done result{};
  wasi::set_size(file->file, end, &result);
  return errno_of(result);
}

PREVIEW1(fd_sync)(u32 fd) {
  Descriptor* file;
  Errno error = file_of(fd, file, kInval);
  if (error != kSuccess) return error;
  wasi::Done result{};
  wasi::sync(file->file, &result);
  return errno_of(result);
}

PREVIEW1(fd_datasync)(u32 fd) {
  Descriptor* file;
  Errno error = file_of(fd, file, kInval);
  if (error != kSuccess) return error;
  wasi::Done result{};
  wasi::sync_data(file->file, &result);
  return errno_of(result);
}

PREVIEW1(fd_filestat_get)(u32 fd, u32 out) {
  Descriptor* file = find(fd);
  if (file == nullptr) return kBadf;
  if (!file->is_file()) {
    Filestat stream{};
    stream.filetype = stream_type(*file);
    store(out, stream);
    return kSuccess;
  }
  wasi::Stat stat;
  Errno error = stat_of(*file, stat);
  if (error != kSuccess) return error;
  wasi::Result<wasi::MetadataHash> hash{};
  wasi::metadata_hash(file->file, &hash);
  if (hash.is_error) return errno_of(hash.code);
  store_filestat(out, stat, hash.value.lower);
  return kSuccess;
}

PREVIEW1(fd_filestat_set_size)(u32 fd, u64 size) {
  Descriptor* file;
  Errno error = file_of(fd, file, kInval);
  if (error != kSuccess) return error;
  if (!(file->access & wasi::kWrite)) return kInval;
  wasi::Done result{};
  wasi::set_size(file->file, size, &result);
  return errno_of(result);
}

PREVIEW1(fd_filestat_set_times)(u32 fd, u64 accessed, u64 modified, u32 flags) {
  Descriptor* file;
  NewTime access, modification;
  Errno error = file_of(fd, file, kInval);
  if (error == kSuccess) error = new_time(flags, kAtim, kAtimNow, accessed, access);
  if (error == kSuccess) error = new_time(flags, kMtim, kMtimNow, modified, modification);
  if (error != kSuccess) return error;
  wasi::Done result{};
  wasi::set_times(file->file, access.kind, access.seconds, access.nanoseconds, modification.kind, modification.seconds,
                  modification.nanoseconds, &result);
  return errno_of(result);
}

}  // namespace preview1
