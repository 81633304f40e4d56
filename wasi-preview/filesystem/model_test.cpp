// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A guest that tries anything, beside a model of what a tree is: 100,000 operations at random, every result and error
// compared, and in the end the whole tree; by openat2 and by hand. The tree outside must be as it was.
//
// The model is written from what POSIX and Linux say of paths, not from resolve.cpp: nodes and names, resolved by
// recursion over components. WITC_FS_SEED and WITC_FS_OPERATIONS in the environment choose another run.
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "wasi-preview/filesystem/test_tree.h"

namespace witc::wasi::fs {
namespace {

struct Node;
using NodePtr = std::shared_ptr<Node>;
struct Node {
  FileType type = FileType::kDirectory;
  std::map<std::string, NodePtr> children;
  std::string content;  // a file's bytes, a link's text
  int links = 1;        // of what is no directory
  bool removed = false;
};

NodePtr make_node(FileType type, std::string content = {}) {
  auto node = std::make_shared<Node>();
  node->type = type;
  node->content = std::move(content);
  return node;
}

/// Where a path leads: its last component in a directory, or nowhere.
struct Place {
  int error = 0;
  std::vector<NodePtr> trail;  // the directory that the name is in, and those above
  std::string name;            // `.` if the path ends at the directory itself
  bool slash = false;
  bool dots = false;
  [[nodiscard]] const NodePtr& dir() const { return trail.back(); }
  [[nodiscard]] NodePtr node() const {
    if (name == ".") return dir();
    auto found = dir()->children.find(name);
    return found == dir()->children.end() ? nullptr : found->second;
  }
};

std::vector<std::string> components(const std::string& path) {
  std::vector<std::string> out;
  std::string one;
  for (char c : path + "/") {
    if (c != '/') one += c;
    else if (!one.empty()) out.push_back(std::exchange(one, {}));
  }
  return out;
}

/// Walks down; `follow_last` says what becomes of a link at the end. `links` counts those followed. `create`: of nothing
/// that has a slash at its end, be it a link's text, a file is made.
Place walk(std::vector<NodePtr> trail, const std::string& path, bool follow_last, int& links, bool create = false) {
  Place place;
  auto fail = [&](int error) {
    place.error = error;
    return place;
  };
  if (path.empty()) return fail(ENOENT);
  if (path[0] == '/') return fail(EPERM);
  const std::vector<std::string> names = components(path);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool last = i + 1 == names.size();
    if (names[i] == "..") {
      if (trail.size() == 1) return fail(EPERM);
      trail.pop_back();
    }
    if (names[i] == "." || names[i] == "..") continue;
    auto found = trail.back()->children.find(names[i]);
    const NodePtr node = found == trail.back()->children.end() ? nullptr : found->second;
    if (last) {
      place.slash = path.ends_with('/');
      if (create && place.slash) return fail(EISDIR);
      if (node == nullptr || node->type != FileType::kSymbolicLink || !(follow_last || place.slash)) {
        place.trail = trail;
        place.name = names[i];
        return place;
      }
    }
    if (node == nullptr) return fail(ENOENT);
    if (node->type == FileType::kSymbolicLink) {
      if (++links > 40) return fail(ELOOP);
      std::string text = node->content;
      if (last && place.slash) text += '/';
      Place through = walk(trail, text, true, links, create && last);
      if (last || through.error != 0) return through;
      const NodePtr there = through.node();
      if (there == nullptr) return fail(ENOENT);
      if (there->type != FileType::kDirectory) return fail(ENOTDIR);
      trail = through.trail;
      if (through.name != ".") trail.push_back(there);
      continue;
    }
    if (node->type != FileType::kDirectory) return fail(ENOTDIR);
    trail.push_back(node);
  }
  place.trail = trail;
  place.name = ".";
  place.slash = path.ends_with('/');
  place.dots = true;
  return place;
}

/// The whole path, as for stat and open.
Place lead(const NodePtr& base, const std::string& path, bool follow) {
  int links = 0;
  Place place = walk({base}, path, follow, links);
  if (place.error == 0 && place.slash && place.node() != nullptr && place.node()->type != FileType::kDirectory) place.error = ENOTDIR;
  return place;
}

/// The parent of a name that is to be acted on: the last component is never followed, however the path ends.
Place parent(const NodePtr& base, const std::string& path) {
  if (path.empty() || path[0] == '/') return lead(base, path, false);
  const std::vector<std::string> names = components(path);
  if (names.back() == "..") {
    const Place whole = lead(base, path, true);
    if (whole.error != 0) return whole;
  }
  const std::size_t end = path.find_last_not_of('/') + 1;
  const std::size_t start = path.rfind('/', end - 1) + 1;  // 0 if there is none
  Place place = lead(base, start == 0 ? "." : path.substr(0, start), true);
  if (place.error == 0 && place.node() == nullptr) place.error = ENOENT;
  if (place.error != 0) return place;
  if (place.name != ".") place.trail.push_back(place.node());
  place.name = names.back();
  place.slash = path.ends_with('/');
  place.dots = place.name == "." || place.name == "..";
  return place;
}

NodePtr existing(const Place& place) { return place.dots ? nullptr : place.node(); }

bool is_dir(const NodePtr& node) { return node != nullptr && node->type == FileType::kDirectory; }

int put(const Place& place, const NodePtr& node) {
  if (place.dir()->removed) return ENOENT;
  place.dir()->children[place.name] = node;
  return 0;
}

bool is_above(const NodePtr& upper, const NodePtr& lower) {
  if (upper == lower) return true;
  for (const auto& [name, child] : upper->children) {
    if (is_dir(child) && is_above(child, lower)) return true;
  }
  return false;
}

// -- what each operation does to the model; the errno

int model_mkdir(const NodePtr& base, const std::string& path) {
  Place at = parent(base, path);
  if (at.error != 0) return at.error;
  if (at.dots || existing(at)) return EEXIST;
  return put(at, make_node(FileType::kDirectory));
}

int model_symlink(const NodePtr& base, const std::string& target, const std::string& path) {
  if (target.empty()) return ENOENT;
  if (target[0] == '/') return EPERM;
  Place at = parent(base, path);
  if (at.error != 0) return at.error;
  if (at.dots || existing(at)) return EEXIST;
  if (at.slash) return ENOENT;
  return put(at, make_node(FileType::kSymbolicLink, target));
}

int model_unlink(const NodePtr& base, const std::string& path) {
  Place at = parent(base, path);
  if (at.error != 0) return at.error;
  if (at.dots) return EISDIR;
  const NodePtr node = existing(at);
  if (node == nullptr) return ENOENT;
  if (is_dir(node)) return EISDIR;
  if (at.slash) return ENOTDIR;
  --node->links;
  at.dir()->children.erase(at.name);
  return 0;
}

int model_rmdir(const NodePtr& base, const std::string& path) {
  Place at = parent(base, path);
  if (at.error != 0) return at.error;
  if (at.dots) return at.name == "." ? EINVAL : ENOTEMPTY;
  const NodePtr node = existing(at);
  if (node == nullptr) return ENOENT;
  if (!is_dir(node)) return ENOTDIR;
  if (!node->children.empty()) return ENOTEMPTY;
  node->removed = true;
  at.dir()->children.erase(at.name);
  return 0;
}

int model_link(const NodePtr& base, const std::string& old_path, const NodePtr& new_base, const std::string& new_path) {
  Place from = parent(base, old_path);
  if (from.error != 0) return from.error;
  Place to = parent(new_base, new_path);
  if (to.error != 0) return to.error;
  if (from.dots) return EPERM;
  const NodePtr node = existing(from);
  if (node == nullptr) return ENOENT;
  if (from.slash) return is_dir(node) ? EPERM : ENOTDIR;
  if (to.dots || existing(to)) return EEXIST;
  if (to.slash) return ENOENT;
  if (to.dir()->removed) return ENOENT;
  if (is_dir(node)) return EPERM;
  ++node->links;
  return put(to, node);
}

int model_rename(const NodePtr& base, const std::string& old_path, const NodePtr& new_base, const std::string& new_path) {
  Place from = parent(base, old_path);
  if (from.error != 0) return from.error;
  Place to = parent(new_base, new_path);
  if (to.error != 0) return to.error;
  if (from.dots || to.dots) return EBUSY;
  const NodePtr node = existing(from);
  const NodePtr target = existing(to);
  if (node == nullptr || to.dir()->removed) return ENOENT;
  if (!is_dir(node) && (from.slash || to.slash)) return ENOTDIR;
  if (is_dir(node) && is_above(node, to.dir())) return EINVAL;
  if (is_dir(target) && is_above(target, from.dir())) return ENOTEMPTY;
  if (node == target) return 0;
  if (target != nullptr && is_dir(node) != is_dir(target)) return is_dir(node) ? ENOTDIR : EISDIR;
  if (is_dir(target) && !target->children.empty()) return ENOTEMPTY;
  if (is_dir(target)) target->removed = true;
  else if (target != nullptr) --target->links;
  from.dir()->children.erase(from.name);
  return put(to, node);
}

struct Opened {
  int error = 0;
  NodePtr node;
};
Opened model_open(const NodePtr& base, const std::string& path, const OpenOptions& options) {
  if (options.directory && (options.create || options.exclusive || options.truncate)) return {EINVAL, nullptr};
  const bool exclusive = options.create && options.exclusive;
  int links = 0;
  Place at = walk({base}, path, options.follow && !exclusive, links, options.create);
  if (at.error != 0) return {at.error, nullptr};
  NodePtr node = at.node();
  if (node == nullptr) {
    if (!options.create) return {ENOENT, nullptr};
    node = make_node(FileType::kRegularFile);
    return {put(at, node), node};
  }
  if (exclusive) return {EEXIST, nullptr};
  if (options.create && is_dir(node)) return {EISDIR, nullptr};
  if ((options.directory || at.slash) && !is_dir(node)) return {ENOTDIR, nullptr};
  if (node->type == FileType::kSymbolicLink) return {ELOOP, nullptr};
  if (is_dir(node) && (options.flags.write || options.truncate)) return {EISDIR, nullptr};
  if (options.truncate) node->content.clear();
  return {0, node};
}

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
