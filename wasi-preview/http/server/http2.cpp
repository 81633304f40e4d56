// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// HTTP/2 on a connection, by nghttp2: prior knowledge only. The library does framing, header compression, windows and the
// checks of RFC 9113; here its streams become exchanges. A stream's window is given back as the guest reads, so a client
// can have sent no more of a body than a window (64 KiB) that is not read. Frames to be sent are asked of the library
// while there are any, by one coroutine at a time.
#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <map>

#include "wasi-preview/http/server/connection.h"

namespace witc::http {
namespace {

constexpr std::size_t kPiece = 64 << 10;  // written at once

struct Stream {
  std::shared_ptr<Exchange> exchange = std::make_shared<Exchange>();
  std::size_t head_bytes = 0;
  FieldList trailers;
  bool is_dispatched = false;
  std::uint64_t unread = 0;  // bytes of the request's body without credit given back
  std::uint16_t status = 0;
  bool is_told = false;        // to the server's observer
  std::shared_ptr<Body> body;  // of the answer
};

std::string_view as_text(const std::uint8_t* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

/// Fields as the library takes them; they must stay where they are until it was called.
std::vector<nghttp2_nv> to_nv(const FieldList& fields) {
  std::vector<nghttp2_nv> all;
  for (const Field& field : fields) {
    all.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(field.name.data())),
                   reinterpret_cast<std::uint8_t*>(const_cast<char*>(field.value.data())), field.name.size(),
                   field.value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return all;
}

class Http2 : public std::enable_shared_from_this<Http2> {
 public:
  explicit Http2(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  ~Http2() { nghttp2_session_del(session_); }
  Http2(const Http2&) = delete;
  Http2& operator=(const Http2&) = delete;

  bool open();
  awaitable<void> run();

 private:
  using Id = std::int32_t;

  /// A waker that goes on here, on this thread.
  template <class Function>
  Waker on_this_thread(Function function) {
    return [self = shared_from_this(), executor = connection_->socket.get_executor(), function] {
      asio::post(executor, [self, function] { function(*self); });
    };
  }
  Stream* find(Id id) {
    auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : &found->second;
  }
  void flush();
  awaitable<void> write_frames();
  bool time_is_over();
  void stop();
  void end_if_done();

  // What the library tells.
  int begin_headers(const nghttp2_frame& frame);
  int header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int frame_received(const nghttp2_frame& frame);
  int data_received(Id id, std::span<const std::uint8_t> bytes);
  int frame_sent(const nghttp2_frame& frame);
  int stream_closed(Id id);
  ssize_t read_body(Id id, std::span<std::uint8_t> room, std::uint32_t& flags);

  void dispatch(Id id, Stream& stream);
  void watch_answer(Id id);
  void answer(Id id);
  void submit(Id id, Stream& stream, Answer answer);
  void watch_reading(Id id, const std::shared_ptr<Body>& body);

  static nghttp2_session_callbacks* make_callbacks();
  static Http2& self(void* user) { return *static_cast<Http2*>(user); }

  std::shared_ptr<Connection> connection_;
  nghttp2_session* session_ = nullptr;
  std::map<Id, Stream> streams_;
  bool is_writing_ = false;
  bool is_closed_ = false;
};

nghttp2_session_callbacks* Http2::make_callbacks() {
  nghttp2_session_callbacks* calls = nullptr;
  if (nghttp2_session_callbacks_new(&calls) != 0) return nullptr;
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      calls, [](nghttp2_session*, const nghttp2_frame* frame, void* user) { return self(user).begin_headers(*frame); });
  nghttp2_session_callbacks_set_on_header_callback(
      calls, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
        return self(user).header(*frame, as_text(name, name_size), as_text(value, value_size));
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      calls, [](nghttp2_session*, const nghttp2_frame* frame, void* user) { return self(user).frame_received(*frame); });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      calls, [](nghttp2_session*, std::uint8_t, Id id, const std::uint8_t* data, std::size_t size, void* user) {
        return self(user).data_received(id, {data, size});
      });
  nghttp2_session_callbacks_set_on_frame_send_callback(
      calls, [](nghttp2_session*, const nghttp2_frame* frame, void* user) { return self(user).frame_sent(*frame); });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      calls, [](nghttp2_session*, Id id, std::uint32_t, void* user) { return self(user).stream_closed(id); });
  return calls;
}

bool Http2::open() {
  nghttp2_session_callbacks* calls = make_callbacks();
  nghttp2_option* option = nullptr;
  if (calls == nullptr || nghttp2_option_new(&option) != 0) return false;
  nghttp2_option_set_no_auto_window_update(option, 1);
  const bool is_open = nghttp2_session_server_new2(&session_, calls, this, option) == 0;
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(calls);
  if (!is_open) return false;
  const std::array<nghttp2_settings_entry, 2> settings = {{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, connection_->options().max_streams},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(connection_->options().max_header_bytes)}}};
  // The connection's window is no limit beside those of its streams.
  return nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0 &&
         nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, 8 << 20) == 0;
}

