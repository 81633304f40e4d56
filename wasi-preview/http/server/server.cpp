// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Listening, I/O threads, what connections have in common, and stopping.
#include "wasi-preview/http/server/server.h"

#include <fmt/format.h>
#include <netinet/tcp.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <condition_variable>
#include <ctime>

#include "wasi-preview/http/server/connection.h"

namespace witc::http {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::chrono::milliseconds kTick{100};

std::string to_text(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return fmt::format(fmt::runtime(endpoint.address().is_v6() ? "[{}]:{}" : "{}:{}"), host, endpoint.port());
}

}  // namespace

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday, kMonths[utc.tm_mon],
                     utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

// -- a connection --------------------------------------------------------------------------------------

Connection::Connection(AsioServer& server, IoThread& thread, tcp::socket socket)
    : server(server), socket(std::move(socket)), buffer(server.options.max_header_bytes + (16 << 10)), thread_(thread) {
  thread_.connections.insert(this);
  boost::system::error_code ignored;
  this->socket.set_option(tcp::no_delay(true), ignored);
  if (const tcp::endpoint remote = this->socket.remote_endpoint(ignored); !ignored) peer = to_text(remote);
}

Connection::~Connection() {
  thread_.connections.erase(this);
  --server.open;
}

awaitable<void> Connection::run() {
  // Is it HTTP/2? Its preface is no request line of HTTP/1.
  const auto begins = [this](std::size_t count) {
    return std::string_view(static_cast<const char*>(buffer.data().data()), count) == kPreface.substr(0, count);
  };
  while (buffer.size() < kPreface.size() && begins(buffer.size())) {
    if (!co_await read_some(buffer.size() == 0 ? options().idle_timeout : options().header_timeout)) co_return;
    idle = false;
  }
  if (begins(std::min(buffer.size(), kPreface.size()))) co_await serve_http2(shared_from_this());
  else co_await serve_http1(shared_from_this());
  close();
}

awaitable<bool> Connection::read_some(std::chrono::milliseconds limit) { return read_some(Clock::now() + limit); }

awaitable<bool> Connection::read_some(Clock::time_point deadline) {
  timed_out = false;
  const std::size_t room = buffer.max_size() - buffer.size();
  if (room == 0) co_return false;
  read_deadline_ = deadline;
  auto [wrong, count] = co_await socket.async_read_some(buffer.prepare(std::min<std::size_t>(room, 16 << 10)),
                                                        asio::bind_cancellation_slot(cancel_read_.slot(), kAsTuple));
  read_deadline_ = Clock::time_point::max();
  if (wrong) co_return false;
  buffer.commit(count);
  co_return true;
}

awaitable<void> Connection::linger() {
  boost::system::error_code wrong;
  socket.shutdown(tcp::socket::shutdown_send, wrong);
  const Clock::time_point end = Clock::now() + std::chrono::seconds(1);
  for (std::size_t taken = 0; !wrong && taken < (256 << 10);) {
    buffer.clear();
    if (!co_await read_some(end)) break;
    taken += buffer.size();
  }
}

void Connection::begin_stop() {
  if (on_stop) on_stop();
  else if (idle) cancel_read();
}

void Connection::close() {
  boost::system::error_code ignored;
  socket.close(ignored);
}

void Connection::check_deadlines(Clock::time_point now) {
  if (now > write_deadline_) return close();
  if (now <= read_deadline_) return;
  read_deadline_ = Clock::time_point::max();
  timed_out = true;
  cancel_read_.emit(asio::cancellation_type::terminal);
}

// -- the server ----------------------------------------------------------------------------------------

awaitable<void> AsioServer::accept() {
  while (!stopping) {
    IoThread& thread = *threads_[next_thread_++ % threads_.size()];
    auto [wrong, socket] = co_await acceptor_->async_accept(thread.io, kAsTuple);
    if (stopping || wrong == asio::error::operation_aborted) break;
    if (wrong) {  // no file descriptors left, say: those that are served will end
      asio::steady_timer pause(threads_[0]->io, std::chrono::milliseconds(50));
      co_await pause.async_wait(kAsTuple);
      continue;
    }
    if (open >= options.max_connections) continue;
    ++open;
    asio::post(thread.io, [this, &thread, socket = std::make_shared<tcp::socket>(std::move(socket))] {
      auto connection = std::make_shared<Connection>(*this, thread, std::move(*socket));
      asio::co_spawn(thread.io, [connection]() { return connection->run(); }, asio::detached);
    });
  }
}

awaitable<void> AsioServer::tick(IoThread& thread) {
  for (;;) {
    thread.tick.expires_after(kTick);
    co_await thread.tick.async_wait(kAsTuple);
    const std::vector<Connection*> all(thread.connections.begin(), thread.connections.end());
    for (Connection* connection : all) {
      if (thread.connections.contains(connection)) connection->check_deadlines(Clock::now());
    }
  }
}

AsioServer::~AsioServer() {
  for (const auto& thread : threads_) thread->io.stop();
  for (const auto& thread : threads_) {
    if (thread->thread.joinable()) thread->thread.join();
  }
}

std::expected<void, std::string> AsioServer::listen() {
  for (unsigned i = 0; i < std::max(1u, options.io_threads); ++i) threads_.push_back(std::make_unique<IoThread>());
  boost::system::error_code wrong;
  const asio::ip::address host = asio::ip::make_address(options.address, wrong);
  if (wrong) return std::unexpected(fmt::format("`{}` is no IP address", options.address));
  const tcp::endpoint endpoint(host, options.port);
  acceptor_ = std::make_unique<tcp::acceptor>(threads_[0]->io);
  if (!acceptor_->open(endpoint.protocol(), wrong) && !acceptor_->set_option(tcp::acceptor::reuse_address(true), wrong) &&
      !acceptor_->bind(endpoint, wrong)) {
    acceptor_->listen(4096, wrong);
  }
  if (wrong) return std::unexpected(fmt::format("cannot listen on {}: {}", to_text(endpoint), wrong.message()));
  address_ = to_text(acceptor_->local_endpoint());
  return {};
}

std::expected<std::unique_ptr<Server>, std::string> listen(ServerOptions options, Server::Handler handler,
                                                           Server::Observer observer) {
  auto server = std::make_unique<AsioServer>(std::move(options), std::move(handler), std::move(observer));
  if (auto listening = server->listen(); !listening) return std::unexpected(std::move(listening).error());
  return server;
}

void AsioServer::start() {
  asio::co_spawn(threads_[0]->io, accept(), asio::detached);
  for (const auto& thread : threads_) {
    asio::co_spawn(thread->io, tick(*thread), asio::detached);
    thread->thread = std::thread([&io = thread->io] { io.run(); });
  }
}

void AsioServer::begin_stop() {
  stopping = true;
  asio::post(threads_[0]->io, [this] { acceptor_->close(); });
  for (const auto& thread : threads_) {
    asio::post(thread->io, [&thread = *thread] {
      const std::vector<Connection*> all(thread.connections.begin(), thread.connections.end());
      for (Connection* connection : all) connection->begin_stop();
    });
  }
}

void AsioServer::finish_stop(std::chrono::milliseconds patience) {
  const auto wait_until = [this](Clock::time_point end) {
    while (open != 0 && Clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  wait_until(Clock::now() + patience);
  for (const auto& thread : threads_) {
    asio::post(thread->io, [&thread = *thread] {
      const std::vector<Connection*> all(thread.connections.begin(), thread.connections.end());
      for (Connection* connection : all) connection->close();
    });
  }
  wait_until(Clock::now() + std::chrono::milliseconds(500));
}

}  // namespace witc::http
