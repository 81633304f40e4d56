// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading and writing. A file is read and written by one call of its descriptor at a position; the standard
// streams, and files opened to append, by streams. The program's buffers go through one of ours (memory.h), so
// many small ones are one call all the same.
#include "linker/new/preview1/wasm32/descriptors.h"
#include "linker/new/preview1/wasm32/memory.h"

namespace preview1 {
namespace {

constexpr u32 kMaxTransfer = 1 << 20;  // bytes a call of the host
constexpr u32 kMaxWriteAndFlush = 4096;  // by `blocking-write-and-flush`

/// What became of a transfer: an error counts only where nothing was transferred before it.
struct Transfer {
  u32 done = 0;
  Errno error = kSuccess;

  Errno finish(u32 out) const {
    if (error != kSuccess && done == 0) return error;
    store(out, done);
    return kSuccess;
  }
};

u32 min(u64 a, u64 b) { return static_cast<u32>(a < b ? a : b); }

/// Until the buffers are full or the file ends.
Transfer read_file(Descriptor& file, Vectors vectors, u64& position) {
  Transfer transfer;
  while (u32 wanted = vectors.size(kMaxTransfer)) {
    Scratch scratch;
    wasi::Result<wasi::DataAndEnd> result{};
    wasi::read_at(file.file, wanted, position, &result);
    if (result.is_error) {
      // Hosts say different things of directories.
      transfer.error = type_of(file) == wasi::kDirectory ? kIsdir : errno_of(result.code);
      return transfer;
    }
    u32 got = min(result.value.data.length, wanted);
    vectors.scatter(result.value.data.data, got);
    position += got;
    transfer.done += got;
    if (got == 0 || result.value.at_end) break;
  }
  return transfer;
}

Transfer read_stream(Descriptor& stream, Vectors vectors) {
  Transfer transfer;
  u32 wanted = vectors.size(kMaxTransfer);
  if (wanted == 0) return transfer;
  bool nonblocking = stream.flags & kNonblock;
  wasi::StreamResult<wasi::Bytes> result{};
  nonblocking ? wasi::read(input_stream(stream), wanted, &result) : wasi::blocking_read(input_stream(stream), wanted, &result);
  if (result.is_error) {
    if (!result.error.closed) transfer.error = errno_of(result.error);  // else the end of the input
    return transfer;
  }
  transfer.done = min(result.value.length, wanted);
  vectors.scatter(result.value.data, transfer.done);
  if (transfer.done == 0 && nonblocking) transfer.error = kAgain;
  return transfer;
}

/// The errno of a failed write: a closed stream is a pipe without a reader.
Errno write_error(wasi::StreamError error) { return error.closed ? kPipe : errno_of(error); }

Errno write_small(wasi::Handle stream, const u8* data, u32 size) {
  wasi::StreamDone result{};
  wasi::blocking_write_and_flush(stream, data, size, &result);
  return result.is_error ? write_error(result.error) : kSuccess;
}

/// Pieces as big as the stream takes them, flushed once at the end. One that must not block takes what it can at once.
Transfer write_big(wasi::Handle stream, const u8* data, u32 size, bool nonblocking) {
  Transfer transfer;
  wasi::StreamDone done{};
  while (transfer.done < size) {
    wasi::StreamResult<u64> permit{};
    wasi::check_write(stream, &permit);
    if (permit.is_error) {
      transfer.error = write_error(permit.error);
      return transfer;
    }
    if (u32 piece = min(permit.value, size - transfer.done)) {
      wasi::write(stream, data + transfer.done, piece, &done);
      transfer.done += done.is_error ? 0 : piece;
    } else if (nonblocking) {
      transfer.error = kAgain;
      if (transfer.done == 0) return transfer;
      break;
    } else {
      wasi::blocking_flush(stream, &done);  // returns when the stream takes more
    }
    if (done.is_error) {
      transfer.error = write_error(done.error);
      return transfer;
    }
  }
  wasi::blocking_flush(stream, &done);
  if (done.is_error) return {0, write_error(done.error)};
  return transfer;
}

Transfer write_stream(wasi::Handle stream, Vectors vectors, bool nonblocking) {
  Transfer all;
  while (u32 size = vectors.size(kMaxTransfer)) {
    Scratch scratch;
    u8* data = allocate(size);
    if (data == nullptr) return {all.done, kNomem};
    vectors.gather(data, size);
    Transfer one;
    if (size <= kMaxWriteAndFlush && !nonblocking) {
      one.error = write_small(stream, data, size);
      if (one.error == kSuccess) one.done = size;
    } else {
      one = write_big(stream, data, size, nonblocking);
    }
    all.done += one.done;
    all.error = one.error;
    if (one.done < size) break;
  }
  return all;
}

Transfer write_file(Descriptor& file, Vectors vectors, u64& position) {
  Transfer transfer;
  while (u32 size = vectors.size(kMaxTransfer)) {
    Scratch scratch;
    u8* data = allocate(size);
    if (data == nullptr) {
      transfer.error = kNomem;
      return transfer;
    }
    vectors.gather(data, size);
    wasi::Result<u64> result{};
    wasi::write_at(file.file, data, size, position, &result);
    if (result.is_error) {
      transfer.error = errno_of(result.code);
      return transfer;
    }
    u32 written = min(result.value, size);
    position += written;
    transfer.done += written;
    if (written < size) break;
  }
  return transfer;
}

Transfer append_file(Descriptor& file, Vectors vectors) {
  if (file.stream == 0) {
    wasi::Result<wasi::Handle> result{};
    wasi::append_via_stream(file.file, &result);
    if (result.is_error) return {0, errno_of(result.code)};
    file.stream = result.value;
  }
  file.at_end = true;
  return write_stream(file.stream, vectors, false);
}

}  // namespace

Errno errno_of(wasi::StreamError error) {
  if (error.closed) return kIo;
  wasi::OptionalCode code{};
  wasi::filesystem_error_code(error.error, &code);
  wasi::drop_error(error.error);
  return code.is_some ? errno_of(code.value) : kIo;
}

Errno settle_position(Descriptor& file) {
  if (!file.at_end) return kSuccess;
  wasi::Result<wasi::Stat> result{};
  wasi::stat(file.file, &result);
  if (result.is_error) return errno_of(result.code);
  file.position = result.value.size;
  file.at_end = false;
  return kSuccess;
}

PREVIEW1(fd_read)(u32 fd, u32 vectors, u32 count, u32 out) {
  Scratch scratch;
  Descriptor* descriptor = find(fd);
  if (descriptor == nullptr) return kBadf;
  if (descriptor->kind == Kind::kStdin) return read_stream(*descriptor, {vectors, count}).finish(out);
  if (!descriptor->is_file() || !(descriptor->access & wasi::kRead)) return kBadf;
  Errno error = settle_position(*descriptor);
  if (error != kSuccess) return error;
  return read_file(*descriptor, {vectors, count}, descriptor->position).finish(out);
}

PREVIEW1(fd_pread)(u32 fd, u32 vectors, u32 count, u64 offset, u32 out) {
  Descriptor* file;
  Errno error = file_of(fd, file, kSpipe);
  if (error == kSuccess && !(file->access & wasi::kRead)) error = kBadf;
  return error != kSuccess ? error : read_file(*file, {vectors, count}, offset).finish(out);
}

PREVIEW1(fd_write)(u32 fd, u32 vectors, u32 count, u32 out) {
  Descriptor* descriptor = find(fd);
  if (descriptor == nullptr || descriptor->kind == Kind::kStdin) return kBadf;
  if (!descriptor->is_file()) {
    return write_stream(output_stream(*descriptor), {vectors, count}, descriptor->flags & kNonblock).finish(out);
  }
  if (!(descriptor->access & wasi::kWrite)) return kBadf;
  if (descriptor->flags & kAppend) return append_file(*descriptor, {vectors, count}).finish(out);
  Errno error = settle_position(*descriptor);
  if (error != kSuccess) return error;
  return write_file(*descriptor, {vectors, count}, descriptor->position).finish(out);
}

PREVIEW1(fd_pwrite)(u32 fd, u32 vectors, u32 count, u64 offset, u32 out) {
  Descriptor* file;
  Errno error = file_of(fd, file, kSpipe);
  if (error == kSuccess && !(file->access & wasi::kWrite)) error = kBadf;
  return error != kSuccess ? error : write_file(*file, {vectors, count}, offset).finish(out);
}

}  // namespace preview1
