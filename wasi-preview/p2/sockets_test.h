// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// For the tests of wasi:sockets: a program with grants, and peers on the loopback interface made of plain system calls.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <tuple>

#include "wasi-preview/p2/host_state.h"
#include "wasi-preview/p2/sockets.h"

namespace witc::wasi::inline sockets_testing {

using ::wasi::sockets::network::IpSocketAddress;
using ::wasi::sockets::network::Network;
using ::wasi::sockets::tcp::ShutdownType;
using ::wasi::sockets::tcp::TcpSocket;
using ::wasi::sockets::udp::UdpSocket;
using Code = SocketError;
using Bytes = std::vector<std::uint8_t>;

inline NetworkGrants everything() { return {.inherit_network = true, .allow_ip_name_lookup = true}; }
inline NetworkGrants only(SocketGrant grant) { return {.sockets = {std::move(grant)}}; }

/// The error, or none; so that CHECK prints numbers.
template <class T>
int code_of(const SocketResult<T>& result) {
  return result ? -1 : static_cast<int>(result.error());
}
inline int number(Code code) { return static_cast<int>(code); }
#define CHECK_FAILS(call, code) CHECK(code_of(call) == number(code))
#define CHECK_OK(call) CHECK(code_of(call) == -1)

inline IpSocketAddress at(const std::string& ip, std::uint16_t port) {
  auto parsed = IpAddress::parse(ip);
  REQUIRE(parsed);
  return SocketAddress{*parsed, port}.to_wit();
}
inline std::uint16_t port_of(const IpSocketAddress& address) { return SocketAddress::from_wit(address).port; }

struct Connection {
  std::unique_ptr<TcpSocket> socket;
  std::unique_ptr<io::streams::InputStream> input;
  std::unique_ptr<io::streams::OutputStream> output;
};

struct Program {
  explicit Program(const NetworkGrants& grants, std::uint32_t max_open_files = 1000)
      : loop(std::make_shared<EventLoop>()),
        context(std::make_shared<SocketContext>(grants, loop, fs::Sandbox::make({.max_open_files = max_open_files}))) {}
  std::unique_ptr<TcpSocket> tcp(Family family = Family::kIpv4) {
    auto socket = create_tcp_socket(context, family);
    REQUIRE(socket);
    return *std::move(socket);
  }
  std::unique_ptr<UdpSocket> udp(Family family = Family::kIpv4) {
    auto socket = create_udp_socket(context, family);
    REQUIRE(socket);
    return *std::move(socket);
  }
  /// What finish-connect says after waiting for it; the connection in `made`.
  SocketResult<void> connect(TcpSocket& socket, const IpSocketAddress& to, Connection* made = nullptr) {
    if (auto begun = socket.start_connect(network, to); !begun) return begun;
    socket.subscribe()->block();
    auto streams = socket.finish_connect();
    if (!streams) return fail(streams.error());
    if (made != nullptr) std::tie(made->input, made->output) = *std::move(streams);
    return {};
  }
  Connection connected(std::uint16_t port) {
    Connection made;
    made.socket = tcp();
    REQUIRE(connect(*made.socket, at("127.0.0.1", port), &made));
    return made;
  }
  std::unique_ptr<TcpSocket> listening(const IpSocketAddress& local, Family family = Family::kIpv4) {
    auto socket = tcp(family);
    REQUIRE(socket->start_bind(network, local));
    REQUIRE(socket->finish_bind());
    REQUIRE(socket->start_listen());
    REQUIRE(socket->finish_listen());
    return socket;
  }
  std::unique_ptr<UdpSocket> bound_udp(const std::string& ip = "127.0.0.1") {
    auto socket = udp();
    REQUIRE(socket->start_bind(network, at(ip, 0)));
    REQUIRE(socket->finish_bind());
    return socket;
  }

  EventLoopPtr loop;
  SocketContextPtr context;
  struct : Network {
  } network;
};

/// A socket of the test's own.
struct Plain {
  explicit Plain(int type, const char* bind_to = "127.0.0.1") : fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    REQUIRE(fd >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, bind_to, &address.sin_addr);
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    if (type == SOCK_STREAM) REQUIRE(::listen(fd, 16) == 0);
    socklen_t size = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~Plain() { ::close(fd); }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;
  [[nodiscard]] int accept() const { return ::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC); }

  int fd;
  std::uint16_t port = 0;
};

inline int plain_connect(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

inline bool has_ipv6() {
  const int fd = ::socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool can = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  if (!can) MESSAGE("skipped: there is no IPv6 here");
  return can;
}

/// Milliseconds of processor time of this thread.
inline double cpu_ms() {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  auto ms = [](timeval time) { return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3; };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

inline Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return bytes;
}

inline bool is_closed(const StreamError& error) { return std::holds_alternative<StreamError::Closed>(error.value); }

}  // namespace witc::wasi::sockets_testing
