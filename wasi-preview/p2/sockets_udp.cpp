// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:sockets/udp and udp-create-socket. Datagrams wait in the kernel's buffers, not here; a stream looks at one ahead, to
// be ready only if there is one that the guest may have.
//
// Permission has two sides. A socket bound by a grant hears everybody, and may answer who wrote to it. Any other socket
// hears only whom it may write to.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <set>

#include "wasi-preview/p2/sockets.h"

namespace witc::wasi {
namespace {

namespace udp = ::wasi::sockets::udp;
using ::wasi::sockets::network::IpSocketAddress;
using ::wasi::sockets::network::Network;

constexpr std::size_t kMaxDatagram = 65535;
constexpr std::uint64_t kMaxDatagrams = 16;       // in one call
constexpr std::size_t kMaxReceived = 64 << 10;    // bytes in one call, but for the last datagram
constexpr int kMaxSkipped = 64;                   // datagrams that the guest may not have, looked at in one go

/// The addresses that a socket last exchanged datagrams with; how many is bounded.
class Peers {
 public:
  [[nodiscard]] bool contains(const SocketAddress& peer) const { return known_.contains(peer); }
  void add(const SocketAddress& peer) {
    if (!known_.insert(peer).second) return;
    order_.push_back(peer);
    if (order_.size() <= kMax) return;
    known_.erase(order_.front());
    order_.pop_front();
  }

 private:
  static constexpr std::size_t kMax = 1024;
  std::set<SocketAddress> known_;
  std::deque<SocketAddress> order_;
};

/// What a socket shares with its streams.
struct UdpState {
  explicit UdpState(std::unique_ptr<SocketFd> socket) : fd(std::move(socket)), context(fd->context()) {}

  bool may_send(const SocketAddress& to) {
    if (peers.contains(to)) return true;
    if (!context->policy.allows(SocketProtocol::kUdp, SocketUse::kConnect, to)) return false;
    peers.add(to);
    return true;
  }
  bool may_receive(const SocketAddress& from) {
    if (is_granted) peers.add(from);
    if (is_granted || peers.contains(from)) return true;
    return context->policy.check(SocketProtocol::kUdp, SocketUse::kConnect, from) == NetworkPolicy::Verdict::kAllowed;
  }

  const std::unique_ptr<SocketFd> fd;
  const SocketContextPtr context;
  bool is_granted = false;  // bound where a grant permits
  std::optional<SocketAddress> remote;
  Peers peers;
};

// -- incoming-datagram-stream -------------------------------------------------------------------------------------------

class Receiver final : public Readiness {
 public:
  explicit Receiver(std::shared_ptr<UdpState> socket) : socket_(std::move(socket)) {}
  bool ready() override {
    look_ahead();
    return next_.has_value();
  }
  void arm() override { socket_->fd->arm_read(); }
  /// The next datagram or error; none if there is none now.
  std::optional<SocketResult<udp::IncomingDatagram>> take() {
    look_ahead();
    return std::exchange(next_, std::nullopt);
  }

 private:
  void look_ahead();

  std::shared_ptr<UdpState> socket_;
  std::optional<SocketResult<udp::IncomingDatagram>> next_;
};

void Receiver::look_ahead() {
  std::vector<std::uint8_t>& buffer = socket_->context->datagram;
  for (int skipped = 0; !next_ && skipped < kMaxSkipped; ++skipped) {
    buffer.resize(kMaxDatagram);
    sockaddr_storage kernel{};
    socklen_t size = sizeof kernel;
    const ssize_t got = ::recvfrom(socket_->fd->get(), buffer.data(), buffer.size(), MSG_DONTWAIT,
                                   reinterpret_cast<sockaddr*>(&kernel), &size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      if (errno != EAGAIN && errno != EWOULDBLOCK) next_ = SocketResult<udp::IncomingDatagram>(fail_errno(errno));
      return;
    }
    const SocketAddress from = SocketAddress::from_kernel(kernel);
    // Linux filters what arrives: what was there before the socket was connected still waits in it.
    if (socket_->remote && *socket_->remote != from) continue;
    if (!socket_->may_receive(from)) continue;
    next_ = udp::IncomingDatagram{{buffer.begin(), buffer.begin() + got}, from.to_wit()};
  }
}

class IncomingDatagramStream final : public udp::IncomingDatagramStream {
 public:
  IncomingDatagramStream(EventLoopPtr loop, std::shared_ptr<UdpState> socket, std::shared_ptr<void> in_use)
      : loop_(std::move(loop)), receiver_(std::make_shared<Receiver>(std::move(socket))), in_use_(std::move(in_use)) {}