awaitable<void> Http2::run() {
  auto keep = shared_from_this();
  connection_->on_stop = [this] { stop(); };
  boost::beast::flat_buffer& buffer = connection_->buffer;
  while (!is_closed_) {
    const auto data = buffer.data();
    const ssize_t used = nghttp2_session_mem_recv(session_, static_cast<const std::uint8_t*>(data.data()), data.size());
    if (used < 0) break;
    buffer.consume(static_cast<std::size_t>(used));
    flush();
    if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0) break;
    if (connection_->stopping() && streams_.empty()) break;
    if (!co_await connection_->read_some(connection_->options().idle_timeout) && !(connection_->timed_out && time_is_over())) break;
  }
  connection_->on_stop = {};
  is_closed_ = true;
  while (!streams_.empty()) stream_closed(streams_.begin()->first);
  co_await write_frames();  // what there is to say at the end
}

/// Nothing came for so long. False if the connection is to be closed.
bool Http2::time_is_over() {
  if (streams_.empty()) {
    nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
    return false;
  }
  for (auto& [id, stream] : streams_) {
    if (stream.exchange->request_body != nullptr) {
      stream.exchange->request_body->fail({FailureKind::kConnectionReadTimeout, "no more of the body came in time"});
    }
  }
  return true;
}

void Http2::stop() {
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR, nullptr, 0);
  flush();
  end_if_done();
}

void Http2::end_if_done() {
  if (connection_->stopping() && streams_.empty() && !is_writing_) connection_->cancel_read();
}

void Http2::flush() {
  if (is_writing_ || is_closed_ || nghttp2_session_want_write(session_) == 0) return;
  asio::co_spawn(connection_->socket.get_executor(),
                 [self = shared_from_this()]() -> awaitable<void> { co_await self->write_frames(); }, asio::detached);
}

awaitable<void> Http2::write_frames() {
  if (std::exchange(is_writing_, true)) co_return;
  std::string out;
  for (;;) {
    out.clear();
    while (out.size() < kPiece) {
      const std::uint8_t* data = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_, &data);
      if (size <= 0) break;
      out.append(as_text(data, static_cast<std::size_t>(size)));
    }
    if (out.empty()) break;
    if (!co_await connection_->write(asio::buffer(out))) {
      connection_->close();
      break;
    }
  }
  is_writing_ = false;
  end_if_done();
}

// -- requests -----------------------------------------------------------------------------------------------------------

int Http2::begin_headers(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
    streams_[frame.hd.stream_id].exchange->peer = connection_->peer;
  }
  return 0;
}

