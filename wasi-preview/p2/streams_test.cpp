// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/p2/streams.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <string>
#include <thread>

#include "wasi-preview/test_pipe.h"

namespace witc::wasi {
namespace {

std::vector<std::uint8_t> some(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

bool is_closed(const StreamError& error) { return std::holds_alternative<StreamError::Closed>(error.value); }

TEST_CASE("output-stream: a pipe nobody reads pushes back, and takes everything in the end") {
  auto loop = std::make_shared<EventLoop>();
  Pipe pipe;
  const std::vector<std::uint8_t> all = some(1 << 20);
  {
    auto stream = std::make_unique<OutputStream>(loop, std::make_shared<FdSink>(loop, pipe.fds[1]));
    std::size_t written = 0;
    while (true) {
      auto granted = stream->check_write();
      REQUIRE(granted);
      if (*granted == 0) break;
      const std::size_t size = std::min<std::size_t>(*granted, 10'000);
      REQUIRE(stream->write(std::span(all).subspan(written, size)));
      written += size;
      REQUIRE(written < all.size());
    }
    CHECK(written > 1000);
    CHECK(written < 300'000);  // what the pipe holds, and one grant
    CHECK_FALSE(stream->subscribe()->ready());
    std::vector<std::uint8_t> got;
    std::jthread reader([&] {
      std::array<std::uint8_t, 5000> part{};
      ssize_t size = 0;
      while ((size = ::read(pipe.fds[0], part.data(), part.size())) > 0) got.insert(got.end(), part.begin(), part.begin() + size);
    });
    while (written < all.size()) {
      const std::size_t size = std::min<std::size_t>(all.size() - written, 4096);
      REQUIRE(stream->blocking_write_and_flush(std::span(all).subspan(written, size)));
      written += size;
    }
    stream.reset();  // which has the pipe open as well, for the loop
    pipe.close_writer();
    reader.join();
    CHECK(got == all);
  }
}

TEST_CASE("output-stream: more than was permitted traps") {
  auto loop = std::make_shared<EventLoop>();
  OutputStream stream(loop, std::make_shared<FdSink>(loop, -1));
  (void)stream.write(some(1));
  CHECK(take_trap(stream));
  auto granted = stream.check_write();
  REQUIRE(granted);
  CHECK(stream.write(some(10)));
  CHECK_FALSE(take_trap(stream));
  (void)stream.write_zeroes(*granted);
  CHECK(take_trap(stream));
  (void)stream.blocking_write_and_flush(some(4097));
  CHECK(take_trap(stream));
  (void)stream.blocking_write_zeroes_and_flush(4097);
  CHECK(take_trap(stream));
}

TEST_CASE("output-stream: a pipe whose reader has gone is closed") {
  std::signal(SIGPIPE, SIG_IGN);
  auto loop = std::make_shared<EventLoop>();
  Pipe pipe;
  pipe.close_reader();
  OutputStream stream(loop, std::make_shared<FdSink>(loop, pipe.fds[1]));
  auto done = stream.blocking_write_and_flush(some(10));
  REQUIRE_FALSE(done);
  CHECK(is_closed(done.error()));
  auto granted = stream.check_write();
  REQUIRE_FALSE(granted);
  CHECK(is_closed(granted.error()));
  CHECK(stream.subscribe()->ready());
}

TEST_CASE("input-stream: none now, some, the end") {
  auto loop = std::make_shared<EventLoop>();
  Pipe pipe;
  InputStream stream(loop, std::make_shared<FdSource>(*loop, pipe.fds[0]));
  auto pollable = stream.subscribe();
  CHECK_FALSE(pollable->ready());
  CHECK(stream.read(10)->empty());
  CHECK(::write(pipe.fds[1], "hello", 5) == 5);
  pollable->block();
  CHECK(stream.read(2)->size() == 2);
  CHECK(*stream.skip(2) == 2);
  CHECK(stream.blocking_read(100)->size() == 1);
  std::jthread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    pipe.close_writer();
  });
  auto end = stream.blocking_read(1);
  REQUIRE_FALSE(end);
  CHECK(is_closed(end.error()));
  CHECK(is_closed(stream.read(1).error()));
  CHECK(pollable->ready());
}

TEST_CASE("splice moves what there is") {
  auto loop = std::make_shared<EventLoop>();
  Pipe from, to;
  InputStream in(loop, std::make_shared<FdSource>(*loop, from.fds[0]));
  OutputStream out(loop, std::make_shared<FdSink>(loop, to.fds[1]));
  CHECK(*out.splice(in, 10) == 0);
  CHECK(::write(from.fds[1], "hello", 5) == 5);
  CHECK(*out.blocking_splice(in, 3) == 3);
  CHECK(*out.splice(in, 100) == 2);
  std::array<char, 10> got{};
  CHECK(::read(to.fds[0], got.data(), got.size()) == 5);
  CHECK(std::string(got.data()) == "hello");
}

TEST_CASE("a system call's error tells its errno") {
  auto loop = std::make_shared<EventLoop>();
  const int fd = ::open("/", O_RDONLY | O_CLOEXEC);
  FdSource source(*loop, fd);
  auto got = source.read(10);
  REQUIRE_FALSE(got);
  REQUIRE(got.error().error);
  CHECK(got.error().error->errno_value == EISDIR);
  CHECK(got.error().error->to_debug_string() == "Is a directory");
  ::close(fd);
}

}  // namespace
}  // namespace witc::wasi
