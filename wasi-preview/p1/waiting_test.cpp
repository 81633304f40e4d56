// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Preview 1: streams, sockets, clocks and signals; what waits, and how it is stopped.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>

#include "wasi-preview/p1/test_program.h"

namespace witc::wasi {

TEST_CASE("preview 1: waiting") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const fs::UniqueFd read_end(ends[0]), write_end(ends[1]);
  Program program({.stdin_fd = ends[0], .stdout_fd = ends[1]});
  auto clock = [&](std::uint32_t at, std::uint64_t timeout, std::uint16_t flags) {
    program.put<std::uint64_t>(at, 7);
    program.put<std::uint8_t>(at + 8, 0);
    program.put<std::uint32_t>(at + 16, 1);
    program.put<std::uint64_t>(at + 24, timeout);
    program.put<std::uint16_t>(at + 40, flags);
  };
  auto file = [&](std::uint32_t at, std::uint8_t type, std::uint32_t fd) {
    program.put<std::uint64_t>(at, 9);
    program.put<std::uint8_t>(at + 8, type);
    program.put<std::uint32_t>(at + 16, fd);
  };
  const auto start = std::chrono::steady_clock::now();
  clock(1000, 20'000'000, 0);
  file(1048, 1, 0);  // nothing to read yet
  REQUIRE(program.call("poll_oneoff", {1000, 2000, 2, 100}) == Errno::kSuccess);
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(20));
  CHECK(program.get<std::uint32_t>(100) == 1);
  CHECK(program.get<std::uint64_t>(2000) == 7);

  REQUIRE(::write(ends[1], "hello", 5) == 5);
  clock(1000, 60'000'000'000, 0);
  file(1096, 2, 1);
  file(1144, 1, 99);  // no such number: an event, not an error of all
  REQUIRE(program.call("poll_oneoff", {1000, 2000, 4, 100}) == Errno::kSuccess);
  CHECK(program.get<std::uint32_t>(100) == 3);
  CHECK(program.get<std::uint64_t>(2000 + 16) == 5);  // bytes to read
  CHECK(program.get<std::uint8_t>(2032 + 10) == 2);
  CHECK(static_cast<Errno>(program.get<std::uint16_t>(2064 + 8)) == Errno::kBadf);
  clock(1000, 1, 1);  // absolute, long ago
  REQUIRE(program.call("poll_oneoff", {1000, 2000, 1, 100}) == Errno::kSuccess);
  program.put<std::uint8_t>(1008, 3);
  CHECK(program.call("poll_oneoff", {1000, 2000, 1, 100}) == Errno::kInval);

  // Without waiting.
  program.iovec(0, 200, 10);
  CHECK(program.call("fd_fdstat_set_flags", {0, p1::fdflags::kNonblock}) == Errno::kSuccess);
  CHECK(program.call("fd_read", {0, 0, 1, 100}) == Errno::kSuccess);
  CHECK(program.get<std::uint32_t>(100) == 5);
  CHECK(program.call("fd_read", {0, 0, 1, 100}) == Errno::kAgain);
}

TEST_CASE("preview 1: a guest that waits can be stopped") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const fs::UniqueFd read_end(ends[0]), write_end(ends[1]);
  for (const char* name : {"fd_read", "poll_oneoff", "fd_write"}) {
    Program program({.stdin_fd = ends[0], .stdout_fd = ends[1]},
                    {.opt_level = api::OptLevel::kNone, .timeout = std::chrono::milliseconds(300)});
    program.iovec(0, 0, kEnd);  // more than a pipe takes
    program.put<std::uint8_t>(1008, 1);
    program.put<std::uint32_t>(1016, 0);
    const auto result = std::string_view(name) == "poll_oneoff" ? program.try_call(name, {1000, 2000, 1, 100})
                                                                : program.try_call(name, {name[3] == 'w' ? 1u : 0u, 0, 1, 100});
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().kind == api::TrapKind::kInterrupt);
  }
}

