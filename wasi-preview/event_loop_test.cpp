// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/event_loop.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <chrono>
#include <thread>

#include "wasi-preview/p2/clock.h"
#include "wasi-preview/random.h"

namespace witc::wasi {
namespace {

struct Pipe {
  std::array<int, 2> fds{};
  Pipe() { REQUIRE(::pipe(fds.data()) == 0); }
  ~Pipe() {
    ::close(fds[0]);
    ::close(fds[1]);
  }
};

constexpr std::uint64_t kMillisecond = 1'000'000;

/// Processor time of this process, in microseconds.
std::int64_t processor_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

TEST_CASE("a wait ends with the first that is ready, and burns no time") {
  EventLoop loop(false);
  Pipe quiet, loud;
  FdReadiness never(loop, quiet.fds[0], POLLIN);
  FdReadiness soon(loop, loud.fds[0], POLLIN);
  Deadline late(loop, loop.now() + 60'000 * kMillisecond);
  const std::int64_t before = processor_time();
  std::jthread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    CHECK(::write(loud.fds[1], "x", 1) == 1);
  });
  Readiness* const all[] = {&never, &soon, &late};
  CHECK(loop.wait(all));
  CHECK(soon.ready());
  CHECK_FALSE(never.ready());
  CHECK_FALSE(late.ready());
  CHECK(processor_time() - before < 150'000);  // of 300 ms
}

TEST_CASE("a descriptor that became ready, was read and becomes ready again") {
  EventLoop loop(false);
  Pipe pipe;
  FdReadiness readable(loop, pipe.fds[0], POLLIN);
  for (int round = 0; round < 3; ++round) {
    std::jthread writer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      CHECK(::write(pipe.fds[1], "x", 1) == 1);
    });
    CHECK_FALSE(readable.ready());
    CHECK(loop.wait(readable));
    char byte = 0;
    CHECK(::read(pipe.fds[0], &byte, 1) == 1);
  }
}

TEST_CASE("what another thread posts wakes the loop") {
  EventLoop loop(false);
  struct Flag final : Readiness {
    bool is_set = false;
    bool ready() override { return is_set; }
    void arm() override {}
  } flag;
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    boost::asio::post(loop.io(), [&] { flag.is_set = true; });
  });
  CHECK(loop.wait(flag));
}

TEST_CASE("an interruption ends a wait for what never comes") {
  EventLoop loop(false);
  Pipe quiet, interruption;
  loop.set_interrupt_fd([&] { return interruption.fds[0]; });
  FdReadiness never(loop, quiet.fds[0], POLLIN);
  for (int round = 0; round < 2; ++round) {
    std::jthread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      CHECK(::write(interruption.fds[1], "x", 1) == 1);
    });
    CHECK_FALSE(loop.wait(never));
    char byte = 0;
    CHECK(::read(interruption.fds[0], &byte, 1) == 1);  // it is over
  }
}

TEST_CASE("virtual time: sleeping moves both clocks, and takes none") {
  auto loop = std::make_shared<EventLoop>(true);
  Deterministic how{.wall_clock_ns = 5'000 * kMillisecond, .virtual_time = true};
  Clock clock(how, loop);
  CHECK(clock.monotonic_now() == 0);
  CHECK(clock.wall_now() == 5'000 * kMillisecond);
  Deadline hour(*loop, 3'600'000 * kMillisecond);
  Deadline minute(*loop, 60'000 * kMillisecond);
  Readiness* const both[] = {&hour, &minute};
  CHECK(loop->wait(both));
  CHECK(minute.ready());
  CHECK_FALSE(hour.ready());
  CHECK(clock.monotonic_now() == 60'000 * kMillisecond);
  CHECK(clock.wall_now() == 65'000 * kMillisecond);
}

TEST_CASE("a seed gives the same bytes, and another seed others") {
  auto bytes = [](std::uint64_t seed) {
    Random random({.random_seed = seed});
    std::array<std::uint8_t, 21> out{};
    CHECK(random.fill(out));
    return out;
  };
  CHECK(bytes(1) == bytes(1));
  CHECK(bytes(1) != bytes(2));
}

}  // namespace
}  // namespace witc::wasi
