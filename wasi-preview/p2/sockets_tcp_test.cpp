// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TCP over the loopback interface: the states, the streams and the options.
#include <algorithm>
#include <atomic>
#include <functional>

#include "wasi-preview/p2/sockets_test.h"

namespace witc::wasi {
namespace {

using namespace std::chrono_literals;

Bytes read_all(io::streams::InputStream& input) {
  Bytes all;
  while (true) {
    auto bytes = input.blocking_read(1 << 20);
    if (!bytes) {
      CHECK(is_closed(bytes.error()));
      return all;
    }
    all.insert(all.end(), bytes->begin(), bytes->end());
  }
}

/// Writes it all as back-pressure permits.
void write_all(io::streams::OutputStream& output, std::span<const std::uint8_t> bytes) {
  auto pollable = output.subscribe();
  while (!bytes.empty()) {
    auto granted = output.check_write();
    REQUIRE(granted);
    if (*granted == 0) {
      pollable->block();
      continue;
    }
    const std::size_t size = std::min<std::uint64_t>(*granted, bytes.size());
    REQUIRE(output.write(bytes.first(size)));
    bytes = bytes.subspan(size);
  }
  REQUIRE(output.blocking_flush());
}

/// Writes until no more is granted, to a peer that does not read; how much.
std::size_t fill(const Connection& connection) {
  CHECK_OK(connection.socket->set_send_buffer_size(4 << 10));
  const Bytes chunk = pattern(64 << 10);
  std::size_t written = 0;
  for (int refused = 0; refused < 3;) {
    auto granted = connection.output->check_write();
    REQUIRE(granted);
    if (*granted == 0) {  // the kernel may still be moving it on
      ++refused;
      std::this_thread::sleep_for(20ms);
      continue;
    }
    refused = 0;
    REQUIRE(*granted <= chunk.size());
    REQUIRE(connection.output->write(std::span(chunk).first(*granted)));
    written += *granted;
    REQUIRE(written < (64u << 20));
  }
  return written;
}

TEST_CASE("tcp: what each function answers in each state") {
  using Make = std::function<std::unique_ptr<TcpSocket>(Program&)>;
  Plain peer(SOCK_STREAM);
  Connection kept;  // its streams live as long as the socket
  auto bound = [&](Program& program, bool finish) {
    auto socket = program.tcp();
    CHECK_OK(socket->start_bind(program.network, at("127.0.0.1", 0)));
    if (finish) CHECK_OK(socket->finish_bind());
    return socket;
  };
  struct Row {
    const char* state;
    Make make;
    int start_bind, finish_bind, start_connect, finish_connect, start_listen, finish_listen, accept, local, remote, shutdown;
  };
  const int ok = -1;
  const int state = number(Code::kInvalidState), conflict = number(Code::kConcurrencyConflict);
  const int none = number(Code::kNotInProgress), again = number(Code::kWouldBlock), refused = number(Code::kConnectionRefused);
  // A port that nobody listens on.
  std::uint16_t dead = 0;
  { dead = Plain(SOCK_STREAM).port; }
  const Row rows[] = {
      {"unbound", [&](Program& p) { return p.tcp(); }, ok, none, ok, none, state, none, state, state, state, state},
      {"bind in progress", [&](Program& p) { return bound(p, false); }, conflict, ok, conflict, none, conflict, none, state, ok,
       state, state},
      {"bound", [&](Program& p) { return bound(p, true); }, state, none, ok, none, ok, none, state, ok, state, state},
      {"listen in progress", [&](Program& p) {
         auto socket = bound(p, true);
         CHECK_OK(socket->start_listen());
         return socket;
       }, conflict, none, conflict, none, conflict, ok, again, ok, state, state},
      {"listening", [&](Program& p) { return p.listening(at("127.0.0.1", 0)); }, state, none, state, none, state, none, again, ok,
       state, state},
      {"connected", [&](Program& p) {
         kept = p.connected(peer.port);
         return std::move(kept.socket);
       }, state, none, state, none, state, none, state, ok, ok, ok},
      {"closed", [&](Program& p) {
         auto socket = p.tcp();
         CHECK_FAILS(p.connect(*socket, at("127.0.0.1", dead)), Code::kConnectionRefused);
         return socket;
       }, state, none, state, none, state, none, state, refused, refused, state},
  };
  for (const Row& row : rows) {
    CAPTURE(row.state);
    Program program(everything());
    auto with = [&](int expected, const char* function, auto call) {
      CAPTURE(function);
      auto socket = row.make(program);
      CHECK(code_of(call(*socket)) == expected);
    };
    Network& network = program.network;
    with(row.start_bind, "start-bind", [&](TcpSocket& s) { return s.start_bind(network, at("127.0.0.1", 0)); });
    with(row.finish_bind, "finish-bind", [&](TcpSocket& s) { return s.finish_bind(); });
    with(row.start_connect, "start-connect", [&](TcpSocket& s) { return s.start_connect(network, at("127.0.0.1", peer.port)); });
    with(row.finish_connect, "finish-connect", [&](TcpSocket& s) { return s.finish_connect(); });
    with(row.start_listen, "start-listen", [&](TcpSocket& s) { return s.start_listen(); });
    with(row.finish_listen, "finish-listen", [&](TcpSocket& s) { return s.finish_listen(); });
    with(row.accept, "accept", [&](TcpSocket& s) { return s.accept(); });
    with(row.local, "local-address", [&](TcpSocket& s) { return s.local_address(); });
    with(row.remote, "remote-address", [&](TcpSocket& s) { return s.remote_address(); });
    with(row.shutdown, "shutdown", [&](TcpSocket& s) { return s.shutdown(ShutdownType::kBoth); });
    CHECK(row.make(program)->is_listening() == std::string(row.state).starts_with("listen"));
  }
}

TEST_CASE("tcp: a connection that is being made") {
  Program program(only({SocketProtocol::kTcp, SocketUse::kConnect, "localhost", std::nullopt}));
  Plain peer(SOCK_STREAM);
  auto socket = program.tcp();
  CHECK_OK(socket->start_connect(program.network, at("127.0.0.1", peer.port)));
  // The name of the grant is being looked up: nothing has been asked of the kernel yet.
  CHECK_FAILS(socket->start_connect(program.network, at("127.0.0.1", peer.port)), Code::kConcurrencyConflict);
  CHECK_FAILS(socket->start_bind(program.network, at("127.0.0.1", 0)), Code::kConcurrencyConflict);
  CHECK_FAILS(socket->local_address(), Code::kInvalidState);
  CHECK_FAILS(socket->hop_limit(), Code::kInvalidState);
  socket->subscribe()->block();
  CHECK_OK(socket->finish_connect());
  CHECK_FAILS(socket->finish_connect(), Code::kNotInProgress);
}

TEST_CASE("tcp: addresses that are no good") {
  Program program(everything());
  auto bind = [&](const char* ip, Family family = Family::kIpv4) {
    return code_of(program.tcp(family)->start_bind(program.network, at(ip, 0)));
  };
  auto connect = [&](const char* ip, std::uint16_t port, Family family = Family::kIpv4) {
    return code_of(program.tcp(family)->start_connect(program.network, at(ip, port)));
  };
  const int bad = number(Code::kInvalidArgument);
  CHECK(bind("224.0.0.1") == bad);
  CHECK(bind("255.255.255.255") == bad);
  CHECK(bind("::1") == bad);
  CHECK(bind("192.0.2.1") == number(Code::kAddressNotBindable));
  CHECK(connect("0.0.0.0", 80) == bad);
  CHECK(connect("127.0.0.1", 0) == bad);
  CHECK(connect("239.1.2.3", 80) == bad);
  CHECK(connect("::1", 80) == bad);
  Plain taken(SOCK_STREAM);
  CHECK_FAILS(program.tcp()->start_bind(program.network, at("127.0.0.1", taken.port)), Code::kAddressInUse);
  if (!has_ipv6()) return;
  CHECK(bind("127.0.0.1", Family::kIpv6) == bad);
  CHECK(bind("::ffff:127.0.0.1", Family::kIpv6) == bad);
  CHECK(bind("::127.0.0.1", Family::kIpv6) == bad);
  CHECK(bind("ff02::1", Family::kIpv6) == bad);
  CHECK(connect("::ffff:127.0.0.1", 80, Family::kIpv6) == bad);
  CHECK(connect("::", 80, Family::kIpv6) == bad);
}

TEST_CASE("tcp: an echo of 8 MB, both ways at once") {
  Program program(everything());
  Plain peer(SOCK_STREAM);
  std::thread echo([&] {
    const int fd = peer.accept();
    Bytes buffer(1 << 16);
    for (ssize_t got; (got = ::read(fd, buffer.data(), buffer.size())) > 0;) {
      for (ssize_t sent = 0; sent < got;) {
        const ssize_t done = ::send(fd, buffer.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
        if (done <= 0) break;
        sent += done;
      }
    }
    ::close(fd);
  });
  Connection connection = program.connected(peer.port);
  const Bytes sent = pattern(8 << 20);
  Bytes received;
  std::span<const std::uint8_t> left = sent;
  auto readable = connection.input->subscribe();
  auto writable = connection.output->subscribe();
  while (received.size() < sent.size()) {
    Readiness* both[] = {&static_cast<Pollable&>(*readable).what(), &static_cast<Pollable&>(*writable).what()};
    program.loop->wait(std::span(both).first(left.empty() ? 1 : 2));
    if (auto granted = connection.output->check_write(); granted && *granted != 0 && !left.empty()) {
      const std::size_t size = std::min<std::uint64_t>(*granted, left.size());
      REQUIRE(connection.output->write(left.first(size)));
      left = left.subspan(size);
    }
    auto bytes = connection.input->read(1 << 20);
    REQUIRE(bytes);
    received.insert(received.end(), bytes->begin(), bytes->end());
  }
  CHECK(received == sent);
  CHECK_OK(connection.socket->shutdown(ShutdownType::kSend));
  CHECK(read_all(*connection.input).empty());  // the peer has seen the end
  echo.join();
}

TEST_CASE("tcp: a peer that does not read holds the guest back, and no more than one grant waits here") {
  Program program(everything());
  Plain peer(SOCK_STREAM);
  Connection connection = program.connected(peer.port);
  const int fd = peer.accept();
  const std::size_t written = fill(connection);
  auto writable = connection.output->subscribe();
  CHECK_FALSE(writable->ready());
  std::size_t received = 0;
  std::thread reader([&] {
    std::this_thread::sleep_for(200ms);
    Bytes buffer(1 << 16);
    for (ssize_t got; (got = ::read(fd, buffer.data(), buffer.size())) > 0;) received += static_cast<std::size_t>(got);
  });
  const double before = cpu_ms();
  writable->block();
  CHECK(cpu_ms() - before < 100);  // of the 200 or more that it waited
  auto granted = connection.output->check_write();
  REQUIRE(granted);
  CHECK(*granted != 0);
  REQUIRE(connection.output->write(pattern(1000)));
  connection.output.reset();
  CHECK_OK(connection.socket->shutdown(ShutdownType::kSend));
  reader.join();
  CHECK(received == written + 1000);
  ::close(fd);
}

TEST_CASE("tcp: what was written before a shutdown arrives before the end") {
  Program program(everything());
  Plain peer(SOCK_STREAM);
  Connection connection = program.connected(peer.port);
  const int fd = peer.accept();
  const std::size_t written = fill(connection);
  CHECK_OK(connection.socket->shutdown(ShutdownType::kSend));
  CHECK_FALSE(connection.output->write({}));
  std::size_t received = 0;
  std::thread reader([&] {
    Bytes buffer(1 << 16);
    for (ssize_t got; (got = ::read(fd, buffer.data(), buffer.size())) > 0;) received += static_cast<std::size_t>(got);
    (void)!::write(fd, "bye", 3);
    ::close(fd);
  });
  // The other direction is open still; waiting for it sends the rest.
  CHECK(read_all(*connection.input) == Bytes{'b', 'y', 'e'});
  reader.join();
  CHECK(received == written);
}

TEST_CASE("tcp: the ends of streams") {
  Program program(everything());
  Plain peer(SOCK_STREAM);
  SUBCASE("shutdown of receiving") {
    Connection connection = program.connected(peer.port);
    auto readable = connection.input->subscribe();
    CHECK_FALSE(readable->ready());
    CHECK_OK(connection.socket->shutdown(ShutdownType::kReceive));
    CHECK(readable->ready());
    auto bytes = connection.input->read(1);
    REQUIRE_FALSE(bytes);
    CHECK(is_closed(bytes.error()));
    CHECK(connection.output->check_write());
  }
  SUBCASE("the peer resets") {
    Connection connection = program.connected(peer.port);
    const int fd = peer.accept();
    const linger hard{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    ::close(fd);
    auto bytes = connection.input->blocking_read(1);
    REQUIRE_FALSE(bytes);
    const auto* failed = std::get_if<StreamError::LastOperationFailed>(&bytes.error().value);
    REQUIRE(failed != nullptr);
    CHECK(network_error_code(*failed->value) == Code::kConnectionReset);
    CHECK_FALSE(connection.input->read(1));
    auto granted = connection.output->check_write();
    if (granted) {
      auto done = connection.output->write(pattern(1));
      REQUIRE_FALSE(done);
      CHECK(is_closed(done.error()));
    }
  }
  SUBCASE("streams without their socket") {
    Connection connection = program.connected(peer.port);
    const int fd = peer.accept();
    connection.socket.reset();
    REQUIRE(connection.output->blocking_write_and_flush(pattern(10)));
    connection.output.reset();
    connection.input.reset();
    Bytes buffer(20);
    CHECK(::recv(fd, buffer.data(), buffer.size(), MSG_WAITALL) == 10);
    ::close(fd);
  }
}

TEST_CASE("tcp: a dropped stream waits for a peer that takes nothing, but not for ever") {
  Program program(everything());
  program.context->linger_left_ns = 200'000'000;
  Plain peer(SOCK_STREAM);
  const int small = 4096;
  ::setsockopt(peer.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  std::vector<Connection> all(5);
  for (Connection& connection : all) {
    connection = program.connected(peer.port);
    fill(connection);
  }
  const auto start = std::chrono::steady_clock::now();
  all.clear();
  CHECK(program.context->linger_left_ns == 0);
  CHECK(std::chrono::steady_clock::now() - start > 200ms);
  CHECK(std::chrono::steady_clock::now() - start < 2s);
}

TEST_CASE("tcp: listen and accept") {
  Program program(everything());
  auto listener = program.listening(at("127.0.0.1", 0));
  const std::uint16_t port = port_of(*listener->local_address());
  CHECK_FAILS(listener->accept(), Code::kWouldBlock);
  auto pollable = listener->subscribe();
  CHECK_FALSE(pollable->ready());
  CHECK_OK(listener->set_hop_limit(42));
  CHECK_OK(listener->set_listen_backlog_size(5));

  std::atomic<int> fd = -1;
  std::thread client([&] {
    std::this_thread::sleep_for(200ms);
    fd = plain_connect(port);
    (void)!::write(fd, "hello", 5);
  });
  const double before = cpu_ms();
  pollable->block();
  CHECK(cpu_ms() - before < 100);
  auto accepted = listener->accept();
  REQUIRE(accepted);
  auto& [socket, input, output] = *accepted;
  CHECK_FAILS(listener->accept(), Code::kWouldBlock);
  CHECK(*socket->hop_limit() == 42);
  CHECK_FALSE(socket->is_listening());
  CHECK(port_of(*socket->local_address()) == port);
  CHECK_OK(socket->remote_address());
  auto bytes = input->blocking_read(100);
  REQUIRE(bytes);
  CHECK(*bytes == Bytes{'h', 'e', 'l', 'l', 'o'});
  write_all(*output, pattern(100'000));
  client.join();
  Bytes all(100'000);
  CHECK(::recv(fd, all.data(), all.size(), MSG_WAITALL) == 100'000);
  CHECK(all == pattern(100'000));
  ::close(fd);
}

TEST_CASE("tcp: IPv6, and IPv6 alone") {
  if (!has_ipv6()) return;
  Program program(everything());
  auto listener = program.listening(at("::", 0), Family::kIpv6);
  CHECK(listener->address_family() == Family::kIpv6);
  const std::uint16_t port = port_of(*listener->local_address());
  Connection made;
  made.socket = program.tcp(Family::kIpv6);
  CHECK_OK(program.connect(*made.socket, at("::1", port), &made));
  CHECK_OK(listener->accept());
  CHECK(*made.socket->remote_address() == at("::1", port));
  CHECK_FAILS(program.connect(*program.tcp(), at("127.0.0.1", port)), Code::kConnectionRefused);
}

TEST_CASE("tcp: options") {
  Program program(everything());
  auto socket = program.tcp();
  const int bad = number(Code::kInvalidArgument);
  CHECK(code_of(socket->set_hop_limit(0)) == bad);
  CHECK(code_of(socket->set_keep_alive_idle_time(0)) == bad);
  CHECK(code_of(socket->set_keep_alive_interval(0)) == bad);
  CHECK(code_of(socket->set_keep_alive_count(0)) == bad);
  CHECK(code_of(socket->set_receive_buffer_size(0)) == bad);
  CHECK(code_of(socket->set_send_buffer_size(0)) == bad);
  CHECK(code_of(socket->set_listen_backlog_size(0)) == bad);

  CHECK_OK(socket->set_hop_limit(255));
  CHECK(*socket->hop_limit() == 255);
  CHECK(*socket->keep_alive_enabled() == false);
  CHECK_OK(socket->set_keep_alive_enabled(true));
  CHECK(*socket->keep_alive_enabled() == true);
  CHECK_OK(socket->set_keep_alive_idle_time(1));  // less than a second
  CHECK(*socket->keep_alive_idle_time() == 1'000'000'000);
  CHECK_OK(socket->set_keep_alive_interval(~std::uint64_t{0}));
  CHECK(*socket->keep_alive_interval() == 32767ull * 1'000'000'000);
  CHECK_OK(socket->set_keep_alive_count(~0u));
  CHECK(*socket->keep_alive_count() == 127);
  CHECK_OK(socket->set_receive_buffer_size(0x10000));
  CHECK(*socket->receive_buffer_size() == 0x10000);
  CHECK_OK(socket->set_send_buffer_size(~std::uint64_t{0}));
  CHECK(*socket->send_buffer_size() > 0x10000);
  CHECK_OK(socket->set_listen_backlog_size(~std::uint64_t{0}));
}

}  // namespace
}  // namespace witc::wasi