TEST_CASE("preview 1: sockets that were lent") {
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  const fs::UniqueFd mine(pair[0]), theirs(pair[1]);
  Program program({.stdin_fd = pair[1]});
  REQUIRE(::write(pair[0], "abcdef", 6) == 6);
  program.iovec(0, 200, 4);
  CHECK(program.call("sock_recv", {0, 0, 1, 1, 100, 104}) == Errno::kSuccess);  // peeks
  CHECK(program.get<std::uint32_t>(100) == 4);
  program.iovec(0, 200, 3);
  program.iovec(8, 300, 3);
  CHECK(program.call("sock_recv", {0, 0, 2, 2, 100, 104}) == Errno::kSuccess);  // waits for all
  CHECK(program.get<std::uint32_t>(100) == 6);
  CHECK(program.get<std::uint8_t>(300) == 'd');
  CHECK(program.call("sock_send", {0, 0, 2, 0, 100}) == Errno::kSuccess);
  char back[10] = {};
  CHECK(::read(pair[0], back, sizeof back) == 6);
  CHECK(std::string(back) == "abcdef");
  CHECK(program.call("sock_send", {0, 0, 2, 1, 100}) == Errno::kInval);
  CHECK(program.call("sock_shutdown", {0, 0}) == Errno::kInval);
  CHECK(program.call("sock_shutdown", {0, 2}) == Errno::kSuccess);
  CHECK(::read(pair[0], back, sizeof back) == 0);
  CHECK(program.call("sock_accept", {0, 0, 100}) == Errno::kInval);

  const fs::UniqueFd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;  // a name that the kernel chooses
  REQUIRE(::bind(listening.get(), reinterpret_cast<sockaddr*>(&name), sizeof(sa_family_t)) == 0);
  REQUIRE(::listen(listening.get(), 1) == 0);
  socklen_t size = sizeof name;
  REQUIRE(::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&name), &size) == 0);
  Program server({.stdin_fd = listening.get(), .limits = {.max_open_files = 1}});
  CHECK(server.call("fd_fdstat_set_flags", {0, p1::fdflags::kNonblock}) == Errno::kSuccess);
  CHECK(server.call("sock_accept", {0, 0, 100}) == Errno::kAgain);
  const fs::UniqueFd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::connect(client.get(), reinterpret_cast<sockaddr*>(&name), size) == 0);
  CHECK(server.call("sock_accept", {0, 0, 100}) == Errno::kSuccess);
  CHECK(server.get<std::uint32_t>(100) == 3);
  CHECK(server.call("sock_accept", {0, 0, 100}) == Errno::kMfile);
  REQUIRE(::write(client.get(), "x", 1) == 1);
  server.iovec(0, 200, 3);
  CHECK(server.call("fd_read", {3, 0, 1, 100}) == Errno::kSuccess);
  CHECK(server.get<std::uint32_t>(100) == 1);
  CHECK(server.call("fd_close", {3}) == Errno::kSuccess);
  CHECK(server.call("sock_accept", {0, 0, 100}) == Errno::kAgain);
}

TEST_CASE("preview 1: clocks and random numbers that are the same twice") {
  std::string first;
  for (int i = 0; i < 2; ++i) {
    Program program({.deterministic = {.random_seed = 5, .wall_clock_ns = 1'000'000'000, .virtual_time = true}});
    CHECK(program.call("clock_time_get", {0, 0, 100}) == Errno::kSuccess);
    CHECK(program.get<std::uint64_t>(100) == 1'000'000'000);
    program.put<std::uint32_t>(1016, 1);
    program.put<std::uint64_t>(1024, 3'600'000'000'000);  // an hour
    CHECK(program.call("poll_oneoff", {1000, 2000, 1, 100}) == Errno::kSuccess);
    CHECK(program.call("clock_time_get", {0, 0, 100}) == Errno::kSuccess);
    CHECK(program.get<std::uint64_t>(100) == 3'601'000'000'000);
    CHECK(program.call("random_get", {200, 100}) == Errno::kSuccess);
    const std::string bytes(program.memory().data() + 200, program.memory().data() + 300);
    if (i == 0) first = bytes;
    CHECK(bytes == first);
    CHECK(program.call("clock_time_get", {4, 0, 100}) == Errno::kInval);
  }
  Program program({});
  for (std::uint32_t clock = 0; clock < 4; ++clock) {
    CHECK(program.call("clock_time_get", {clock, 0, 100}) == Errno::kSuccess);
    CHECK(program.call("clock_res_get", {clock, 100}) == Errno::kSuccess);
  }
}

TEST_CASE("preview 1: signals, and modules without a memory") {
  Program program({});
  CHECK(program.call("proc_raise", {0}) == Errno::kSuccess);
  CHECK(program.call("proc_raise", {31}) == Errno::kInval);
  CHECK(program.call("proc_raise", {16}) == Errno::kSuccess);  // chld
  auto aborted = program.try_call("proc_raise", {6});
  REQUIRE_FALSE(aborted.has_value());
  CHECK(aborted.error().kind == api::TrapKind::kExit);
  CHECK(aborted.error().exit_status == 134);

  Program bare({}, {.opt_level = api::OptLevel::kNone}, "wasi_snapshot_preview1", false);
  auto result = bare.try_call("sched_yield", {});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message.find("exports no memory named `memory`") != std::string::npos);
}

}  // namespace witc::wasi
