// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The handler that tests/http drives: the first part of the path says what to do. `/fields` and `/types` check wasi:http/types
// from a guest's side and answer with what failed; the others are what a client sees.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "guest.h"

namespace types = wasi::http::types;
using types::ErrorCode;
using types::Fields;
using types::HeaderError;

namespace {

std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }
std::string text(const std::vector<std::uint8_t>& value) { return {value.begin(), value.end()}; }

/// Everything that goes, whatever its size; false if the other side is gone.
bool write_all(const types::OutputStream& stream, std::span<const std::uint8_t> data) {
  while (!data.empty()) {
    const std::size_t size = std::min<std::size_t>(data.size(), 4096);
    if (!stream.blocking_write_and_flush(data.first(size))) return false;
    data = data.subspan(size);
  }
  return true;
}

/// Sends a whole answer.
void answer(types::ResponseOutparam out, std::uint16_t status, std::string_view body,
            std::vector<std::tuple<std::string, std::vector<std::uint8_t>>> fields = {}) {
  types::OutgoingResponse response(*Fields::from_list(fields));
  (void)response.set_status_code(status);
  types::OutgoingBody outgoing = *response.body();
  types::ResponseOutparam::set(std::move(out), std::move(response));
  {
    types::OutputStream stream = *outgoing.write();
    write_all(stream, bytes(body));
  }
  (void)types::OutgoingBody::finish(std::move(outgoing), std::nullopt);
}

/// All of a body; nothing if it broke.
std::optional<std::string> read_all(const types::IncomingBody& body) {
  types::InputStream stream = *body.stream();
  std::string all;
  for (;;) {
    auto some = stream.blocking_read(1 << 16);
    if (some) all += text(*some);
    else if (std::holds_alternative<wasi::io::streams::StreamError::Closed>(some.error().value)) return all;
    else return std::nullopt;
  }
}

std::optional<types::Trailers> trailers_of(types::IncomingBody body) {
  types::FutureTrailers future = types::IncomingBody::finish(std::move(body));
  types::Pollable pollable = future.subscribe();
  pollable.block();
  auto got = future.get();
  if (!got || !*got || !**got) return std::nullopt;
  return std::move(***got);
}

/// What came, as it comes, its trailers last.
void echo(const types::IncomingRequest& request, types::ResponseOutparam out) {
  types::IncomingBody incoming = *request.consume();
  types::OutgoingResponse response((Fields()));
  types::OutgoingBody outgoing = *response.body();
  types::ResponseOutparam::set(std::move(out), std::move(response));
  bool is_whole = true;
  {
    types::InputStream from = *incoming.stream();
    types::OutputStream to = *outgoing.write();
    for (;;) {
      auto some = from.blocking_read(1 << 16);
      if (!some) {
        is_whole = std::holds_alternative<wasi::io::streams::StreamError::Closed>(some.error().value);
        break;
      }
      if (!write_all(to, *some)) return;
    }
  }
  if (!is_whole) return;  // without finish: the answer is cut off
  std::optional<types::Trailers> trailers = trailers_of(std::move(incoming));
  std::optional<types::Trailers> sent;
  if (trailers) sent = trailers->clone();
  (void)types::OutgoingBody::finish(std::move(outgoing), std::move(sent));
}

void with_trailers(types::ResponseOutparam out) {
  types::OutgoingResponse response((Fields()));
  types::OutgoingBody outgoing = *response.body();
  types::ResponseOutparam::set(std::move(out), std::move(response));
  {
    types::OutputStream stream = *outgoing.write();
    write_all(stream, bytes("body"));
  }
  Fields trailers;
  (void)trailers.append("x-checksum", bytes("42"));
  (void)types::OutgoingBody::finish(std::move(outgoing), std::move(trailers));
}

void sleep_ms(std::uint64_t ms) { wasi::clocks::monotonic_clock::subscribe_duration(ms * 1'000'000).block(); }

std::string name_of(const ErrorCode& code) { return "error-code " + std::to_string(code.value.index()); }

