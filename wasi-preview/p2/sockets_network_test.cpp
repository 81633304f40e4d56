// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is granted of the network, looking up names, limits; and that every function is defined.
#include <map>
#include <set>

#include "wasi-preview/p2/sockets_test.h"

namespace witc::wasi {
namespace {

using namespace std::chrono_literals;

/// Takes definitions, and keeps their names.
class Names final : public host::HostLinker {
 public:
  void define_func(std::string_view interface, std::string_view name, host::HostFunction) override {
    ++functions[std::string(interface)];
    names.emplace(name);
  }
  void define_resource(std::string_view, std::string_view name, std::function<void(std::uint64_t)>) override {
    resources.emplace(name);
  }
  std::map<std::string, int> functions;
  std::set<std::string> names;
  std::set<std::string> resources;
};

TEST_CASE("sockets: every function is defined") {
  HostState state{WasiOptions{}};
  Names linker;
  add_sockets(state, linker);
  const std::map<std::string, int> expected = {
      {"wasi:sockets/network@0.2.12", 1},           {"wasi:sockets/instance-network@0.2.12", 1},
      {"wasi:sockets/ip-name-lookup@0.2.12", 3},    {"wasi:sockets/tcp@0.2.12", 28},
      {"wasi:sockets/tcp-create-socket@0.2.12", 1}, {"wasi:sockets/udp@0.2.12", 18},
      {"wasi:sockets/udp-create-socket@0.2.12", 1}};
  CHECK(linker.functions == expected);
  CHECK(linker.resources == std::set<std::string>{"network", "resolve-address-stream", "tcp-socket", "udp-socket",
                                                  "incoming-datagram-stream", "outgoing-datagram-stream"});
}

// -- grants -------------------------------------------------------------------------------------------------------------

TEST_CASE("sockets: nothing is granted by default") {
  Program program(NetworkGrants{});
  Plain peer(SOCK_STREAM);
  auto socket = program.tcp();
  CHECK_FAILS(socket->start_bind(program.network, at("127.0.0.1", 0)), Code::kAccessDenied);
  CHECK_FAILS(socket->start_bind(program.network, at("0.0.0.0", 0)), Code::kAccessDenied);
  CHECK_FAILS(program.connect(*socket, at("127.0.0.1", peer.port)), Code::kAccessDenied);
  CHECK_FAILS(socket->hop_limit(), Code::kAccessDenied);  // it is closed now, with this error
  pollfd pending{peer.fd, POLLIN, 0};
  CHECK(::poll(&pending, 1, 50) == 0);  // nobody came
  CHECK_FAILS(program.udp()->start_bind(program.network, at("127.0.0.1", 0)), Code::kAccessDenied);
  CHECK_FAILS(program.udp()->start_bind(program.network, at("0.0.0.0", 0)), Code::kAccessDenied);
  CHECK_FAILS(resolve_addresses(program.context, "localhost"), Code::kPermanentResolverFailure);
  CHECK_FAILS(resolve_addresses(program.context, "127.0.0.1"), Code::kPermanentResolverFailure);
}

TEST_CASE("sockets: a protocol that is off") {
  Program program({.inherit_network = true, .tcp = false, .udp = false});
  CHECK_FAILS(create_tcp_socket(program.context, Family::kIpv4), Code::kAccessDenied);
  CHECK_FAILS(create_udp_socket(program.context, Family::kIpv6), Code::kAccessDenied);
}

TEST_CASE("sockets: grants of each narrowness") {
  Plain peer(SOCK_STREAM), other(SOCK_STREAM), far(SOCK_STREAM, "127.0.0.2");
  auto connect = [&](const SocketGrant& grant, const char* ip, std::uint16_t port) {
    Program program(only(grant));
    return code_of(program.connect(*program.tcp(), at(ip, port)));
  };
  const auto kTcp = SocketProtocol::kTcp;
  const auto kConnect = SocketUse::kConnect;
  const int ok = -1, denied = number(Code::kAccessDenied);
  SUBCASE("one host and port") {
    const SocketGrant grant{kTcp, kConnect, "127.0.0.1", peer.port};
    CHECK(connect(grant, "127.0.0.1", peer.port) == ok);
    CHECK(connect(grant, "127.0.0.1", other.port) == denied);
    CHECK(connect(grant, "127.0.0.2", far.port) == denied);
  }
  SUBCASE("one host") {
    const SocketGrant grant{kTcp, kConnect, "127.0.0.2", std::nullopt};
    CHECK(connect(grant, "127.0.0.2", far.port) == ok);
    CHECK(connect(grant, "127.0.0.1", peer.port) == denied);
  }
  SUBCASE("one port") {
    const SocketGrant grant{kTcp, kConnect, "", far.port};
    CHECK(connect(grant, "127.0.0.2", far.port) == ok);
    CHECK(connect(grant, "127.0.0.1", peer.port) == denied);
  }
  SUBCASE("by name") {
    CHECK(connect({kTcp, kConnect, "localhost", peer.port}, "127.0.0.1", peer.port) == ok);
    CHECK(connect({kTcp, kConnect, "LocalHost", std::nullopt}, "127.0.0.1", peer.port) == ok);
    CHECK(connect({kTcp, kConnect, "localhost", std::nullopt}, "127.0.0.2", far.port) == denied);
    CHECK(connect({kTcp, kConnect, "no name", std::nullopt}, "127.0.0.1", peer.port) == denied);
  }
  SUBCASE("of something else") {
    CHECK(connect({SocketProtocol::kUdp, kConnect, "", std::nullopt}, "127.0.0.1", peer.port) == denied);
    CHECK(connect({kTcp, SocketUse::kBind, "", std::nullopt}, "127.0.0.1", peer.port) == denied);
  }
}

TEST_CASE("sockets: a grant to listen") {
  std::uint16_t port = 0;
  { port = Plain(SOCK_STREAM).port; }
  Program program(only({SocketProtocol::kTcp, SocketUse::kBind, "127.0.0.1", port}));
  CHECK_FAILS(program.tcp()->start_bind(program.network, at("127.0.0.1", 0)), Code::kAccessDenied);
  CHECK_FAILS(program.tcp()->start_bind(program.network, at("127.0.0.2", port)), Code::kAccessDenied);
  CHECK_FAILS(program.tcp()->start_bind(program.network, at("0.0.0.0", port)), Code::kAccessDenied);
  auto listener = program.listening(at("127.0.0.1", port));
  const int client = plain_connect(port);
  listener->subscribe()->block();
  CHECK_OK(listener->accept());
  ::close(client);
}

TEST_CASE("sockets: who may connect may bind as connecting does, and may not listen there") {
  Plain peer(SOCK_STREAM);
  Program program(only({SocketProtocol::kTcp, SocketUse::kConnect, "127.0.0.1", peer.port}));
  auto socket = program.tcp();
  CHECK_FAILS(socket->start_bind(program.network, at("127.0.0.1", 0)), Code::kAccessDenied);
  CHECK_OK(socket->start_bind(program.network, at("0.0.0.0", 0)));
  CHECK_OK(socket->finish_bind());
  CHECK_FAILS(socket->start_listen(), Code::kAccessDenied);
  CHECK_OK(program.connect(*socket, at("127.0.0.1", peer.port)));
}

// -- limits -------------------------------------------------------------------------------------------------------------

TEST_CASE("sockets: as many as there may be open files") {
  Program program(everything(), 3);
  auto listener = program.listening(at("127.0.0.1", 0));
  auto second = program.udp();
  auto third = program.tcp();
  CHECK_FAILS(create_tcp_socket(program.context, Family::kIpv4), Code::kNewSocketLimit);
  CHECK_FAILS(create_udp_socket(program.context, Family::kIpv4), Code::kNewSocketLimit);
  const int client = plain_connect(port_of(*listener->local_address()));
  listener->subscribe()->block();
  CHECK_FAILS(listener->accept(), Code::kNewSocketLimit);
  second.reset();
  CHECK_OK(listener->accept());  // dropped at once
  std::uint16_t dead = 0;
  { dead = Plain(SOCK_STREAM).port; }
  CHECK_FAILS(program.connect(*third, at("127.0.0.1", dead)), Code::kConnectionRefused);
  CHECK_OK(create_udp_socket(program.context, Family::kIpv4));  // a socket that is closed has no file
  ::close(client);
}

// -- names --------------------------------------------------------------------------------------------------------------

std::string ascii(std::string_view name) {
  auto host = HostName::parse(name);
  if (!host) return "invalid";
  return host->address ? "address" : host->ascii;
}

TEST_CASE("names of hosts") {
  CHECK(ascii("Example.COM") == "example.com");
  CHECK(ascii("example.com.") == "example.com");
  CHECK(ascii("a_b.x-y") == "a_b.x-y");
  CHECK(ascii("bücher.example") == "xn--bcher-kva.example");
  CHECK(ascii("BÜCHER.example") == "xn--bcher-kva.example");
  CHECK(ascii("例え.テスト") == "xn--r8jz45g.xn--zckzah");
  CHECK(ascii("例え。テスト") == "xn--r8jz45g.xn--zckzah");
  CHECK(ascii("правда.рф") == "xn--80aafi6cg.xn--p1ai");
  for (const char* ip : {"127.0.0.1", "::1", "[::1]", "127.1", "0x7f.1", "2130706433", "127.0.0.1."}) {
    CAPTURE(ip);
    CHECK(ascii(ip) == "address");
  }
  std::string long_name;
  for (int i = 0; i < 64; ++i) long_name += "abc.";
  const std::string invalid[] = {"", ".", "a..b", ".a", "a b", "a/b", "a:80", "a%41", "user@host", "<a>", "1.2.3.256",
                                 "[127.0.0.1]", "[::1", "::1%lo", "a\nb", std::string("a\0b", 3), "\xff\xfe", "a\u200bb",
                                 std::string(64, 'a') + ".com", long_name};
  for (const std::string& name : invalid) {
    CAPTURE(name);
    CHECK(ascii(name) == "invalid");
  }
}

TEST_CASE("names are looked up while the guest goes on") {
  Program program(everything());
  CHECK_FAILS(resolve_addresses(program.context, "no name"), Code::kInvalidArgument);
  auto literal = resolve_addresses(program.context, "127.0.0.1");
  REQUIRE(literal);
  CHECK((*literal)->subscribe()->ready());
  CHECK(*(*literal)->resolve_next_address() == IpAddress::parse("127.0.0.1")->to_wit());
  CHECK_FALSE(*(*literal)->resolve_next_address());

  auto stream = resolve_addresses(program.context, "localhost");
  REQUIRE(stream);
  auto pollable = (*stream)->subscribe();
  const double before = cpu_ms();
  pollable->block();
  CHECK(cpu_ms() - before < 100);
  bool is_loopback_there = false;
  int count = 0;
  for (auto next = (*stream)->resolve_next_address(); next && *next; next = (*stream)->resolve_next_address()) {
    is_loopback_there |= **next == IpAddress::parse("127.0.0.1")->to_wit();
    REQUIRE(++count < 100);
  }
  CHECK(is_loopback_there);
  CHECK_FALSE(*(*stream)->resolve_next_address());

  // `.invalid` is never there (RFC 6761); without a resolver that says so, it is a failure of another kind, and a resolver
  // that is asked over the network may take its time.
  auto none = resolve_addresses(program.context, "nobody.invalid");
  REQUIRE(none);
  auto nothing = (*none)->resolve_next_address();
  REQUIRE_FALSE(nothing);
  CHECK((nothing.error() == Code::kWouldBlock || nothing.error() == Code::kNameUnresolvable ||
         nothing.error() == Code::kTemporaryResolverFailure || nothing.error() == Code::kPermanentResolverFailure));
}

TEST_CASE("a program ends while names are looked up; many wait, but not too many") {
  std::vector<std::unique_ptr<::wasi::sockets::ip_name_lookup::ResolveAddressStream>> waiting;
  const auto start = std::chrono::steady_clock::now();
  {
    Program program(everything());
    bool is_refused = false;
    for (std::size_t i = 0; i < 3 * Resolver::kMaxWaiting && !is_refused; ++i) {
      auto stream = resolve_addresses(program.context, "name" + std::to_string(i) + ".invalid");
      is_refused = !stream;
      if (is_refused) CHECK_FAILS(stream, Code::kTemporaryResolverFailure);
      else if (i % 2 == 0) waiting.push_back(*std::move(stream));  // the others are cancelled
    }
  }
  waiting.clear();
  CHECK(std::chrono::steady_clock::now() - start < 3s);
}

TEST_CASE("waiting for a socket ends when the guest is interrupted") {
  Program program(everything());
  auto listener = program.listening(at("127.0.0.1", 0));
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  program.loop->set_interrupt_fd([&] { return ends[0]; });
  std::thread later([&] {
    std::this_thread::sleep_for(50ms);
    (void)!::write(ends[1], "x", 1);
  });
  listener->subscribe()->block();
  CHECK_FAILS(listener->accept(), Code::kWouldBlock);
  later.join();
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace witc::wasi
