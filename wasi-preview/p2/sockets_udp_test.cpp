// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// UDP over the loopback interface: the states, the streams in both modes, and who may hear and be heard.
#include "wasi-preview/p2/sockets_test.h"

namespace witc::wasi {
namespace {

using namespace std::chrono_literals;
namespace udp = ::wasi::sockets::udp;

struct Streams {
  std::unique_ptr<udp::IncomingDatagramStream> incoming;
  std::unique_ptr<udp::OutgoingDatagramStream> outgoing;
};

Streams stream(UdpSocket& socket, std::optional<IpSocketAddress> remote = std::nullopt) {
  auto made = socket.stream(std::move(remote));
  REQUIRE(made);
  auto& [incoming, outgoing] = *made;
  return {std::move(incoming), std::move(outgoing)};
}

SocketResult<std::uint64_t> send_all(Streams& streams, const std::vector<udp::OutgoingDatagram>& datagrams) {
  streams.outgoing->subscribe()->block();
  auto permitted = streams.outgoing->check_send();
  REQUIRE(permitted);
  REQUIRE(*permitted >= datagrams.size());
  return streams.outgoing->send(datagrams);
}
SocketResult<std::uint64_t> send(Streams& streams, Bytes data, std::optional<IpSocketAddress> to = std::nullopt) {
  return send_all(streams, {udp::OutgoingDatagram{std::move(data), std::move(to)}});
}

void plain_send(const Plain& from, std::uint16_t port, const std::string& text) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::sendto(from.fd, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to) ==
          static_cast<ssize_t>(text.size()));
}
std::string plain_receive(const Plain& at, int patience_ms = 2000) {
  pollfd one{at.fd, POLLIN, 0};
  if (::poll(&one, 1, patience_ms) <= 0) return "nothing";
  char buffer[100];
  const ssize_t got = ::recv(at.fd, buffer, sizeof buffer, 0);
  return {buffer, static_cast<std::size_t>(got)};
}
/// The next datagram's text.
std::string receive(Streams& streams) {
  streams.incoming->subscribe()->block();
  auto datagrams = streams.incoming->receive(1);
  REQUIRE(datagrams);
  REQUIRE(datagrams->size() == 1);
  return {datagrams->front().data.begin(), datagrams->front().data.end()};
}

TEST_CASE("udp: what each function answers in each state") {
  Program program(everything());
  auto socket = program.udp();
  CHECK(socket->subscribe()->ready());
  CHECK_FAILS(socket->local_address(), Code::kInvalidState);
  CHECK_FAILS(socket->remote_address(), Code::kInvalidState);
  CHECK_FAILS(socket->finish_bind(), Code::kNotInProgress);
  CHECK_FAILS(socket->stream(std::nullopt), Code::kInvalidState);
  CHECK_FAILS(socket->start_bind(program.network, at("::1", 0)), Code::kInvalidArgument);
  CHECK_FAILS(socket->start_bind(program.network, at("192.0.2.1", 0)), Code::kAddressNotBindable);
  CHECK_OK(socket->start_bind(program.network, at("127.0.0.1", 0)));
  CHECK_FAILS(socket->start_bind(program.network, at("127.0.0.1", 0)), Code::kConcurrencyConflict);
  CHECK_OK(socket->finish_bind());
  CHECK_FAILS(socket->finish_bind(), Code::kNotInProgress);
  CHECK_FAILS(socket->start_bind(program.network, at("127.0.0.1", 0)), Code::kInvalidState);
  CHECK(port_of(*socket->local_address()) != 0);
  CHECK_FAILS(socket->stream(at("127.0.0.1", 0)), Code::kInvalidArgument);
  CHECK_FAILS(socket->stream(at("0.0.0.0", 9)), Code::kInvalidArgument);
  CHECK_FAILS(socket->stream(at("::1", 9)), Code::kInvalidArgument);
  CHECK_FAILS(program.udp()->start_bind(program.network, *socket->local_address()), Code::kAddressInUse);

  Streams streams = stream(*socket);
  CHECK_FALSE(take_trap(*socket));
  (void)socket->stream(std::nullopt);
  CHECK(take_trap(*socket));
  streams.incoming.reset();
  (void)socket->stream(std::nullopt);
  CHECK(take_trap(*socket));
  streams.outgoing.reset();
  streams = stream(*socket);
  CHECK_FALSE(take_trap(*socket));
}

