// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Private to the server: one connection, which belongs to one I/O thread and is touched by no other. What protocol it
// speaks is found out by its first bytes; http1.cpp and http2.cpp go on from there.
//
// Time limits are points in time that a tick of the thread compares with now, so that setting one costs nothing: a read
// that takes too long is cancelled, so that its coroutine can still answer; a write that does closes the connection.

#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "wasi-preview/http/server/server.h"
#include "wasi-preview/http/wait.h"

namespace witc::http {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;
inline constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

class Connection;

/// One event loop and its connections.
struct IoThread {
  std::set<Connection*> connections;  // outlives those that the end of `io` destroys
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
  asio::steady_timer tick{io};
  std::thread thread;
};

class AsioServer final : public Server {
 public:
  AsioServer(ServerOptions options, Handler handler, Observer observer)
      : options(std::move(options)), handler(std::move(handler)), observer(std::move(observer)) {}
  ~AsioServer() override;

  /// Once. The error: why it cannot.
  std::expected<void, std::string> listen();
  [[nodiscard]] const std::string& address() const override { return address_; }
  void start() override;
  void begin_stop() override;
  void finish_stop(std::chrono::milliseconds patience) override;

  void finished(const Exchange& exchange, std::uint16_t status, bool is_complete) const {
    if (observer) observer({exchange, status, is_complete});
  }

  ServerOptions options;
  Handler handler;
  Observer observer;
  std::atomic<std::size_t> open = 0;  // connections
  std::atomic<bool> stopping = false;

 private:
  awaitable<void> accept();
  awaitable<void> tick(IoThread& thread);

  std::vector<std::unique_ptr<IoThread>> threads_;
  std::unique_ptr<tcp::acceptor> acceptor_;  // on the first thread
  std::string address_;
  std::size_t next_thread_ = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(AsioServer& server, IoThread& thread, tcp::socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The whole life of the connection.
  awaitable<void> run();

  /// Closes it if nothing is going on; else it is closed after what goes on.
  void begin_stop();
  /// Ends the read that goes on, if any.
  void cancel_read() { cancel_read_.emit(asio::cancellation_type::terminal); }
  /// Ends every operation.
  void close();
  void check_deadlines(Clock::time_point now);

  /// Reads some into `buffer`; false at the end of input, on an error or when the time is over (`timed_out` then).
  awaitable<bool> read_some(std::chrono::milliseconds limit);
  /// The same, with a point in time.
  awaitable<bool> read_some(Clock::time_point deadline);
  /// Writes all; false if it cannot.
  template <class Buffers>
  awaitable<bool> write(const Buffers& buffers) {
    write_deadline_ = Clock::now() + options().idle_timeout;
    auto [wrong, count] = co_await asio::async_write(socket, buffers, kAsTuple);
    write_deadline_ = Clock::time_point::max();
    co_return !wrong;
  }
  /// Says that nothing more comes and lets the client read to the end: a close with input unread would make the system
  /// throw away what was written.
  awaitable<void> linger();

  [[nodiscard]] const ServerOptions& options() const { return server.options; }
  [[nodiscard]] bool stopping() const { return server.stopping; }

  AsioServer& server;
  tcp::socket socket;
  boost::beast::flat_buffer buffer;
  std::string peer;
  bool timed_out = false;
  bool idle = true;           // no request is going on, not even a part of one
  std::function<void()> on_stop;  // HTTP/2: what begin_stop does

 private:
  IoThread& thread_;
  asio::cancellation_signal cancel_read_;
  Clock::time_point read_deadline_ = Clock::time_point::max();
  Clock::time_point write_deadline_ = Clock::time_point::max();
};

/// Serve what comes until the connection is to be closed.
awaitable<void> serve_http1(std::shared_ptr<Connection> connection);
awaitable<void> serve_http2(std::shared_ptr<Connection> connection);

/// `Sun, 06 Nov 1994 08:49:37 GMT`, now.
std::string http_date();

}  // namespace witc::http
