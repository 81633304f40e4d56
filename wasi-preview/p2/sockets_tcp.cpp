// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:sockets/tcp and tcp-create-socket. The states of the WIT are a phase (what the kernel's socket is) and an operation
// (which start-* waits for its finish-*); as in wasmtime, start-bind and start-listen do all the work, and a connection
// that fails leaves the socket closed with its error, which every later function answers.
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "wasi-preview/p2/sockets_tcp_streams.h"

namespace witc::wasi {
namespace {

namespace tcp = ::wasi::sockets::tcp;
using ::wasi::sockets::network::IpSocketAddress;
using ::wasi::sockets::network::Network;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kMaxKeepAliveSeconds = 32767;  // MAX_TCP_KEEPIDLE of Linux
constexpr std::uint32_t kMaxKeepAliveCount = 127;      // MAX_TCP_KEEPCNT

enum class Phase : std::uint8_t { kUnconnected, kListening, kConnecting, kConnected, kClosed };
enum class Operation : std::uint8_t { kNone, kBind, kConnect, kListen };

/// What a socket shares with its pollables.
class TcpState final : public Readiness {
 public:
  TcpState(std::shared_ptr<SocketFd> fd, Phase phase) : phase_(phase), fd_(std::move(fd)), context_(fd_->context()) {}

  bool ready() override {
    advance();
    if (phase_ == Phase::kListening && operation_ == Operation::kNone) return fd_->readable();
    return phase_ != Phase::kConnecting;
  }
  void arm() override {
    if (phase_ == Phase::kConnecting && is_asked_) fd_->arm_write();  // else a name is looked up, whose answer is posted
    else if (phase_ == Phase::kListening) fd_->arm_read();
  }

  void connect(const SocketAddress& remote) {
    remote_ = remote;
    phase_ = Phase::kConnecting;
    operation_ = Operation::kConnect;
    advance();
  }
  /// Takes a connection that is being made as far as it goes without waiting.
  void advance();

  /// The socket, in the phases in which it can be asked.
  SocketResult<SocketFd*> fd() const {
    if (phase_ == Phase::kConnecting) return fail(SocketError::kInvalidState);
    if (phase_ == Phase::kClosed) return fail(failure_);
    return fd_.get();
  }

  Phase phase_;
  Operation operation_ = Operation::kNone;
  std::shared_ptr<SocketFd> fd_;  // null once closed
  SocketContextPtr context_;
  SocketError failure_ = SocketError::kUnknown;  // why it is closed

 private:
  void close(SocketError failure) {
    phase_ = Phase::kClosed;
    failure_ = failure;
    fd_.reset();
  }

  SocketAddress remote_;
  bool is_asked_ = false;  // the kernel, for the connection
};

void TcpState::advance() {
  if (phase_ != Phase::kConnecting) return;
  if (!is_asked_) {
    switch (context_->policy.check(SocketProtocol::kTcp, SocketUse::kConnect, remote_)) {
      case NetworkPolicy::Verdict::kLookingUp: return;
      case NetworkPolicy::Verdict::kDenied: return close(SocketError::kAccessDenied);
      case NetworkPolicy::Verdict::kAllowed: break;
    }
    is_asked_ = true;
    sockaddr_storage kernel;
    const socklen_t size = remote_.to_kernel(kernel);
    const int done = ::connect(fd_->get(), reinterpret_cast<const sockaddr*>(&kernel), size);
    if (done != 0 && errno != EINPROGRESS && errno != EINTR) return close(error_of_errno(errno));
  }
  if (!fd_->writable()) return;
  auto failed = fd_->option(SOL_SOCKET, SO_ERROR);
  if (!failed) return close(failed.error());
  if (*failed != 0) return close(error_of_errno(*failed));
  phase_ = Phase::kConnected;
}

class TcpSocket final : public tcp::TcpSocket {
 public:
  TcpSocket(std::shared_ptr<SocketFd> fd, Phase phase)
      : family_(fd->family()),
        is_bound_(phase != Phase::kUnconnected),
        state_(std::make_shared<TcpState>(std::move(fd), phase)) {}

