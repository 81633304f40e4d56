// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Everything a guest may try to get outside: each by openat2 and by hand.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "wasi-preview/filesystem/test_tree.h"

namespace witc::wasi::fs {
namespace {

constexpr Resolution kBoth[] = {Resolution::kKernel, Resolution::kByHand};

/// Every function with a path, on that path; each must fail with one of the errors.
void all_fail(Descriptor& dir, std::string_view path, std::initializer_list<int> errors) {
  CAPTURE(path);
  auto fails = [&](const char* what, int error) {
    CAPTURE(what);
    CAPTURE(std::strerror(error));
    CHECK(std::find(errors.begin(), errors.end(), error) != errors.end());
  };
  for (const bool follow : {true, false}) {
    fails("open", error_of(dir.open_at(path, {.follow = follow, .flags = {.read = true}})));
    fails("open to write", error_of(dir.open_at(path, {.follow = follow, .flags = {.write = true}})));
    fails("create", error_of(dir.open_at(path, {.follow = follow, .create = true, .flags = {.write = true}})));
    fails("truncate", error_of(dir.open_at(path, {.follow = follow, .truncate = true, .flags = {.write = true}})));
    fails("stat", error_of(dir.stat_at(path, follow)));
    fails("hash", error_of(dir.metadata_hash_at(path, follow)));
    fails("set times", error_of(dir.set_times_at(path, follow, {NewTime::kNow, {}}, {NewTime::kNow, {}})));
  }
  fails("exclusive", error_of(dir.open_at(path, {.create = true, .exclusive = true, .flags = {.write = true}})));
  fails("directory", error_of(dir.open_at(path, {.follow = true, .directory = true})));
  fails("mkdir", error_of(dir.create_directory_at(path)));
  fails("readlink", error_of(dir.readlink_at(path)));
  fails("symlink", error_of(dir.symlink_at("file", path)));
  fails("link from", error_of(dir.link_at(path, dir, "new")));
  fails("link to", error_of(dir.link_at("file", dir, path)));
  fails("rename from", error_of(dir.rename_at(path, dir, "new")));
  fails("rename to", error_of(dir.rename_at("file", dir, path)));
  fails("unlink", error_of(dir.unlink_file_at(path)));
  fails("rmdir", error_of(dir.remove_directory_at(path)));
}

struct Grant {
  explicit Grant(const TestTree& tree, Resolution resolution, bool read_only = false)
      : sandbox(Sandbox::make({.resolution = resolution})), dir(*sandbox->preopen(tree.inside(), read_only)) {}
  std::shared_ptr<Sandbox> sandbox;
  DescriptorPtr dir;
};

}  // namespace

TEST_CASE("absolute paths") {
  for (Resolution resolution : kBoth) {
    TestTree tree;
    Grant grant(tree, resolution);
    for (const std::string& path : {std::string("/"), std::string("//"), std::string("/etc/passwd"), std::string("/new"),
                                    (tree.inside() / "file").string(), (tree.outside() / "secret").string()}) {
      all_fail(*grant.dir, path, {EPERM});
    }
    CHECK(tree.outside_unchanged());
  }
}

TEST_CASE("dot dot") {
  for (Resolution resolution : kBoth) {
    TestTree tree;
    Grant grant(tree, resolution);
    for (const char* path : {"..", "../", "../outside/secret", "../outside/new", "dir/../..", "dir/../../outside/secret",
                             "dir/sub/../../../outside/secret", "./.././outside/secret", "../inside/file", "dir/../../inside"}) {
      all_fail(*grant.dir, path, {EPERM});
    }
    CHECK(grant.dir->stat_at("dir/sub/../../file", true).has_value());
    CHECK(grant.dir->stat_at("dir/..", true).has_value());
    // Beneath is beneath the descriptor, not the preopen.
    DescriptorPtr sub = *grant.dir->open_at("dir/sub", {.directory = true});
    all_fail(*sub, "../../file", {EPERM});
    CHECK(tree.outside_unchanged());
  }
}

TEST_CASE("links to outside that were there before") {
  for (Resolution resolution : kBoth) {
    TestTree tree;
    std::filesystem::create_symlink("../outside", tree.inside() / "up");
    std::filesystem::create_symlink(tree.outside(), tree.inside() / "absolute");
    std::filesystem::create_symlink("dir/../../outside", tree.inside() / "crooked");
    std::filesystem::create_symlink("up", tree.inside() / "twice");
    std::filesystem::create_symlink("../outside/secret", tree.inside() / "file-link");
    std::filesystem::create_symlink("../outside/new", tree.inside() / "dangling");
    Grant grant(tree, resolution);
    for (const char* through : {"up/secret", "absolute/secret", "crooked/secret", "twice/secret", "up/new", "up/dir/other",
                                "absolute/dir/", "up/..", "up/../inside/file"}) {
      all_fail(*grant.dir, through, {EPERM});
    }
    for (const char* last : {"up", "absolute", "crooked", "twice", "file-link", "dangling"}) {
      CAPTURE(last);
      CHECK(error_of(grant.dir->open_at(last, {.follow = true, .flags = {.read = true}})) == EPERM);
      CHECK(error_of(grant.dir->open_at(last, {.follow = true, .create = true, .flags = {.write = true}})) == EPERM);
      CHECK(error_of(grant.dir->open_at(last, {.follow = false, .flags = {.read = true}})) == ELOOP);
      CHECK(error_of(grant.dir->stat_at(last, true)) == EPERM);
      CHECK(grant.dir->stat_at(last, false)->type == FileType::kSymbolicLink);
      CHECK(error_of(grant.dir->set_times_at(last, true, {NewTime::kNow, {}}, {NewTime::kNow, {}})) == EPERM);
      CHECK(error_of(grant.dir->create_directory_at(last)) == EEXIST);
      CHECK(error_of(grant.dir->remove_directory_at(last)) == ENOTDIR);
      CHECK(error_of(grant.dir->link_at(last, *grant.dir, "hard")) == 0);  // of the link itself
      CHECK(grant.dir->stat_at("hard", false)->type == FileType::kSymbolicLink);
      CHECK(error_of(grant.dir->unlink_file_at("hard")) == 0);
    }
    // A slash at the end follows, in Linux; it must not here either.
    for (const char* last : {"up/", "absolute/"}) {
      CAPTURE(last);
      CHECK(error_of(grant.dir->open_at(last, {.follow = false})) == EPERM);
      CHECK(error_of(grant.dir->stat_at(last, false)) == EPERM);
      CHECK(error_of(grant.dir->readlink_at(last)) == EPERM);
      CHECK(error_of(grant.dir->link_at(last, *grant.dir, "hard")) == ENOTDIR);
      CHECK(error_of(grant.dir->remove_directory_at(last)) == ENOTDIR);
      CHECK(error_of(grant.dir->unlink_file_at(last)) == ENOTDIR);
      CHECK(error_of(grant.dir->rename_at(last, *grant.dir, "moved")) == ENOTDIR);
    }
    CHECK(error_of(grant.dir->readlink_at("absolute")) == EPERM);
    CHECK(*grant.dir->readlink_at("up") == "../outside");
    CHECK(error_of(grant.dir->rename_at("file", *grant.dir, "up")) == 0);  // in the link's place
    CHECK(tree.outside_unchanged());
  }
}

TEST_CASE("links that the guest makes") {
  for (Resolution resolution : kBoth) {
    TestTree tree;
    Grant grant(tree, resolution);
    CHECK(error_of(grant.dir->symlink_at("/etc/passwd", "absolute")) == EPERM);
    CHECK(error_of(grant.dir->symlink_at(tree.inside().string(), "absolute")) == EPERM);
    CHECK(error_of(grant.dir->symlink_at("", "empty")) == ENOENT);
    CHECK(error_of(grant.dir->symlink_at(std::string_view("a\0b", 3), "nul")) == EINVAL);
    CHECK(error_of(grant.dir->symlink_at("../outside", "up")) == 0);
    all_fail(*grant.dir, "up/secret", {EPERM});
    // One that is good where it is made, and leads outside once it is moved or linked further up.
    CHECK(error_of(grant.dir->symlink_at("../../file", "dir/sub/good")) == 0);
    CHECK(grant.dir->stat_at("dir/sub/good", true)->size == 6);
    CHECK(error_of(grant.dir->link_at("dir/sub/good", *grant.dir, "bad")) == 0);
    CHECK(error_of(grant.dir->stat_at("bad", true)) == EPERM);
    CHECK(error_of(grant.dir->rename_at("dir/sub/good", *grant.dir, "worse")) == 0);
    CHECK(error_of(grant.dir->open_at("worse", {.follow = true, .create = true, .flags = {.write = true}})) == EPERM);
    // Loops, and the longest chain.
    CHECK(error_of(grant.dir->symlink_at("loop", "loop")) == 0);
    CHECK(error_of(grant.dir->stat_at("loop", true)) == ELOOP);
    CHECK(error_of(grant.dir->stat_at("loop/x", true)) == ELOOP);
    CHECK(error_of(grant.dir->symlink_at("file", "l0")) == 0);
    for (int i = 1; i <= 40; ++i) {
      CHECK(error_of(grant.dir->symlink_at("l" + std::to_string(i - 1), "l" + std::to_string(i))) == 0);
    }
    CHECK(error_of(grant.dir->stat_at("l39", true)) == 0);
    CHECK(error_of(grant.dir->stat_at("l40", true)) == ELOOP);
    CHECK(tree.outside_unchanged());
  }
}

TEST_CASE("links that are swapped while operations run") {
  for (Resolution resolution : kBoth) {
    TestTree tree;
    std::filesystem::create_directory(tree.inside() / "real");
    TestTree::write(tree.inside() / "real" / "secret", "mine");
    std::filesystem::create_symlink("../outside", tree.inside() / "fake");
    Grant grant(tree, resolution);
    std::atomic<bool> stop = false;
    std::atomic<int> swaps = 0;
    std::atomic<bool> ready = false;
    std::thread swapper([&] {
      const UniqueFd inside(::open(tree.inside().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      const UniqueFd real(::open((tree.inside() / "real").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      ready = true;
      while (!stop) {  // `real` and `fake` change places in one step; then both are moved about
        ::renameat2(inside.get(), "real", inside.get(), "fake", RENAME_EXCHANGE);
        ::renameat(inside.get(), "dir", real.get(), "dir");
        ::renameat(real.get(), "dir", inside.get(), "dir");
        ++swaps;
      }
    });
    while (!ready) std::this_thread::yield();
    std::map<int, int> errors;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
    int rounds = 0;
    while (std::chrono::steady_clock::now() < end || (swaps < 2000 && rounds < 200000)) {
      ++rounds;
      auto file = grant.dir->open_at("real/secret", {.follow = true, .flags = {.read = true}});
      ++errors[error_of(file)];
      if (file) {
        std::uint8_t bytes[16] = {};
        const std::size_t size = (*file)->pread(std::span<std::uint8_t>(bytes), 0).value_or(0);
        REQUIRE(std::string(bytes, bytes + size) == "mine");
      }
      auto stat = grant.dir->stat_at("real/secret", true);
      if (stat) REQUIRE(stat->size == 4);
      // What would be seen outside at once.
      (void)grant.dir->create_directory_at("real/made");
      (void)grant.dir->open_at("real/new", {.follow = true, .create = true, .flags = {.write = true}});
      (void)grant.dir->open_at("dir/../real/secret", {.follow = true, .truncate = false, .flags = {.write = true}});
      (void)grant.dir->rename_at("real/new", *grant.dir, "real/newer");
      (void)grant.dir->link_at("file", *grant.dir, "real/linked");
      (void)grant.dir->unlink_file_at("real/linked");
      (void)grant.dir->unlink_file_at("real/newer");
      (void)grant.dir->unlink_file_at("real/dir/other");
      (void)grant.dir->remove_directory_at("real/made");
      (void)grant.dir->set_times_at("real/dir", true, {NewTime::kSet, {1, 0}}, {NewTime::kSet, {1, 0}});
    }
    stop = true;
    swapper.join();
    CHECK(swaps >= 2000);
    CHECK(errors[0] > 0);
    CHECK(errors[EPERM] > 0);
    CHECK(tree.outside_unchanged());
  }
}

TEST_CASE("hard links") {
  for (Resolution resolution : kBoth) {
    TestTree tree;
    Grant grant(tree, resolution);
    CHECK(error_of(grant.dir->link_at("../outside/secret", *grant.dir, "mine")) == EPERM);
    CHECK(error_of(grant.dir->link_at((tree.outside() / "secret").string(), *grant.dir, "mine")) == EPERM);
    CHECK(error_of(grant.dir->link_at("file", *grant.dir, "../outside/theirs")) == EPERM);
    CHECK(error_of(grant.dir->link_at("dir", *grant.dir, "dir2")) == EPERM);
    CHECK(error_of(grant.dir->link_at("file", *grant.dir, "dir/again")) == 0);
    CHECK(error_of(grant.dir->link_at("file", *grant.dir, "dir/again")) == EEXIST);
    CHECK(grant.dir->stat_at("file", false)->link_count == 2);
    // Into and out of a directory that is read-only.
    auto read_only = *grant.sandbox->preopen(tree.inside() / "dir", true);
    CHECK(error_of(grant.dir->link_at("file", *read_only, "x")) == EROFS);
    CHECK(error_of(read_only->link_at("again", *grant.dir, "x")) == EROFS);
    CHECK(error_of(read_only->rename_at("again", *grant.dir, "x")) == EROFS);
    CHECK(error_of(grant.dir->rename_at("file", *read_only, "x")) == EROFS);
    CHECK(tree.outside_unchanged());
  }
}

TEST_CASE("magic links of /proc") {
  for (Resolution resolution : kBoth) {
    auto sandbox = Sandbox::make({.resolution = resolution});
    auto proc = sandbox->preopen("/proc/self", false);
    if (!proc) return;  // a system without /proc
    for (const char* path : {"root", "cwd", "exe", "fd/0", "root/etc/passwd", "cwd/.", "root/", "task/../root/tmp"}) {
      CAPTURE(path);
      const int read = error_of((*proc)->open_at(path, {.follow = true, .flags = {.read = true}}));
      CHECK((read == EPERM || read == ELOOP || read == ENOENT));
      const int stat = error_of((*proc)->stat_at(path, true));
      CHECK((stat == EPERM || stat == ELOOP || stat == ENOENT));
    }
    CHECK((*proc)->open_at("status", {.follow = true, .flags = {.read = true}}).has_value());
  }
}

TEST_CASE("names: NUL, empty, long") {
  for (Resolution resolution : kBoth) {
    TestTree tree;
    Grant grant(tree, resolution);
    all_fail(*grant.dir, "", {ENOENT});
    all_fail(*grant.dir, std::string_view("file\0", 5), {EINVAL});
    all_fail(*grant.dir, std::string_view("\0", 1), {EINVAL});
    all_fail(*grant.dir, std::string_view("dir\0/../../outside/secret", 25), {EINVAL});
    const std::string longest(255, 'n');
    CHECK(error_of(grant.dir->open_at(longest, {.create = true, .flags = {.write = true}})) == 0);
    CHECK(grant.dir->stat_at(longest, false).has_value());
    CHECK(grant.dir->read_directory(0)->size() == 5);  // with `.` and `..`
    CHECK(error_of(grant.dir->unlink_file_at(longest)) == 0);
    all_fail(*grant.dir, std::string(256, 'n'), {ENAMETOOLONG});
    all_fail(*grant.dir, std::string(256, 'n') + "/x", {ENAMETOOLONG});
    std::string long_path;
    while (long_path.size() < 4096) long_path += "./";
    all_fail(*grant.dir, long_path + "file", {ENAMETOOLONG});
    CHECK(error_of(grant.dir->stat_at(long_path.substr(0, 4000) + "file", true)) == 0);
    // Bytes that are no UTF-8 are a name as any other.
    CHECK(error_of(grant.dir->create_directory_at("\xff\xfe")) == 0);
    CHECK(error_of(grant.dir->remove_directory_at("\xff\xfe")) == 0);
    CHECK(tree.outside_unchanged());
  }
}

TEST_CASE("deep trees need no more file descriptors") {
  constexpr int kDepth = 1000;
  for (Resolution resolution : kBoth) {
    TestTree tree;
    Grant grant(tree, resolution);
    std::string down;
    DescriptorPtr at = grant.dir;
    for (int i = 0; i < kDepth; ++i) {
      REQUIRE(error_of(at->create_directory_at("d")) == 0);
      at = *at->open_at("d", {.directory = true});
      down += "d/";
    }
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const UniqueFd highest(::open("/", O_PATH | O_CLOEXEC));
    rlimit few = before;
    few.rlim_cur = static_cast<rlim_t>(highest.get()) + 100;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    std::string back;
    for (int i = 0; i < 600; ++i) back += "../";
    CHECK(error_of(grant.dir->stat_at(down, true)) == 0);
    CHECK(error_of(grant.dir->stat_at(down + back + "d", true)) == 0);
    CHECK(error_of(grant.dir->stat_at(down + back + back, true)) == (down.size() + 2 * back.size() < 4096 ? EPERM : ENAMETOOLONG));
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(tree.outside_unchanged());
  }
}

TEST_CASE("special files do not block") {
  for (Resolution resolution : kBoth) {
    TestTree tree;
    REQUIRE(::mkfifo((tree.inside() / "fifo").c_str(), 0600) == 0);
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const std::string path = tree.inside() / "socket";
    REQUIRE(path.size() < sizeof name.sun_path);
    std::memcpy(name.sun_path, path.c_str(), path.size());
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
    Grant grant(tree, resolution);
    auto fifo = grant.dir->open_at("fifo", {.follow = true, .flags = {.read = true}});
    REQUIRE(fifo.has_value());
    CHECK((*fifo)->type() == FileType::kFifo);
    std::uint8_t byte = 0;
    const iovec buffer{&byte, 1};
    CHECK((*fifo)->read({&buffer, 1}).value_or(99) == 0);  // nobody writes
    auto writer = grant.dir->open_at("fifo", {.follow = true, .flags = {.write = true}});
    REQUIRE(writer.has_value());
    CHECK(error_of((*fifo)->read({&buffer, 1})) == EAGAIN);
    fifo->reset();
    writer->reset();
    CHECK(error_of(grant.dir->open_at("fifo", {.follow = true, .flags = {.write = true}})) == ENXIO);
    CHECK(error_of(grant.dir->open_at("socket", {.follow = true, .flags = {.read = true}})) == ENXIO);
    CHECK(error_of(grant.dir->open_at("fifo", {.directory = true})) == ENOTDIR);
    auto devices = grant.sandbox->preopen("/dev", true);
    if (devices) {
      auto zero = (*devices)->open_at("zero", {.follow = true, .flags = {.read = true}});
      if (zero) CHECK((*zero)->type() == FileType::kCharacterDevice);
      auto tty = (*devices)->open_at("tty", {.follow = true, .flags = {.read = true}});  // at once, whatever it gives
    }
    CHECK(tree.outside_unchanged());
  }
}

TEST_CASE("what is granted read-only stays so") {
  for (Resolution resolution : kBoth) {
    TestTree tree;
    Grant grant(tree, resolution, true);
    DescriptorPtr sub = *grant.dir->open_at("dir", {.directory = true});
    CHECK_FALSE(sub->flags().mutate_directory);
    for (Descriptor* dir : {grant.dir.get(), sub.get()}) {
      CHECK(error_of(dir->open_at("x", {.create = true})) == EROFS);
      CHECK(error_of(dir->open_at("sub", {.flags = {.write = true}})) == EROFS);
      CHECK(error_of(dir->open_at("sub", {.truncate = true})) == EROFS);
      CHECK(error_of(dir->create_directory_at("x")) == EROFS);
      CHECK(error_of(dir->symlink_at("x", "y")) == EROFS);
      CHECK(error_of(dir->link_at("file", *dir, "y")) == EROFS);
      CHECK(error_of(dir->rename_at("file", *dir, "y")) == EROFS);
      CHECK(error_of(dir->unlink_file_at("file")) == EROFS);
      CHECK(error_of(dir->remove_directory_at("sub")) == EROFS);
      CHECK(error_of(dir->set_times_at("sub", true, {NewTime::kNow, {}}, {})) == EROFS);
      CHECK(error_of(dir->set_times({NewTime::kNow, {}}, {})) == EROFS);
    }
    DescriptorPtr leaf = *sub->open_at("sub/leaf", {.flags = {.read = true}});
    CHECK(error_of(leaf->set_size(0)) == EROFS);
    CHECK(error_of(leaf->allocate(0, 100)) == EROFS);
    CHECK(error_of(leaf->set_times({}, {NewTime::kNow, {}})) == EROFS);
    CHECK(error_of(leaf->pwrite(std::span<const std::uint8_t>(reinterpret_cast<const std::uint8_t*>("x"), 1), 0)) == EBADF);
    CHECK(error_of(leaf->append(std::span<const std::uint8_t>(reinterpret_cast<const std::uint8_t*>("x"), 1))) == EBADF);
    CHECK(TestTree::read(tree.inside() / "dir" / "sub" / "leaf") == "leaf");
  }
}

TEST_CASE("no more descriptors than are allowed") {
  TestTree tree;
  auto sandbox = Sandbox::make({.max_open_files = 3});
  DescriptorPtr dir = *sandbox->preopen(tree.inside(), false);
  DescriptorPtr one = *dir->open_at("file", {});
  DescriptorPtr two = *dir->open_at("dir", {});
  CHECK(error_of(dir->open_at("file", {})) == EMFILE);
  CHECK(error_of(sandbox->preopen(tree.inside(), false)) == EMFILE);
  CHECK(error_of(dir->open_at("none", {})) == EMFILE);
  one.reset();
  CHECK(error_of(dir->open_at("none", {})) == ENOENT);  // and gives its slot back
  CHECK(error_of(dir->open_at("file", {})) == 0);
  CHECK(sandbox->open_files() == 2);
}

}  // namespace witc::wasi::fs