/// `/proxy?HOST:PORT/path`: the request on to there, and its answer back. `/proxy-tls` the same by https.
void proxy(const types::IncomingRequest& request, types::ResponseOutparam out, std::string_view target, bool is_secure) {
  const std::size_t slash = target.find('/');
  types::OutgoingRequest outgoing((Fields()));
  (void)outgoing.set_method(request.method());
  if (!is_secure) (void)outgoing.set_scheme(types::Scheme{types::Scheme::Http{}});  // https is the default
  (void)outgoing.set_authority(target.substr(0, slash));
  (void)outgoing.set_path_with_query(slash == std::string_view::npos ? "/" : target.substr(slash));
  types::IncomingBody incoming = *request.consume();
  types::OutgoingBody sent = *outgoing.body();
  types::RequestOptions options;
  (void)options.set_connect_timeout(2'000'000'000);
  (void)options.set_first_byte_timeout(2'000'000'000);
  auto future = wasi::http::outgoing_handler::handle(std::move(outgoing), std::move(options));
  if (!future) return answer(std::move(out), 502, name_of(future.error()));
  {
    types::InputStream from = *incoming.stream();
    types::OutputStream to = *sent.write();
    while (auto some = from.blocking_read(1 << 16)) {
      if (!write_all(to, *some)) break;
    }
  }
  (void)types::OutgoingBody::finish(std::move(sent), std::nullopt);
  types::Pollable pollable = future->subscribe();
  pollable.block();
  auto got = future->get();
  if (!got || !*got) return answer(std::move(out), 500, "no answer");
  if (!**got) return answer(std::move(out), 502, name_of((**got).error()));
  const types::IncomingResponse& response = ***got;
  types::IncomingBody body = *response.consume();
  auto all = read_all(body);
  answer(std::move(out), all ? response.status() : 502, all ? *all : "broken");
}

/// Each check that fails is a line.
struct Checks {
  std::string failed;
  void operator()(bool is_fine, std::string_view what) {
    if (!is_fine) failed.append(what).append("\n");
  }
};
template <class Case>
bool is(const wit::expected<void, HeaderError>& result) {
  return !result && std::holds_alternative<Case>(result.error().value);
}

std::string check_fields(const types::IncomingRequest& request) {
  Checks check;
  Fields fields;
  check(fields.append("X-Name", bytes("one")).has_value(), "append");
  check(fields.append("x-name", bytes("two")).has_value(), "append again");
  check(fields.get("X-NAME").size() == 2, "get");
  check(fields.entries().size() == 2 && std::get<0>(fields.entries()[0]) == "x-name", "entries, in lower case");
  check(fields.has("x-Name") && !fields.has("y") && !fields.has("not a name"), "has");
  check(fields.get("not a name").empty(), "get of no name");
  check(is<HeaderError::InvalidSyntax>(fields.append("not a name", bytes("x"))), "append of no name");
  check(is<HeaderError::InvalidSyntax>(fields.append("x", bytes("a\r\nb: c"))), "append of no value");
  check(is<HeaderError::InvalidSyntax>(fields.append("content-length", bytes("+1"))), "content-length of no number");
  check(is<HeaderError::InvalidSyntax>(fields.set("", {})), "set of no name");
  for (const char* name : {"Host", "connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-authorization"}) {
    check(is<HeaderError::Forbidden>(fields.append(name, bytes("x"))), name);
    check(is<HeaderError::Forbidden>(fields.set(name, {})), name);
    check(is<HeaderError::Forbidden>(fields.delete_(name)), name);
  }
  const std::vector<std::vector<std::uint8_t>> values = {bytes("3")};
  check(fields.set("x-name", values).has_value() && fields.get("x-name") == values, "set");
  check(fields.delete_("X-name").has_value() && !fields.has("x-name"), "delete");
  const std::vector<std::tuple<std::string, std::vector<std::uint8_t>>> bad = {{"host", bytes("x")}};
  check(!Fields::from_list(bad).has_value(), "from-list with a forbidden name");
  Fields immutable = request.headers();
  check(is<HeaderError::Immutable>(immutable.append("x", bytes("y"))), "append to immutable fields");
  check(is<HeaderError::Immutable>(immutable.delete_("x")), "delete of immutable fields");
  Fields clone = immutable.clone();
  check(clone.append("x", bytes("y")).has_value() && !immutable.has("x"), "a clone is mutable, and another");
  check(!immutable.has("host") && !immutable.has("connection"), "no forbidden fields come in");
  return check.failed;
}

std::string check_types(const types::IncomingRequest& request) {
  Checks check;
  check(request.method() == types::Method{types::Method::Other{"BREW"}}, "method");
  check(request.path_with_query() == "/types?a=b", "path-with-query");
  check(request.scheme() == types::Scheme{types::Scheme::Http{}}, "scheme");
  check(request.authority() == "test.example:81", "authority");
  check(request.consume().has_value(), "consume");
  check(!request.consume().has_value(), "consume twice");
  types::OutgoingRequest out((Fields()));
  check(out.method() == types::Method{types::Method::Get{}} && !out.scheme() && !out.authority() && !out.path_with_query(), "defaults");
  check(!out.set_method({types::Method::Other{"not a method"}}).has_value(), "set-method");
  check(!out.set_path_with_query("/a b").has_value(), "set-path-with-query");
  check(!out.set_scheme(types::Scheme{types::Scheme::Other{"no scheme"}}).has_value(), "set-scheme");
  for (const char* wrong : {"example.com:", "example.com:abc", "example.com:65536", "[::1]:abc", "a b", "user@host"}) {
    check(!out.set_authority(wrong).has_value(), wrong);
  }
  for (const char* right : {"example.com", "example.com:443", "127.0.0.1:80", "[::1]", "[2001:db8::1]:443"}) {
    check(out.set_authority(right).has_value() && out.authority() == right, right);
  }
  check(out.body().has_value(), "body");
  check(!out.body().has_value(), "body twice");
  types::RequestOptions options;
  check(!options.connect_timeout() && options.set_connect_timeout(5).has_value() && options.connect_timeout() == 5, "connect-timeout");
  check(options.set_first_byte_timeout(6).has_value() && options.first_byte_timeout() == 6, "first-byte-timeout");
  check(options.set_between_bytes_timeout(7).has_value() && options.between_bytes_timeout() == 7, "between-bytes-timeout");
  types::OutgoingResponse response((Fields()));
  check(response.status_code() == 200 && !response.set_status_code(99).has_value() && !response.set_status_code(1000).has_value(), "status-code");
  Fields sized;
  (void)sized.append("content-length", bytes("3"));
  types::OutgoingResponse short_one(std::move(sized));
  types::OutgoingBody body = *short_one.body();
  auto finished = types::OutgoingBody::finish(std::move(body), std::nullopt);
  check(!finished && std::holds_alternative<ErrorCode::HttpResponseBodySize>(finished.error().value), "finish of a short body");
  types::OutgoingRequest nowhere((Fields()));
  auto sent = wasi::http::outgoing_handler::handle(std::move(nowhere), std::nullopt);
  check(!sent && std::holds_alternative<ErrorCode::HttpRequestUriInvalid>(sent.error().value), "a request to nowhere");
  return check.failed;
}

/// `n` bytes without an end in sight, as fast as they go.
void send_many(types::ResponseOutparam out, std::size_t count) {
  types::OutgoingResponse response((Fields()));
  types::OutgoingBody outgoing = *response.body();
  types::ResponseOutparam::set(std::move(out), std::move(response));
  const std::vector<std::uint8_t> piece(4096, 'x');
  {
    types::OutputStream stream = *outgoing.write();
    for (std::size_t sent = 0; sent < count; sent += piece.size()) {
      if (!stream.blocking_write_and_flush(piece)) return;
    }
  }
  (void)types::OutgoingBody::finish(std::move(outgoing), std::nullopt);
}

void sized(types::ResponseOutparam out, std::string_view length, std::string_view body) {
  Fields fields;
  (void)fields.append("content-length", bytes(length));
  types::OutgoingResponse response(std::move(fields));
  types::OutgoingBody outgoing = *response.body();
  types::ResponseOutparam::set(std::move(out), std::move(response));
  {
    types::OutputStream stream = *outgoing.write();
    write_all(stream, bytes(body));
  }
  (void)types::OutgoingBody::finish(std::move(outgoing), std::nullopt);
}

}  // namespace

void exports::wasi::http::incoming_handler::handle(IncomingRequest request, ResponseOutparam out) {
  const std::string target = request.path_with_query().value_or("/");
  const std::string path = target.substr(0, target.find('?'));
  const std::string query = target.find('?') == std::string::npos ? "" : target.substr(target.find('?') + 1);
  static int times = 0;  // of this instance: a fresh one each request
  ++times;
  if (path == "/hello") return answer(std::move(out), 200, "hello " + std::to_string(times) + "\n");
  if (path == "/echo") return echo(request, std::move(out));
  if (path == "/length") {
    auto body = read_all(*request.consume());
    return answer(std::move(out), body ? 200 : 400, body ? std::to_string(body->size()) : "broken");
  }
  if (path == "/trailers") return with_trailers(std::move(out));
  if (path == "/many") return send_many(std::move(out), std::stoul(query));
  if (path == "/slow") {
    sleep_ms(std::stoul(query));
    return answer(std::move(out), 200, "slow");
  }
  if (path == "/early") {
    Fields hints;
    (void)hints.append("link", bytes("</style.css>"));
    (void)out.send_informational(103, std::move(hints));
    return answer(std::move(out), 200, "late");
  }
  if (path == "/trap") __builtin_trap();
  if (path == "/trap-in-body") {
    ::types::OutgoingResponse response((Fields()));
    ::types::OutgoingBody outgoing = *response.body();
    ::types::ResponseOutparam::set(std::move(out), std::move(response));
    ::types::OutputStream stream = *outgoing.write();
    write_all(stream, bytes("half"));
    __builtin_trap();
  }
  if (path == "/none") return;
  if (path == "/error") return ::types::ResponseOutparam::set(std::move(out), wit::unexpected<ErrorCode>({ErrorCode::ConnectionTimeout{}}));
  if (path == "/loop") {
    for (volatile int i = 0;; i = i + 1) {
    }
  }
  if (path == "/wait") sleep_ms(3'600'000);
  if (path == "/memory") {
    std::vector<std::vector<char>> all;
    for (;;) all.emplace_back(1 << 20, 'x');
  }
  if (path == "/fields") return answer(std::move(out), 200, check_fields(request));
  if (path == "/types") return answer(std::move(out), 200, check_types(request));
  if (path == "/proxy" || path == "/proxy-tls") return proxy(request, std::move(out), query, path == "/proxy-tls");
  if (path == "/status") return answer(std::move(out), static_cast<std::uint16_t>(std::stoul(query)), "text");
  if (path == "/sized-none") {  // announces a body, and has none
    Fields fields;
    (void)fields.append("content-length", bytes(query));
    return ::types::ResponseOutparam::set(std::move(out), ::types::OutgoingResponse(std::move(fields)));
  }
  if (path == "/sized") return sized(std::move(out), query, "12345");
  answer(std::move(out), 404, "no such thing");
}
