// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A call: look up, connect, TLS, then two coroutines, one that writes the request and one that reads the answer. Each limit
// of time closes the socket, and what then fails is told as that limit. Beast's parser reads; it is fed by hand, as the
// server's, for the same code serves both kinds of stream.
#include "wasi-preview/http/client/client.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <set>
#include <thread>

#include "wasi-preview/http/wait.h"

namespace witc::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::awaitable;
using asio::ip::tcp;
using Parser = beast::http::response_parser<beast::http::buffer_body>;
using TlsStream = asio::ssl::stream<tcp::socket&>;
constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

/// Closes a socket when a time is over, and remembers that it did.
class Watch {
 public:
  Watch(asio::io_context& io, tcp::socket& socket) : timer_(io), socket_(socket) {}
  void arm(std::chrono::nanoseconds limit) {
    armed_ = std::make_shared<Watch*>(this);
    timer_.expires_after(std::min<std::chrono::nanoseconds>(limit, std::chrono::hours(24 * 365)));
    timer_.async_wait([armed = std::weak_ptr(armed_)](boost::system::error_code) {
      const std::shared_ptr<Watch*> watch = armed.lock();
      if (watch == nullptr) return;  // disarmed, or armed again, or gone
      (*watch)->is_over_ = true;
      boost::system::error_code ignored;
      (*watch)->socket_.close(ignored);
    });
  }
  void disarm() {
    armed_.reset();
    timer_.cancel();
  }
  [[nodiscard]] bool is_over() const { return is_over_; }

 private:
  asio::steady_timer timer_;
  tcp::socket& socket_;
  std::shared_ptr<Watch*> armed_;
  bool is_over_ = false;
};

/// A call as its coroutines share it.
struct Going {
  Going(asio::io_context& io, RequestHead head, std::shared_ptr<Body> body, CallTimeouts timeouts)
      : head(std::move(head)), body(std::move(body)), timeouts(timeouts), resolver(io), socket(io), watch(io, socket) {}

  RequestHead head;
  std::shared_ptr<Body> body;  // of the request
  CallTimeouts timeouts;
  std::weak_ptr<Call> call;
  tcp::resolver resolver;
  tcp::socket socket;
  Watch watch;
  beast::flat_buffer buffer{256 << 10};
  bool is_answered = false;

  /// Nobody waits for the answer any more, before it came.
  void stop() {
    boost::system::error_code ignored;
    resolver.cancel();
    socket.close(ignored);
  }
  void fail(FailureKind kind, std::string text) {
    if (auto waiting = call.lock()) waiting->response.set(std::unexpected(Failure{kind, std::move(text)}));
  }
};
using GoingPtr = std::shared_ptr<Going>;

Failure connect_failure(const boost::system::error_code& wrong) {
  FailureKind kind = FailureKind::kDestinationUnavailable;
  if (wrong == asio::error::connection_refused) kind = FailureKind::kConnectionRefused;
  else if (wrong == asio::error::timed_out) kind = FailureKind::kConnectionTimeout;
  return {kind, wrong.message()};
}

