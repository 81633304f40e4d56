// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The resources of wasi:http/types: generated classes implemented on messages and bodies (message.h, body.h), which know
// nothing of WIT. Private to wasi-preview/http.
//
// Whoever holds one end of a body holds a guard, which gives that end up when the last of its holders is gone: so nothing
// on the other side waits for a guest that has dropped its handles, or was dropped with them.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wasi-preview/http/body.h"
#include "wasi-preview/http/client/client.h"
#include "wasi-preview/http/exchange.h"
#include "wasi-preview/http/message.h"
#include "wasi-preview/p2/host_state.h"

namespace witc::wasi {

namespace net = ::witc::http;
namespace types = ::wasi::http::types;
using Nothing = std::monostate;

types::ErrorCode to_error_code(const net::Failure& failure);
/// An error of a stream that http-error-code knows.
std::unexpected<StreamEnd> stream_failure(const net::Failure& failure);
types::Method to_method(const std::string& method);
std::string to_text(const types::Method& method);
types::Scheme to_scheme(const std::string& scheme);
std::string to_text(const types::Scheme& scheme);

// -- fields -------------------------------------------------------------------------------------------------------------

class Fields final : public types::Fields {
 public:
  Fields(std::size_t limit, net::FieldList list, bool is_mutable);

  std::vector<types::FieldValue> get(std::string_view name) override;
  bool has(std::string_view name) override;
  wit::expected<void, types::HeaderError> set(std::string_view name, std::span<const types::FieldValue> value) override;
  wit::expected<void, types::HeaderError> delete_(std::string_view name) override;
  wit::expected<void, types::HeaderError> append(std::string_view name, std::span<const std::uint8_t> value) override;
  std::vector<std::tuple<types::FieldName, types::FieldValue>> entries() override;
  std::unique_ptr<types::Fields> clone() override;

  [[nodiscard]] const net::FieldList& list() const { return list_; }
  /// Of a field: its bytes and some for what holds them, so that empty ones count too.
  static std::size_t cost(const net::Field& field);

 private:
  wit::expected<void, types::HeaderError> check(std::string_view name) const;
  bool grow(std::size_t more);

  std::size_t limit_;
  net::FieldList list_;  // names in lower case
  bool is_mutable_;
  std::size_t size_ = 0;
};

// -- bodies -------------------------------------------------------------------------------------------------------------

/// The reading end. `owner` is what the writing end lives in.
struct ReaderGuard {
  std::shared_ptr<void> owner;
  std::shared_ptr<net::Body> body;
  ~ReaderGuard() { body->abandon(); }
};

class IncomingBody final : public types::IncomingBody {
 public:
  IncomingBody(const HostState& state, std::shared_ptr<ReaderGuard> reader)
      : state_(state), reader_(std::move(reader)) {}
  wit::expected<std::unique_ptr<types::InputStream>, Nothing> stream() override;
  /// Is the stream that was made still there?
  [[nodiscard]] bool is_streaming() const { return !stream_.expired(); }
  [[nodiscard]] std::unique_ptr<types::FutureTrailers> finish();

 private:
  const HostState& state_;
  std::shared_ptr<ReaderGuard> reader_;
  std::weak_ptr<void> stream_;
  bool has_stream_ = false;
};

class FutureTrailers final : public types::FutureTrailers {
 public:
  FutureTrailers(const HostState& state, std::shared_ptr<ReaderGuard> reader);
  std::unique_ptr<types::Pollable> subscribe() override;
  std::optional<wit::expected<wit::expected<std::optional<std::unique_ptr<types::Trailers>>, types::ErrorCode>, Nothing>>
  get() override;

 private:
  const HostState& state_;
  std::shared_ptr<ReaderGuard> reader_;
  std::shared_ptr<Readiness> end_;
  bool is_taken_ = false;
};

/// The writing end, whose length may have been announced.
struct WriterGuard {
  bool is_request = false;
  std::shared_ptr<net::Body> body = std::make_shared<net::Body>();
  std::optional<std::uint64_t> announced;
  std::uint64_t written = 0;
  bool is_closed = false;  // it failed, or is finished

  ~WriterGuard() { body->fail({net::FailureKind::kProtocolError, "the body was given up"}); }
  /// HTTP-request-body-size or HTTP-response-body-size.
  [[nodiscard]] net::Failure wrong_size() const;
};

class OutgoingBody final : public types::OutgoingBody {
 public:
  OutgoingBody(const HostState& state, std::shared_ptr<WriterGuard> writer)
      : state_(state), writer_(std::move(writer)) {}
  wit::expected<std::unique_ptr<types::OutputStream>, Nothing> write() override;
  [[nodiscard]] bool is_streaming() const { return !stream_.expired(); }
  wit::expected<void, types::ErrorCode> finish(net::FieldList trailers);

 private:
  const HostState& state_;
  std::shared_ptr<WriterGuard> writer_;
  std::weak_ptr<void> stream_;
  bool has_stream_ = false;
};

// -- requests and responses ---------------------------------------------------------------------------------------------

class IncomingRequest final : public types::IncomingRequest {
 public:
  IncomingRequest(const HostState& state, std::shared_ptr<net::Exchange> exchange);
  types::Method method() override;
  std::optional<std::string> path_with_query() override;
  std::optional<types::Scheme> scheme() override;
  std::optional<std::string> authority() override;
  std::unique_ptr<types::Headers> headers() override;
  wit::expected<std::unique_ptr<types::IncomingBody>, Nothing> consume() override;