  SocketResult<void> start_bind(Network& network, IpSocketAddress local_address) override;
  SocketResult<void> finish_bind() override { return finish(Operation::kBind); }
  SocketResult<void> start_connect(Network& network, IpSocketAddress remote_address) override;
  SocketResult<std::tuple<std::unique_ptr<io::streams::InputStream>, std::unique_ptr<io::streams::OutputStream>>>
  finish_connect() override;
  SocketResult<void> start_listen() override;
  SocketResult<void> finish_listen() override { return finish(Operation::kListen); }
  SocketResult<std::tuple<std::unique_ptr<tcp::TcpSocket>, std::unique_ptr<io::streams::InputStream>,
                          std::unique_ptr<io::streams::OutputStream>>>
  accept() override;
  SocketResult<IpSocketAddress> local_address() override;
  SocketResult<IpSocketAddress> remote_address() override;
  bool is_listening() override { return state_->phase_ == Phase::kListening; }
  Family address_family() override { return family_; }
  SocketResult<void> shutdown(tcp::ShutdownType how) override;
  std::unique_ptr<io::poll::Pollable> subscribe() override {
    return std::make_unique<Pollable>(state_->context_->loop, state_);
  }

  SocketResult<void> set_listen_backlog_size(std::uint64_t value) override;
  SocketResult<bool> keep_alive_enabled() override;
  SocketResult<void> set_keep_alive_enabled(bool value) override;
  SocketResult<tcp::Duration> keep_alive_idle_time() override { return time_option(TCP_KEEPIDLE); }
  SocketResult<void> set_keep_alive_idle_time(tcp::Duration value) override { return set_time_option(TCP_KEEPIDLE, value); }
  SocketResult<tcp::Duration> keep_alive_interval() override { return time_option(TCP_KEEPINTVL); }
  SocketResult<void> set_keep_alive_interval(tcp::Duration value) override { return set_time_option(TCP_KEEPINTVL, value); }
  SocketResult<std::uint32_t> keep_alive_count() override;
  SocketResult<void> set_keep_alive_count(std::uint32_t value) override;
  SocketResult<std::uint8_t> hop_limit() override {
    return with_fd([](SocketFd& fd) { return fd.hop_limit(); });
  }
  SocketResult<void> set_hop_limit(std::uint8_t value) override {
    return with_fd([&](SocketFd& fd) { return fd.set_hop_limit(value); });
  }
  SocketResult<std::uint64_t> receive_buffer_size() override {
    return with_fd([](SocketFd& fd) { return fd.buffer_size(SO_RCVBUF); });
  }
  SocketResult<void> set_receive_buffer_size(std::uint64_t value) override {
    return with_fd([&](SocketFd& fd) { return fd.set_buffer_size(SO_RCVBUF, value); });
  }
  SocketResult<std::uint64_t> send_buffer_size() override {
    return with_fd([](SocketFd& fd) { return fd.buffer_size(SO_SNDBUF); });
  }
  SocketResult<void> set_send_buffer_size(std::uint64_t value) override {
    return with_fd([&](SocketFd& fd) { return fd.set_buffer_size(SO_SNDBUF, value); });
  }

 private:
  template <class F>
  std::invoke_result_t<F, SocketFd&> with_fd(F what) const {
    auto fd = state_->fd();
    if (!fd) return fail(fd.error());
    return what(**fd);
  }
  SocketResult<void> finish(Operation operation) {
    if (state_->operation_ != operation) return fail(SocketError::kNotInProgress);
    state_->operation_ = Operation::kNone;
    return {};
  }
  SocketResult<tcp::Duration> time_option(int name) const;
  SocketResult<void> set_time_option(int name, tcp::Duration value);
  /// The streams of a connection that was just made.
  std::pair<std::unique_ptr<InputStream>, std::unique_ptr<OutputStream>> take_streams();