std::string request_text(const Going& going, bool& chunked) {
  const RequestHead& head = going.head;
  std::string text = fmt::format("{} {} HTTP/1.1\r\nhost: {}\r\n", head.method, head.target, head.authority);
  for (const Field& field : head.fields) {
    if (!is_forbidden_field(field.name)) text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (!content_length(head.fields).value) {
    if (going.body != nullptr && going.body->state() != Body::State::kFinished) {
      chunked = true;
      text += "transfer-encoding: chunked\r\n";
    } else if (head.method != "GET" && head.method != "HEAD" && head.method != "CONNECT" && head.method != "TRACE") {
      text += "content-length: 0\r\n";
    }
  }
  return text += "connection: close\r\n\r\n";
}

std::string last_chunk(FieldList trailers) {
  std::string text = "0\r\n";
  for (const Field& field : end_to_end(std::move(trailers))) {
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return text += "\r\n";
}

/// The request, to its end or until the connection breaks; a body that fails breaks it.
template <class Stream>
awaitable<void> write_request(GoingPtr going, std::shared_ptr<Stream> stream) {
  bool chunked = false;
  std::string before = request_text(*going, chunked);
  for (;;) {
    Body::Read read;
    if (going->body != nullptr) read = going->body->read(32 << 10);
    else read.state = Body::State::kFinished;
    std::string after;
    if (chunked && !read.bytes.empty()) {
      before += fmt::format("{:x}\r\n", read.bytes.size());
      after = "\r\n";
    }
    if (chunked && read.state == Body::State::kFinished) after += last_chunk(going->body->take_trailers());
    if (!before.empty() || !read.bytes.empty() || !after.empty()) {
      const std::array<asio::const_buffer, 3> pieces = {asio::buffer(before), asio::buffer(read.bytes), asio::buffer(after)};
      auto [wrong, count] = co_await asio::async_write(*stream, pieces, kAsTuple);
      if (wrong) break;
      before.clear();
    } else if (read.state == Body::State::kOpen) {
      co_await wait([&](Waker waker) { going->body->on_readable(std::move(waker)); });
    }
    if (read.state == Body::State::kFinished) co_return;
    if (read.state == Body::State::kFailed) {
      going->fail(FailureKind::kProtocolError, "the request's body was given up");
      going->stop();
      break;
    }
  }
  if (going->body != nullptr) going->body->abandon();
}

/// More into the buffer. `wrong` is asio::error::eof at the end of input.
template <class Stream>
awaitable<void> read_some(Going& going, Stream& stream, boost::system::error_code& wrong) {
  const std::size_t room = std::min<std::size_t>(going.buffer.max_size() - going.buffer.size(), 16 << 10);
  if (room == 0) {
    wrong = beast::http::error::buffer_overflow;
    co_return;
  }
  auto [error, count] = co_await stream.async_read_some(going.buffer.prepare(room), kAsTuple);
  going.buffer.commit(count);
  wrong = error;
}

FieldList fields_of(const Parser& parser) {
  FieldList fields;
  for (const auto& field : parser.get()) {
    fields.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  return end_to_end(std::move(fields));
}

/// The answer's head; false: the call has failed, and it is told why.
template <class Stream>
awaitable<bool> read_head(Going& going, Stream& stream, Parser& parser) {
  for (;;) {
    boost::system::error_code wrong;
    going.buffer.consume(parser.put(going.buffer.data(), wrong));
    if (parser.is_header_done()) co_return true;
    if (!wrong) continue;
    if (wrong == beast::http::error::need_more) co_await read_some(going, stream, wrong);
    if (!wrong) continue;
    if (going.watch.is_over()) going.fail(FailureKind::kConnectionReadTimeout, "no answer came in time");
    else if (wrong == beast::http::error::header_limit || wrong == beast::http::error::buffer_overflow) going.fail(FailureKind::kResponseHeaderSectionSize, wrong.message());
    else if (wrong.category() == make_error_code(beast::http::error::need_more).category()) going.fail(FailureKind::kProtocolError, wrong.message());
    else going.fail(FailureKind::kConnectionTerminated, wrong.message());
    co_return false;
  }
}

/// The answer's body, as there is room for it.
template <class Stream>
awaitable<void> read_body(Going& going, Stream& stream, Parser& parser, Body& body) {
  std::array<std::uint8_t, 16 << 10> piece;
  parser.eager(true);
  boost::system::error_code wrong;
  while (!parser.is_done() && !wrong && !body.abandoned()) {
    const std::size_t room = std::min(body.room(), piece.size());
    if (room == 0) {
      co_await wait([&](Waker waker) { body.on_room(std::move(waker)); });
      continue;
    }
    auto& into = parser.get().body();
    into.data = piece.data();
    into.size = room;
    into.more = true;
    const std::size_t used = parser.put(going.buffer.data(), wrong);
    going.buffer.consume(used);
    const std::size_t got = room - into.size;
    body.write(std::span(piece).first(got));
    const bool needs_more = wrong == beast::http::error::need_more;
    if (needs_more || wrong == beast::http::error::need_buffer) wrong = {};
    if (wrong || parser.is_done() || (!needs_more && (used != 0 || got != 0))) continue;
    going.watch.arm(going.timeouts.between_bytes);
    co_await read_some(going, stream, wrong);
    going.watch.disarm();
    if (wrong == asio::error::eof || wrong == asio::ssl::error::stream_truncated) {
      parser.put_eof(wrong);
      if (!wrong) break;
    }
  }
  if (parser.is_done()) body.finish(fields_of(parser));
  else if (going.watch.is_over()) body.fail({FailureKind::kConnectionReadTimeout, "no more of the body came in time"});
  else if (wrong == beast::http::error::partial_message) body.fail({FailureKind::kResponseIncomplete, wrong.message()});
  else body.fail({FailureKind::kProtocolError, wrong.message()});
}

template <class Stream>
awaitable<void> exchange(GoingPtr going, std::shared_ptr<Stream> stream, std::uint32_t max_header_bytes) {
  asio::co_spawn(co_await asio::this_coro::executor, write_request(going, stream), asio::detached);
  going->watch.arm(going->timeouts.first_byte);
  std::optional<Parser> parser;
  std::uint16_t status = 0;
  do {  // informational answers may come before the one (RFC 9110, 15.2)
    parser.emplace();
    parser->header_limit(max_header_bytes);
    parser->body_limit(boost::none);
    parser->skip(going->head.method == "HEAD");
    if (!co_await read_head(*going, *stream, *parser)) co_return going->stop();
    status = static_cast<std::uint16_t>(parser->get().result_int());
  } while (status < 200 && status != 101);
  going->watch.disarm();
  auto body = std::make_shared<Body>();
  ClientResponse response{{status, fields_of(*parser)}, body};
  parser->get().clear();  // from here on, its fields are trailers
  bool is_wanted = false;
  if (auto waiting = going->call.lock()) is_wanted = waiting->response.set(std::move(response));
  going->is_answered = is_wanted;
  if (is_wanted) co_await read_body(*going, *stream, *parser, *body);
  going->stop();
}

class AsioClient final : public Client {
 public:
  explicit AsioClient(ClientOptions options) : options_(std::move(options)) {
    tls_.set_verify_mode(asio::ssl::verify_peer);
    boost::system::error_code ignored;
    tls_.set_default_verify_paths(ignored);
    if (!options_.ca_file.empty()) tls_.load_verify_file(options_.ca_file, ignored);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~AsioClient() override {
    io_.stop();
    thread_.join();
  }

  std::shared_ptr<Call> send(RequestHead head, std::shared_ptr<Body> body, CallTimeouts timeouts) override;

 private:
  awaitable<void> run(GoingPtr going);
  awaitable<bool> connect(Going& going, const Authority& authority);
  awaitable<void> secure(GoingPtr going, const Authority& authority);

  ClientOptions options_;
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  std::set<Going*> going_;  // the thread's own
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  std::thread thread_;
};

awaitable<bool> AsioClient::connect(Going& going, const Authority& authority) {
  const std::uint16_t port = authority.port.value_or(going.head.scheme == "https" ? 443 : 80);
  auto [unknown, found] =
      co_await going.resolver.async_resolve(authority.host, std::to_string(port), kAsTuple);
  if (going.watch.is_over()) {
    going.fail(FailureKind::kDnsTimeout, "the name was not found in time");
    co_return false;
  }
  if (unknown) {
    going.fail(FailureKind::kDnsError, unknown.message());
    co_return false;
  }
  auto [wrong, endpoint] = co_await asio::async_connect(going.socket, found, kAsTuple);
  if (going.watch.is_over()) going.fail(FailureKind::kConnectionTimeout, "no connection in time");
  else if (wrong) {
    Failure failure = connect_failure(wrong);
    going.fail(failure.kind, failure.text);
  }
  if (wrong || going.watch.is_over()) co_return false;
  boost::system::error_code ignored;
  going.socket.set_option(tcp::no_delay(true), ignored);
  co_return true;
}

awaitable<void> AsioClient::secure(GoingPtr going, const Authority& authority) {
  auto stream = std::make_shared<TlsStream>(going->socket, tls_);
  SSL_set_tlsext_host_name(stream->native_handle(), authority.host.c_str());
  stream->set_verify_callback(asio::ssl::host_name_verification(authority.host));
  auto [wrong] = co_await stream->async_handshake(asio::ssl::stream_base::client, kAsTuple);
  if (wrong) {
    const long verified = SSL_get_verify_result(stream->native_handle());
    if (going->watch.is_over()) going->fail(FailureKind::kConnectionTimeout, "no TLS connection in time");
    else if (verified != X509_V_OK) going->fail(FailureKind::kTlsCertificateError, X509_verify_cert_error_string(verified));
    else going->fail(FailureKind::kTlsProtocolError, wrong.message());
    co_return;
  }
  going->watch.disarm();
  co_await exchange(going, stream, options_.max_header_bytes);
}

awaitable<void> AsioClient::run(GoingPtr call) {
  const std::optional<Authority> authority = parse_authority(call->head.authority);
  if (!authority) co_return call->fail(FailureKind::kInternalError, "no authority");
  call->watch.arm(call->timeouts.connect);
  if (co_await connect(*call, *authority)) {
    if (call->head.scheme == "https") {
      co_await secure(call, *authority);
    } else {
      call->watch.disarm();
      // The socket lives in the call.
      co_await exchange(call, std::shared_ptr<tcp::socket>(call, &call->socket), options_.max_header_bytes);
    }
  }
  call->watch.disarm();
  call->stop();
  if (call->body != nullptr && call->body->state() == Body::State::kOpen) call->body->abandon();
  going_.erase(call.get());
}

std::shared_ptr<Call> AsioClient::send(RequestHead head, std::shared_ptr<Body> body, CallTimeouts timeouts) {
  auto call = std::make_shared<Call>();
  auto going = std::make_shared<Going>(io_, std::move(head), std::move(body), timeouts);
  going->call = call;
  // The guest's reference: its end is the call's, unless the answer came.
  std::shared_ptr<Call> handle(call.get(), [this, call, weak = std::weak_ptr(going)](Call*) mutable {
    if (auto untaken = call->response.take(); untaken && *untaken) (*untaken)->body->abandon();
    call.reset();
    asio::post(io_, [weak] {
      const GoingPtr left = weak.lock();
      if (left != nullptr && !left->is_answered && left->call.expired()) left->stop();
    });
  });
  asio::post(io_, [this, going] {
    if (going_.size() >= options_.max_calls) {
      return going->fail(FailureKind::kConnectionLimitReached, "too many calls at once");
    }
    going_.insert(going.get());
    asio::co_spawn(io_, run(going), asio::detached);
  });
  return handle;
}

}  // namespace

std::unique_ptr<Client> make_client(ClientOptions options) { return std::make_unique<AsioClient>(std::move(options)); }

}  // namespace witc::http
