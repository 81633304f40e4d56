// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/http/message.h"

#include <doctest/doctest.h>

#include "wasi-preview/http/body.h"
#include "wasi-preview/http/grants.h"

namespace {

using namespace witc::http;

TEST_CASE("authorities") {
  for (const char* right : {"example.com", "example.com:443", "127.0.0.1:80", "[::1]", "[2001:db8::1]:443"}) {
    CHECK_MESSAGE(parse_authority(right).has_value(), right);
  }
  for (const char* wrong : {"", ":80", "example.com:", "example.com:abc", "example.com:65536", "example.com:+1", "[::1]:abc",
                            "[::1", "[::1]x", "a b", "user@host", "a/b"}) {
    CHECK_MESSAGE(!parse_authority(wrong).has_value(), wrong);
  }
  CHECK(parse_authority("[::1]:8080")->host == "::1");
  CHECK(parse_authority("[::1]:8080")->port == 8080);
}

TEST_CASE("content-length says one thing or is wrong") {
  CHECK(!content_length({}).value);
  CHECK(content_length({{"Content-Length", "12"}, {"content-length", "12"}}).value == 12u);
  CHECK(!content_length({{"content-length", "12"}, {"content-length", "13"}}).is_valid);
  for (const char* wrong : {"", "+1", "-1", "1 ", "1,1", "0x1", "18446744073709551616"}) {
    CHECK_MESSAGE(!content_length({{"content-length", wrong}}).is_valid, wrong);
  }
}

TEST_CASE("a grant is for an origin, however it is spelt, and methods") {
  using namespace witc::wasi;
  CHECK(parse_origin("https://Example.org/") == "https://example.org:443");
  CHECK(parse_origin("http://example.org:8080") == "http://example.org:8080");
  for (const char* wrong : {"example.org", "ftp://example.org", "https://", "https://example.org/path", "https://user@example.org"}) {
    CHECK_MESSAGE(!parse_http_grant(wrong), wrong);
  }
  CHECK(!parse_http_grant(":https://example.org"));
  CHECK(!parse_http_grant("G T:https://example.org"));

  HttpGrants grants;
  const auto allows = [&](const char* method, const char* scheme, const char* authority) {
    return is_granted(grants, {method, "/", scheme, authority, {}});
  };
  CHECK(!allows("GET", "https", "example.org"));
  grants.origins = {*parse_http_grant("GET+HEAD:https://example.org"), *parse_http_grant("http://[::1]:81")};
  CHECK(allows("GET", "https", "example.org"));
  CHECK(allows("HEAD", "https", "EXAMPLE.org:443"));
  CHECK(!allows("POST", "https", "example.org"));
  CHECK(!allows("GET", "http", "example.org"));
  CHECK(!allows("GET", "http", "example.org:443"));
  CHECK(!allows("GET", "https", "example.org:444"));
  CHECK(!allows("GET", "https", "www.example.org"));
  CHECK(!allows("GET", "https", "example.org.evil"));
  CHECK(allows("DELETE", "http", "[::1]:81"));
  grants = {.any = true};
  CHECK(allows("POST", "http", "anywhere"));
}

TEST_CASE("a body: bounded, its end after its bytes, wakers once") {
  Body body(4);
  int woken = 0;
  body.on_readable([&] { ++woken; });
  const std::uint8_t bytes[] = {1, 2, 3, 4};
  CHECK(body.room() == 4);
  CHECK(body.write(bytes));
  CHECK(woken == 1);
  CHECK(body.room() == 0);
  int room = 0;
  body.on_room([&] { ++room; });
  body.fail({FailureKind::kProtocolError, "broken"});
  CHECK(body.state() == Body::State::kOpen);  // there are bytes before it
  CHECK(body.read(3).bytes.size() == 3);
  CHECK(room == 1);
  Body::Read last = body.read(3);
  CHECK(last.bytes.size() == 1);
  CHECK(last.state == Body::State::kFailed);
  CHECK(woken == 1);

  Body left;
  CHECK(left.write(bytes));
  left.abandon();
  CHECK(!left.write(bytes));
  CHECK(left.take_consumed() == 4);
  Body on_demand(4, true);
  CHECK(on_demand.room() == 0);
  (void)on_demand.read(1);
  CHECK(on_demand.room() == 4);
}

}  // namespace