  SocketResult<std::vector<udp::IncomingDatagram>> receive(std::uint64_t max_results) override {
    std::vector<udp::IncomingDatagram> datagrams;
    std::size_t bytes = 0;
    while (datagrams.size() < std::min(max_results, kMaxDatagrams) && bytes < kMaxReceived) {
      if (!datagrams.empty() && !receiver_->ready()) break;
      std::optional<SocketResult<udp::IncomingDatagram>> next = receiver_->take();
      if (!next) break;
      if (!*next && datagrams.empty()) return fail(next->error());
      if (!*next) break;
      bytes += 1 + (*next)->data.size();
      datagrams.push_back(*std::move(*next));
    }
    return datagrams;
  }
  std::unique_ptr<io::poll::Pollable> subscribe() override { return std::make_unique<Pollable>(loop_, receiver_); }

 private:
  EventLoopPtr loop_;
  std::shared_ptr<Receiver> receiver_;
  std::shared_ptr<void> in_use_;
};

// -- outgoing-datagram-stream -------------------------------------------------------------------------------------------

class Sendable final : public Readiness {
 public:
  explicit Sendable(std::shared_ptr<UdpState> socket) : socket_(std::move(socket)) {}
  bool ready() override { return socket_->fd->writable(); }
  void arm() override { socket_->fd->arm_write(); }

 private:
  std::shared_ptr<UdpState> socket_;
};

class OutgoingDatagramStream final : public udp::OutgoingDatagramStream {
 public:
  OutgoingDatagramStream(EventLoopPtr loop, std::shared_ptr<UdpState> socket, std::shared_ptr<void> in_use)
      : loop_(std::move(loop)), socket_(std::move(socket)), sendable_(std::make_shared<Sendable>(socket_)),
        in_use_(std::move(in_use)) {}

  SocketResult<std::uint64_t> check_send() override {
    permitted_ = sendable_->ready() ? kMaxDatagrams : 0;
    return permitted_;
  }
  SocketResult<std::uint64_t> send(std::span<const udp::OutgoingDatagram> datagrams) override;
  std::unique_ptr<io::poll::Pollable> subscribe() override { return std::make_unique<Pollable>(loop_, sendable_); }

 private:
  SocketResult<void> send_one(const udp::OutgoingDatagram& datagram);

