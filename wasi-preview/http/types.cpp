// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:http/types: the functions that are no method, and what methods, schemes and failures are in WIT.
#include <array>
#include <type_traits>
#include <utility>

#include "wasi-preview/http/resources.h"

namespace witc::wasi {
namespace {

using ErrorCode = types::ErrorCode;
using Method = types::Method;

ErrorCode::Cases error_case(const net::Failure& failure) {
  switch (failure.kind) {
    case net::FailureKind::kDnsTimeout: return ErrorCode::DnsTimeout{};
    case net::FailureKind::kDnsError: return ErrorCode::DnsError{{failure.text, std::nullopt}};
    case net::FailureKind::kDestinationNotFound: return ErrorCode::DestinationNotFound{};
    case net::FailureKind::kDestinationUnavailable: return ErrorCode::DestinationUnavailable{};
    case net::FailureKind::kConnectionRefused: return ErrorCode::ConnectionRefused{};
    case net::FailureKind::kConnectionTerminated: return ErrorCode::ConnectionTerminated{};
    case net::FailureKind::kConnectionTimeout: return ErrorCode::ConnectionTimeout{};
    case net::FailureKind::kConnectionReadTimeout: return ErrorCode::ConnectionReadTimeout{};
    case net::FailureKind::kConnectionWriteTimeout: return ErrorCode::ConnectionWriteTimeout{};
    case net::FailureKind::kConnectionLimitReached: return ErrorCode::ConnectionLimitReached{};
    case net::FailureKind::kTlsProtocolError: return ErrorCode::TlsProtocolError{};
    case net::FailureKind::kTlsCertificateError: return ErrorCode::TlsCertificateError{};
    case net::FailureKind::kRequestDenied: return ErrorCode::HttpRequestDenied{};
    case net::FailureKind::kRequestBodySize: return ErrorCode::HttpRequestBodySize{failure.size};
    case net::FailureKind::kResponseIncomplete: return ErrorCode::HttpResponseIncomplete{};
    case net::FailureKind::kResponseHeaderSectionSize: return ErrorCode::HttpResponseHeaderSectionSize{};
    case net::FailureKind::kResponseBodySize: return ErrorCode::HttpResponseBodySize{failure.size};
    case net::FailureKind::kResponseTimeout: return ErrorCode::HttpResponseTimeout{};
    case net::FailureKind::kProtocolError: return ErrorCode::HttpProtocolError{};
    case net::FailureKind::kInternalError: return ErrorCode::InternalError{failure.text};
  }
  std::unreachable();
}

/// The methods that WIT names, in the order of its cases.
constexpr std::array<std::string_view, 9> kMethods = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                      "CONNECT", "OPTIONS", "TRACE", "PATCH"};

template <std::size_t... kIndex>
Method known_method(std::size_t index, std::index_sequence<kIndex...>) {
  Method method;
  ((index == kIndex ? void(method.value.emplace<kIndex>()) : void()), ...);
  return method;
}

class Types final : public types::Host {
 public:
  explicit Types(const HostState& state) : state_(state) {}

  std::optional<ErrorCode> http_error_code(types::IoError& err) override {
    const auto& code = static_cast<IoError&>(err).http;
    return code == nullptr ? std::nullopt : std::optional(*code);
  }
  std::unique_ptr<types::Fields> fields_create() override { return empty_fields(); }
  wit::expected<std::unique_ptr<types::Fields>, types::HeaderError> fields_from_list(
      std::span<const std::tuple<types::FieldName, types::FieldValue>> entries) override {
    auto fields = empty_fields();
    for (const auto& [name, value] : entries) {
      if (auto done = fields->append(name, value); !done) return wit::unexpected<types::HeaderError>(done.error());
      if (auto ended = take_trap(*fields)) {
        trap(*std::move(ended));
        break;
      }
    }
    return fields;
  }
  std::unique_ptr<types::OutgoingRequest> outgoing_request_create(std::unique_ptr<types::Headers> headers) override {
    return std::make_unique<OutgoingRequest>(state_, list_of(*headers));
  }
  std::unique_ptr<types::RequestOptions> request_options_create() override { return std::make_unique<RequestOptions>(); }
  void response_outparam_set(std::unique_ptr<types::ResponseOutparam> param,
                             wit::expected<std::unique_ptr<types::OutgoingResponse>, ErrorCode> response) override {
    auto& outparam = static_cast<ResponseOutparam&>(*param);
    if (response) outparam.set(static_cast<OutgoingResponse&>(**response).answer());
    else outparam.set({{500, {}}, nullptr});
  }
  std::unique_ptr<types::FutureTrailers> incoming_body_finish(std::unique_ptr<types::IncomingBody> this_) override {
    auto& body = static_cast<IncomingBody&>(*this_);
    if (body.is_streaming()) trap("incoming-body.finish while the body's stream is still there");
    return body.finish();
  }
  std::unique_ptr<types::OutgoingResponse> outgoing_response_create(std::unique_ptr<types::Headers> headers) override {
    return std::make_unique<OutgoingResponse>(state_, list_of(*headers));
  }
  wit::expected<void, ErrorCode> outgoing_body_finish(
      std::unique_ptr<types::OutgoingBody> this_, std::optional<std::unique_ptr<types::Trailers>> trailers) override {
    auto& body = static_cast<OutgoingBody&>(*this_);
    if (body.is_streaming()) {
      trap("outgoing-body.finish while the body's stream is still there");
      return {};
    }
    return body.finish(trailers ? list_of(**trailers) : net::FieldList());
  }

 private:
  std::unique_ptr<types::Fields> empty_fields() {
    return std::make_unique<Fields>(state_.options.limits.max_http_fields_bytes, net::FieldList(), true);
  }
  static net::FieldList list_of(const types::Fields& fields) { return static_cast<const Fields&>(fields).list(); }

  const HostState& state_;
};

}  // namespace

ErrorCode to_error_code(const net::Failure& failure) { return {error_case(failure)}; }

std::unexpected<StreamEnd> stream_failure(const net::Failure& failure) {
  auto error = std::make_unique<IoError>(failure.text);
  error->http = std::make_shared<ErrorCode>(to_error_code(failure));
  return StreamEnd::failed(std::move(error));
}

Method to_method(const std::string& method) {
  for (std::size_t i = 0; i < kMethods.size(); ++i) {
    if (kMethods[i] == method) return known_method(i, std::make_index_sequence<kMethods.size()>());
  }
  return {Method::Other{method}};
}
std::string to_text(const Method& method) {
  if (const auto* other = std::get_if<Method::Other>(&method.value)) return other->value;
  return std::string(kMethods[method.value.index()]);
}
types::Scheme to_scheme(const std::string& scheme) {
  if (net::same_name(scheme, "http")) return {types::Scheme::Http{}};
  if (net::same_name(scheme, "https")) return {types::Scheme::Https{}};
  return {types::Scheme::Other{scheme}};
}
std::string to_text(const types::Scheme& scheme) {
  if (const auto* other = std::get_if<types::Scheme::Other>(&scheme.value)) return other->value;
  return std::holds_alternative<types::Scheme::Http>(scheme.value) ? "http" : "https";
}

void add_http(HostState& state, host::HostLinker& linker) {
  state.resources = linker.resources();
  state.add<Types>(linker, state);
  add_outgoing_handler(state, linker);
}

}  // namespace witc::wasi
