// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading and writing.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/result.h"
#include "wasi-preview/fd.h"
#include "wasi-preview/p1/host.h"

namespace witc::wasi::p1 {
namespace {

constexpr std::size_t kPipeWrite = 4096;  // what is writable takes so much without blocking

std::size_t total(std::span<const iovec> buffers) {
  std::size_t size = 0;
  for (const iovec& buffer : buffers) size += buffer.iov_len;
  return size;
}

/// Writes what the guest's own blocking mode asks for: all of it, or what can be written at once.
Expected<std::size_t> write_stream(Call& call, const Entry& entry, std::span<const iovec> buffers) {
  const bool nonblock = (entry.flags & fdflags::kNonblock) != 0;
  std::size_t written = 0;
  for (iovec rest : buffers) {
    while (rest.iov_len != 0) {
      if (!nonblock) {
        if (auto waited = wait_for(call, entry.fd(), POLLOUT); !waited) return std::unexpected(waited.error());
      } else if (!is_ready(entry.fd(), POLLOUT)) {
        return written != 0 ? Expected<std::size_t>(written) : std::unexpected(Errno::kAgain);
      }
      ssize_t put = ::write(entry.fd(), rest.iov_base, std::min(rest.iov_len, kPipeWrite));
      if (put < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (put < 0) return written != 0 ? Expected<std::size_t>(written) : std::unexpected(to_errno(errno));
      written += static_cast<std::size_t>(put);
      rest = {static_cast<u8*>(rest.iov_base) + put, rest.iov_len - static_cast<std::size_t>(put)};
    }
  }
  return written;
}

Expected<std::size_t> read_stream(Call& call, const Entry& entry, std::span<const iovec> buffers) {
  if (total(buffers) == 0) return 0;
  while (true) {
    if ((entry.flags & fdflags::kNonblock) == 0) {
      if (auto waited = wait_for(call, entry.fd(), POLLIN); !waited) return std::unexpected(waited.error());
    } else if (!is_ready(entry.fd(), POLLIN)) {
      return std::unexpected(Errno::kAgain);
    }
    ssize_t got = ::readv(entry.fd(), buffers.data(), static_cast<int>(buffers.size()));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EINTR || (errno == EAGAIN && (entry.flags & fdflags::kNonblock) == 0)) continue;
    return std::unexpected(to_errno(errno));
  }
}

Expected<std::size_t> once(ssize_t done) {
  if (done < 0) return std::unexpected(to_errno(errno));
  return static_cast<std::size_t>(done);
}

}  // namespace

Expected<std::vector<iovec>> guest_iovecs(const Call& call, u32 iovs, u32 count) {
  auto records = call.memory.array(iovs, count, kIovecSize);
  if (!records) return std::unexpected(records.error());
  std::vector<iovec> buffers;
  buffers.reserve(std::min<u32>(count, IOV_MAX));
  for (u32 i = 0; i < std::min<u32>(count, IOV_MAX); ++i) {
    const auto record = records->subspan(std::size_t{i} * kIovecSize, kIovecSize);
    auto bytes = call.memory.slice(get<u32>(record, 0), get<u32>(record, 4));
    if (!bytes) return std::unexpected(bytes.error());
    buffers.push_back({bytes->data(), bytes->size()});
  }
  return buffers;
}

Expected<void> wait_for(Call& call, int fd, short events) {
  while (true) {
    pollfd both[] = {{fd, events, 0}, {call.caller.interrupt_fd(), POLLIN, 0}};
    const int ready = ::poll(both, 2, -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return std::unexpected(to_errno(errno));
    if (both[1].revents != 0) return std::unexpected(Errno::kIntr);
    return {};
  }
}

Errno Host::fd_read(Call& call, u32 fd, u32 iovs, u32 iovs_len, u32 nread) {
  Entry* entry = TRY(table_.find(fd, rights::kFdRead));
  const std::vector<iovec> buffers = TRY(guest_iovecs(call, iovs, iovs_len));
  std::size_t got = 0;
  if (entry->type == Filetype::kDirectory) return Errno::kBadf;  // as elsewhere in preview 1, where POSIX has EISDIR
  if (!entry->file && (entry->rights_base & rights::kFdRead) == 0) return Errno::kBadf;
  if (entry->fd() >= 0) {
    if (entry->waits()) got = TRY(read_stream(call, *entry, buffers));
    else if (entry->file) got = TRY(lift(entry->file->read(buffers)));
    else got = TRY(once(::readv(entry->stream, buffers.data(), static_cast<int>(buffers.size()))));
  }
  TRY(call.memory.store(nread, static_cast<u32>(got)));
  return Errno::kSuccess;
}

Errno Host::fd_write(Call& call, u32 fd, u32 iovs, u32 iovs_len, u32 nwritten) {
  Entry* entry = TRY(table_.find(fd, rights::kFdWrite));
  const std::vector<iovec> buffers = TRY(guest_iovecs(call, iovs, iovs_len));
  if (!entry->file && (entry->rights_base & rights::kFdWrite) == 0) return Errno::kBadf;
  std::size_t put = total(buffers);
  if (entry->fd() >= 0) {
    if (entry->waits()) put = TRY(write_stream(call, *entry, buffers));
    else if (!entry->file) put = TRY(once(::writev(entry->stream, buffers.data(), static_cast<int>(buffers.size()))));
    else if ((entry->flags & fdflags::kAppend) != 0) put = TRY(lift(entry->file->append(buffers)));
    else put = TRY(lift(entry->file->write(buffers)));
  }
  TRY(call.memory.store(nwritten, static_cast<u32>(put)));
  return Errno::kSuccess;
}

Errno Host::fd_pread(Call& call, u32 fd, u32 iovs, u32 iovs_len, u64 offset, u32 nread) {
  Entry* entry = TRY(table_.find(fd, rights::kFdRead | rights::kFdSeek));
  if (!entry->file) return Errno::kSpipe;
  if (entry->type == Filetype::kDirectory) return Errno::kBadf;
  const std::vector<iovec> buffers = TRY(guest_iovecs(call, iovs, iovs_len));
  const std::size_t got = TRY(lift(entry->file->pread(std::span<const iovec>(buffers), offset)));
  TRY(call.memory.store(nread, static_cast<u32>(got)));
  return Errno::kSuccess;
}

Errno Host::fd_pwrite(Call& call, u32 fd, u32 iovs, u32 iovs_len, u64 offset, u32 nwritten) {
  Entry* entry = TRY(table_.find(fd, rights::kFdWrite | rights::kFdSeek));
  if (!entry->file) return Errno::kSpipe;
  const std::vector<iovec> buffers = TRY(guest_iovecs(call, iovs, iovs_len));
  std::size_t put = 0;
  if ((entry->flags & fdflags::kAppend) != 0) {  // as in Linux: at the end all the same, and the position stays
    const u64 position = TRY(lift(entry->file->seek(0, SEEK_CUR)));
    put = TRY(lift(entry->file->append(buffers)));
    static_cast<void>(TRY(lift(entry->file->seek(static_cast<s64>(position), SEEK_SET))));
  } else {
    put = TRY(lift(entry->file->pwrite(std::span<const iovec>(buffers), offset)));
  }
  TRY(call.memory.store(nwritten, static_cast<u32>(put)));
  return Errno::kSuccess;
}

Errno Host::fd_seek(Call& call, u32 fd, s64 offset, u32 whence, u32 position) {
  // Preview 0 counts from the current position, the end, the start; preview 1 from the start, the position, the end.
  constexpr int kStable[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  constexpr int kUnstable[] = {SEEK_CUR, SEEK_END, SEEK_SET};
  Entry* entry = TRY(table_.find(fd, offset == 0 && whence == (call.unstable ? 0 : 1) ? rights::kFdTell : rights::kFdSeek));
  if (!entry->file) return Errno::kSpipe;
  if (whence > 2) return Errno::kInval;
  const u64 at = TRY(lift(entry->file->seek(offset, call.unstable ? kUnstable[whence] : kStable[whence])));
  TRY(call.memory.store(position, at));
  return Errno::kSuccess;
}

Errno Host::fd_tell(Call& call, u32 fd, u32 position) {
  Entry* entry = TRY(table_.find(fd, rights::kFdTell));
  if (!entry->file) return Errno::kSpipe;
  TRY(call.memory.store(position, TRY(lift(entry->file->seek(0, SEEK_CUR)))));
  return Errno::kSuccess;
}

}  // namespace witc::wasi::p1