 private:
  const HostState& state_;
  std::shared_ptr<net::Exchange> exchange_;
  std::shared_ptr<ReaderGuard> reader_;
};

class IncomingResponse final : public types::IncomingResponse {
 public:
  IncomingResponse(const HostState& state, net::ResponseHead head, std::shared_ptr<ReaderGuard> reader)
      : state_(state), head_(std::move(head)), reader_(std::move(reader)) {}
  types::StatusCode status() override { return head_.status; }
  std::unique_ptr<types::Headers> headers() override;
  wit::expected<std::unique_ptr<types::IncomingBody>, Nothing> consume() override;

 private:
  const HostState& state_;
  net::ResponseHead head_;
  std::shared_ptr<ReaderGuard> reader_;
};

class OutgoingRequest final : public types::OutgoingRequest {
 public:
  OutgoingRequest(const HostState& state, net::FieldList fields) : state_(state), fields_(std::move(fields)) {}
  wit::expected<std::unique_ptr<types::OutgoingBody>, Nothing> body() override;
  types::Method method() override { return method_; }
  wit::expected<void, Nothing> set_method(types::Method method) override;
  std::optional<std::string> path_with_query() override { return path_; }
  wit::expected<void, Nothing> set_path_with_query(std::optional<std::string_view> path_with_query) override;
  std::optional<types::Scheme> scheme() override { return scheme_; }
  wit::expected<void, Nothing> set_scheme(std::optional<types::Scheme> scheme) override;
  std::optional<std::string> authority() override { return authority_; }
  wit::expected<void, Nothing> set_authority(std::optional<std::string_view> authority) override;
  std::unique_ptr<types::Headers> headers() override;

  /// As it is to be sent, or what is wrong with it. `wasi:http` gives https for no scheme.
  wit::expected<net::RequestHead, types::ErrorCode> head() const;
  [[nodiscard]] const std::shared_ptr<net::Body>& sent_body() const { return body_; }

 private:
  const HostState& state_;
  net::FieldList fields_;
  types::Method method_{types::Method::Get{}};
  std::optional<std::string> path_;
  std::optional<types::Scheme> scheme_;
  std::optional<std::string> authority_;
  std::shared_ptr<net::Body> body_;
};

class OutgoingResponse final : public types::OutgoingResponse {
 public:
  OutgoingResponse(const HostState& state, net::FieldList fields) : state_(state), head_{200, std::move(fields)} {}
  types::StatusCode status_code() override { return head_.status; }
  wit::expected<void, Nothing> set_status_code(types::StatusCode status_code) override;
  std::unique_ptr<types::Headers> headers() override;
  wit::expected<std::unique_ptr<types::OutgoingBody>, Nothing> body() override;

  [[nodiscard]] net::Answer answer() const { return {head_, body_}; }

 private:
  const HostState& state_;
  net::ResponseHead head_;
  std::shared_ptr<net::Body> body_;
};

class RequestOptions final : public types::RequestOptions {
 public:
  std::optional<types::Duration> connect_timeout() override { return connect_; }
  std::optional<types::Duration> first_byte_timeout() override { return first_byte_; }
  std::optional<types::Duration> between_bytes_timeout() override { return between_bytes_; }
  wit::expected<void, Nothing> set_connect_timeout(std::optional<types::Duration> duration) override {
    connect_ = duration;
    return {};
  }
  wit::expected<void, Nothing> set_first_byte_timeout(std::optional<types::Duration> duration) override {
    first_byte_ = duration;
    return {};
  }
  wit::expected<void, Nothing> set_between_bytes_timeout(std::optional<types::Duration> duration) override {
    between_bytes_ = duration;
    return {};
  }
  [[nodiscard]] net::CallTimeouts timeouts() const;

 private:
  std::optional<types::Duration> connect_, first_byte_, between_bytes_;
};

class ResponseOutparam final : public types::ResponseOutparam {
 public:
  explicit ResponseOutparam(std::shared_ptr<net::Exchange> exchange) : exchange_(std::move(exchange)) {}
  wit::expected<void, types::ErrorCode> send_informational(std::uint16_t status,
                                                           std::unique_ptr<types::Headers> headers) override;
  void set(net::Answer answer) { exchange_->response.set(std::move(answer)); }

 private:
  std::shared_ptr<net::Exchange> exchange_;
};

class FutureIncomingResponse final : public types::FutureIncomingResponse {
 public:
  FutureIncomingResponse(const HostState& state, std::shared_ptr<net::Client> client, std::shared_ptr<net::Call> call);
  std::unique_ptr<types::Pollable> subscribe() override;
  std::optional<wit::expected<wit::expected<std::unique_ptr<types::IncomingResponse>, types::ErrorCode>, Nothing>> get()
      override;

 private:
  class Answered;
  const HostState& state_;
  std::shared_ptr<net::Client> client_;
  std::shared_ptr<net::Call> call_;
  bool is_taken_ = false;
};

/// wasi:http/outgoing-handler, by what is granted.
void add_outgoing_handler(HostState& state, host::HostLinker& linker);

}  // namespace witc::wasi
