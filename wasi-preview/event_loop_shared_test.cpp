// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The descriptors that a program waits for are shared with others: a terminal, a pipe.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "wasi-preview/event_loop.h"

namespace witc::wasi {
namespace {

TEST_CASE("waiting for a file descriptor leaves it as it is, for those who share it") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  {
    EventLoop loop;
    FdReadiness readable(loop, ends[0], POLLIN);
    for (int round = 0; round < 3; ++round) {
      std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        (void)!::write(ends[1], "x", 1);
      });
      CHECK_FALSE(readable.ready());
      CHECK(loop.wait(readable));
      CHECK((::fcntl(ends[0], F_GETFL) & O_NONBLOCK) == 0);
      char byte = 0;
      CHECK(::read(ends[0], &byte, 1) == 1);
      later.join();
    }
    FdReadiness writable(loop, ends[1], POLLOUT);
    CHECK(loop.wait(writable));
    ::close(ends[1]);
    CHECK(loop.wait(readable));  // its end
  }
  ::close(ends[0]);
}

TEST_CASE("a pipe that is full can be waited for, and an interruption ends the waiting") {
  int ends[2], stop[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(stop, O_CLOEXEC) == 0);
  {
    EventLoop loop;
    loop.set_interrupt_fd([&] { return stop[0]; });
    FdReadiness writable(loop, ends[1], POLLOUT);
    char page[4096] = {};
    std::size_t written = 0;
    for (; writable.ready(); written += sizeof page) REQUIRE(::write(ends[1], page, sizeof page) > 0);
    std::thread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      for (std::size_t left = written; left != 0;) left -= static_cast<std::size_t>(::read(ends[0], page, sizeof page));
    });
    CHECK(loop.wait(writable));
    later.join();
    FdReadiness readable(loop, ends[0], POLLIN);
    std::thread interrupt([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      (void)!::write(stop[1], "x", 1);
    });
    CHECK_FALSE(loop.wait(readable));
    CHECK_FALSE(readable.ready());
    CHECK((::fcntl(stop[0], F_GETFL) & O_NONBLOCK) == 0);
    interrupt.join();
  }
  for (int fd : {ends[0], ends[1], stop[0], stop[1]}) ::close(fd);
}

}  // namespace
}  // namespace witc::wasi
