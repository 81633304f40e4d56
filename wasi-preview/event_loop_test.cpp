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

#include "wasi-preview/random.h"
#include "wasi-preview/test_pipe.h"

namespace witc::wasi {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;

/// Processor time of this process, in microseconds.
std::int64_t processor_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

TEST_CASE("a wait ends with the first that is ready, and burns no time") {
  EventLoop loop;
  Pipe quiet, loud;
  FdReadiness never(loop, quiet.fds[0], POLLIN);
  FdReadiness soon(loop, loud.fds[0], POLLIN);
  Deadline late(loop, loop.clock().monotonic() + 60'000 * kMillisecond);
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
  EventLoop loop;
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
  EventLoop loop;
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
  EventLoop loop;
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

TEST_CASE("waiting for one guest and then for another burns no time") {
  EventLoop loop;
  Pipe quiet, first, second;
  int current = first.fds[0];
  loop.set_interrupt_fd([&] { return current; });
  FdReadiness never(loop, quiet.fds[0], POLLIN);
  for (const int next : {second.fds[0], first.fds[0]}) {
    Deadline moment(loop, loop.clock().monotonic() + 1 * kMillisecond);
    Readiness* const both[] = {&never, &moment};
    CHECK(loop.wait(both));
    current = next;
    Deadline later(loop, loop.clock().monotonic() + 300 * kMillisecond);
    Readiness* const again[] = {&never, &later};
    const std::int64_t before = processor_time();
    CHECK(loop.wait(again));
    CHECK(processor_time() - before < 150'000);  // of 300 ms
  }
}

TEST_CASE("virtual time: sleeping moves both clocks, and takes none") {
  EventLoop loop({.wall_clock_ns = 5'000 * kMillisecond, .virtual_time = true});
  const Clock& clock = loop.clock();
  CHECK(clock.monotonic() == 0);
  CHECK(clock.wall() == 5'000 * kMillisecond);
  Deadline hour(loop, 3'600'000 * kMillisecond);
  Deadline minute(loop, 60'000 * kMillisecond);
  Readiness* const both[] = {&hour, &minute};
  CHECK(loop.wait(both));
  CHECK(minute.ready());
  CHECK_FALSE(hour.ready());
  CHECK(clock.monotonic() == 60'000 * kMillisecond);
  CHECK(clock.wall() == 65'000 * kMillisecond);
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
