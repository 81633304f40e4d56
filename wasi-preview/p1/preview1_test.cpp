// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Preview 1 called with whatever a hostile module may give: a module exports all that it imports, and the tests call that
// with arguments and memory of their own.
#include "wasi-preview/preview1.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <random>

#include "wasi-preview/filesystem/test_tree.h"
#include "wasi-preview/p1/types.h"

namespace witc::wasi {
namespace {

using fs::TestTree;
using p1::Errno;

struct Signature {
  const char* name;
  const char* params;  // i: i32, I: i64
};
constexpr Signature kFunctions[] = {
    {"args_get", "ii"}, {"args_sizes_get", "ii"}, {"environ_get", "ii"}, {"environ_sizes_get", "ii"}, {"clock_res_get", "ii"},
    {"clock_time_get", "iIi"}, {"fd_advise", "iIIi"}, {"fd_allocate", "iII"}, {"fd_close", "i"}, {"fd_datasync", "i"},
    {"fd_fdstat_get", "ii"}, {"fd_fdstat_set_flags", "ii"}, {"fd_fdstat_set_rights", "iII"}, {"fd_filestat_get", "ii"},
    {"fd_filestat_set_size", "iI"}, {"fd_filestat_set_times", "iIIi"}, {"fd_pread", "iiiIi"}, {"fd_prestat_get", "ii"},
    {"fd_prestat_dir_name", "iii"}, {"fd_pwrite", "iiiIi"}, {"fd_read", "iiii"}, {"fd_readdir", "iiiIi"}, {"fd_renumber", "ii"},
    {"fd_seek", "iIii"}, {"fd_sync", "i"}, {"fd_tell", "ii"}, {"fd_write", "iiii"}, {"path_create_directory", "iii"},
    {"path_filestat_get", "iiiii"}, {"path_filestat_set_times", "iiiiIIi"}, {"path_link", "iiiiiii"},
    {"path_open", "iiiiiIIii"}, {"path_readlink", "iiiiii"}, {"path_remove_directory", "iii"}, {"path_rename", "iiiiii"},
    {"path_symlink", "iiiii"}, {"path_unlink_file", "iii"}, {"poll_oneoff", "iiii"}, {"proc_raise", "i"}, {"sched_yield", ""},
    {"random_get", "ii"}, {"sock_accept", "iii"}, {"sock_recv", "iiiiii"}, {"sock_send", "iiiii"}, {"sock_shutdown", "ii"},
};

std::string module_text(const char* from, bool with_memory) {
  std::string imports, exports;
  for (const Signature& one : kFunctions) {
    if (std::string_view(from) == "wasi_unstable" && std::string_view(one.name) == "sock_accept") continue;
    imports += std::string("(import \"") + from + "\" \"" + one.name + "\" (func $" + one.name + " (param";
    for (char param : std::string_view(one.params)) imports += param == 'i' ? " i32" : " i64";
    imports += ") (result i32)))\n";
    exports += std::string("(export \"") + one.name + "\" (func $" + one.name + "))\n";
  }
  return "(module " + imports + (with_memory ? "(memory (export \"memory\") 2 2)" : "(memory 2 2)") + exports + ")";
}

constexpr std::uint32_t kEnd = 2 << 16;  // of the memory

/// A program that does as it is told.
class Program {
 public:
  explicit Program(WasiOptions options, api::EngineOptions engine = {.opt_level = api::OptLevel::kNone},
                   const char* from = "wasi_snapshot_preview1", bool with_memory = true)
      : engine_(engine), store_(engine_) {
    auto made = Preview1::make(options);
    REQUIRE(made.has_value());
    api::Linker linker;
    made->add_to(linker);
    auto module = api::Module::load(engine_, std::string_view(module_text(from, with_memory)));
    REQUIRE_MESSAGE(module.has_value(), module.error().message);
    auto instance = linker.instantiate(store_, *module);
    REQUIRE_MESSAGE(instance.has_value(), instance.error().message);
    instance_ = *instance;
  }

  /// The result, or the trap.
  std::expected<Errno, api::Trap> try_call(std::string_view name, std::initializer_list<std::uint64_t> args) {
    return try_call(name, std::vector<std::uint64_t>(args));
  }
  std::expected<Errno, api::Trap> try_call(std::string_view name, const std::vector<std::uint64_t>& args) {
    auto func = instance_.func(name);
    REQUIRE(func.has_value());
    const api::FuncType type = func->type();
    REQUIRE(type.params.size() == args.size());
    std::vector<api::Val> values;
    for (std::size_t i = 0; i < args.size(); ++i) {
      const std::uint64_t mask = type.params[i] == api::ValType::i32() ? 0xffffffff : ~0ull;
      values.emplace_back(type.params[i], args[i] & mask);
    }
    auto results = func->call(values);
    if (!results) {
      REQUIRE(results.error().trap.has_value());
      return std::unexpected(*results.error().trap);
    }
    return static_cast<Errno>(results->at(0).i32());
  }
  Errno call(std::string_view name, std::initializer_list<std::uint64_t> args) {
    CAPTURE(std::string(name));
    auto result = try_call(name, args);
    REQUIRE(result.has_value());
    return *result;
  }

  std::span<std::uint8_t> memory() { return instance_.memory("memory")->bytes(); }
  template <class T>
  T get(std::uint32_t address) {
    T value;
    std::memcpy(&value, memory().data() + address, sizeof value);
    return value;
  }
  template <class T>
  void put(std::uint32_t address, T value) {
    std::memcpy(memory().data() + address, &value, sizeof value);
  }
  std::uint32_t text(std::uint32_t address, std::string_view text) {
    std::memcpy(memory().data() + address, text.data(), text.size());
    return static_cast<std::uint32_t>(text.size());
  }
  /// One iovec at `address`.
  void iovec(std::uint32_t address, std::uint32_t buffer, std::uint32_t size) {
    put(address, buffer);
    put(address + 4, size);
  }
  /// path_open in the preopen 3; the number, or nothing.
  Errno open(std::string_view path, std::uint32_t oflags, std::uint64_t rights, std::uint32_t& fd, std::uint32_t fdflags = 0) {
    const std::uint32_t size = text(60000, path);
    const Errno error = call("path_open", {3, 1, 60000, size, oflags, rights, p1::rights::kAll, fdflags, 50000});
    fd = get<std::uint32_t>(50000);
    return error;
  }

 private:
  api::Engine engine_;
  api::Store store_;
  api::Instance instance_;
};

WasiOptions with_tree(const TestTree& tree, bool read_only = false) {
  return {.args = {"app", "one"}, .env = {{"A", "1"}}, .preopens = {{tree.inside(), "/", read_only}}};
}

}  // namespace

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
