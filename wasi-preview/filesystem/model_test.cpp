// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A guest that tries anything, beside a model of what a tree is: 100,000 operations at random, every result and error
// compared, and in the end the whole tree; by openat2 and by hand. The tree outside must be as it was.
//
// The model is test_model.h. WITC_FS_SEED and WITC_FS_OPERATIONS in the environment choose another run.
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "wasi-preview/filesystem/test_model.h"
#include "wasi-preview/filesystem/test_tree.h"

namespace witc::wasi::fs {
namespace {

/// The guest, its model, and both in step.
class Run {
 public:
  Run(Resolution resolution, std::uint64_t seed) : random_(seed), sandbox_(Sandbox::make({.resolution = resolution})) {
    std::filesystem::create_symlink("../outside", tree_.inside() / "up");
    std::filesystem::create_symlink(tree_.outside(), tree_.inside() / "absolute");
    std::filesystem::create_symlink("../../outside/secret", tree_.inside() / "dir" / "out");
    top_->children = {{"file", make_node(FileType::kRegularFile, "inside")},
                      {"dir", make_node(FileType::kDirectory)},
                      {"up", make_node(FileType::kSymbolicLink, "../outside")},
                      {"absolute", make_node(FileType::kSymbolicLink, tree_.outside())}};
    const NodePtr sub = make_node(FileType::kDirectory);
    sub->children["leaf"] = make_node(FileType::kRegularFile, "leaf");
    top_->children["dir"]->children = {{"sub", sub}, {"out", make_node(FileType::kSymbolicLink, "../../outside/secret")}};
    held_.push_back({*sandbox_->preopen(tree_.inside(), false), top_});
  }

  void operations(int count) {
    for (int i = 0; i < count; ++i) {
      step_ = i;
      operation();
      if (i % 5000 == 0) compare_tree();
    }
    compare_tree();
    CHECK(tree_.outside_unchanged());
    CHECK(succeeded_ > count / 10);  // or it tries nothing
  }

 private:
  struct Held {
    DescriptorPtr real;
    NodePtr model;
  };

  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }

  std::string path() {
    static const char* const kNames[] = {"a", "b", "c", "dir", "sub", "file", "leaf", "up", "absolute", "out"};
    if (chance(100)) return "";
    std::string out = chance(60) ? "/" : "";
    const std::size_t length = 1 + std::min(below(5), below(5));
    for (std::size_t i = 0; i < length; ++i) {
      out += chance(10) ? ".." : chance(16) ? "." : chance(2) ? kNames[below(3)] : kNames[below(10)];
      if (i + 1 < length || chance(16)) out += chance(20) ? "//" : "/";
    }
    return out;
  }
  std::string target() { return chance(10) ? (tree_.outside() / "secret").string() : (chance(4) ? "../" : "") + path(); }
  Held& directory() {
    while (true) {
      Held& one = held_[chance(3) ? 0 : below(held_.size())];
      if (is_dir(one.model)) return one;
    }
  }

  /// Compares an outcome; both are errno values.
  void same(const std::string& what, const std::string& first, const std::string& second, int real, int model) {
    // Which of these a rename has for several reasons at once is the kernel's choice.
    const std::set<int> kinds = {ENOTDIR, EISDIR, ENOTEMPTY, EINVAL};
    if (what == "rename" && kinds.contains(real) && kinds.contains(model)) return;
    succeeded_ += real == 0 ? 1 : 0;
    if (real == model) return;
    CAPTURE(step_);
    CAPTURE(what);
    CAPTURE(first);
    CAPTURE(second);
    REQUIRE(real == model);
  }

  void operation() {
    switch (below(15)) {
      case 0: case 1: case 2: return open();
      case 3: return close();
      case 4: return file_operation();
      case 5: return stat();
      case 6: return list();
      case 7: case 13: {
        Held& dir = directory();
        const std::string at = path();
        return same("mkdir", at, "", error_of(dir.real->create_directory_at(at)), model_mkdir(dir.model, at));
      }
      case 8: {
        Held& dir = directory();
        const std::string to = target(), at = path();
        return same("symlink", to, at, error_of(dir.real->symlink_at(to, at)), model_symlink(dir.model, to, at));
      }
      case 9: {
        Held& dir = directory();
        const std::string at = path();
        return same("unlink", at, "", error_of(dir.real->unlink_file_at(at)), model_unlink(dir.model, at));
      }
      case 10: {
        Held& dir = directory();
        const std::string at = path();
        return same("rmdir", at, "", error_of(dir.real->remove_directory_at(at)), model_rmdir(dir.model, at));
      }
      case 11: case 12: {
        Held &from = directory(), &to = directory();
        const std::string old_path = path(), new_path = path();
        const int real = error_of(from.real->rename_at(old_path, *to.real, new_path));
        return same("rename", old_path, new_path, real, model_rename(from.model, old_path, to.model, new_path));
      }
      default: {
        Held &from = directory(), &to = directory();
        const std::string old_path = path(), new_path = path();
        const int real = error_of(from.real->link_at(old_path, *to.real, new_path));
        return same("link", old_path, new_path, real, model_link(from.model, old_path, to.model, new_path));
      }
    }
  }

  void open() {
    Held& dir = directory();
    const std::string at = path();
    const OpenOptions options{.follow = !chance(3), .create = chance(2), .directory = chance(5), .exclusive = chance(4),
                              .truncate = chance(5), .flags = {.read = true, .write = chance(2)}};
    auto real = dir.real->open_at(at, options);
    const Opened model = model_open(dir.model, at, options);
    same("open", at, fmt_options(options), error_of(real), model.error);
    if (real) {
      REQUIRE((*real)->type() == model.node->type);
      held_.push_back({*std::move(real), model.node});
    }
    if (held_.size() > 40) close();
  }
  static std::string fmt_options(const OpenOptions& options) {
    return std::string(options.follow ? "follow " : "") + (options.create ? "create " : "") +
           (options.directory ? "directory " : "") + (options.exclusive ? "exclusive " : "") +
           (options.truncate ? "truncate " : "") + (options.flags.write ? "write" : "");
  }

