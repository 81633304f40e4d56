// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cache gives what was put in or nothing, whatever happens to its files.
#include "engine/cache/code_cache.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "engine/runtime/store.h"
#include "engine/testing.h"

using namespace witc;
using namespace witc::engine;
using namespace witc::engine::testing;
namespace fs = std::filesystem;

namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = fs::temp_directory_path() / "witc-cache-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  [[nodiscard]] std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& item : fs::directory_iterator(path)) found.push_back(item.path());
    return found;
  }
  std::string path;
};

std::vector<char> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void write(const fs::path& path, const std::vector<char>& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

constexpr std::uint64_t kMuch = 1 << 30;
Digest key(std::uint8_t byte) {
  Digest digest{};
  digest[0] = byte;
  return digest;
}
CodeBlob blob(std::uint8_t byte, std::size_t size = 100) {
  CodeBlob made;
  made.code.assign(size, byte);
  made.entries = {{byte, 0, 10, 0, 1}};
  made.fixups = {{20, kMemcpy}};
  made.rows = {{0, 0}};
  made.places = {{{InstanceId(0), wasm::FuncIndex(byte)}, 1, 0}};
  return made;
}

/// Sums in two instances; `often` is worth compiling well.
struct Sums {
  explicit Sums(const std::string& folder) {
    world.options.compile_mode = CompileMode::kLazy;
    world.options.opt_level = OptLevel::kNone;
    world.options.code_cache = folder;
    const InstanceId callee = world.add_text("(module (func (export \"f\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))");
    id = world.add_text(
        "(module (import \"a\" \"f\" (func $f (param i32) (result i32)))"
        "(func (export \"sum\") (param i32) (result i32) (local i32) (loop (local.set 1 (i32.add (local.get 1) (call $f (local.get 0))))"
        "  (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1)))", {InstanceItem{callee, 0}});
  }
  LazyCode::Stats run() {
    const CompiledProgram code = world.compile();
    Instance instance = world.instantiate(code);
    CHECK(call(instance, id, "sum", {1000}) == std::vector<std::uint64_t>{1'501'500});
    return code.impl()->image.lazy->stats();
  }
  World world;
  InstanceId id;
};

}  // namespace

TEST_CASE("what was put in comes out, in another process too") {
  TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    { CodeCache(folder.path, key(1), 100, kMuch).add(7, blob(7)); }
    _exit(0);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  CodeCache cache(folder.path, key(1), 100, kMuch);
  const auto found = cache.find(7);
  REQUIRE(found);
  CHECK(std::ranges::equal(found->code, blob(7).code));
  CHECK(found->entries[0].number == 7);
  CHECK(!cache.find(8));
  CHECK(!CodeCache(folder.path, key(2), 100, kMuch).find(7));
  CHECK(!CodeCache(folder.path, key(1), 7, kMuch).find(7));  // a program with fewer functions
}

TEST_CASE("better code takes the place of what there was") {
  TemporaryFolder folder;
  constexpr std::uint32_t kBetter = 7 | BlobStore::kBetter;
  { CodeCache(folder.path, key(1), 100, kMuch).add(7, blob(7)); }
  { CodeCache(folder.path, key(1), 100, kMuch).add(kBetter, blob(7, 50)); }
  CodeCache cache(folder.path, key(1), 100, kMuch);
  CHECK(!cache.find(7));
  REQUIRE(cache.find(kBetter));
  CHECK(std::ranges::equal(cache.find(kBetter)->code, blob(7, 50).code));
}

TEST_CASE("writers at the same time lose nothing that is whole") {
  TemporaryFolder folder;
  constexpr int kWriters = 8;
  std::vector<pid_t> children;
  for (int i = 0; i < kWriters; ++i) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    for (int round = 0; round < 20; ++round) {
      CodeCache cache(folder.path, key(1), 100, kMuch);
      if (auto found = cache.find(static_cast<std::uint32_t>(i)); found && !std::ranges::equal(found->code, blob(static_cast<std::uint8_t>(i), 5000).code)) _exit(1);
      cache.add(static_cast<std::uint32_t>(i), blob(static_cast<std::uint8_t>(i), 5000));
    }
    _exit(0);
  }
  for (pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  CHECK(folder.files().size() == 1);
  CodeCache cache(folder.path, key(1), 100, kMuch);
  int found = 0;
  for (std::uint8_t i = 0; i < kWriters; ++i) {
    if (auto piece = cache.find(i)) found += std::ranges::equal(piece->code, blob(i, 5000).code);
  }
  CHECK(found >= 1);
}

