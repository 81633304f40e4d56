// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Server and client against each other, with handlers of C++ in the place of guests.
#include "wasi-preview/http/server/server.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <numeric>
#include <thread>

#include "wasi-preview/http/client/client.h"

namespace {

using namespace witc::http;
using namespace std::chrono_literals;

/// What a promise or body gives, waited for on this thread.
template <class Subscribe>
void block(Subscribe subscribe) {
  auto done = std::make_shared<Promise<bool>>();
  std::mutex mutex;
  std::condition_variable woken;
  bool is_woken = false;
  subscribe([&] {
    std::lock_guard lock(mutex);
    is_woken = true;
    woken.notify_all();
  });
  std::unique_lock lock(mutex);
  woken.wait_for(lock, 20s, [&] { return is_woken; });
}

std::string read_all(Body& body) {
  std::string text;
  for (;;) {
    Body::Read read = body.read(1 << 20);
    text.append(read.bytes.begin(), read.bytes.end());
    if (read.state != Body::State::kOpen) return text;
    if (read.bytes.empty()) block([&](Waker waker) { body.on_readable(std::move(waker)); });
  }
}

void write_all(Body& body, std::string_view text) {
  while (!text.empty() && !body.abandoned()) {
    const std::size_t count = std::min(body.room(), text.size());
    if (count == 0) block([&](Waker waker) { body.on_room(std::move(waker)); });
    body.write({reinterpret_cast<const std::uint8_t*>(text.data()), count});
    text.remove_prefix(count);
  }
}

std::expected<ClientResponse, Failure> answer_of(Call& call) {
  block([&](Waker waker) { call.response.on_set(std::move(waker)); });
  auto answer = call.response.take();
  if (!answer) return std::unexpected(Failure{FailureKind::kInternalError, "no answer in 20 s"});
  return *std::move(answer);
}

/// Answers with what it was sent, each exchange on a thread of its own.
std::unique_ptr<Server> echo_server() {
  auto server = listen({}, [](std::shared_ptr<Exchange> exchange) {
    std::thread([exchange] {
      auto body = std::make_shared<Body>();
      exchange->response.set({{200, {{"x-method", exchange->head.method}, {"x-target", exchange->head.target}}}, body});
      for (;;) {
        Body::Read read = exchange->request_body->read(10'000);
        write_all(*body, {reinterpret_cast<const char*>(read.bytes.data()), read.bytes.size()});
        if (read.state != Body::State::kOpen) break;
        if (read.bytes.empty()) block([&](Waker waker) { exchange->request_body->on_readable(std::move(waker)); });
      }
      body->finish(exchange->request_body->take_trailers());
    }).detach();
  });
  REQUIRE(server.has_value());
  (*server)->start();
  return *std::move(server);
}

TEST_CASE("a body bigger than every buffer goes through and back, with trailers") {
  auto server = echo_server();
  const std::unique_ptr<Client> client = make_client({});
  std::string sent(3 << 20, '\0');
  std::iota(sent.begin(), sent.end(), '\0');
  auto body = std::make_shared<Body>();
  auto call = client->send({"POST", "/a?b", "http", server->address(), {{"x-a", "1"}}}, body, {});
  std::thread writer([&] {
    write_all(*body, sent);
    body->finish({{"x-trailer", "end"}});
  });
  auto answer = answer_of(*call);
  REQUIRE(answer.has_value());
  CHECK(answer->head.status == 200);
  CHECK(find_field(answer->head.fields, "x-target")->value == "/a?b");
  CHECK(read_all(*answer->body) == sent);
  FieldList trailers = answer->body->take_trailers();
  REQUIRE(trailers.size() == 1);
  CHECK(trailers[0].value == "end");
  writer.join();
  server->begin_stop();
  server->finish_stop(2s);
}

TEST_CASE("a call without a body; a refused one; a name that is none") {
  auto server = echo_server();
  const std::unique_ptr<Client> client = make_client({});
  auto answer = answer_of(*client->send({"GET", "/", "http", server->address(), {}}, nullptr, {}));
  REQUIRE(answer.has_value());
  CHECK(read_all(*answer->body).empty());
  const std::string address = server->address();
  server->begin_stop();
  server->finish_stop(2s);
  server.reset();
  auto refused = answer_of(*client->send({"GET", "/", "http", address, {}}, nullptr, {}));
  REQUIRE(!refused.has_value());
  CHECK(refused.error().kind == FailureKind::kConnectionRefused);
}

}  // namespace
