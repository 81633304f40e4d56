// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:sockets/network, instance-network and ip-name-lookup; and the interfaces of all of wasi:sockets, for a linker.
#include "wasi-preview/p2/host_state.h"
#include "wasi-preview/p2/sockets.h"

namespace witc::wasi {
namespace {

namespace sockets = ::wasi::sockets;
using sockets::network::Network;

// -- ip-name-lookup -----------------------------------------------------------------------------------------------------

class ResolveAddressStream final : public sockets::ip_name_lookup::ResolveAddressStream {
 public:
  ResolveAddressStream(EventLoopPtr loop, std::shared_ptr<Lookup> lookup)
      : loop_(std::move(loop)), lookup_(std::move(lookup)) {}

  SocketResult<std::optional<sockets::network::IpAddress>> resolve_next_address() override {
    if (!lookup_->ready()) loop_->poll();
    if (!lookup_->ready()) return fail(SocketError::kWouldBlock);
    const auto& found = lookup_->result();
    if (!found) return fail(found.error());
    if (next_ == found->size()) return std::optional<sockets::network::IpAddress>();
    return std::optional((*found)[next_++].to_wit());
  }
  std::unique_ptr<io::poll::Pollable> subscribe() override { return std::make_unique<Pollable>(loop_, lookup_); }

 private:
  EventLoopPtr loop_;
  std::shared_ptr<Lookup> lookup_;
  std::size_t next_ = 0;
};

// -- the interfaces -----------------------------------------------------------------------------------------------------

class TheNetwork final : public Network {};

class NetworkHost final : public sockets::network::Host {
 public:
  std::optional<SocketError> network_error_code(io::error::Error& error) override { return wasi::network_error_code(error); }
};

class InstanceNetwork final : public sockets::instance_network::Host {
 public:
  std::unique_ptr<Network> instance_network() override { return std::make_unique<TheNetwork>(); }
};

class Tcp final : public sockets::tcp::Host {};
class Udp final : public sockets::udp::Host {};

class TcpCreateSocket final : public sockets::tcp_create_socket::Host {
 public:
  explicit TcpCreateSocket(SocketContextPtr context) : context_(std::move(context)) {}
  SocketResult<std::unique_ptr<sockets::tcp::TcpSocket>> create_tcp_socket(Family family) override {
    return wasi::create_tcp_socket(context_, family);
  }

 private:
  SocketContextPtr context_;
};

class UdpCreateSocket final : public sockets::udp_create_socket::Host {
 public:
  explicit UdpCreateSocket(SocketContextPtr context) : context_(std::move(context)) {}
  SocketResult<std::unique_ptr<sockets::udp::UdpSocket>> create_udp_socket(Family family) override {
    return wasi::create_udp_socket(context_, family);
  }

 private:
  SocketContextPtr context_;
};

class IpNameLookup final : public sockets::ip_name_lookup::Host {
 public:
  explicit IpNameLookup(SocketContextPtr context) : context_(std::move(context)) {}
  SocketResult<std::unique_ptr<sockets::ip_name_lookup::ResolveAddressStream>> resolve_addresses(
      Network&, std::string_view name) override {
    return wasi::resolve_addresses(context_, name);
  }

 private:
  SocketContextPtr context_;
};

}  // namespace

std::optional<SocketError> network_error_code(const io::error::Error& error) {
  const auto& known = static_cast<const IoError&>(error);
  if (!known.errno_value) return std::nullopt;
  return error_of_errno(*known.errno_value);
}

SocketResult<std::unique_ptr<sockets::ip_name_lookup::ResolveAddressStream>> resolve_addresses(
    const SocketContextPtr& context, std::string_view name) {
  if (!context->grants.allow_ip_name_lookup) return fail(SocketError::kPermanentResolverFailure);
  std::optional<HostName> host = HostName::parse(name);
  if (!host) return fail(SocketError::kInvalidArgument);
  auto lookup = host->address ? Lookup::known({*host->address}) : context->resolver.start(host->ascii);
  if (lookup->ready() && !lookup->result()) return fail(lookup->result().error());
  return std::make_unique<ResolveAddressStream>(context->loop, std::move(lookup));
}

void add_sockets(HostState& state, host::HostLinker& linker) {
  const auto context = std::make_shared<SocketContext>(state.options.network, state.loop, state.sandbox);
  state.add<NetworkHost>(linker);
  state.add<InstanceNetwork>(linker);
  state.add<TcpCreateSocket>(linker, context);
  state.add<Tcp>(linker);
  state.add<UdpCreateSocket>(linker, context);
  state.add<Udp>(linker);
  state.add<IpNameLookup>(linker, context);
}

}  // namespace witc::wasi
