// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A component made of C++ talks to this program over the loopback interface, as far as it is granted (guest.cpp).
#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS  // the engine handles signals itself
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "engine/bindings.h"
#include "tests/loaded_component.h"
#include "wasi-preview/wasi.h"

namespace {

namespace engine = witc::engine;
using witc::tests::loaded;
using witc::abi::Val;
using witc::wasi::NetworkGrants;
using witc::wasi::SocketProtocol;
using witc::wasi::SocketUse;

/// A peer that sends back what it gets, from one connection, until its end.
class Echo {
 public:
  Echo() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 4) == 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Echo() {
    ::shutdown(listener_, SHUT_RDWR);  // ends accept
    thread_.join();
    ::close(listener_);
  }
  std::uint16_t port = 0;

 private:
  void serve() const {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    char buffer[1 << 16];
    for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) > 0;) {
      for (ssize_t sent = 0, done; sent < got; sent += done) {
        done = ::send(fd, buffer + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
        if (done <= 0) break;
      }
    }
    ::close(fd);
  }

  int listener_;
  std::thread thread_;
};

/// What `echo` returns: `ok <bytes>`, or the error.
std::string echo(NetworkGrants grants, const char* name, std::uint16_t port, std::uint32_t size) {
  witc::wasi::WasiOptions options;
  options.network = std::move(grants);
  engine::Linker linker;
  auto wasi = witc::wasi::Wasi::make(options);
  REQUIRE(wasi);
  wasi->add_to(linker);
  auto instance = linker.instantiate(loaded().machine, *loaded().component);
  if (!instance) FAIL(instance.error()->message);
  if (auto started = instance->start(); !started) FAIL(engine::to_string(started.error()));
  engine::BindingCaller caller(*instance);
  const Val args[] = {Val::string(name), Val::unsigned_(port), Val::unsigned_(size)};
  auto result = caller.call("test:sockets/client", "echo", args);
  if (!result) return "trap: " + result.error().message;
  const auto* variant = (*result)->get_if<Val::Variant>();
  REQUIRE(variant != nullptr);
  REQUIRE(variant->payload != nullptr);
  if (const auto* text = variant->payload->get_if<Val::String>()) return text->text;
  return "ok " + std::to_string(*variant->payload->get_if<std::uint64_t>());
}

TEST_CASE("a component echoes 4 MB over TCP, by name, with everything granted") {
  Echo peer;
  CHECK(echo({.inherit_network = true, .allow_ip_name_lookup = true}, "localhost", peer.port, 4 << 20) == "ok 4194304");
}

TEST_CASE("with that host and port granted, and nothing else") {
  Echo peer;
  NetworkGrants grants{.allow_ip_name_lookup = true,
                       .sockets = {{SocketProtocol::kTcp, SocketUse::kConnect, "localhost", peer.port}}};
  CHECK(echo(grants, "localhost", static_cast<std::uint16_t>(peer.port ^ 1), 1) == "finish-connect: 1");  // access-denied
  CHECK(echo(grants, "127.0.0.2", peer.port, 1) == "finish-connect: 1");
  CHECK(echo(grants, "localhost", peer.port, 1000) == "ok 1000");
}

TEST_CASE("with nothing granted") {
  Echo peer;
  CHECK(echo({}, "localhost", peer.port, 1) == "resolve-addresses: 20");  // permanent-resolver-failure
  CHECK(echo({.allow_ip_name_lookup = true}, "localhost", peer.port, 1) == "finish-connect: 1");
  CHECK(echo({.tcp = false, .allow_ip_name_lookup = true}, "localhost", peer.port, 1) == "create-tcp-socket: 1");
}

}  // namespace

int main(int argc, char** argv) {
  const char* path = std::getenv("WITC_TEST_COMPONENT");
  if (path == nullptr || *path == '\0') return 77;  // there is no compiler for guests
  return doctest::Context(argc, argv).run();
}