int Http2::header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  Stream* stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  stream->head_bytes += name.size() + value.size() + 32;
  if (stream->head_bytes > connection_->options().max_header_bytes) return 0;  // dispatch tells
  RequestHead& head = stream->exchange->head;
  if (stream->is_dispatched) {
    if (!is_forbidden_field(name)) stream->trailers.push_back({std::string(name), std::string(value)});
  } else if (name == ":method") {
    head.method = value;
  } else if (name == ":scheme") {
    head.scheme = value;
  } else if (name == ":authority" || (name == "host" && head.authority.empty())) {
    head.authority = value;
  } else if (name == ":path") {
    head.target = value;
  } else if (!name.starts_with(':') && !is_forbidden_field(name)) {
    head.fields.push_back({std::string(name), std::string(value)});
  }
  return 0;
}

int Http2::frame_received(const nghttp2_frame& frame) {
  Stream* stream = find(frame.hd.stream_id);
  if (stream == nullptr || (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA)) return 0;
  if (!stream->is_dispatched) dispatch(frame.hd.stream_id, *stream);
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) stream->exchange->request_body->finish(std::move(stream->trailers));
  return 0;
}

void Http2::dispatch(Id id, Stream& stream) {
  Exchange& exchange = *stream.exchange;
  stream.is_dispatched = true;
  exchange.request_body = std::make_shared<Body>();
  const RequestHead& head = exchange.head;
  watch_answer(id);
  if (stream.head_bytes > connection_->options().max_header_bytes) {
    exchange.end(431);
  } else if ((head.method != "CONNECT" && !is_target(head.target)) ||
             (!head.authority.empty() && !parse_authority(head.authority)) || (!head.scheme.empty() && !is_scheme(head.scheme))) {
    exchange.end(400);
  } else {
    connection_->server.handler(stream.exchange);
  }
}

int Http2::data_received(Id id, std::span<const std::uint8_t> bytes) {
  Stream* stream = find(id);
  if (stream == nullptr || stream->exchange->request_body == nullptr || !stream->exchange->request_body->write(bytes)) {
    nghttp2_session_consume(session_, id, bytes.size());  // nobody reads it
    return 0;
  }
  stream->unread += bytes.size();
  watch_reading(id, stream->exchange->request_body);
  return 0;
}

/// Gives credit back as the guest reads.
void Http2::watch_reading(Id id, const std::shared_ptr<Body>& body) {
  body->on_consumed(on_this_thread([id, body](Http2& self) {
    if (self.is_closed_) return;
    const std::size_t count = body->take_consumed();
    if (count != 0) nghttp2_session_consume(self.session_, id, count);
    if (Stream* stream = self.find(id)) stream->unread -= std::min<std::uint64_t>(stream->unread, count);
    if (!body->empty()) self.watch_reading(id, body);
    self.flush();
  }));
}

// -- answers ------------------------------------------------------------------------------------------------------------

void Http2::watch_answer(Id id) {
  streams_.at(id).exchange->response.on_change(on_this_thread([id](Http2& self) { self.answer(id); }));
}

void Http2::answer(Id id) {
  Stream* stream = find(id);
  if (stream == nullptr || is_closed_) return;
  for (const ResponseHead& head : stream->exchange->response.take_informational()) {
    FieldList fields = end_to_end(head.fields);
    fields.insert(fields.begin(), {":status", std::to_string(head.status)});
    const std::vector<nghttp2_nv> all = to_nv(fields);
    nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, all.data(), all.size(), nullptr);
  }
  if (std::optional<Answer> answer = stream->exchange->response.take()) submit(id, *stream, *std::move(answer));
  else watch_answer(id);
  flush();
}

awaitable<void> throw_away(std::shared_ptr<Body> body) {
  while (body->state() == Body::State::kOpen) {
    if (body->read(kPiece).bytes.empty()) co_await wait([&](Waker waker) { body->on_readable(std::move(waker)); });
  }
}

