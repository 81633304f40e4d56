// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A socket's file descriptor, and the options that TCP and UDP have in common.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <limits>

#include "wasi-preview/fd.h"
#include "wasi-preview/p2/sockets.h"

namespace witc::wasi {
namespace {

using Descriptor = boost::asio::posix::stream_descriptor;

/// Linux answers accept with errors that the connection it would give has met already.
int error_of_accept(int code) {
  switch (code) {
    case ECONNRESET:
    case ENETRESET:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENETUNREACH:
    case EPROTO:
    case ENOPROTOOPT:
    case ENONET:
    case EOPNOTSUPP: return ECONNABORTED;
    default: return code;
  }
}

}  // namespace

struct SocketFd::Watch {
  /// What handlers share with the socket; they may run after its end.
  struct State {
    bool is_read_armed = false;
    bool is_write_armed = false;
    std::function<void()> on_writable;
  };

  explicit Watch(EventLoop& loop) : descriptor(loop.io()) {}
  ~Watch() { state->on_writable = nullptr; }

  Descriptor descriptor;
  std::shared_ptr<State> state = std::make_shared<State>();
};

SocketFd::SocketFd(SocketContextPtr context, Family family, std::unique_ptr<Watch> watch)
    : context_(std::move(context)), family_(family), watch_(std::move(watch)) {}

SocketFd::~SocketFd() {
  watch_.reset();
  context_->files->give_slot();
}

SocketResult<std::unique_ptr<SocketFd>> SocketFd::adopt(SocketContextPtr context, Family family, int fd) {
  auto watch = std::make_unique<Watch>(*context->loop);
  boost::system::error_code failed;
  watch->descriptor.assign(fd, failed);
  if (failed) {
    ::close(fd);
    context->files->give_slot();
    return fail_errno(failed.value());
  }
  return std::unique_ptr<SocketFd>(new SocketFd(std::move(context), family, std::move(watch)));
}

SocketResult<std::unique_ptr<SocketFd>> SocketFd::make(SocketContextPtr context, Family family, Type type) {
  if (!context->files->take_slot()) return fail(SocketError::kNewSocketLimit);
  const int fd = ::socket(family == Family::kIpv4 ? AF_INET : AF_INET6,
                          (type == Type::kStream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    context->files->give_slot();
    return fail_errno(errno);
  }
  auto socket = adopt(std::move(context), family, fd);
  if (socket && family == Family::kIpv6) {
    if (auto set = (*socket)->set_option(IPPROTO_IPV6, IPV6_V6ONLY, 1); !set) return fail(set.error());
  }
  return socket;
}

SocketResult<std::unique_ptr<SocketFd>> SocketFd::accept(const SocketFd& listener) {
  const SocketContextPtr& context = listener.context_;
  if (!is_ready(listener.get(), POLLIN)) return fail(SocketError::kWouldBlock);
  if (!context->files->take_slot()) return fail(SocketError::kNewSocketLimit);
  int fd = -1;
  do {
    fd = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    const int code = error_of_accept(errno);
    context->files->give_slot();
    return fail_errno(code);
  }
  return adopt(context, listener.family_, fd);
}

int SocketFd::get() const { return watch_->descriptor.native_handle(); }
bool SocketFd::readable() const { return is_ready(get(), POLLIN); }
bool SocketFd::writable() const { return is_ready(get(), POLLOUT); }

void SocketFd::arm_read() {
  if (std::exchange(watch_->state->is_read_armed, true)) return;
  watch_->descriptor.async_wait(Descriptor::wait_read,
                                [state = watch_->state](boost::system::error_code) { state->is_read_armed = false; });
}

void SocketFd::arm_write() {
  if (std::exchange(watch_->state->is_write_armed, true)) return;
  watch_->descriptor.async_wait(Descriptor::wait_write, [state = watch_->state](boost::system::error_code) {
    state->is_write_armed = false;
    const std::function<void()> handler = state->on_writable;  // which may end the socket, and itself
    if (handler) handler();
  });
}

void SocketFd::on_writable(std::function<void()> handler) { watch_->state->on_writable = std::move(handler); }

SocketResult<SocketAddress> SocketFd::local_address() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return fail_errno(errno);
  return SocketAddress::from_kernel(address);
}

SocketResult<SocketAddress> SocketFd::remote_address() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return fail_errno(errno);
  return SocketAddress::from_kernel(address);
}

SocketResult<void> SocketFd::bind(const SocketAddress& address) {
  sockaddr_storage kernel;
  const socklen_t size = address.to_kernel(kernel);
  if (::bind(get(), reinterpret_cast<const sockaddr*>(&kernel), size) == 0) return {};
  return fail_errno(errno == EAFNOSUPPORT ? EINVAL : errno);
}

// -- options ------------------------------------------------------------------------------------------------------------

SocketResult<int> SocketFd::option(int level, int name) const {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(get(), level, name, &value, &size) != 0) return fail_errno(errno);
  return value;
}

SocketResult<void> SocketFd::set_option(int level, int name, int value) {
  if (::setsockopt(get(), level, name, &value, sizeof value) != 0) return fail_errno(errno);
  return {};
}

SocketResult<std::uint8_t> SocketFd::hop_limit() const {
  auto value = family_ == Family::kIpv4 ? option(IPPROTO_IP, IP_TTL) : option(IPPROTO_IPV6, IPV6_UNICAST_HOPS);
  if (!value) return fail(value.error());
  if (*value < 0 || *value > 255) return fail(SocketError::kNotSupported);
  return static_cast<std::uint8_t>(*value);
}

SocketResult<void> SocketFd::set_hop_limit(std::uint8_t value) {
  if (value == 0) return fail(SocketError::kInvalidArgument);
  return family_ == Family::kIpv4 ? set_option(IPPROTO_IP, IP_TTL, value)
                                  : set_option(IPPROTO_IPV6, IPV6_UNICAST_HOPS, value);
}

/// Linux keeps twice of what it is told, for its own use (socket(7)): a guest reads back what it asked for.
SocketResult<std::uint64_t> SocketFd::buffer_size(int option) const {
  auto value = this->option(SOL_SOCKET, option);
  if (!value) return fail(value.error());
  return static_cast<std::uint64_t>(*value) / 2;
}

SocketResult<void> SocketFd::set_buffer_size(int option, std::uint64_t value) {
  if (value == 0) return fail(SocketError::kInvalidArgument);
  constexpr std::uint64_t kMax = std::numeric_limits<int>::max();
  return set_option(SOL_SOCKET, option, static_cast<int>(std::min(value, kMax)));
}

}  // namespace witc::wasi
