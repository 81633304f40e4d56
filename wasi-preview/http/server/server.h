// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// An HTTP server, HTTP/1.1 by Boost.Beast and HTTP/2 (prior knowledge) by nghttp2, that knows nothing of guests: what comes
// in is an Exchange, which somebody answers from any thread.
//
// Each I/O thread has an event loop of its own, and each connection lives on one of them, so that connections need no
// locks; what crosses to the threads that answer are the bodies and the promise of an Exchange. Bodies are bounded both
// ways: a client that sends faster than the guest reads, or reads slower than it writes, is made to wait by TCP or by the
// window of its stream.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "wasi-preview/http/body.h"
#include "wasi-preview/http/message.h"

namespace witc::http {

struct Answer {
  ResponseHead head;
  std::shared_ptr<Body> body;  // null: none. For HEAD, 204 and 304 it is read and thrown away
};

/// The answer as it is made: informational ones first (RFC 9110, 15.2), as many as wanted, then the one.
class Answers {
 public:
  static constexpr std::size_t kMaxWaiting = 64;

  /// False if the answer was given before, or too many wait to be sent.
  bool inform(ResponseHead head);
  bool set(Answer answer);

  [[nodiscard]] std::vector<ResponseHead> take_informational();
  [[nodiscard]] bool is_set() const;
  [[nodiscard]] std::optional<Answer> take();
  /// Nothing will be taken any more: bodies of answers are abandoned, those to come too.
  void close();
  /// Wakes when there is something to take; once.
  void on_change(Waker waker);

 private:
  mutable std::mutex mutex_;
  std::vector<ResponseHead> informational_;
  std::optional<Answer> answer_;
  bool is_set_ = false;
  bool is_closed_ = false;
  Waker waker_;
};

/// One request and its answer.
struct Exchange {
  RequestHead head;
  std::shared_ptr<Body> request_body;
  Answers response;
  std::string peer;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> body_bytes_sent = 0;

  /// Whoever answers is done with it: what of the request was not read will not be. With this status if there is no answer.
  void end(std::uint16_t status) {
    response.set({{status, {}}, nullptr});
    request_body->abandon();
  }
};

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

  /// Listens; connections are taken from `start` on. The error: why it cannot.
  static std::expected<std::unique_ptr<Server>, std::string> listen(ServerOptions options, Handler handler, Observer observer = {});
  ~Server();

  /// `127.0.0.1:8080`, as it is bound.
  [[nodiscard]] const std::string& address() const;
  void start();
  /// No new connections, no new requests on those there are; idle ones are closed.
  void begin_stop();
  /// Waits until all connections are closed, at most that long, then closes them.
  void finish_stop(std::chrono::milliseconds patience);

  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace witc::http
