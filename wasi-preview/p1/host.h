// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The functions of preview 1, one method each, named and ordered as in the witx; parameters are the core ones: numbers,
// addresses, and addresses of results last. What a method does not say here, the witx says. Private to
// wasi-preview/p1; a host sees wasi-preview/preview1.h.
//
// Reads and writes go straight from and to the guest's memory, in one system call for all iovecs. Where a read or write
// would have to wait (streams, FIFOs, devices) it waits in poll(2), together with the guest's interruption.
//
// `unstable` is preview 0 (`wasi_unstable`): the same functions but for the layout of filestat and subscription and the
// numbers of whence.

#include <optional>
#include <string_view>
#include <sys/uio.h>
#include <vector>

#include "engine/api.h"
#include "wasi-preview/options.h"
#include "wasi-preview/p1/clocks.h"
#include "wasi-preview/p1/memory.h"
#include "wasi-preview/p1/table.h"
#include "wasi-preview/random.h"

namespace witc::wasi::p1 {

/// One call: of whom, and what may be touched.
struct Call {
  api::Caller& caller;
  GuestMemory memory;
  bool unstable = false;
  std::optional<api::Trap> trap{};  // ends the guest when the method returns
};

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s64 = std::int64_t;

class Host {
 public:
  /// Opens nothing by itself: `table` has the standard streams and the preopens.
  Host(const WasiOptions& options, std::shared_ptr<fs::Sandbox> sandbox, Table table);

  // process.cpp
  Errno args_get(Call& call, u32 argv, u32 argv_buf);
  Errno args_sizes_get(Call& call, u32 count, u32 size);
  Errno environ_get(Call& call, u32 environ, u32 environ_buf);
  Errno environ_sizes_get(Call& call, u32 count, u32 size);
  Errno clock_res_get(Call& call, u32 id, u32 resolution);
  Errno clock_time_get(Call& call, u32 id, u64 precision, u32 time);
  Errno proc_raise(Call& call, u32 sig);
  Errno sched_yield(Call& call);
  Errno random_get(Call& call, u32 buf, u32 buf_len);

  // fds.cpp
  Errno fd_advise(Call& call, u32 fd, u64 offset, u64 len, u32 advice);
  Errno fd_allocate(Call& call, u32 fd, u64 offset, u64 len);
  Errno fd_close(Call& call, u32 fd);
  Errno fd_datasync(Call& call, u32 fd);
  Errno fd_fdstat_get(Call& call, u32 fd, u32 stat);
  Errno fd_fdstat_set_flags(Call& call, u32 fd, u32 flags);
  Errno fd_fdstat_set_rights(Call& call, u32 fd, u64 base, u64 inheriting);
  Errno fd_filestat_get(Call& call, u32 fd, u32 stat);
  Errno fd_filestat_set_size(Call& call, u32 fd, u64 size);
  Errno fd_filestat_set_times(Call& call, u32 fd, u64 atim, u64 mtim, u32 fst_flags);
  Errno fd_prestat_get(Call& call, u32 fd, u32 prestat);
  Errno fd_prestat_dir_name(Call& call, u32 fd, u32 path, u32 path_len);
  Errno fd_renumber(Call& call, u32 fd, u32 to);
  Errno fd_sync(Call& call, u32 fd);

  // bytes.cpp
  Errno fd_pread(Call& call, u32 fd, u32 iovs, u32 iovs_len, u64 offset, u32 nread);
  Errno fd_pwrite(Call& call, u32 fd, u32 iovs, u32 iovs_len, u64 offset, u32 nwritten);
  Errno fd_read(Call& call, u32 fd, u32 iovs, u32 iovs_len, u32 nread);
  Errno fd_write(Call& call, u32 fd, u32 iovs, u32 iovs_len, u32 nwritten);
  Errno fd_seek(Call& call, u32 fd, s64 offset, u32 whence, u32 position);
  Errno fd_tell(Call& call, u32 fd, u32 position);

  // paths.cpp
  Errno fd_readdir(Call& call, u32 fd, u32 buf, u32 buf_len, u64 cookie, u32 bufused);
  Errno path_create_directory(Call& call, u32 fd, u32 path, u32 path_len);
  Errno path_filestat_get(Call& call, u32 fd, u32 flags, u32 path, u32 path_len, u32 stat);
  Errno path_filestat_set_times(Call& call, u32 fd, u32 flags, u32 path, u32 path_len, u64 atim, u64 mtim, u32 fst_flags);
  Errno path_link(Call& call, u32 old_fd, u32 old_flags, u32 old_path, u32 old_len, u32 new_fd, u32 new_path, u32 new_len);
  Errno path_open(Call& call, u32 fd, u32 dirflags, u32 path, u32 path_len, u32 oflags, u64 rights_base,
                  u64 rights_inheriting, u32 fdflags, u32 opened);
  Errno path_readlink(Call& call, u32 fd, u32 path, u32 path_len, u32 buf, u32 buf_len, u32 bufused);
  Errno path_remove_directory(Call& call, u32 fd, u32 path, u32 path_len);
  Errno path_rename(Call& call, u32 fd, u32 old_path, u32 old_len, u32 new_fd, u32 new_path, u32 new_len);
  Errno path_symlink(Call& call, u32 old_path, u32 old_len, u32 fd, u32 new_path, u32 new_len);
  Errno path_unlink_file(Call& call, u32 fd, u32 path, u32 path_len);

  // poll.cpp
  Errno poll_oneoff(Call& call, u32 in, u32 out, u32 nsubscriptions, u32 nevents);

  // sockets.cpp
  Errno sock_accept(Call& call, u32 fd, u32 flags, u32 accepted);
  Errno sock_recv(Call& call, u32 fd, u32 ri_data, u32 ri_data_len, u32 ri_flags, u32 ro_datalen, u32 ro_flags);
  Errno sock_send(Call& call, u32 fd, u32 si_data, u32 si_data_len, u32 si_flags, u32 so_datalen);
  Errno sock_shutdown(Call& call, u32 fd, u32 how);

 private:
  std::vector<std::string> args_;
  std::vector<std::string> environ_;
  Clocks clocks_;
  Random random_;
  std::shared_ptr<fs::Sandbox> sandbox_;
  Table table_;
};

/// Waits for poll(2)'s `events` on a file descriptor. EINTR: the guest was interrupted, and traps when the host function
/// returns.
Expected<void> wait_for(Call& call, int fd, short events);

/// The iovecs of a guest, each within its memory; the first 1024, which is as many as the kernel takes.
Expected<std::vector<iovec>> guest_iovecs(const Call& call, u32 iovs, u32 count);

/// Writes a filestat. ESRCH never; EFAULT.
Expected<void> store_filestat(const Call& call, u32 address, const fs::Stat& stat, Filetype type);

/// The times of *_set_times. EINVAL: a time is to be set and to be now, or an unknown flag.
struct NewTimes {
  fs::NewTime access, modification;
};
Expected<NewTimes> new_times(u64 atim, u64 mtim, u32 fst_flags, const Clocks& clocks);

/// A file-system result in preview 1's terms.
template <class T>
Expected<T> lift(fs::Expected<T> result) {
  if (!result) return std::unexpected(to_errno(result.error()));
  if constexpr (std::is_void_v<T>) return {};
  else return *std::move(result);
}

}  // namespace witc::wasi::p1
