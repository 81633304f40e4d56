// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// An HTTP server, HTTP/1.1 by Boost.Beast and HTTP/2 (prior knowledge) by nghttp2, that knows nothing of guests: what comes
// in is an Exchange, which somebody answers from any thread.
//
// Each I/O thread has an event loop of its own, and each connection lives on one of them, so that connections need no
// locks; what crosses to the threads that answer are the bodies and the promise of an Exchange. Bodies are bounded both
// ways: a client that sends faster than the guest reads, or reads slower than it writes, is made to wait by TCP or by the
// window of its stream.

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "wasi-preview/http/exchange.h"

namespace witc::http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  unsigned io_threads = 1;
  std::size_t max_connections = 10'000;  // more are closed as they come
  std::size_t max_header_bytes = 64 << 10;
  std::uint32_t max_streams = 128;  // of one HTTP/2 connection at once
  std::chrono::milliseconds header_timeout{30'000};  // for a whole head, from its first byte on
  std::chrono::milliseconds idle_timeout{60'000};    // between requests, before bytes of a body, until bytes are taken
};

/// What is told of each exchange when the last byte of its answer went, or could not go any more.
struct ExchangeDone {
  const Exchange& exchange;
  std::uint16_t status = 0;  // 0: no answer went
  bool is_complete = false;
};

class Server {
 public:
  /// Called on an I/O thread for each request; must not block.
  using Handler = std::function<void(std::shared_ptr<Exchange>)>;
  using Observer = std::function<void(const ExchangeDone&)>;

  virtual ~Server() = default;

  /// `127.0.0.1:8080`, as it is bound.
  [[nodiscard]] virtual const std::string& address() const = 0;
  /// From here on connections are taken.
  virtual void start() = 0;
  /// No new connections, no new requests on those there are; idle ones are closed.
  virtual void begin_stop() = 0;
  /// Waits until all connections are closed, at most that long, then closes them.
  virtual void finish_stop(std::chrono::milliseconds patience) = 0;
};

/// As Transport::listen (wasi-preview/http/transport.h), by which others get here.
std::expected<std::unique_ptr<Server>, std::string> listen(ServerOptions options, Server::Handler handler,
                                                           Server::Observer observer = {});

}  // namespace witc::http
