// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Which HTTP requests a program may make: options.h HttpGrants, carried out.

#include <optional>
#include <string>
#include <string_view>

#include "wasi-preview/http/message.h"
#include "wasi-preview/options.h"

namespace witc::wasi {

/// `https://Example.org` → `https://example.org:443`: one spelling for each origin. Nothing if it is none, of http or https.
std::optional<std::string> parse_origin(std::string_view text);

/// What `-S http=` takes: an origin, with methods before it if not all are granted: `https://example.org`,
/// `GET+HEAD:https://example.org`.
std::optional<HttpGrant> parse_http_grant(std::string_view text);

/// Is there a grant for the request's origin and method? Its target is not looked at.
bool is_granted(const HttpGrants& grants, const http::RequestHead& head);

}  // namespace witc::wasi