TEST_CASE("the folder stays within its size, by leaving out what was used longest ago") {
  TemporaryFolder folder;
  for (std::uint8_t i = 1; i <= 6; ++i) {
    { CodeCache(folder.path, key(i), 100, 40'000).add(0, blob(i, 9000)); }
    ::usleep(20'000);
    if (i >= 2) CodeCache(folder.path, key(2), 100, 40'000);  // is used
  }
  std::uint64_t total = 0;
  for (const auto& file : folder.files()) total += fs::file_size(file);
  CHECK(total <= 40'000);
  CHECK(!CodeCache(folder.path, key(1), 100, 40'000).find(0));
  CHECK(CodeCache(folder.path, key(2), 100, 40'000).find(0));
  CHECK(CodeCache(folder.path, key(6), 100, 40'000).find(0));
  { CodeCache(folder.path, key(9), 100, 1000).add(0, blob(9, 9000)); }
  CHECK(!CodeCache(folder.path, key(9), 100, kMuch).find(0));
}

TEST_CASE("what others may write, and what is no file, is not used") {
  TemporaryFolder folder;
  { CodeCache(folder.path, key(1), 100, kMuch).add(0, blob(1)); }
  const fs::path file = folder.files().at(0);
  REQUIRE(CodeCache(folder.path, key(1), 100, kMuch).find(0));
  chmod(file.c_str(), 0620);
  CHECK(!CodeCache(folder.path, key(1), 100, kMuch).find(0));
  chmod(file.c_str(), 0600);
  chmod(folder.path.c_str(), 0777);
  CHECK(!CodeCache(folder.path, key(1), 100, kMuch).find(0));
  chmod(folder.path.c_str(), 0700);
  const fs::path elsewhere = folder.path + "/elsewhere";
  fs::rename(file, elsewhere);
  fs::create_symlink(elsewhere, file);
  CHECK(!CodeCache(folder.path, key(1), 100, kMuch).find(0));
  fs::remove(file);
  REQUIRE(mkfifo(file.c_str(), 0600) == 0);
  CHECK(!CodeCache(folder.path, key(1), 100, kMuch).find(0));
  { CodeCache(folder.path, key(1), 100, kMuch).add(0, blob(1)); }  // takes its place
  CHECK(CodeCache(folder.path, key(1), 100, kMuch).find(0));
  CodeCache nowhere("/proc/witc", key(1), 100, kMuch);
  nowhere.add(0, blob(1));
  CHECK(!nowhere.find(0));
}

TEST_CASE("a blob that reaches out of itself is none") {
  const CodeBlob good = blob(1);
  auto survives = [](const CodeBlob& made) {
    std::vector<std::uint8_t> bytes;
    write_blob(view_of(made), bytes);
    return read_blob(bytes, 100).has_value();
  };
  CHECK(survives(good));
  for (auto spoil : std::initializer_list<void (*)(CodeBlob&)>{
           [](CodeBlob& b) { b.entries[0].number = 100; }, [](CodeBlob& b) { b.entries[0].offset = 101; },
           [](CodeBlob& b) { b.entries[0].size = 101; }, [](CodeBlob& b) { b.entries[0].row_count = 2; },
           [](CodeBlob& b) { b.fixups[0].offset = 97; }, [](CodeBlob& b) { b.fixups[0].target = 100; },
           [](CodeBlob& b) { b.rows[0].place = 1; }, [](CodeBlob& b) { b.places[0].inlined_at = 1; }}) {
    CodeBlob bad = good;
    spoil(bad);
    CHECK(!survives(bad));
  }
  std::vector<std::uint8_t> bytes;
  write_blob(view_of(good), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(!read_blob(std::span(bytes).first(size), 100));
}

TEST_CASE("the second run compiles nothing") {
  TemporaryFolder folder;
  Sums sums(folder.path);
  const LazyCode::Stats first = sums.run();
  CHECK(first.compiled == 3);  // two functions and a trampoline
  CHECK(first.loaded == 0);
  const LazyCode::Stats second = sums.run();
  CHECK(second.compiled == 0);
  CHECK(second.loaded == 3);
  sums.world.options.canonical_nans = true;  // other code
  CHECK(sums.run().compiled == 3);
  CHECK(folder.files().size() == 2);
}

TEST_CASE("what is added to an open program is kept too") {
  TemporaryFolder folder;
  Sums sums(folder.path);
  sums.world.program.is_open = true;
  CHECK(sums.run().compiled == 3);
  CHECK(sums.run().compiled == 0);
  for (std::size_t compiled : {2u, 0u}) {  // a function and its trampoline
    Engine engine(sums.world.options);
    Program empty;
    empty.is_open = true;
    const Result<CompiledProgram> base = engine.compile(empty);
    REQUIRE(base);
    const Result<CompiledProgram> code = engine.extend(*base, sums.world.program.instances[InstanceId(0)], {});
    REQUIRE(code);
    Instance instance = *engine.instantiate(*code, {});
    CHECK(call(instance, InstanceId(0), "f", {5}) == std::vector<std::uint64_t>{15});
    CHECK(code->impl()->image.lazy->stats().compiled == compiled);
  }
}

TEST_CASE("code compiled well is taken at once the next time") {
  TemporaryFolder folder;
  Sums sums(folder.path);
  sums.world.options.opt_level = OptLevel::kFull;
  {
    const CompiledProgram code = sums.world.compile();
    Instance instance = sums.world.instantiate(code);
    for (int i = 0; i < 10; ++i) call(instance, sums.id, "sum", {1000});
    for (int i = 0; i < 1000 && code.impl()->image.lazy->stats().improved == 0; ++i) ::usleep(10'000);
    CHECK(code.impl()->image.lazy->stats().improved >= 1);
  }
  const LazyCode::Stats second = sums.run();
  CHECK(second.compiled == 0);
  CHECK(second.loaded == 3);
}

TEST_CASE("files cut off or changed anywhere do no harm") {
  TemporaryFolder folder;
  Sums sums(folder.path);
  sums.run();
  const fs::path file = folder.files().at(0);
  const std::vector<char> whole = read(file);
  const std::size_t step = whole.size() / 60 + 1;
  for (std::size_t at = 0; at < whole.size(); at += step) {
    std::vector<char> bytes = whole;
    bytes.resize(at);
    write(file, bytes);
    CHECK(sums.run().compiled > 0);
    bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x41);
    write(file, bytes);
    CHECK(sums.run().compiled > 0);
  }
  write(file, whole);
  CHECK(sums.run().compiled == 0);
}
