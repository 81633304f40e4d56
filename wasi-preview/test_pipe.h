// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// For tests: a pipe, closed with this.

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace witc::wasi {

struct Pipe {
  std::array<int, 2> fds{};  // to read, to write
  Pipe() { REQUIRE(::pipe(fds.data()) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    for (int fd : fds) {
      if (fd >= 0) ::close(fd);
    }
  }
  void close_reader() { ::close(std::exchange(fds[0], -1)); }
  void close_writer() { ::close(std::exchange(fds[1], -1)); }
};

}  // namespace witc::wasi
