// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:http/types: requests and responses, both ways, and the response that may come.
#include <boost/asio/post.hpp>

#include "wasi-preview/http/resources.h"

namespace witc::wasi {
namespace {

std::unique_ptr<types::Headers> immutable_fields(const HostState& state, const net::FieldList& fields) {
  return std::make_unique<Fields>(state.options.limits.max_http_fields_bytes, fields, false);
}

wit::expected<std::unique_ptr<types::IncomingBody>, Nothing> take_body(const HostState& state,
                                                                       std::shared_ptr<ReaderGuard>& reader) {
  if (reader == nullptr) return wit::unexpected<Nothing>(Nothing());
  return std::make_unique<IncomingBody>(state, std::exchange(reader, nullptr));
}

/// A body to be written, of a message with these fields; none if it was made before, or what they say is no length.
wit::expected<std::unique_ptr<types::OutgoingBody>, Nothing> make_body(const HostState& state, const net::FieldList& fields,
                                                                       std::shared_ptr<net::Body>& body, bool is_request) {
  const net::ContentLength length = net::content_length(fields);
  if (body != nullptr || !length.is_valid) return wit::unexpected<Nothing>(Nothing());
  auto writer = std::make_shared<WriterGuard>();
  writer->is_request = is_request;
  writer->announced = length.value;
  body = writer->body;
  return std::make_unique<OutgoingBody>(state, std::move(writer));
}

std::chrono::nanoseconds limit_of(std::optional<types::Duration> duration) {
  constexpr std::uint64_t kMost = 365ull * 24 * 3600 * 1'000'000'000;
  if (!duration) return net::CallTimeouts().connect;
  return std::chrono::nanoseconds(std::min<std::uint64_t>(*duration, kMost));
}

}  // namespace

// -- incoming -----------------------------------------------------------------------------------------------------------

IncomingRequest::IncomingRequest(const HostState& state, std::shared_ptr<net::Exchange> exchange)
    : state_(state), exchange_(std::move(exchange)),
      reader_(std::make_shared<ReaderGuard>(exchange_, exchange_->request_body)) {}

types::Method IncomingRequest::method() { return to_method(exchange_->head.method); }
std::optional<std::string> IncomingRequest::path_with_query() {
  if (exchange_->head.target.empty()) return std::nullopt;
  return exchange_->head.target;
}
std::optional<types::Scheme> IncomingRequest::scheme() { return to_scheme(exchange_->head.scheme); }
std::optional<std::string> IncomingRequest::authority() {
  if (exchange_->head.authority.empty()) return std::nullopt;
  return exchange_->head.authority;
}
std::unique_ptr<types::Headers> IncomingRequest::headers() { return immutable_fields(state_, exchange_->head.fields); }
wit::expected<std::unique_ptr<types::IncomingBody>, Nothing> IncomingRequest::consume() { return take_body(state_, reader_); }

std::unique_ptr<types::Headers> IncomingResponse::headers() { return immutable_fields(state_, head_.fields); }
wit::expected<std::unique_ptr<types::IncomingBody>, Nothing> IncomingResponse::consume() { return take_body(state_, reader_); }

/// The answer to a call.
class FutureIncomingResponse::Answered final : public Readiness {
 public:
  Answered(EventLoopPtr loop, std::shared_ptr<net::Client> client, std::shared_ptr<net::Call> call)
      : loop_(std::move(loop)), client_(std::move(client)), call_(std::move(call)) {}
  ~Answered() override { call_->response.on_set({}); }
  bool ready() override { return call_->response.is_set(); }
  void arm() override {
    call_->response.on_set([loop = loop_] { boost::asio::post(loop->io(), [] {}); });
  }