  Family family_;
  bool is_bound_;
  bool may_listen_ = false;  // where it is bound
  int backlog_ = 128;
  std::shared_ptr<TcpState> state_;
  std::shared_ptr<TcpReader> reader_;
  std::shared_ptr<TcpWriter> writer_;
};

// -- bind, connect, listen, accept --------------------------------------------------------------------------------------

SocketResult<void> TcpSocket::start_bind(Network&, IpSocketAddress local_address) {
  if (state_->operation_ != Operation::kNone) return fail(SocketError::kConcurrencyConflict);
  if (is_bound_ || state_->phase_ != Phase::kUnconnected) return fail(SocketError::kInvalidState);
  const SocketAddress local = SocketAddress::from_wit(local_address);
  if (local.ip.is_multicast_or_broadcast() || !local.fits(family_)) return fail(SocketError::kInvalidArgument);
  NetworkPolicy& policy = state_->context_->policy;
  may_listen_ = policy.allows(SocketProtocol::kTcp, SocketUse::kBind, local);
  // Binding to any free port of any interface is what connecting does by itself.
  const bool is_implicit = local == SocketAddress::any(family_) && policy.may_connect_somewhere(SocketProtocol::kTcp);
  if (!may_listen_ && !is_implicit) return fail(SocketError::kAccessDenied);
  SocketFd& fd = *state_->fd_;
  (void)fd.set_option(SOL_SOCKET, SO_REUSEADDR, 1);  // a connection in TIME_WAIT does not hinder
  if (auto bound = fd.bind(local); !bound) return bound;
  is_bound_ = true;
  state_->operation_ = Operation::kBind;
  return {};
}

SocketResult<void> TcpSocket::start_connect(Network&, IpSocketAddress remote_address) {
  if (state_->operation_ != Operation::kNone) return fail(SocketError::kConcurrencyConflict);
  if (state_->phase_ != Phase::kUnconnected) return fail(SocketError::kInvalidState);
  const SocketAddress remote = SocketAddress::from_wit(remote_address);
  if (remote.ip.is_multicast_or_broadcast() || !remote.is_valid_remote() || !remote.fits(family_)) {
    return fail(SocketError::kInvalidArgument);
  }
  state_->connect(remote);
  is_bound_ = true;
  return {};
}

SocketResult<std::tuple<std::unique_ptr<io::streams::InputStream>, std::unique_ptr<io::streams::OutputStream>>>
TcpSocket::finish_connect() {
  if (state_->operation_ != Operation::kConnect) return fail(SocketError::kNotInProgress);
  if (!state_->ready()) {
    state_->context_->loop->poll();
    if (!state_->ready()) return fail(SocketError::kWouldBlock);
  }
  state_->operation_ = Operation::kNone;
  if (state_->phase_ == Phase::kClosed) return fail(state_->failure_);
  auto [input, output] = take_streams();
  return std::tuple(std::unique_ptr<io::streams::InputStream>(std::move(input)),
                    std::unique_ptr<io::streams::OutputStream>(std::move(output)));
}

SocketResult<void> TcpSocket::start_listen() {
  if (state_->operation_ != Operation::kNone) return fail(SocketError::kConcurrencyConflict);
  if (!is_bound_ || state_->phase_ != Phase::kUnconnected) return fail(SocketError::kInvalidState);
  if (!may_listen_) return fail(SocketError::kAccessDenied);
  if (::listen(state_->fd_->get(), backlog_) != 0) return fail_errno(errno);
  state_->phase_ = Phase::kListening;
  state_->operation_ = Operation::kListen;
  return {};
}

SocketResult<std::tuple<std::unique_ptr<tcp::TcpSocket>, std::unique_ptr<io::streams::InputStream>,
                        std::unique_ptr<io::streams::OutputStream>>>
TcpSocket::accept() {
  if (state_->phase_ != Phase::kListening) return fail(SocketError::kInvalidState);
  auto fd = SocketFd::accept(*state_->fd_);
  if (!fd) return fail(fd.error());
  auto socket = std::make_unique<TcpSocket>(*std::move(fd), Phase::kConnected);
  auto [input, output] = socket->take_streams();
  return std::tuple(std::unique_ptr<tcp::TcpSocket>(std::move(socket)),
                    std::unique_ptr<io::streams::InputStream>(std::move(input)),
                    std::unique_ptr<io::streams::OutputStream>(std::move(output)));
}

std::pair<std::unique_ptr<InputStream>, std::unique_ptr<OutputStream>> TcpSocket::take_streams() {
  const EventLoopPtr& loop = state_->context_->loop;
  reader_ = std::make_shared<TcpReader>(state_->fd_);
  writer_ = TcpWriter::make(state_->fd_);
  return {std::make_unique<InputStream>(loop, reader_), std::make_unique<OutputStream>(loop, writer_)};
}

SocketResult<void> TcpSocket::shutdown(tcp::ShutdownType how) {
  if (reader_ == nullptr) return fail(SocketError::kInvalidState);
  if (how != tcp::ShutdownType::kSend) reader_->shutdown();
  if (how != tcp::ShutdownType::kReceive) writer_->shutdown();
  return {};
}

// -- addresses and options ----------------------------------------------------------------------------------------------

SocketResult<IpSocketAddress> TcpSocket::local_address() {
  if (!is_bound_) return fail(SocketError::kInvalidState);
  return with_fd([](SocketFd& fd) -> SocketResult<IpSocketAddress> {
    auto address = fd.local_address();
    if (!address) return fail(address.error());
    return address->to_wit();
  });
}

SocketResult<IpSocketAddress> TcpSocket::remote_address() {
  return with_fd([&](SocketFd& fd) -> SocketResult<IpSocketAddress> {
    if (state_->phase_ != Phase::kConnected) return fail(SocketError::kInvalidState);
    auto address = fd.remote_address();
    if (!address) return fail(address.error());
    return address->to_wit();
  });
}

SocketResult<void> TcpSocket::set_listen_backlog_size(std::uint64_t value) {
  if (value == 0) return fail(SocketError::kInvalidArgument);
  const int backlog = static_cast<int>(std::min<std::uint64_t>(value, std::numeric_limits<int>::max()));
  return with_fd([&](SocketFd& fd) -> SocketResult<void> {
    if (state_->phase_ == Phase::kConnected) return fail(SocketError::kInvalidState);
    if (state_->phase_ == Phase::kListening && ::listen(fd.get(), backlog) != 0) return fail(SocketError::kNotSupported);
    backlog_ = backlog;
    return {};
  });
}

SocketResult<bool> TcpSocket::keep_alive_enabled() {
  return with_fd([](SocketFd& fd) -> SocketResult<bool> {
    auto value = fd.option(SOL_SOCKET, SO_KEEPALIVE);
    if (!value) return fail(value.error());
    return *value != 0;
  });
}
SocketResult<void> TcpSocket::set_keep_alive_enabled(bool value) {
  return with_fd([&](SocketFd& fd) { return fd.set_option(SOL_SOCKET, SO_KEEPALIVE, value ? 1 : 0); });
}

SocketResult<tcp::Duration> TcpSocket::time_option(int name) const {
  return with_fd([&](SocketFd& fd) -> SocketResult<tcp::Duration> {
    auto seconds = fd.option(IPPROTO_TCP, name);
    if (!seconds) return fail(seconds.error());
    return static_cast<std::uint64_t>(*seconds) * kSecond;
  });
}
/// The kernel counts in seconds: what is asked for is rounded up.
SocketResult<void> TcpSocket::set_time_option(int name, tcp::Duration value) {
  if (value == 0) return fail(SocketError::kInvalidArgument);
  const std::uint64_t seconds = std::min((value - 1) / kSecond + 1, kMaxKeepAliveSeconds);
  return with_fd([&](SocketFd& fd) { return fd.set_option(IPPROTO_TCP, name, static_cast<int>(seconds)); });
}

SocketResult<std::uint32_t> TcpSocket::keep_alive_count() {
  return with_fd([](SocketFd& fd) -> SocketResult<std::uint32_t> {
    auto value = fd.option(IPPROTO_TCP, TCP_KEEPCNT);
    if (!value) return fail(value.error());
    return static_cast<std::uint32_t>(*value);
  });
}
SocketResult<void> TcpSocket::set_keep_alive_count(std::uint32_t value) {
  if (value == 0) return fail(SocketError::kInvalidArgument);
  const int count = static_cast<int>(std::min(value, kMaxKeepAliveCount));
  return with_fd([&](SocketFd& fd) { return fd.set_option(IPPROTO_TCP, TCP_KEEPCNT, count); });
}

}  // namespace

SocketResult<std::unique_ptr<tcp::TcpSocket>> create_tcp_socket(const SocketContextPtr& context, Family family) {
  if (!context->policy.is_on(SocketProtocol::kTcp)) return fail(SocketError::kAccessDenied);
  auto fd = SocketFd::make(context, family, SocketFd::Type::kStream);
  if (!fd) return fail(fd.error());
  return std::make_unique<TcpSocket>(*std::move(fd), Phase::kUnconnected);
}

}  // namespace witc::wasi