  EventLoopPtr loop_;
  std::shared_ptr<UdpState> socket_;
  std::shared_ptr<Sendable> sendable_;
  std::shared_ptr<void> in_use_;
  std::uint64_t permitted_ = 0;  // by the last check-send
};

SocketResult<std::uint64_t> OutgoingDatagramStream::send(std::span<const udp::OutgoingDatagram> datagrams) {
  if (datagrams.empty()) return std::uint64_t{0};
  if (datagrams.size() > permitted_) {
    trap("send of more datagrams than check-send permitted");
    return std::uint64_t{0};
  }
  permitted_ = 0;
  std::uint64_t sent = 0;
  for (const udp::OutgoingDatagram& datagram : datagrams) {
    SocketResult<void> done = send_one(datagram);
    if (!done && sent == 0 && done.error() != SocketError::kWouldBlock) return fail(done.error());
    if (!done) break;  // the guest meets the error again when it sends the rest
    ++sent;
  }
  return sent;
}

SocketResult<void> OutgoingDatagramStream::send_one(const udp::OutgoingDatagram& datagram) {
  if (datagram.data.size() > kMaxDatagram) return fail(SocketError::kDatagramTooLarge);
  std::optional<SocketAddress> to = socket_->remote;
  if (datagram.remote_address) {
    to = SocketAddress::from_wit(*datagram.remote_address);
    if (!to->is_valid_remote() || !to->fits(socket_->fd->family())) return fail(SocketError::kInvalidArgument);
    if (socket_->remote && *socket_->remote != *to) return fail(SocketError::kInvalidArgument);
  }
  if (!to) return fail(SocketError::kInvalidArgument);
  if (!socket_->may_send(*to)) return fail(SocketError::kAccessDenied);
  sockaddr_storage kernel;
  const socklen_t size = to->to_kernel(kernel);
  const auto* address = socket_->remote ? nullptr : reinterpret_cast<const sockaddr*>(&kernel);
  ssize_t done = 0;
  do {
    done = ::sendto(socket_->fd->get(), datagram.data.data(), datagram.data.size(), MSG_DONTWAIT | MSG_NOSIGNAL, address,
                    address == nullptr ? 0 : size);
  } while (done < 0 && errno == EINTR);
  if (done < 0) return fail_errno(errno);
  return {};
}

// -- udp-socket ---------------------------------------------------------------------------------------------------------

class UdpSocket final : public udp::UdpSocket {
 public:
  explicit UdpSocket(std::unique_ptr<SocketFd> fd) : state_(std::make_shared<UdpState>(std::move(fd))) {}

  SocketResult<void> start_bind(Network& network, IpSocketAddress local_address) override;
  SocketResult<void> finish_bind() override {
    if (!std::exchange(is_binding_, false)) return fail(SocketError::kNotInProgress);
    return {};
  }
  SocketResult<std::tuple<std::unique_ptr<udp::IncomingDatagramStream>, std::unique_ptr<udp::OutgoingDatagramStream>>> stream(
      std::optional<IpSocketAddress> remote_address) override;
  SocketResult<IpSocketAddress> local_address() override {
    if (!is_bound_) return fail(SocketError::kInvalidState);
    auto address = fd().local_address();
    if (!address) return fail(address.error());
    return address->to_wit();
  }
  SocketResult<IpSocketAddress> remote_address() override {
    if (!state_->remote) return fail(SocketError::kInvalidState);
    return state_->remote->to_wit();
  }
  Family address_family() override { return fd().family(); }
  SocketResult<std::uint8_t> unicast_hop_limit() override { return fd().hop_limit(); }
  SocketResult<void> set_unicast_hop_limit(std::uint8_t value) override { return fd().set_hop_limit(value); }
  SocketResult<std::uint64_t> receive_buffer_size() override { return fd().buffer_size(SO_RCVBUF); }
  SocketResult<void> set_receive_buffer_size(std::uint64_t value) override { return fd().set_buffer_size(SO_RCVBUF, value); }
  SocketResult<std::uint64_t> send_buffer_size() override { return fd().buffer_size(SO_SNDBUF); }
  SocketResult<void> set_send_buffer_size(std::uint64_t value) override { return fd().set_buffer_size(SO_SNDBUF, value); }
  /// No function of the socket itself ever has to wait.
  std::unique_ptr<io::poll::Pollable> subscribe() override {
    return std::make_unique<Pollable>(state_->context->loop, std::make_shared<Always>());
  }

 private:
  SocketFd& fd() const { return *state_->fd; }
  SocketResult<void> connect(const SocketAddress& remote);
  SocketResult<void> disconnect();