TEST_CASE("udp: any peer") {
  Program program(everything());
  auto socket = program.bound_udp();
  Streams streams = stream(*socket);
  const std::uint16_t port = port_of(*socket->local_address());
  Plain a(SOCK_DGRAM), b(SOCK_DGRAM);

  CHECK(streams.incoming->receive(10)->empty());
  CHECK(streams.incoming->receive(0)->empty());
  auto readable = streams.incoming->subscribe();
  CHECK_FALSE(readable->ready());
  plain_send(a, port, "one");
  plain_send(b, port, "");
  plain_send(b, port, "three");
  readable->block();
  std::vector<udp::IncomingDatagram> all;
  while (all.size() < 3) {
    readable->block();
    auto some = streams.incoming->receive(100);
    REQUIRE(some);
    all.insert(all.end(), some->begin(), some->end());
  }
  CHECK(all[0] == udp::IncomingDatagram{{'o', 'n', 'e'}, at("127.0.0.1", a.port)});
  CHECK(all[1] == udp::IncomingDatagram{{}, at("127.0.0.1", b.port)});
  CHECK(all[2].data.size() == 5);

  CHECK(*send_all(streams, {{{'x'}, at("127.0.0.1", a.port)}, {{'y', 'z'}, at("127.0.0.1", b.port)}}) == 2);
  CHECK(plain_receive(a) == "x");
  CHECK(plain_receive(b) == "yz");
  CHECK_FAILS(send(streams, {'x'}), Code::kInvalidArgument);
  CHECK_FAILS(send(streams, {'x'}, at("127.0.0.1", 0)), Code::kInvalidArgument);
  CHECK_FAILS(send(streams, {'x'}, at("::1", a.port)), Code::kInvalidArgument);
  CHECK_FAILS(send(streams, Bytes(65536), at("127.0.0.1", a.port)), Code::kDatagramTooLarge);
  CHECK_FAILS(send(streams, Bytes(65535), at("127.0.0.1", a.port)), Code::kDatagramTooLarge);  // of which headers are a part
  // Once one is sent, there is no error: the guest is told how many went.
  CHECK(*send_all(streams, {{{'1'}, at("127.0.0.1", a.port)}, {{'2'}, std::nullopt}}) == 1);
  CHECK(plain_receive(a) == "1");
}

TEST_CASE("udp: no more is sent than check-send permitted") {
  Program program(everything());
  auto socket = program.bound_udp();
  Streams streams = stream(*socket);
  const std::vector<udp::OutgoingDatagram> one = {{{'x'}, *socket->local_address()}};
  CHECK(*streams.outgoing->send({}) == 0);
  CHECK_FALSE(take_trap(*streams.outgoing));
  (void)streams.outgoing->send(one);
  CHECK(take_trap(*streams.outgoing));
  CHECK(*streams.outgoing->check_send() == 16);
  CHECK(*streams.outgoing->send(one) == 1);
  (void)streams.outgoing->send(one);  // a permission is good for one call
  CHECK(take_trap(*streams.outgoing));
}

TEST_CASE("udp: one peer") {
  Program program(everything());
  auto socket = program.bound_udp();
  Plain friendly(SOCK_DGRAM), other(SOCK_DGRAM);
  const std::uint16_t port = port_of(*socket->local_address());
  plain_send(other, port, "came before the connection");
  Streams streams = stream(*socket, at("127.0.0.1", friendly.port));
  CHECK(*socket->remote_address() == at("127.0.0.1", friendly.port));
  plain_send(other, port, "came after");
  plain_send(friendly, port, "hello");
  CHECK(receive(streams) == "hello");
  CHECK(streams.incoming->receive(1)->empty());
  CHECK(*send(streams, {'a'}) == 1);
  CHECK(*send(streams, {'b'}, at("127.0.0.1", friendly.port)) == 1);
  CHECK_FAILS(send(streams, {'c'}, at("127.0.0.1", other.port)), Code::kInvalidArgument);
  CHECK(plain_receive(friendly) == "a");
  CHECK(plain_receive(friendly) == "b");

  streams = {};
  streams = stream(*socket);  // of any peer again, on the same port
  CHECK_FAILS(socket->remote_address(), Code::kInvalidState);
  CHECK(port_of(*socket->local_address()) == port);
  plain_send(other, port, "now");
  CHECK(receive(streams) == "now");
}

TEST_CASE("udp: a peer that is not there") {
  Program program(everything());
  auto socket = program.bound_udp();
  std::uint16_t dead = 0;
  { dead = Plain(SOCK_DGRAM).port; }
  Streams streams = stream(*socket, at("127.0.0.1", dead));
  CHECK(*send(streams, {'a'}) == 1);
  streams.incoming->subscribe()->block();
  CHECK_FAILS(streams.incoming->receive(1), Code::kConnectionRefused);
}

