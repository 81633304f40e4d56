// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// For the tests of wasi-preview/filesystem: a scratch folder with a part that is granted and a part that is not.

#include <doctest/doctest.h>
#include <stdlib.h>  // NOLINT: mkdtemp
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "wasi-preview/filesystem/sandbox.h"

namespace witc::wasi::fs {

/// `inside/` is granted; `outside/secret` must stay as it is. Removed with this.
class TestTree {
 public:
  TestTree() {
    const std::filesystem::path memory = "/dev/shm";  // a hundred thousand operations are nothing for a disk
    const bool has_memory = ::access(memory.c_str(), W_OK) == 0;
    std::string name = ((has_memory ? memory : std::filesystem::temp_directory_path()) / "witc-fs-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
    std::filesystem::create_directories(inside() / "dir" / "sub");
    std::filesystem::create_directories(outside() / "dir");
    write(inside() / "file", "inside");
    write(inside() / "dir" / "sub" / "leaf", "leaf");
    write(outside() / "secret", "secret");
    write(outside() / "dir" / "other", "other");
    before_ = snapshot();
  }
  ~TestTree() { std::filesystem::remove_all(root_); }
  TestTree(const TestTree&) = delete;
  TestTree& operator=(const TestTree&) = delete;

  [[nodiscard]] std::filesystem::path inside() const { return root_ / "inside"; }
  [[nodiscard]] std::filesystem::path outside() const { return root_ / "outside"; }
  static void write(const std::filesystem::path& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// Is all that is not granted as it was, names, contents, links and times?
  [[nodiscard]] bool outside_unchanged() const { return snapshot() == before_; }

 private:
  [[nodiscard]] std::map<std::string, std::string> snapshot() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(root_)) found[entry.path()] = "top";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(outside())) {
      const auto time = std::filesystem::last_write_time(entry.path()).time_since_epoch().count();
      found[entry.path()] = std::to_string(time) + " " + std::to_string(std::filesystem::hard_link_count(entry.path())) + " " +
                            (entry.is_regular_file() ? read(entry.path()) : "folder");
    }
    return found;
  }

  std::filesystem::path root_;
  std::map<std::string, std::string> before_;
};

/// The errno of a result, 0 if it is one.
template <class T>
int error_of(const Expected<T>& result) {
  return result ? 0 : result.error();
}

}  // namespace witc::wasi::fs