  std::shared_ptr<UdpState> state_;
  std::weak_ptr<void> in_use_;  // kept alive by the streams
  bool is_binding_ = false;
  bool is_bound_ = false;
};

SocketResult<void> UdpSocket::start_bind(Network&, IpSocketAddress local_address) {
  if (is_binding_) return fail(SocketError::kConcurrencyConflict);
  if (is_bound_) return fail(SocketError::kInvalidState);
  const SocketAddress local = SocketAddress::from_wit(local_address);
  if (!local.fits(fd().family())) return fail(SocketError::kInvalidArgument);
  NetworkPolicy& policy = state_->context->policy;
  const bool is_granted = policy.allows(SocketProtocol::kUdp, SocketUse::kBind, local);
  // A socket must be bound before it can send: to any free port of any interface, whoever may send somewhere may bind.
  const bool is_implicit = local == SocketAddress::any(fd().family()) && policy.may_connect_somewhere(SocketProtocol::kUdp);
  if (!is_granted && !is_implicit) return fail(SocketError::kAccessDenied);
  if (auto bound = fd().bind(local); !bound) return bound;
  state_->is_granted = is_granted;
  is_bound_ = true;
  is_binding_ = true;
  return {};
}

SocketResult<std::tuple<std::unique_ptr<udp::IncomingDatagramStream>, std::unique_ptr<udp::OutgoingDatagramStream>>>
UdpSocket::stream(std::optional<IpSocketAddress> remote_address) {
  if (!in_use_.expired()) {
    trap("the streams of this UDP socket are not dropped yet");
    return fail(SocketError::kInvalidState);
  }
  if (!is_bound_) return fail(SocketError::kInvalidState);
  if (remote_address) {
    if (auto done = connect(SocketAddress::from_wit(*remote_address)); !done) return fail(done.error());
  } else if (state_->remote) {
    if (auto done = disconnect(); !done) return fail(done.error());
  }
  auto in_use = std::make_shared<int>(0);
  in_use_ = in_use;
  const EventLoopPtr& loop = state_->context->loop;
  return std::tuple(std::unique_ptr<udp::IncomingDatagramStream>(
                        std::make_unique<IncomingDatagramStream>(loop, state_, in_use)),
                    std::unique_ptr<udp::OutgoingDatagramStream>(
                        std::make_unique<OutgoingDatagramStream>(loop, state_, in_use)));
}

SocketResult<void> UdpSocket::connect(const SocketAddress& remote) {
  if (!remote.fits(fd().family()) || !remote.is_valid_remote()) return fail(SocketError::kInvalidArgument);
  // A socket that hears everybody may listen to one; what it sends is looked at when it sends.
  if (!state_->is_granted && !state_->may_send(remote)) return fail(SocketError::kAccessDenied);
  sockaddr_storage kernel;
  const socklen_t size = remote.to_kernel(kernel);
  auto attempt = [&] { return ::connect(fd().get(), reinterpret_cast<const sockaddr*>(&kernel), size) == 0; };
  bool is_connected = attempt();
  if (!is_connected && errno == EINVAL) {  // Linux: the route needs another local address than the association before
    (void)disconnect();
    is_connected = attempt();
  }
  if (!is_connected) return fail_errno(errno == EAFNOSUPPORT ? EINVAL : errno);
  state_->remote = remote;
  return {};
}

SocketResult<void> UdpSocket::disconnect() {
  const auto before = fd().local_address();
  sockaddr_storage none{};
  none.ss_family = AF_UNSPEC;
  if (::connect(fd().get(), reinterpret_cast<const sockaddr*>(&none), sizeof(sa_family_t)) != 0) return fail_errno(errno);
  state_->remote.reset();
  // Linux gives up a port that it had chosen itself; the guest has seen it.
  const auto after = fd().local_address();
  if (before && after && after->port == 0) {
    SocketAddress again = SocketAddress::any(fd().family());
    again.port = before->port;
    (void)fd().bind(again);
  }
  return {};
}

}  // namespace

SocketResult<std::unique_ptr<udp::UdpSocket>> create_udp_socket(const SocketContextPtr& context, Family family) {
  if (!context->policy.is_on(SocketProtocol::kUdp)) return fail(SocketError::kAccessDenied);
  auto fd = SocketFd::make(context, family, SocketFd::Type::kDatagram);
  if (!fd) return fail(fd.error());
  return std::make_unique<UdpSocket>(*std::move(fd));
}

}  // namespace witc::wasi
