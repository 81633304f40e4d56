// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Preview 1 called with whatever a hostile module may give, and what its functions say of files and directories.
#include <random>

#include "wasi-preview/p1/test_program.h"

namespace witc::wasi {

TEST_CASE("preview 1: addresses out of bounds") {
  TestTree tree;
  Program program(with_tree(tree));
  const std::uint64_t bad = 0xfffffff0;
  const std::uint64_t ends = kEnd - 2;  // begins within
  for (const std::uint64_t at : {bad, ends, std::uint64_t{kEnd}}) {
    CHECK(program.call("args_get", {at, 100}) == Errno::kFault);
    CHECK(program.call("args_get", {100, at}) == Errno::kFault);
    CHECK(program.call("args_sizes_get", {at, 100}) == Errno::kFault);
    CHECK(program.call("args_sizes_get", {100, at}) == Errno::kFault);
    CHECK(program.call("environ_get", {at, 100}) == Errno::kFault);
    CHECK(program.call("environ_sizes_get", {100, at}) == Errno::kFault);
    CHECK(program.call("clock_res_get", {0, at}) == Errno::kFault);
    CHECK(program.call("clock_time_get", {1, 0, at}) == Errno::kFault);
    CHECK(program.call("fd_fdstat_get", {3, at}) == Errno::kFault);
    CHECK(program.call("fd_filestat_get", {3, at}) == Errno::kFault);
    CHECK(program.call("fd_prestat_get", {3, at}) == Errno::kFault);
    CHECK(program.call("fd_read", {0, at, 1, 100}) == Errno::kFault);
    CHECK(program.call("fd_write", {1, at, 1, 100}) == Errno::kFault);
    CHECK(program.call("fd_readdir", {3, at, 100, 0, 200}) == Errno::kFault);
    CHECK(program.call("fd_readdir", {3, 100, 100, 0, at}) == Errno::kFault);
    CHECK(program.call("path_open", {3, 0, at, 10, 0, 2, 0, 0, 200}) == Errno::kFault);
    CHECK(program.call("path_open", {3, 0, 100, 1, 0, 2, 0, 0, at}) == Errno::kFault);
    CHECK(program.call("path_create_directory", {3, at, 10}) == Errno::kFault);
    CHECK(program.call("path_filestat_get", {3, 0, at, 10, 100}) == Errno::kFault);
    CHECK(program.call("path_symlink", {at, 10, 3, 100, 1}) == Errno::kFault);
    CHECK(program.call("poll_oneoff", {at, 100, 1, 300}) == Errno::kFault);
    CHECK(program.call("poll_oneoff", {100, at, 1, 300}) == Errno::kFault);
    CHECK(program.call("random_get", {at, 100}) == Errno::kFault);
  }
  CHECK(program.call("random_get", {0, 0xffffffff}) == Errno::kFault);
  CHECK(program.call("path_create_directory", {3, 0, 0xffffffff}) == Errno::kFault);
  CHECK(program.call("poll_oneoff", {0, 0, 0xffffffff, 300}) == Errno::kInval);
  CHECK(program.call("poll_oneoff", {0, 0, 0, 300}) == Errno::kInval);
  CHECK(program.call("random_get", {kEnd, 0}) == Errno::kSuccess);
  CHECK(program.call("random_get", {kEnd + 1, 0}) == Errno::kFault);
}

TEST_CASE("preview 1: iovecs") {
  TestTree tree;
  Program program(with_tree(tree));
  std::uint32_t fd = 0;
  REQUIRE(program.open("file", 0, p1::rights::kFdRead | p1::rights::kFdWrite, fd) == Errno::kSuccess);
  CHECK(program.call("fd_read", {fd, 0, 0xffffffff, 100}) == Errno::kFault);
  CHECK(program.call("fd_read", {fd, 0, 0x20000000, 100}) == Errno::kFault);  // times eight is 2^32
  program.iovec(0, 0xffffff00, 0x200);                                        // goes round
  CHECK(program.call("fd_read", {fd, 0, 1, 100}) == Errno::kFault);
  CHECK(program.call("fd_write", {fd, 0, 1, 100}) == Errno::kFault);
  program.iovec(0, kEnd - 10, 11);
  CHECK(program.call("fd_pread", {fd, 0, 1, 0, 100}) == Errno::kFault);
  program.iovec(0, 200, 3);
  program.iovec(8, 300, 100);
  CHECK(program.call("fd_read", {fd, 0, 2, 100}) == Errno::kSuccess);
  CHECK(program.get<std::uint32_t>(100) == 6);
  CHECK(std::string(program.memory().data() + 300, program.memory().data() + 303) == "ide");
  CHECK(program.call("fd_pread", {fd, 0, 2, ~0ull, 100}) == Errno::kInval);
  CHECK(program.call("fd_seek", {fd, ~0ull, 0, 100}) == Errno::kInval);
  CHECK(program.call("fd_seek", {fd, 0, 3, 100}) == Errno::kInval);
  // More than the kernel takes: it reads less.
  for (std::uint32_t i = 0; i < 3000; ++i) program.iovec(1000 + i * 8, 40000, 1);
  CHECK(program.call("fd_seek", {fd, 0, 0, 100}) == Errno::kSuccess);
  CHECK(program.call("fd_read", {fd, 1000, 3000, 100}) == Errno::kSuccess);
  CHECK(program.get<std::uint32_t>(100) == 6);
  CHECK(program.call("fd_write", {fd, 1000, 3000, 100}) == Errno::kSuccess);
  CHECK(program.get<std::uint32_t>(100) == 1024);
}

TEST_CASE("preview 1: numbers that stand for nothing, or for something else") {
  TestTree tree;
  Program program(with_tree(tree));
  program.text(60000, "file");
  for (const std::uint64_t fd : {4ull, 1000ull, 0x7fffffffull, 0xffffffffull}) {
    for (const Signature& one : kFunctions) {
      const std::string_view name = one.name;
      if (!name.starts_with("fd_") && !name.starts_with("path_") && !name.starts_with("sock_")) continue;
      if (name == "path_symlink") continue;
      std::vector<std::uint64_t> args(std::string_view(one.params).size(), 0);
      args[0] = fd;
      CAPTURE(std::string(name));
      CHECK(program.try_call(name, args) == Errno::kBadf);
    }
    CHECK(program.call("path_symlink", {60000, 4, fd, 60000, 4}) == Errno::kBadf);
    CHECK(program.call("fd_renumber", {3, fd}) == Errno::kBadf);
  }
  std::uint32_t fd = 0;
  REQUIRE(program.open("file", 0, p1::rights::kFdRead, fd) == Errno::kSuccess);
  CHECK(program.call("path_create_directory", {fd, 60000, 4}) == Errno::kNotdir);
  CHECK(program.call("fd_readdir", {fd, 0, 100, 0, 200}) == Errno::kNotdir);
  CHECK(program.call("fd_seek", {3, 0, 0, 100}) == Errno::kBadf);
  CHECK(program.call("fd_seek", {1, 0, 0, 100}) == Errno::kSpipe);
  CHECK(program.call("sock_recv", {fd, 0, 0, 0, 100, 200}) == Errno::kNotsock);
  CHECK(program.call("sock_accept", {0, 0, 100}) == Errno::kNotsock);
  program.iovec(0, 200, 3);
  CHECK(program.call("fd_write", {fd, 0, 1, 100}) == Errno::kBadf);
  CHECK(program.call("fd_write", {0, 0, 1, 100}) == Errno::kBadf);
  CHECK(program.call("fd_read", {1, 0, 1, 100}) == Errno::kBadf);
  CHECK(program.call("fd_read", {3, 0, 1, 100}) == Errno::kBadf);
  CHECK(program.call("fd_pread", {3, 0, 1, 0, 100}) == Errno::kBadf);
  CHECK(program.call("fd_prestat_get", {fd, 100}) == Errno::kBadf);
}

TEST_CASE("preview 1: paths, rights and numbers") {
  TestTree tree;
  Program program(with_tree(tree));
  std::uint32_t fd = 0;
  CHECK(program.open("../outside/secret", 0, 2, fd) == Errno::kPerm);
  CHECK(program.open("/etc/passwd", 0, 2, fd) == Errno::kPerm);
  CHECK(program.open(std::string_view("file\0x", 6), 0, 2, fd) == Errno::kInval);
  CHECK(program.open("\xff", 0, 2, fd) == Errno::kIlseq);
  CHECK(program.open("file", 16, 2, fd) == Errno::kInval);
  CHECK(program.open("dir", 0, p1::rights::kFdWrite, fd) == Errno::kIsdir);
  REQUIRE(program.open("file", 0, p1::rights::kFdRead, fd) == Errno::kSuccess);
  CHECK(fd == 4);  // the lowest free
  std::uint32_t second = 0;
  REQUIRE(program.open("dir/sub/leaf", 0, p1::rights::kFdRead, second) == Errno::kSuccess);
  CHECK(program.call("fd_renumber", {second, fd}) == Errno::kSuccess);
  CHECK(program.call("fd_close", {second}) == Errno::kBadf);
  program.iovec(0, 200, 10);
  CHECK(program.call("fd_read", {fd, 0, 1, 100}) == Errno::kSuccess);
  CHECK(program.get<std::uint32_t>(100) == 4);
  CHECK(program.call("fd_renumber", {fd, fd}) == Errno::kSuccess);

  // Appending, wherever pwrite is told to write.
  REQUIRE(program.open("file", 0, p1::rights::kFdRead | p1::rights::kFdWrite, second, p1::fdflags::kAppend) == Errno::kSuccess);
  program.iovec(0, 200, 2);
  program.text(200, "!?");
  CHECK(program.call("fd_pwrite", {second, 0, 1, 0, 100}) == Errno::kSuccess);
  CHECK(TestTree::read(tree.inside() / "file") == "inside!?");
  CHECK(program.call("fd_tell", {second, 100}) == Errno::kSuccess);
  CHECK(program.get<std::uint64_t>(100) == 0);
  CHECK(program.call("fd_close", {second}) == Errno::kSuccess);

  // A right that was given up does not come back, and is gone for what is opened beneath.
  CHECK(program.call("fd_fdstat_get", {3, 1000}) == Errno::kSuccess);
  const auto base = program.get<std::uint64_t>(1008), inheriting = program.get<std::uint64_t>(1016);
  CHECK((inheriting & p1::rights::kFdWrite) != 0);
  CHECK(program.call("fd_fdstat_set_rights", {3, base & ~p1::rights::kPathCreateDirectory, inheriting & ~p1::rights::kFdWrite}) ==
        Errno::kSuccess);
  program.text(60000, "new");
  CHECK(program.call("path_create_directory", {3, 60000, 3}) == Errno::kNotcapable);
  CHECK(program.call("fd_fdstat_set_rights", {3, base, inheriting}) == Errno::kNotcapable);
  REQUIRE(program.open("file", 0, p1::rights::kFdRead | p1::rights::kFdWrite, second) == Errno::kSuccess);
  program.iovec(0, 200, 3);
  CHECK(program.call("fd_write", {second, 0, 1, 100}) == Errno::kNotcapable);
  CHECK(tree.outside_unchanged());
}

TEST_CASE("preview 1: a directory in small pieces") {
  TestTree tree;
  for (int i = 0; i < 100; ++i) TestTree::write(tree.inside() / "dir" / ("name" + std::to_string(i)), "");
  Program program(with_tree(tree));
  std::uint32_t fd = 0;
  REQUIRE(program.open("dir", p1::oflags::kDirectory, p1::rights::kFdReaddir, fd) == Errno::kSuccess);
  for (const std::uint32_t size : {60u, 64u, 1000u, 40000u}) {
    std::map<std::string, int> seen;
    std::uint64_t cookie = 0;
    for (bool more = true; more;) {
      REQUIRE(program.call("fd_readdir", {fd, 2000, size, cookie, 100}) == Errno::kSuccess);
      const auto used = program.get<std::uint32_t>(100);
      more = used == size;
      for (std::uint32_t at = 0; at + 24 <= used;) {
        const auto length = program.get<std::uint32_t>(2000 + at + 16);
        if (at + 24 + length > used) break;
        const std::uint8_t* name = program.memory().data() + 2000 + at + 24;
        ++seen[std::string(name, name + length)];
        cookie = program.get<std::uint64_t>(2000 + at);
        at += 24 + length;
      }
    }
    CHECK(seen.size() == 103);  // with `sub`, `.` and `..`
    for (const auto& [name, times] : seen) CHECK(times == 1);
  }
  CHECK(program.call("fd_readdir", {fd, 2000, 0, 0, 100}) == Errno::kSuccess);
  for (const std::uint64_t none : {1000ull, 0x7fffffffffffffffull}) {  // no cookies of ours
    CHECK(program.call("fd_readdir", {fd, 2000, 100, none, 100}) == Errno::kSuccess);
    CHECK(program.get<std::uint32_t>(100) == 0);
  }
  const Errno wild = program.call("fd_readdir", {fd, 2000, 100, ~0ull, 100});  // the kernel's, perhaps
  CHECK((wild == Errno::kSuccess || wild == Errno::kInval));
}

TEST_CASE("preview 1: cookies of a directory with thousands of entries") {
  TestTree tree;
  for (int i = 0; i < 5000; ++i) TestTree::write(tree.inside() / "dir" / ("name" + std::to_string(i)), "");
  Program program(with_tree(tree));
  std::uint32_t fd = 0;
  REQUIRE(program.open("dir", p1::oflags::kDirectory, p1::rights::kFdReaddir, fd) == Errno::kSuccess);
  std::vector<std::pair<std::uint64_t, std::string>> first;  // by the cookie before
  for (int pass = 0; pass < 2; ++pass) {
    std::uint64_t cookie = 0;
    std::size_t count = 0;
    for (bool more = true; more;) {
      REQUIRE(program.call("fd_readdir", {fd, 2000, 40000, cookie, 100}) == Errno::kSuccess);
      const auto used = program.get<std::uint32_t>(100);
      more = used == 40000;
      for (std::uint32_t at = 0; at + 24 <= used;) {
        const auto length = program.get<std::uint32_t>(2000 + at + 16);
        if (at + 24 + length > used) break;
        const std::uint8_t* name = program.memory().data() + 2000 + at + 24;
        if (pass == 0) first.emplace_back(cookie, std::string(name, name + length));
        else REQUIRE(first[count] == std::pair(cookie, std::string(name, name + length)));
        ++count;
        cookie = program.get<std::uint64_t>(2000 + at);
        at += 24 + length;
      }
    }
    CHECK(count == 5003);
  }
  CHECK(first[4000].first == 4000);
  CHECK(first[4096 + 1].first > 1ull << 63);
}

TEST_CASE("preview 0") {
  TestTree tree;
  Program program(with_tree(tree), {.opt_level = api::OptLevel::kNone}, "wasi_unstable");
  std::uint32_t fd = 0;
  REQUIRE(program.open("file", 0, p1::rights::kFdRead, fd) == Errno::kSuccess);
  CHECK(program.call("fd_seek", {fd, static_cast<std::uint64_t>(-2), 1, 100}) == Errno::kSuccess);  // from the end
  CHECK(program.get<std::uint64_t>(100) == 4);
  program.put<std::uint64_t>(1056, 0x1122);
  CHECK(program.call("fd_filestat_get", {fd, 1000}) == Errno::kSuccess);
  CHECK(program.get<std::uint32_t>(1020) == 1);   // links
  CHECK(program.get<std::uint64_t>(1024) == 6);   // size
  CHECK(program.get<std::uint64_t>(1056) == 0x1122);
}

TEST_CASE("preview 1: files that cannot be opened, and too many") {
  auto made = Preview1::make({.preopens = {{"/no/such/folder", "/", false}}});
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error() == "cannot open the directory `/no/such/folder`: No such file or directory");
  TestTree tree;
  WasiOptions options = with_tree(tree);
  options.limits.max_open_files = 10;
  Program program(options);
  std::uint32_t fd = 0;
  for (int i = 0; i < 9; ++i) CHECK(program.open("file", 0, 2, fd) == Errno::kSuccess);
  CHECK(program.open("file", 0, 2, fd) == Errno::kMfile);
}

