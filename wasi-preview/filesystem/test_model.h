// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What a tree of files is, for model_test.cpp: nodes and names, and what each operation does to them. Written from what POSIX
// and Linux say of paths, not from resolve.cpp: links are followed by recursion over components.

#include <cerrno>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "wasi-preview/filesystem/sandbox.h"

namespace witc::wasi::fs {

struct Node;
using NodePtr = std::shared_ptr<Node>;
struct Node {
  FileType type = FileType::kDirectory;
  std::map<std::string, NodePtr> children;
  std::string content;  // a file's bytes, a link's text
  int links = 1;        // of what is no directory
  bool removed = false;
};

inline NodePtr make_node(FileType type, std::string content = {}) {
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

inline std::vector<std::string> components(const std::string& path) {
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
inline Place walk(std::vector<NodePtr> trail, const std::string& path, bool follow_last, int& links, bool create = false) {
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
inline Place lead(const NodePtr& base, const std::string& path, bool follow) {
  int links = 0;
  Place place = walk({base}, path, follow, links);
  if (place.error == 0 && place.slash && place.node() != nullptr && place.node()->type != FileType::kDirectory) place.error = ENOTDIR;
  return place;
}

/// The parent of a name that is to be acted on: the last component is never followed, however the path ends.
inline Place parent(const NodePtr& base, const std::string& path) {
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

inline NodePtr existing(const Place& place) { return place.dots ? nullptr : place.node(); }

inline bool is_dir(const NodePtr& node) { return node != nullptr && node->type == FileType::kDirectory; }

inline int put(const Place& place, const NodePtr& node) {
  if (place.dir()->removed) return ENOENT;
  place.dir()->children[place.name] = node;
  return 0;
}

inline bool is_above(const NodePtr& upper, const NodePtr& lower) {
  if (upper == lower) return true;
  for (const auto& [name, child] : upper->children) {
    if (is_dir(child) && is_above(child, lower)) return true;
  }
  return false;
}

// -- what each operation does to the model; the errno

inline int model_mkdir(const NodePtr& base, const std::string& path) {
  Place at = parent(base, path);
  if (at.error != 0) return at.error;
  if (at.dots || existing(at)) return EEXIST;
  return put(at, make_node(FileType::kDirectory));
}

inline int model_symlink(const NodePtr& base, const std::string& target, const std::string& path) {
  if (target.empty()) return ENOENT;
  if (target[0] == '/') return EPERM;
  Place at = parent(base, path);
  if (at.error != 0) return at.error;
  if (at.dots || existing(at)) return EEXIST;
  if (at.slash) return ENOENT;
  return put(at, make_node(FileType::kSymbolicLink, target));
}

inline int model_unlink(const NodePtr& base, const std::string& path) {
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

inline int model_rmdir(const NodePtr& base, const std::string& path) {
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

inline int model_link(const NodePtr& base, const std::string& old_path, const NodePtr& new_base, const std::string& new_path) {
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

inline int model_rename(const NodePtr& base, const std::string& old_path, const NodePtr& new_base, const std::string& new_path) {
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
inline Opened model_open(const NodePtr& base, const std::string& path, const OpenOptions& options) {
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

}  // namespace witc::wasi::fs
