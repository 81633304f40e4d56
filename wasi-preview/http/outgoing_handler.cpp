// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:http/outgoing-handler: requests of guests, each by a grant that names its origin and method, or none.
#include <algorithm>

#include "wasi-preview/http/grants.h"
#include "wasi-preview/http/resources.h"
#include "wasi-preview/http/transport.h"

namespace witc::wasi {
namespace {

class OutgoingHandler final : public ::wasi::http::outgoing_handler::Host {
 public:
  explicit OutgoingHandler(HostState& state) : state_(state) {}

  wit::expected<std::unique_ptr<types::FutureIncomingResponse>, types::ErrorCode> handle(
      std::unique_ptr<types::OutgoingRequest> request,
      std::optional<std::unique_ptr<types::RequestOptions>> options) override {
    const auto& outgoing = static_cast<const OutgoingRequest&>(*request);
    auto head = outgoing.head();
    if (!head) return wit::unexpected<types::ErrorCode>(head.error());
    if (!is_granted(state_.options.http, *head)) {
      return wit::unexpected<types::ErrorCode>(types::ErrorCode{types::ErrorCode::HttpRequestDenied{}});
    }
    if (outgoing.sent_body() == nullptr && net::content_length(head->fields).value.value_or(0) != 0) {
      return wit::unexpected<types::ErrorCode>(types::ErrorCode{types::ErrorCode::HttpRequestBodySize{0}});
    }
    net::CallTimeouts timeouts;
    if (options) timeouts = static_cast<const RequestOptions&>(**options).timeouts();
    if (state_.http_client == nullptr) {
      const Result<const net::Transport*> transport = net::transport();
      if (!transport) {
        return wit::unexpected<types::ErrorCode>(types::ErrorCode{types::ErrorCode::InternalError{transport.error()->message}});
      }
      state_.http_client = (*transport)->client({.ca_file = state_.options.http.ca_file});
    }
    auto call = state_.http_client->send(*std::move(head), outgoing.sent_body(), timeouts);
    return std::make_unique<FutureIncomingResponse>(state_, state_.http_client, std::move(call));
  }

 private:
  HostState& state_;
};

/// `scheme://host:port`, with the port always there; nothing if it is no origin.
std::optional<std::string> origin_of(std::string_view scheme, std::string_view authority) {
  std::optional<net::Authority> parsed = net::parse_authority(authority);
  if (!parsed || (scheme != "http" && scheme != "https")) return std::nullopt;
  std::ranges::transform(parsed->host, parsed->host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const std::uint16_t port = parsed->port.value_or(scheme == "https" ? 443 : 80);
  return std::string(scheme) + "://" + parsed->host + ":" + std::to_string(port);
}

}  // namespace

std::optional<std::string> parse_origin(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view authority = text.substr(colon + 3);
  if (authority.ends_with('/')) authority.remove_suffix(1);
  return origin_of(text.substr(0, colon), authority);
}

std::optional<HttpGrant> parse_http_grant(std::string_view text) {
  HttpGrant grant;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && !text.substr(colon).starts_with("://")) {
    std::string_view methods = text.substr(0, colon);
    text.remove_prefix(colon + 1);
    while (!methods.empty()) {
      const std::string_view method = methods.substr(0, methods.find('+'));
      if (!net::is_token(method)) return std::nullopt;
      grant.methods.emplace_back(method);
      methods.remove_prefix(std::min(methods.size(), method.size() + 1));
    }
    if (grant.methods.empty()) return std::nullopt;
  }
  if (!parse_origin(text)) return std::nullopt;
  grant.origin = text;
  return grant;
}

bool is_granted(const HttpGrants& grants, const net::RequestHead& head) {
  if (grants.any) return true;
  const std::optional<std::string> origin = origin_of(head.scheme, head.authority);
  return origin && std::ranges::any_of(grants.origins, [&](const HttpGrant& grant) {
    const bool is_origin = grant.origin.empty() || parse_origin(grant.origin) == origin;
    return is_origin && (grant.methods.empty() || std::ranges::find(grant.methods, head.method) != grant.methods.end());
  });
}

void add_outgoing_handler(HostState& state, host::HostLinker& linker) { state.add<OutgoingHandler>(linker, state); }

}  // namespace witc::wasi