TEST_CASE("preview 1: calls at random") {
  TestTree tree;
  Program program(with_tree(tree));
  std::random_device device;
  const std::uint64_t seed = device();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 50'000; ++i) {
    for (int j = 0; j < 8; ++j) {  // words that mean something, here and there
      const std::uint32_t at = static_cast<std::uint32_t>(random() % 2000);
      program.put<std::uint32_t>(at, static_cast<std::uint32_t>(random() >> (random() % 64)));
    }
    program.text(1000 + static_cast<std::uint32_t>(random() % 8), random() % 2 != 0 ? "dir/../../" : "file");
    const Signature& one = kFunctions[random() % std::size(kFunctions)];
    if (std::string_view(one.name) == "poll_oneoff" || std::string_view(one.name) == "proc_raise") continue;  // may not return
    std::vector<std::uint64_t> args;
    for (std::size_t p = 0; p < std::string_view(one.params).size(); ++p) {
      switch (random() % 4) {
        case 0: args.push_back(random() % 8); break;
        case 1: args.push_back(1000 + random() % 16); break;
        case 2: args.push_back(random() >> (random() % 64)); break;
        default: args.push_back(kEnd - random() % 32); break;
      }
    }
    if (args.size() > 1 && std::string_view(one.name) == "fd_close" && args[0] == 3) continue;
    if (std::string_view(one.name) == "fd_allocate") args[2] %= 1 << 20;
    if (std::string_view(one.name) == "fd_filestat_set_size") args[1] %= 1 << 20;
    auto result = program.try_call(one.name, args);
    REQUIRE(result.has_value());
    REQUIRE(static_cast<int>(*result) <= static_cast<int>(Errno::kNotcapable));
  }
  CHECK(tree.outside_unchanged());
}

}  // namespace witc::wasi