void Http2::submit(Id id, Stream& stream, Answer answer) {
  if (answer.head.status < 200 || answer.head.status > 999) answer.head.status = 500;
  stream.status = answer.head.status;
  const bool has_no_body = is_bodyless(answer.head.status) || stream.exchange->head.method == "HEAD";
  FieldList fields = end_to_end(std::move(answer.head.fields));
  for (Field& field : fields) {
    for (char& c : field.name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  if (answer.head.status == 204) std::erase_if(fields, [](const Field& field) { return field.name == "content-length"; });
  if (find_field(fields, "date") == nullptr) fields.push_back({"date", http_date()});
  fields.insert(fields.begin(), {":status", std::to_string(answer.head.status)});
  const std::vector<nghttp2_nv> all = to_nv(fields);
  if (answer.body != nullptr && has_no_body) {
    asio::co_spawn(connection_->socket.get_executor(), throw_away(answer.body), asio::detached);
  }
  if (answer.body == nullptr || has_no_body) {
    nghttp2_submit_response(session_, id, all.data(), all.size(), nullptr);
    return;
  }
  stream.body = std::move(answer.body);
  nghttp2_data_provider provider{};
  provider.read_callback = [](nghttp2_session*, Id id, std::uint8_t* room, std::size_t size, std::uint32_t* flags,
                              nghttp2_data_source*, void* user) -> ssize_t {
    return self(user).read_body(id, {room, size}, *flags);
  };
  nghttp2_submit_response(session_, id, all.data(), all.size(), &provider);
}

ssize_t Http2::read_body(Id id, std::span<std::uint8_t> room, std::uint32_t& flags) {
  Stream* stream = find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  Body& body = *stream->body;
  const Body::Read read = body.read(room.size());
  std::ranges::copy(read.bytes, room.begin());
  stream->exchange->body_bytes_sent += read.bytes.size();
  switch (read.state) {
    case Body::State::kFailed:
      if (read.bytes.empty()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
      break;
    case Body::State::kFinished: {
      flags |= NGHTTP2_DATA_FLAG_EOF;
      FieldList trailers = end_to_end(body.take_trailers());
      std::erase_if(trailers, [](const Field& field) { return same_name(field.name, "content-length"); });
      if (!trailers.empty()) {
        flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const std::vector<nghttp2_nv> all = to_nv(trailers);
        nghttp2_submit_trailer(session_, id, all.data(), all.size());
      }
      break;
    }
    case Body::State::kOpen:
      if (!read.bytes.empty()) break;
      body.on_readable(on_this_thread([id](Http2& self) {
        if (self.is_closed_) return;
        nghttp2_session_resume_data(self.session_, id);
        self.flush();
      }));
      return NGHTTP2_ERR_DEFERRED;
  }
  return static_cast<ssize_t>(read.bytes.size());
}

/// An answer is through before its request: the rest is not wanted (RFC 9113, 8.1).
int Http2::frame_sent(const nghttp2_frame& frame) {
  const bool is_end = (frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS) &&
                      (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  Stream* stream = is_end ? find(frame.hd.stream_id) : nullptr;
  if (stream == nullptr) return 0;
  if (nghttp2_session_get_stream_remote_close(session_, frame.hd.stream_id) == 0) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR);
  }
  connection_->server.finished(*stream->exchange, stream->status, true);
  stream->is_told = true;
  return 0;
}

int Http2::stream_closed(Id id) {
  Stream* stream = find(id);
  if (stream == nullptr) return 0;
  Exchange& exchange = *stream->exchange;
  if (stream->is_dispatched && !stream->is_told) connection_->server.finished(exchange, stream->status, false);
  if (stream->body != nullptr) {
    stream->body->on_readable({});
    stream->body->abandon();
  }
  if (exchange.request_body != nullptr) {
    exchange.request_body->fail({FailureKind::kConnectionTerminated, "the stream was closed"});
    if (stream->unread == 0 || is_closed_) exchange.request_body->on_consumed({});
  }
  exchange.response.close();
  streams_.erase(id);
  end_if_done();
  return 0;
}

}  // namespace

awaitable<void> serve_http2(std::shared_ptr<Connection> connection) {
  auto session = std::make_shared<Http2>(connection);
  if (session->open()) co_await session->run();
}

}  // namespace witc::http
