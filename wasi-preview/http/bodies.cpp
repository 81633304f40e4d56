// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:http/types: bodies, as streams of the guest's, and trailers.
#include <boost/asio/post.hpp>

#include "wasi-preview/http/resources.h"

namespace witc::wasi {
namespace {

/// Makes the guest's loop look again.
net::Waker wake(const EventLoopPtr& loop) {
  return [loop] { boost::asio::post(loop->io(), [] {}); };
}

class BodySource final : public Source {
 public:
  BodySource(EventLoopPtr loop, std::shared_ptr<ReaderGuard> reader) : loop_(std::move(loop)), reader_(std::move(reader)) {}
  ~BodySource() override { reader_->body->on_readable({}); }
  bool ready() override { return is_closed_ || reader_->body->readable(); }
  void arm() override { reader_->body->on_readable(wake(loop_)); }

  StreamResult<std::vector<std::uint8_t>> read(std::size_t max) override {
    if (is_closed_) return StreamEnd::closed();
    net::Body::Read read = reader_->body->read(max);
    if (!read.bytes.empty() || read.state == net::Body::State::kOpen) return std::move(read.bytes);
    is_closed_ = true;
    if (read.state == net::Body::State::kFinished) return StreamEnd::closed();
    return stream_failure(*reader_->body->failure());
  }

 private:
  EventLoopPtr loop_;
  std::shared_ptr<ReaderGuard> reader_;
  bool is_closed_ = false;
};

class BodySink final : public Sink {
 public:
  BodySink(EventLoopPtr loop, std::shared_ptr<WriterGuard> writer) : loop_(std::move(loop)), writer_(std::move(writer)) {}
  ~BodySink() override { writer_->body->on_room({}); }
  bool ready() override { return writer_->is_closed || writer_->body->abandoned() || writer_->body->room() != 0; }
  void arm() override { writer_->body->on_room(wake(loop_)); }

  StreamResult<std::uint64_t> check_write() override {
    if (writer_->is_closed || writer_->body->abandoned()) return StreamEnd::closed();
    return writer_->body->room();
  }
  StreamResult<void> write(std::span<const std::uint8_t> bytes) override {
    if (writer_->is_closed) return StreamEnd::closed();
    writer_->written += bytes.size();
    if (writer_->announced && writer_->written > *writer_->announced) {
      const net::Failure failure = writer_->wrong_size();
      writer_->is_closed = true;
      writer_->body->fail(failure);
      return stream_failure(failure);
    }
    if (!bytes.empty() && !writer_->body->write(bytes)) return StreamEnd::closed();
    return {};
  }
  /// What is in the body is on its way: nothing holds it back.
  StreamResult<void> flush() override {
    if (writer_->is_closed || writer_->body->abandoned()) return StreamEnd::closed();
    return {};
  }

 private:
  EventLoopPtr loop_;
  std::shared_ptr<WriterGuard> writer_;
};

/// The end of a body, after what is left of it, which is thrown away.
class BodyEnd final : public Readiness {
 public:
  BodyEnd(EventLoopPtr loop, std::shared_ptr<ReaderGuard> reader) : loop_(std::move(loop)), reader_(std::move(reader)) {}
  ~BodyEnd() override { reader_->body->on_readable({}); }
  bool ready() override {
    while (!reader_->body->read(net::Body::kCapacity).bytes.empty()) {
    }
    return reader_->body->state() != net::Body::State::kOpen;
  }
  void arm() override { reader_->body->on_readable(wake(loop_)); }

 private:
  EventLoopPtr loop_;
  std::shared_ptr<ReaderGuard> reader_;
};

}  // namespace

net::Failure WriterGuard::wrong_size() const {
  return {is_request ? net::FailureKind::kRequestBodySize : net::FailureKind::kResponseBodySize,
          "the body is not as long as content-length says", written};
}

wit::expected<std::unique_ptr<types::InputStream>, Nothing> IncomingBody::stream() {
  if (std::exchange(has_stream_, true)) return wit::unexpected<Nothing>(Nothing());
  auto token = std::make_shared<char>();
  stream_ = token;
  return std::make_unique<InputStream>(state_.loop, std::make_shared<BodySource>(state_.loop, reader_), token);
}

std::unique_ptr<types::FutureTrailers> IncomingBody::finish() { return std::make_unique<FutureTrailers>(state_, reader_); }

FutureTrailers::FutureTrailers(const HostState& state, std::shared_ptr<ReaderGuard> reader)
    : state_(state), reader_(std::move(reader)), end_(std::make_shared<BodyEnd>(state.loop, reader_)) {}

std::unique_ptr<types::Pollable> FutureTrailers::subscribe() { return std::make_unique<Pollable>(state_.loop, end_); }

std::optional<wit::expected<wit::expected<std::optional<std::unique_ptr<types::Trailers>>, types::ErrorCode>, Nothing>>
FutureTrailers::get() {
  using Inner = wit::expected<std::optional<std::unique_ptr<types::Trailers>>, types::ErrorCode>;
  if (is_taken_) return wit::unexpected<Nothing>(Nothing());
  if (!end_->ready()) return std::nullopt;
  is_taken_ = true;
  if (std::optional<net::Failure> failure = reader_->body->failure()) {
    return Inner(wit::unexpected<types::ErrorCode>(to_error_code(*failure)));
  }
  net::FieldList trailers = reader_->body->take_trailers();
  if (trailers.empty()) return Inner(std::nullopt);
  return Inner(std::make_unique<Fields>(state_.options.limits.max_http_fields_bytes, std::move(trailers), false));
}

wit::expected<std::unique_ptr<types::OutputStream>, Nothing> OutgoingBody::write() {
  if (std::exchange(has_stream_, true)) return wit::unexpected<Nothing>(Nothing());
  auto token = std::make_shared<char>();
  stream_ = token;
  return std::make_unique<OutputStream>(state_.loop, std::make_shared<BodySink>(state_.loop, writer_), token);
}

wit::expected<void, types::ErrorCode> OutgoingBody::finish(net::FieldList trailers) {
  writer_->is_closed = true;
  if (writer_->announced && writer_->written != *writer_->announced) {
    const net::Failure failure = writer_->wrong_size();
    writer_->body->fail(failure);
    return wit::unexpected<types::ErrorCode>(to_error_code(failure));
  }
  writer_->body->finish(std::move(trailers));
  return {};
}

}  // namespace witc::wasi