TEST_CASE("udp: waiting takes no time of the processor, with datagrams that are not for the guest too") {
  Program program(everything());
  auto socket = program.bound_udp();
  Plain friendly(SOCK_DGRAM), other(SOCK_DGRAM);
  const std::uint16_t port = port_of(*socket->local_address());
  plain_send(other, port, "before");
  Streams streams = stream(*socket, at("127.0.0.1", friendly.port));
  std::thread later([&] {
    std::this_thread::sleep_for(200ms);
    plain_send(friendly, port, "at last");
  });
  const double before = cpu_ms();
  CHECK(receive(streams) == "at last");
  CHECK(cpu_ms() - before < 100);
  later.join();
}

TEST_CASE("udp: options") {
  Program program(everything());
  auto socket = program.udp();
  CHECK(socket->address_family() == Family::kIpv4);
  CHECK_FAILS(socket->set_unicast_hop_limit(0), Code::kInvalidArgument);
  CHECK_OK(socket->set_unicast_hop_limit(7));
  CHECK(*socket->unicast_hop_limit() == 7);
  CHECK_FAILS(socket->set_receive_buffer_size(0), Code::kInvalidArgument);
  CHECK_FAILS(socket->set_send_buffer_size(0), Code::kInvalidArgument);
  CHECK_OK(socket->set_receive_buffer_size(0x8000));
  CHECK(*socket->receive_buffer_size() == 0x8000);
  CHECK_OK(socket->set_send_buffer_size(~std::uint64_t{0}));
  CHECK(*socket->send_buffer_size() > 0x8000);
  if (!has_ipv6()) return;
  auto v6 = program.udp(Family::kIpv6);
  CHECK_OK(v6->set_unicast_hop_limit(9));
  CHECK(*v6->unicast_hop_limit() == 9);
  CHECK_FAILS(v6->start_bind(program.network, at("::ffff:127.0.0.1", 0)), Code::kInvalidArgument);
  CHECK_FAILS(v6->start_bind(program.network, at("127.0.0.1", 0)), Code::kInvalidArgument);
  CHECK_OK(v6->start_bind(program.network, at("::1", 0)));
}

TEST_CASE("udp: a grant to write to one address") {
  Plain friendly(SOCK_DGRAM), other(SOCK_DGRAM);
  Program program(only({SocketProtocol::kUdp, SocketUse::kConnect, "127.0.0.1", friendly.port}));
  auto socket = program.udp();
  CHECK_FAILS(socket->start_bind(program.network, at("127.0.0.1", 0)), Code::kAccessDenied);
  CHECK_FAILS(socket->start_bind(program.network, at("0.0.0.0", 5353)), Code::kAccessDenied);
  CHECK_OK(socket->start_bind(program.network, at("0.0.0.0", 0)));
  CHECK_OK(socket->finish_bind());
  CHECK_FAILS(socket->stream(at("127.0.0.1", other.port)), Code::kAccessDenied);
  Streams streams = stream(*socket);
  const std::uint16_t port = port_of(*socket->local_address());
  CHECK_FAILS(send(streams, {'a'}, at("127.0.0.1", other.port)), Code::kAccessDenied);
  CHECK(*send(streams, {'a'}, at("127.0.0.1", friendly.port)) == 1);
  CHECK(plain_receive(friendly) == "a");
  plain_send(other, port, "not for you");
  plain_send(friendly, port, "for you");
  CHECK(receive(streams) == "for you");
}

TEST_CASE("udp: a grant to be written to") {
  Plain peer(SOCK_DGRAM), other(SOCK_DGRAM);
  Program program(only({SocketProtocol::kUdp, SocketUse::kBind, "127.0.0.1", std::nullopt}));
  CHECK_FAILS(program.udp()->start_bind(program.network, at("0.0.0.0", 0)), Code::kAccessDenied);
  auto socket = program.bound_udp();
  Streams streams = stream(*socket);
  CHECK_FAILS(send(streams, {'a'}, at("127.0.0.1", peer.port)), Code::kAccessDenied);
  plain_send(peer, port_of(*socket->local_address()), "who is there");
  CHECK(receive(streams) == "who is there");
  CHECK(*send(streams, {'m', 'e'}, at("127.0.0.1", peer.port)) == 1);
  CHECK(plain_receive(peer) == "me");
  CHECK_FAILS(send(streams, {'a'}, at("127.0.0.1", other.port)), Code::kAccessDenied);
}

}  // namespace
}  // namespace witc::wasi
