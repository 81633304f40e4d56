// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sockets. Preview 1 can make none: there are those that the host lent as standard streams (inetd's way, or systemd's),
// and what is accepted from them.
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/result.h"
#include "wasi-preview/fd.h"
#include "wasi-preview/p1/host.h"

namespace witc::wasi::p1 {
namespace {

constexpr u32 kRecvPeek = 1, kRecvWaitall = 2;
constexpr u16 kRecvDataTruncated = 1;

/// Does a call that never blocks until it needs not wait, or once if the guest does not want to wait.
template <class Function>
Expected<std::size_t> transfer(Call& call, const Entry& entry, short events, Function function) {
  while (true) {
    const ssize_t done = function();
    if (done >= 0) return static_cast<std::size_t>(done);
    if (errno == EINTR) continue;
    if (errno != EAGAIN || (entry.flags & fdflags::kNonblock) != 0) return std::unexpected(to_errno(errno));
    if (auto waited = wait_for(call, entry.fd(), events); !waited) return std::unexpected(waited.error());
  }
}

Expected<Entry*> find_socket(Table& table, u32 fd, u64 needs) {
  auto entry = table.find(fd, needs);
  if (entry && (!(*entry)->is_socket() || (*entry)->file)) return std::unexpected(Errno::kNotsock);
  return entry;
}

}  // namespace

Errno Host::sock_accept(Call& call, u32 fd, u32 flags, u32 accepted) {
  Entry* entry = TRY(find_socket(table_, fd, rights::kSockAccept));
  if ((flags & ~u32{fdflags::kNonblock}) != 0) return Errno::kInval;
  TRY(call.memory.slice(accepted, sizeof(u32)));
  int listens = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(entry->fd(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) return Errno::kInval;
  if ((entry->flags & fdflags::kNonblock) == 0) TRY(wait_for(call, entry->fd(), POLLIN));
  if (!sandbox_->take_slot()) return Errno::kMfile;
  Entry made;
  made.slot = sandbox_;
  const int listening = entry->fd();
  if (!is_ready(listening, POLLIN)) return Errno::kAgain;  // the socket itself may be a blocking one
  made.owned = fs::UniqueFd(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (made.owned.get() < 0) return to_errno(errno);
  made.stream = made.owned.get();
  made.type = Filetype::kSocketStream;
  made.flags = static_cast<u16>(flags);
  made.rights_base = rights::kFdRead | rights::kFdWrite | rights::kPollFdReadwrite | rights::kFdFdstatSetFlags |
                     rights::kFdFilestatGet | rights::kSockShutdown;
  TRY(call.memory.store(accepted, table_.add(std::move(made))));
  return Errno::kSuccess;
}

Errno Host::sock_recv(Call& call, u32 fd, u32 ri_data, u32 ri_data_len, u32 ri_flags, u32 ro_datalen, u32 ro_flags) {
  Entry* entry = TRY(find_socket(table_, fd, rights::kFdRead));
  if ((ri_flags & ~(kRecvPeek | kRecvWaitall)) != 0) return Errno::kInval;
  std::vector<iovec> buffers = TRY(guest_iovecs(call, ri_data, ri_data_len));
  TRY(call.memory.slice(ro_flags, sizeof(u16)));
  msghdr message{};
  message.msg_iov = buffers.data();
  message.msg_iovlen = buffers.size();
  // All of it is waited for by looking again: a wait in the kernel could not be interrupted.
  std::size_t wanted = 0;
  for (const iovec& buffer : buffers) wanted += buffer.iov_len;
  const bool all = (ri_flags & kRecvWaitall) != 0 && entry->type == Filetype::kSocketStream && (ri_flags & kRecvPeek) == 0;
  std::size_t got = 0;
  do {
    const std::size_t more = TRY(transfer(call, *entry, POLLIN, [&] {
      return ::recvmsg(entry->fd(), &message, MSG_DONTWAIT | ((ri_flags & kRecvPeek) != 0 ? MSG_PEEK : 0));
    }));
    got += more;
    if (more == 0) break;
    for (std::size_t skip = more; skip != 0;) {  // go on after what has come
      iovec& first = *message.msg_iov;
      const std::size_t step = std::min(skip, first.iov_len);
      first = {static_cast<u8*>(first.iov_base) + step, first.iov_len - step};
      skip -= step;
      if (first.iov_len == 0 && message.msg_iovlen > 1) {
        ++message.msg_iov;
        --message.msg_iovlen;
      } else if (skip != 0 && step == 0) {
        break;
      }
    }
  } while (all && got < wanted);
  TRY(call.memory.store(ro_datalen, static_cast<u32>(got)));
  TRY(call.memory.store(ro_flags, static_cast<u16>((message.msg_flags & MSG_TRUNC) != 0 ? kRecvDataTruncated : 0)));
  return Errno::kSuccess;
}

Errno Host::sock_send(Call& call, u32 fd, u32 si_data, u32 si_data_len, u32 si_flags, u32 so_datalen) {
  Entry* entry = TRY(find_socket(table_, fd, rights::kFdWrite));
  if (si_flags != 0) return Errno::kInval;
  std::vector<iovec> buffers = TRY(guest_iovecs(call, si_data, si_data_len));
  msghdr message{};
  message.msg_iov = buffers.data();
  message.msg_iovlen = buffers.size();
  const std::size_t sent = TRY(transfer(call, *entry, POLLOUT, [&] {
    return ::sendmsg(entry->fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  }));
  TRY(call.memory.store(so_datalen, static_cast<u32>(sent)));
  return Errno::kSuccess;
}

Errno Host::sock_shutdown(Call&, u32 fd, u32 how) {
  Entry* entry = TRY(find_socket(table_, fd, rights::kSockShutdown));
  constexpr int kHow[] = {-1, SHUT_RD, SHUT_WR, SHUT_RDWR};
  if (how == 0 || how > 3) return Errno::kInval;
  if (::shutdown(entry->fd(), kHow[how]) != 0) return to_errno(errno);
  return Errno::kSuccess;
}

}  // namespace witc::wasi::p1
