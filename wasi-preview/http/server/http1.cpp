// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// HTTP/1.0 and 1.1 on a connection, requests one after the other (pipelined ones wait in the buffer). Beast's parser reads
// them; it is fed here by hand, for the connection has its own time limits. A request's body is read by a coroutine beside
// the one that writes the answer, so that a guest can answer while it reads.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "wasi-preview/http/server/connection.h"

namespace witc::http {
namespace {

namespace beast = boost::beast;
using Parser = beast::http::request_parser<beast::http::buffer_body>;

constexpr std::size_t kPiece = 32 << 10;  // of a body that is written at once

/// What a request that cannot be understood is answered with.
std::uint16_t status_of(const boost::system::error_code& wrong) {
  if (wrong == beast::http::error::header_limit || wrong == beast::http::error::buffer_overflow) return 431;
  if (wrong == beast::http::error::bad_version) return 505;
  return 400;
}

std::string_view reason(std::uint16_t status) {
  const auto known = beast::http::int_to_status(status);
  if (known == beast::http::status::unknown) return "";
  const auto text = beast::http::obsolete_reason(known);
  return {text.data(), text.size()};
}

FieldList fields_of(const Parser& parser) {
  FieldList fields;
  for (const auto& field : parser.get()) {
    fields.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  return fields;
}

/// What the request line and Host say (RFC 9112, 3.2); false if they contradict themselves.
bool read_head(const Parser& parser, RequestHead& head) {
  head.method = std::string(parser.get().method_string());
  head.scheme = "http";
  FieldList fields = fields_of(parser);
  const auto hosts = std::ranges::count_if(fields, [](const Field& field) { return same_name(field.name, "host"); });
  if (hosts > 1 || (hosts == 0 && parser.get().version() >= 11)) return false;
  if (hosts == 1) head.authority = find_field(fields, "host")->value;
  std::string target(parser.get().target());
  if (head.method == "CONNECT") {
    head.authority = target;
  } else if (is_target(target)) {
    head.target = target;
  } else {  // absolute-form
    const std::size_t colon = target.find("://");
    if (colon == std::string::npos || !is_scheme(target.substr(0, colon))) return false;
    head.scheme = target.substr(0, colon);
    const std::size_t path = target.find_first_of("/?", colon + 3);
    head.authority = target.substr(colon + 3, path == std::string::npos ? path : path - colon - 3);
    head.target = path == std::string::npos ? "/" : target.substr(path);
    if (!is_target(head.target)) return false;
  }
  head.fields = end_to_end(std::move(fields));
  return head.authority.empty() || parse_authority(head.authority).has_value();
}

/// One request on its way.
struct Transaction {
  std::shared_ptr<Connection> connection;
  std::shared_ptr<Exchange> exchange;
  Parser parser;
  bool expects_continue = false;
  bool answer_begun = false;
  bool keep_alive = true;
  bool chunked = false;
  bool discards_body = false;  // HEAD and the like
  bool body_complete = false;  // of the request
  std::optional<std::uint64_t> announced;  // content-length of the answer: it has to be so long, or the next would be misread
  Promise<bool> body_read;     // the coroutine has ended
};

/// Reads what is there of a body into the exchange's; false if there is too little to go on, or `wrong`.
bool parse_some(Transaction& t, std::span<std::uint8_t> room, boost::system::error_code& wrong) {
  auto& into = t.parser.get().body();
  into.data = room.data();
  into.size = room.size();
  into.more = true;
  const std::size_t used = t.parser.put(t.connection->buffer.data(), wrong);
  t.connection->buffer.consume(used);
  const std::size_t got = room.size() - into.size;
  t.exchange->request_body->write(room.first(got));
  const bool needs_more = wrong == beast::http::error::need_more;
  if (needs_more || wrong == beast::http::error::need_buffer) wrong = {};
  return !needs_more && (used != 0 || got != 0);
}

awaitable<void> read_body(std::shared_ptr<Transaction> t) {
  Connection& connection = *t->connection;
  Body& body = *t->exchange->request_body;
  std::array<std::uint8_t, 16 << 10> piece;
  t->parser.eager(true);
  Failure failure{FailureKind::kConnectionTerminated, "the client closed the connection in the middle of the body"};
  bool is_broken = false;
  while (!t->parser.is_done() && !is_broken && !body.abandoned()) {
    const std::size_t room = std::min(body.room(), piece.size());
    if (room == 0) {
      co_await wait([&](Waker waker) { body.on_room(std::move(waker)); });
      continue;
    }
    if (std::exchange(t->expects_continue, false) && !t->answer_begun) {
      boost::system::error_code wrong;
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      connection.socket.write_some(asio::buffer(kContinue), wrong);  // nothing else is being written
      if (wrong) break;
    }
    boost::system::error_code wrong;
    if (parse_some(*t, std::span(piece).first(room), wrong)) continue;
    if (wrong) {
      failure = {FailureKind::kProtocolError, "the body is malformed: " + wrong.message()};
      is_broken = true;
    } else if (!t->parser.is_done() && !co_await connection.read_some(connection.options().idle_timeout)) {
      if (connection.timed_out) failure = {FailureKind::kConnectionReadTimeout, "no more of the body came in time"};
      is_broken = true;
    }
  }
  t->body_complete = t->parser.is_done();
  if (t->body_complete) body.finish(end_to_end(fields_of(t->parser)));
  else body.fail(failure);
  t->body_read.set(true);
}

std::string head_text(Transaction& t, const ResponseHead& head, const Body& body) {
  const Exchange& exchange = *t.exchange;
  const bool is_bodyless_status = is_bodyless(head.status);
  t.discards_body = is_bodyless_status || exchange.head.method == "HEAD";
  const ContentLength length = content_length(head.fields);
  const bool says_length = length.is_valid && (!is_bodyless_status || head.status == 304);
  if (!t.discards_body) t.announced = length.value;
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", head.status, reason(head.status));
  for (const Field& field : head.fields) {
    if (is_forbidden_field(field.name) || (!says_length && same_name(field.name, "content-length"))) continue;
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (!find_field(head.fields, "date")) text += "date: " + http_date() + "\r\n";
  if (!length.value && !is_bodyless_status) {
    if (body.state() == Body::State::kFinished && !t.discards_body) {
      text += "content-length: 0\r\n";
    } else if (t.parser.get().version() >= 11) {
      t.chunked = !t.discards_body;
      text += "transfer-encoding: chunked\r\n";
    } else if (!t.discards_body) {
      t.keep_alive = false;  // its end is the connection's
    }
  }
  if (t.connection->stopping()) t.keep_alive = false;
  if (!t.keep_alive) text += "connection: close\r\n";
  else if (t.parser.get().version() < 11) text += "connection: keep-alive\r\n";
  return text += "\r\n";
}

std::string last_chunk(FieldList trailers) {
  std::string text = "0\r\n";
  for (const Field& field : end_to_end(std::move(trailers))) {
    if (!same_name(field.name, "content-length")) text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return text += "\r\n";
}

/// The answer as it becomes known; false if it could not be sent to its end.
awaitable<bool> write_answer(Transaction& t, const ResponseHead& head, Body& body) {
  Exchange& exchange = *t.exchange;
  t.answer_begun = true;
  std::string before = head_text(t, head, body);
  for (;;) {
    Body::Read read = body.read(kPiece);
    if (t.discards_body) read.bytes.clear();
    exchange.body_bytes_sent += read.bytes.size();
    if (t.announced && exchange.body_bytes_sent > *t.announced) co_return false;
    std::string after;
    if (t.chunked && !read.bytes.empty()) {
      before += fmt::format("{:x}\r\n", read.bytes.size());
      after = "\r\n";
    }
    if (t.chunked && read.state == Body::State::kFinished) after += last_chunk(body.take_trailers());
    if (!before.empty() || !read.bytes.empty() || !after.empty()) {
      const std::array<asio::const_buffer, 3> pieces = {asio::buffer(before), asio::buffer(read.bytes), asio::buffer(after)};
      if (!co_await t.connection->write(pieces)) co_return false;
      before.clear();
    } else if (read.state == Body::State::kOpen) {
      co_await wait([&](Waker waker) { body.on_readable(std::move(waker)); });
    }
    if (read.state == Body::State::kFailed) co_return false;
    if (read.state == Body::State::kFinished) co_return !t.announced || exchange.body_bytes_sent == *t.announced;
  }
}

/// Answers without any exchange; the connection is closed after it.
awaitable<void> refuse(Connection& connection, std::uint16_t status) {
  const std::string text = fmt::format("HTTP/1.1 {} {}\r\ndate: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", status,
                                       reason(status), http_date());
  if (connection.server.observer) {
    Exchange nothing;
    nothing.peer = connection.peer;
    nothing.head = {"-", "-", "", "", {}};
    connection.server.finished(nothing, status, true);
  }
  if (co_await connection.write(asio::buffer(text))) co_await connection.linger();
}

/// A whole head into the parser. False: the connection is to be closed, what there was to say is said.
awaitable<bool> read_head_bytes(Connection& connection, Parser& parser) {
  connection.idle = connection.buffer.size() == 0;
  if (connection.idle) {
    if (connection.stopping() || !co_await connection.read_some(connection.options().idle_timeout)) co_return false;
    connection.idle = false;
  }
  const Clock::time_point deadline = Clock::now() + connection.options().header_timeout;
  for (;;) {
    boost::system::error_code wrong;
    connection.buffer.consume(parser.put(connection.buffer.data(), wrong));
    if (parser.is_header_done()) co_return true;
    if (!wrong) continue;  // empty lines before a request
    if (wrong != beast::http::error::need_more) {
      co_await refuse(connection, status_of(wrong));
      co_return false;
    }
    if (!co_await connection.read_some(deadline)) {
      const bool is_full = connection.buffer.size() == connection.buffer.max_size();
      if (connection.timed_out || is_full) co_await refuse(connection, is_full ? 431 : 408);
      co_return false;
    }
  }
}

/// The answer, once it is there; what goes before it is sent.
awaitable<Answer> next_answer(Transaction& t) {
  Answers& answers = t.exchange->response;
  for (;;) {
    co_await wait([&](Waker waker) { answers.on_change(std::move(waker)); });
    std::string text;
    for (const ResponseHead& head : answers.take_informational()) {
      if (t.parser.get().version() < 11) continue;
      text += fmt::format("HTTP/1.1 {} {}\r\n", head.status, reason(head.status));
      for (const Field& field : end_to_end(head.fields)) text.append(field.name).append(": ").append(field.value).append("\r\n");
      text += "\r\n";
    }
    if (!text.empty()) {
      t.answer_begun = true;  // no other writer until the answer is through
      co_await t.connection->write(asio::buffer(text));
      t.answer_begun = false;
    }
    if (std::optional<Answer> answer = answers.take()) co_return *std::move(answer);
  }
}

/// One request and its answer; false if the connection is to be closed.
awaitable<bool> serve_one(std::shared_ptr<Connection> connection) {
  auto t = std::make_shared<Transaction>();
  t->connection = connection;
  t->parser.header_limit(static_cast<std::uint32_t>(connection->options().max_header_bytes));
  t->parser.body_limit(boost::none);
  if (!co_await read_head_bytes(*connection, t->parser)) co_return false;

  auto exchange = t->exchange = std::make_shared<Exchange>();
  exchange->peer = connection->peer;
  if (!read_head(t->parser, exchange->head)) {
    co_await refuse(*connection, 400);
    co_return false;
  }
  t->keep_alive = t->parser.keep_alive();
  const Field* expect = find_field(exchange->head.fields, "expect");
  t->expects_continue = expect != nullptr && same_name(expect->value, "100-continue") && t->parser.get().version() >= 11;
  exchange->request_body = std::make_shared<Body>(Body::kCapacity, t->expects_continue);
  t->parser.get().clear();  // from here on, its fields are trailers
  asio::co_spawn(co_await asio::this_coro::executor, read_body(t), asio::detached);
  connection->server.handler(exchange);

  Answer answer = co_await next_answer(*t);
  if (answer.body == nullptr) {
    answer.body = std::make_shared<Body>();
    answer.body->finish();
  }
  if (answer.head.status < 200 || answer.head.status > 999) answer.head.status = 500;  // no final answer
  const bool is_complete = co_await write_answer(*t, answer.head, *answer.body);
  connection->server.finished(*exchange, answer.head.status, is_complete);
  if (!is_complete) {
    answer.body->abandon();
    exchange->request_body->fail({FailureKind::kConnectionTerminated, "the connection was closed"});
    connection->close();
  }
  co_await wait([&](Waker waker) { t->body_read.on_set(std::move(waker)); });
  if (is_complete && !t->body_complete) co_await connection->linger();
  co_return is_complete && t->body_complete && t->keep_alive;
}

}  // namespace

awaitable<void> serve_http1(std::shared_ptr<Connection> connection) {
  while (co_await serve_one(connection)) {
  }
}

}  // namespace witc::http