 private:
  EventLoopPtr loop_;
  std::shared_ptr<net::Client> client_;
  std::shared_ptr<net::Call> call_;
};

FutureIncomingResponse::FutureIncomingResponse(const HostState& state, std::shared_ptr<net::Client> client,
                                               std::shared_ptr<net::Call> call)
    : state_(state), client_(std::move(client)), call_(std::move(call)) {}

std::unique_ptr<types::Pollable> FutureIncomingResponse::subscribe() {
  return std::make_unique<Pollable>(state_.loop, std::make_shared<Answered>(state_.loop, client_, call_));
}

std::optional<wit::expected<wit::expected<std::unique_ptr<types::IncomingResponse>, types::ErrorCode>, Nothing>>
FutureIncomingResponse::get() {
  using Inner = wit::expected<std::unique_ptr<types::IncomingResponse>, types::ErrorCode>;
  if (is_taken_) return wit::unexpected<Nothing>(Nothing());
  auto answer = call_->response.take();
  if (!answer) return std::nullopt;
  is_taken_ = true;
  if (!*answer) return Inner(wit::unexpected<types::ErrorCode>(to_error_code(answer->error())));
  net::ClientResponse& response = **answer;
  return Inner(std::make_unique<IncomingResponse>(state_, std::move(response.head),
                                                  std::make_shared<ReaderGuard>(client_, response.body)));
}

// -- outgoing -----------------------------------------------------------------------------------------------------------

wit::expected<std::unique_ptr<types::OutgoingBody>, Nothing> OutgoingRequest::body() {
  return make_body(state_, fields_, body_, true);
}
wit::expected<void, Nothing> OutgoingRequest::set_method(types::Method method) {
  if (!net::is_token(to_text(method))) return wit::unexpected<Nothing>(Nothing());
  method_ = std::move(method);
  return {};
}
wit::expected<void, Nothing> OutgoingRequest::set_path_with_query(std::optional<std::string_view> path_with_query) {
  if (path_with_query && !path_with_query->empty() && !net::is_target(*path_with_query)) return wit::unexpected<Nothing>(Nothing());
  path_ = path_with_query;
  return {};
}
wit::expected<void, Nothing> OutgoingRequest::set_scheme(std::optional<types::Scheme> scheme) {
  if (scheme && !net::is_scheme(to_text(*scheme))) return wit::unexpected<Nothing>(Nothing());
  scheme_ = std::move(scheme);
  return {};
}
wit::expected<void, Nothing> OutgoingRequest::set_authority(std::optional<std::string_view> authority) {
  if (authority && !net::parse_authority(*authority)) return wit::unexpected<Nothing>(Nothing());
  authority_ = authority;
  return {};
}
std::unique_ptr<types::Headers> OutgoingRequest::headers() { return immutable_fields(state_, fields_); }

wit::expected<net::RequestHead, types::ErrorCode> OutgoingRequest::head() const {
  using Wrong = wit::unexpected<types::ErrorCode>;
  net::RequestHead head;
  head.method = to_text(method_);
  head.scheme = scheme_ ? to_text(*scheme_) : "https";
  if (head.scheme != "http" && head.scheme != "https") return Wrong(types::ErrorCode{types::ErrorCode::HttpProtocolError{}});
  if (!authority_) return Wrong(types::ErrorCode{types::ErrorCode::HttpRequestUriInvalid{}});
  head.authority = *authority_;
  head.target = path_.value_or("");
  if (head.method == "CONNECT") head.target = head.authority;
  else if (head.target.empty() || head.target[0] == '?') head.target.insert(0, "/");
  head.fields = fields_;
  if (!net::content_length(fields_).is_valid) return Wrong(types::ErrorCode{types::ErrorCode::HttpProtocolError{}});
  return head;
}

wit::expected<void, Nothing> OutgoingResponse::set_status_code(types::StatusCode status_code) {
  if (status_code < 100 || status_code > 999) return wit::unexpected<Nothing>(Nothing());
  head_.status = status_code;
  return {};
}
std::unique_ptr<types::Headers> OutgoingResponse::headers() { return immutable_fields(state_, head_.fields); }
wit::expected<std::unique_ptr<types::OutgoingBody>, Nothing> OutgoingResponse::body() {
  return make_body(state_, head_.fields, body_, false);
}

wit::expected<void, types::ErrorCode> ResponseOutparam::send_informational(std::uint16_t status,
                                                                           std::unique_ptr<types::Headers> headers) {
  const bool is_informational = status >= 100 && status < 200 && status != 101;
  const auto& fields = static_cast<const Fields&>(*headers).list();
  if (is_informational && exchange_->response.inform({status, fields})) return {};
  return wit::unexpected<types::ErrorCode>(types::ErrorCode{types::ErrorCode::InternalError{
      is_informational ? "too many informational responses wait to be sent" : "the status is not informational"}});
}

net::CallTimeouts RequestOptions::timeouts() const {
  return {limit_of(connect_), limit_of(first_byte_), limit_of(between_bytes_)};
}

}  // namespace witc::wasi