  void close() {
    if (held_.size() > 1) held_.erase(held_.begin() + 1 + static_cast<std::ptrdiff_t>(below(held_.size() - 1)));
  }

  void file_operation() {
    Held& file = held_[below(held_.size())];
    if (is_dir(file.model)) return;
    const bool writable = file.real->flags().write;
    const std::string text(below(20), static_cast<char>('a' + below(26)));
    const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    std::string& content = file.model->content;
    const std::size_t offset = below(100);
    if (chance(3)) {
      const int error = error_of(file.real->set_size(offset));
      same("set-size", "", "", error, writable ? 0 : EINVAL);
      if (error == 0) content.resize(offset);
    } else if (chance(3)) {
      const int error = error_of(file.real->append(bytes));
      same("append", "", "", error, writable ? 0 : EBADF);
      if (error == 0 && content.size() < 1000) content += text;
      else if (error == 0) REQUIRE(file.real->set_size(content.size()).has_value());
    } else if (!text.empty()) {
      const int error = error_of(file.real->pwrite(bytes, offset));
      same("pwrite", "", "", error, writable ? 0 : EBADF);
      if (error == 0 && content.size() < offset + text.size()) content.resize(offset + text.size());
      if (error == 0) content.replace(offset, text.size(), text);
    }
    std::string read(2000, '\0');
    auto got = file.real->pread(std::span<std::uint8_t>(reinterpret_cast<std::uint8_t*>(read.data()), read.size()), 0);
    REQUIRE(got.has_value());
    REQUIRE(read.substr(0, *got) == content);
    REQUIRE(file.real->stat()->link_count == static_cast<std::uint64_t>(file.model->links));
  }

  void stat() {
    Held& dir = directory();
    const std::string at = path();
    const bool follow = chance(2);
    auto real = dir.real->stat_at(at, follow);
    Place place = lead(dir.model, at, follow);
    if (place.error == 0 && place.node() == nullptr) place.error = ENOENT;
    same("stat", at, follow ? "follow" : "", error_of(real), place.error);
    if (real) {
      const Node& node = *place.node();
      REQUIRE(real->type == node.type);
      if (node.type != FileType::kDirectory) REQUIRE(real->size == node.content.size());
      if (node.type != FileType::kDirectory) REQUIRE(real->link_count == static_cast<std::uint64_t>(node.links));
    }
    auto link = dir.real->readlink_at(at);
    place = lead(dir.model, at, false);
    const NodePtr node = place.error == 0 ? place.node() : nullptr;
    int expected = place.error != 0 ? place.error : node == nullptr ? ENOENT : 0;
    if (expected == 0 && node->type != FileType::kSymbolicLink) expected = EINVAL;
    if (expected == 0 && node->content[0] == '/') expected = EPERM;
    same("readlink", at, "", error_of(link), expected);
    if (link) REQUIRE(*link == node->content);
  }

  void list() {
    Held& dir = directory();
    std::set<std::string> real, model;
    std::uint64_t cookie = 0;
    while (true) {
      auto entries = dir.real->read_directory(cookie, 512);
      REQUIRE(entries.has_value());
      if (entries->empty()) break;
      for (const DirectoryEntry& entry : *entries) {
        REQUIRE(real.insert(entry.name).second);
        cookie = entry.next;
        if (entry.name == "." || entry.name == "..") continue;
        REQUIRE(dir.model->children.contains(entry.name));
        REQUIRE(entry.type == dir.model->children[entry.name]->type);
        if (chance(4)) break;  // goes on from the cookie
      }
    }
    for (const auto& [name, child] : dir.model->children) model.insert(name);
    real.erase(".");
    real.erase("..");
    REQUIRE(real == model);
  }

  void compare_tree() const { compare(tree_.inside(), *top_); }
  static void compare(const std::filesystem::path& path, const Node& node) {
    std::set<std::string> seen;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      const std::string name = entry.path().filename();
      seen.insert(name);
      REQUIRE(node.children.contains(name));
      const Node& child = *node.children.at(name);
      if (entry.is_symlink()) REQUIRE(std::filesystem::read_symlink(entry.path()) == child.content);
      else if (entry.is_directory()) compare(entry.path(), child);
      else REQUIRE(TestTree::read(entry.path()) == child.content);
    }
    REQUIRE(seen.size() == node.children.size());
  }

  TestTree tree_;
  std::mt19937_64 random_;
  std::shared_ptr<Sandbox> sandbox_;
  NodePtr top_ = make_node(FileType::kDirectory);
  std::vector<Held> held_;  // the preopen first
  int step_ = 0;
  int succeeded_ = 0;
};

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

}  // namespace

TEST_CASE("a hostile guest beside a model") {
  constexpr std::uint64_t kOperations = 100'000;
  const std::uint64_t seed = from_environment("WITC_FS_SEED", std::random_device{}());
  const int count = static_cast<int>(from_environment("WITC_FS_OPERATIONS", kOperations));
  for (Resolution resolution : {Resolution::kKernel, Resolution::kByHand}) {
    CAPTURE(resolution == Resolution::kKernel);
    CAPTURE(seed);
    Run(resolution, seed).operations(count);
  }
}

}  // namespace witc::wasi::fs
