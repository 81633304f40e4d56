// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The component of the sockets' test: finds a peer by name, and sends and receives at the same time.
#include "echo.h"

namespace exports::test::sockets::client {
namespace {

namespace network = ::wasi::sockets::network;
namespace tcp = ::wasi::sockets::tcp;
using network::ErrorCode;
using network::IpAddress;

wit::unexpected<std::string> failed(const char* function, ErrorCode code) {
  return wit::unexpected<std::string>(std::string(function) + ": " + std::to_string(static_cast<int>(code)));
}

/// The first IPv4 address of the name.
wit::expected<network::Ipv4Address, std::string> resolve(const network::Network& net, std::string_view name) {
  auto stream = ::wasi::sockets::ip_name_lookup::resolve_addresses(net, name);
  if (!stream) return failed("resolve-addresses", stream.error());
  while (true) {
    auto next = stream->resolve_next_address();
    if (!next && next.error() == ErrorCode::kWouldBlock) {
      stream->subscribe().block();
      continue;
    }
    if (!next) return failed("resolve-next-address", next.error());
    if (!*next) return failed("no address", ErrorCode::kNameUnresolvable);
    if (const auto* v4 = std::get_if<IpAddress::Ipv4>(&(*next)->value)) return v4->value;
  }
}

std::uint8_t byte_at(std::size_t i) { return static_cast<std::uint8_t>(i * 31 + i / 255); }

/// How many bytes came back as they went, up to the end.
std::uint32_t exchange(const tcp::TcpSocket& socket, const tcp::InputStream& input, const tcp::OutputStream& output,
                       std::uint32_t size) {
  const tcp::Pollable readable = input.subscribe();
  const tcp::Pollable writable = output.subscribe();
  std::uint32_t sent = 0;
  std::uint32_t same = 0;
  while (true) {
    std::vector<wit::Borrow<tcp::Pollable>> either{readable};
    if (sent < size) either.emplace_back(writable);
    (void)::wasi::io::poll::poll(either);
    if (sent < size) {
      auto granted = output.check_write();
      if (!granted) return same;
      std::vector<std::uint8_t> bytes(std::min<std::uint64_t>(*granted, size - sent));
      for (std::uint8_t& byte : bytes) byte = byte_at(sent++);
      if (!output.write(bytes)) return same;
      if (sent == size) (void)socket.shutdown(tcp::ShutdownType::kSend);
    }
    auto bytes = input.read(1 << 16);
    if (!bytes) return same;
    for (std::uint8_t byte : *bytes) same += byte == byte_at(same) ? 1 : 0;
  }
}

}  // namespace

wit::expected<std::uint32_t, std::string> echo(std::string_view name, std::uint16_t port, std::uint32_t size) {
  const network::Network net = ::wasi::sockets::instance_network::instance_network();
  auto address = resolve(net, name);
  if (!address) return wit::unexpected<std::string>(address.error());
  auto socket = ::wasi::sockets::tcp_create_socket::create_tcp_socket(network::IpAddressFamily::kIpv4);
  if (!socket) return failed("create-tcp-socket", socket.error());
  auto begun = socket->start_connect(net, {network::IpSocketAddress::Ipv4{{port, *address}}});
  if (!begun) return failed("start-connect", begun.error());
  socket->subscribe().block();
  auto streams = socket->finish_connect();
  if (!streams) return failed("finish-connect", streams.error());
  return exchange(*socket, std::get<0>(*streams), std::get<1>(*streams), size);
}

}  // namespace exports::test::sockets::client
