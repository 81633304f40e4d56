// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opening, closing and describing descriptors (descriptors.h).
#include "linker/new/preview1/wasm32/descriptors.h"

#include "linker/new/preview1/wasm32/memory.h"

namespace preview1 {
namespace {

constexpr u32 kChunkSize = 256, kMaxChunks = 256, kFirstPreopen = 3;

struct Table {
  bool is_ready, has_preopens;
  u32 lowest_free;            // no smaller number is free
  Descriptor* chunks[kMaxChunks];
};
Table table;

/// The place of a number, whether open or not; null if the table was never that big.
Descriptor* slot(u32 fd) {
  if (fd >= kChunkSize * kMaxChunks || table.chunks[fd / kChunkSize] == nullptr) return nullptr;
  return &table.chunks[fd / kChunkSize][fd % kChunkSize];
}

/// The same, where the table is made bigger if it has to be.
Descriptor* make_slot(u32 fd) {
  if (fd >= kChunkSize * kMaxChunks) return nullptr;
  Descriptor*& chunk = table.chunks[fd / kChunkSize];
  if (chunk == nullptr) chunk = static_cast<Descriptor*>(allocate_forever(kChunkSize * sizeof(Descriptor)));
  return chunk == nullptr ? nullptr : &chunk[fd % kChunkSize];
}

void open_standard_streams() {
  if (table.is_ready) return;
  table.is_ready = true;
  for (u32 fd = 0; fd < kFirstPreopen; ++fd) {
    Descriptor* stream = make_slot(fd);
    if (stream == nullptr) __builtin_trap();  // nothing works without
    stream->kind = static_cast<Kind>(static_cast<u32>(Kind::kStdin) + fd);
    stream->type = wasi::kTypeNotAsked;
  }
}

void open_preopens() {
  if (table.has_preopens) return;
  table.has_preopens = true;
  wasi::Preopens preopens{};
  wasi::get_directories(&preopens);
  keep_scratch();  // their names
  for (u32 i = 0; i < preopens.length; ++i) {
    Descriptor* directory = make_slot(kFirstPreopen + i);
    if (directory == nullptr) return;
    *directory = {};
    directory->kind = Kind::kFile;
    directory->type = wasi::kDirectory;
    directory->is_preopen = true;
    directory->access = wasi::kRead;
    directory->file = preopens.data[i].descriptor;
    directory->name = preopens.data[i].path;
  }
}

void close(Descriptor& descriptor) {
  drop_listing(descriptor);
  if (descriptor.stream != 0) {
    descriptor.kind == Kind::kStdin ? wasi::drop_input_stream(descriptor.stream)
                                    : wasi::drop_output_stream(descriptor.stream);
  }
  if (descriptor.is_file()) wasi::drop_descriptor(descriptor.file);
  descriptor = {};
}

/// A free number, and its place.
Errno reserve(u32& fd, Descriptor*& place) {
  find(kFirstPreopen);  // preopens come before everything else
  for (fd = table.lowest_free;; ++fd) {
    place = slot(fd);
    if (place == nullptr || place->kind == Kind::kClosed) break;
  }
  if (fd >= kChunkSize * kMaxChunks) return kMfile;
  place = make_slot(fd);
  if (place == nullptr) return kNomem;
  table.lowest_free = fd + 1;
  return kSuccess;
}

void free_number(u32 fd) {
  if (fd < table.lowest_free) table.lowest_free = fd;
}

}  // namespace

Descriptor* find(u32 fd) {
  open_standard_streams();
  if (fd >= kFirstPreopen) open_preopens();
  Descriptor* descriptor = slot(fd);
  return descriptor == nullptr || descriptor->kind <= Kind::kReserved ? nullptr : descriptor;
}

Errno open_file(const Descriptor& file, u32& fd) {
  Descriptor* place;
  Errno error = reserve(fd, place);
  if (error != kSuccess) {
    wasi::drop_descriptor(file.file);
  } else {
    *place = file;
  }
  return error;
}

Errno file_of(u32 fd, Descriptor*& file, Errno not_file) {
  file = find(fd);
  if (file == nullptr) return kBadf;
  return file->is_file() ? kSuccess : not_file;
}

u8 type_of(Descriptor& file) {
  if (file.type == wasi::kTypeNotAsked) {
    wasi::Result<u8> result{};
    wasi::get_type(file.file, &result);
    if (!result.is_error) file.type = result.value;
  }
  return file.type;
}

FileType file_type(u8 descriptor_type) {
  switch (descriptor_type) {
    case wasi::kBlock: return kBlockDevice;
    case wasi::kCharacter: return kCharacterDevice;
    case wasi::kDirectory: return kDirectory;
    case wasi::kSymlink: return kSymbolicLink;
    case wasi::kRegular: return kRegularFile;
    case wasi::kSocket: return kSocketStream;
    default: return kUnknown;  // preview 1 has no pipes
  }
}

wasi::Handle input_stream(Descriptor& descriptor) {
  if (descriptor.stream == 0) descriptor.stream = wasi::get_stdin();
  return descriptor.stream;
}

wasi::Handle output_stream(Descriptor& descriptor) {
  if (descriptor.stream == 0) descriptor.stream = descriptor.kind == Kind::kStdout ? wasi::get_stdout() : wasi::get_stderr();
  return descriptor.stream;
}

void forget_descriptors() { table = {}; }

FileType stream_type(Descriptor& stream) {
  if (stream.type == wasi::kTypeNotAsked) {
    wasi::OptionalHandle terminal{};
    switch (stream.kind) {
      case Kind::kStdin: wasi::get_terminal_stdin(&terminal); break;
      case Kind::kStdout: wasi::get_terminal_stdout(&terminal); break;
      default: wasi::get_terminal_stderr(&terminal);
    }
    if (terminal.is_some) {
      stream.kind == Kind::kStdin ? wasi::drop_terminal_input(terminal.value) : wasi::drop_terminal_output(terminal.value);
    }
    stream.type = terminal.is_some ? wasi::kCharacter : wasi::kFileUnknown;
  }
  return file_type(stream.type);
}

namespace {

constexpr u64 kDirectoryRights =
    kPathCreateDirectory | kPathCreateFile | kPathLinkSource | kPathLinkTarget | kPathOpen | kFdReaddir | kPathReadlink |
    kPathRenameSource | kPathRenameTarget | kPathSymlink | kPathRemoveDirectory | kPathUnlinkFile | kPathFilestatGet |
    kPathFilestatSetSize | kPathFilestatSetTimes | kFdFilestatGet | kFdFilestatSetTimes;
constexpr u64 kFileRights = kFdDatasync | kFdSync | kFdSeek | kFdTell | kFdFdstatSetFlags | kFdAdvise | kFdFilestatGet |
                            kFdFilestatSetTimes | kPollFdReadwrite;
constexpr u64 kWriteRights = kFdWrite | kFdAllocate | kFdFilestatSetSize;

u64 rights_of(const Descriptor& descriptor, FileType type) {
  switch (descriptor.kind) {
    case Kind::kStdin: return kFdRead | kPollFdReadwrite | kFdFdstatSetFlags;
    case Kind::kStdout:
    case Kind::kStderr: return kFdWrite | kPollFdReadwrite | kFdFdstatSetFlags;
    default: break;
  }
  if (type == kDirectory) return kDirectoryRights;
  return kFileRights | (descriptor.access & wasi::kRead ? u64{kFdRead} : 0) |
         (descriptor.access & wasi::kWrite ? u64{kWriteRights} : 0);
}

}  // namespace

PREVIEW1(fd_fdstat_get)(u32 fd, u32 out) {
  Descriptor* descriptor = find(fd);
  if (descriptor == nullptr) return kBadf;
  Fdstat stat{};
  stat.filetype = descriptor->is_file() ? file_type(type_of(*descriptor)) : stream_type(*descriptor);
  stat.flags = descriptor->flags;
  stat.rights_base = rights_of(*descriptor, static_cast<FileType>(stat.filetype));
  constexpr u64 kAllRights = kDirectoryRights | kFileRights | kWriteRights | kFdRead;
  stat.rights_inheriting = stat.filetype == kDirectory ? kAllRights : stat.rights_base;
  store(out, stat);
  return kSuccess;
}

/// How a file is synchronised was said when it was opened.
PREVIEW1(fd_fdstat_set_flags)(u32 fd, u32 flags) {
  constexpr u32 kSettable = kAppend | kNonblock;
  Descriptor* descriptor = find(fd);
  if (descriptor == nullptr) return kBadf;
  if ((flags & ~kSettable) != (descriptor->flags & ~kSettable)) return kInval;
  descriptor->flags = static_cast<u16>(flags);
  return kSuccess;
}

/// Rights are told, but cannot be given up: 0.2 has no such thing.
PREVIEW1(fd_fdstat_set_rights)(u32 fd, u64, u64) { return find(fd) != nullptr ? kNotsup : kBadf; }

PREVIEW1(fd_prestat_get)(u32 fd, u32 out) {
  Descriptor* descriptor = find(fd);
  if (descriptor == nullptr || !descriptor->is_preopen) return kBadf;
  store(out, Prestat{0, descriptor->name.length});
  return kSuccess;
}

PREVIEW1(fd_prestat_dir_name)(u32 fd, u32 path, u32 length) {
  Descriptor* descriptor = find(fd);
  if (descriptor == nullptr || !descriptor->is_preopen) return kBadf;
  if (length < descriptor->name.length) return kNametoolong;
  guest_write(path, descriptor->name.data, descriptor->name.length);
  return kSuccess;
}

PREVIEW1(fd_close)(u32 fd) {
  Descriptor* descriptor = find(fd);
  if (descriptor == nullptr) return kBadf;
  close(*descriptor);
  free_number(fd);
  return kSuccess;
}

/// `from` takes the place of `to`, which has to be open, and is free then.
PREVIEW1(fd_renumber)(u32 from, u32 to) {
  Descriptor *source = find(from), *target = find(to);
  if (source == nullptr || target == nullptr) return kBadf;
  if (source == target) return kSuccess;
  close(*target);
  *target = *source;
  *source = {};
  free_number(from);
  return kSuccess;
}

/// A number for descriptors that somebody else keeps (a C library on both versions of WASI); and its end.
PREVIEW1(adapter_open_badfd)(u32 out) {
  Descriptor* place;
  u32 fd;
  Errno error = reserve(fd, place);
  if (error != kSuccess) return error;
  place->kind = Kind::kReserved;
  store(out, fd);
  return kSuccess;
}
PREVIEW1(adapter_close_badfd)(u32 fd) {
  Descriptor* place = slot(fd);
  if (place == nullptr || place->kind != Kind::kReserved) return kBadf;
  *place = {};
  free_number(fd);
  return kSuccess;
}

/// For programs that are initialised once, saved, and started from there.
EXPORT("reset_adapter_state") void reset_adapter_state() {
  forget_descriptors();
  forget_environment();
}

}  // namespace preview1
