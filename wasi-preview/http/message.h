// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// HTTP messages as data: heads, fields, and why an exchange failed. Server, client and the interfaces of wasi:http meet
// in these and in bodies (wasi-preview/http/body.h); none of them knows Beast, nghttp2 or WIT.
//
// Terms are those of RFC 9110: fields are headers and trailers, a target is a path with its query.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace witc::http {

struct Field {
  std::string name;   // as it came; names are compared without case
  std::string value;  // any bytes of a field value
};
using FieldList = std::vector<Field>;

struct RequestHead {
  std::string method;
  std::string target;  // `/path?query`; empty: none was given
  std::string scheme;  // `http`, `https` or another
  std::string authority;
  FieldList fields;  // without Host
};

struct ResponseHead {
  std::uint16_t status = 200;
  FieldList fields;
};

/// Why an exchange ended early; the cases are those of wasi:http's error-code that this host can tell.
enum class FailureKind : std::uint8_t {
  kDnsTimeout,
  kDnsError,
  kDestinationNotFound,
  kDestinationUnavailable,
  kConnectionRefused,
  kConnectionTerminated,
  kConnectionTimeout,
  kConnectionReadTimeout,
  kConnectionWriteTimeout,
  kConnectionLimitReached,
  kTlsProtocolError,
  kTlsCertificateError,
  kRequestDenied,
  kRequestBodySize,
  kResponseIncomplete,
  kResponseHeaderSectionSize,
  kResponseBodySize,
  kResponseTimeout,
  kProtocolError,
  kInternalError,
};
struct Failure {
  FailureKind kind = FailureKind::kInternalError;
  std::string text;                          // for people
  std::optional<std::uint64_t> size = {};    // the two body sizes: what it was
};

/// Without case, in ASCII.
bool same_name(std::string_view a, std::string_view b);
/// RFC 9110, 5.6.2: a method or a field's name.
bool is_token(std::string_view text);
/// RFC 9110, 5.5: no control but tab; bytes above 0x7f are allowed.
bool is_field_value(std::string_view text);
/// Fields of one connection, or which its owner alone may say: neither taken from a guest nor shown to it.
bool is_forbidden_field(std::string_view name);
/// `/path?query` or `*` with nothing in it that ends a request line.
bool is_target(std::string_view text);
/// `scheme` of RFC 3986.
bool is_scheme(std::string_view text);

/// `host[:port]`, as it is in a URI: no user, the port a number.
struct Authority {
  std::string host;  // without the brackets of an IPv6 address
  std::optional<std::uint16_t> port;
};
std::optional<Authority> parse_authority(std::string_view text);

/// The first field of that name.
const Field* find_field(const FieldList& fields, std::string_view name);
/// What content-length says: nothing if there is none, an error if it is no number or says two things.
struct ContentLength {
  bool is_valid = true;
  std::optional<std::uint64_t> value;
};
ContentLength content_length(const FieldList& fields);
/// Without the fields that say how one connection carries the message: those of is_forbidden_field.
FieldList end_to_end(FieldList fields);

/// A message with this status never has a body (RFC 9110, 6.4.1).
inline bool is_bodyless(std::uint16_t status) { return status < 200 || status == 204 || status == 304; }

}  // namespace witc::http
