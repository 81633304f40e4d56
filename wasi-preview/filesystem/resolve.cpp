// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/filesystem/resolve.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <vector>

namespace witc::wasi::fs {
namespace {

constexpr int kMaxLinks = 40;       // as in Linux
constexpr int kMaxRaces = 64;       // times a walk is begun again, or a name looked at again
constexpr std::size_t kMaxHeld = 64;  // directories a walk keeps open to go back to

std::unexpected<int> last_error() { return std::unexpected(errno); }

Expected<UniqueFd> open_one(int directory, const char* name, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = ::openat(directory, name, flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return last_error();
  return UniqueFd(fd);
}

Expected<void> check_path(std::string_view path) {
  if (path.empty()) return std::unexpected(ENOENT);
  if (path.find('\0') != std::string_view::npos) return std::unexpected(EINVAL);
  if (path.front() == '/') return std::unexpected(EPERM);
  if (path.size() >= PATH_MAX) return std::unexpected(ENAMETOOLONG);
  return {};
}

int openat2(int base, const char* path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, base, path, &how, sizeof how));
}

/// EAGAIN if the tree was changed under the kernel's eyes each time.
Expected<UniqueFd> open_by_kernel(int base, const std::string& path, int flags, mode_t mode) {
  for (int race = 0; race < kMaxRaces; ++race) {
    int fd = openat2(base, path.c_str(), flags, mode);
    if (fd >= 0) return UniqueFd(fd);
    if (errno == EAGAIN || errno == EINTR) continue;
    return std::unexpected(errno == EXDEV ? EPERM : errno);  // EXDEV: it led outside
  }
  return std::unexpected(EAGAIN);
}

/// The directories from the base down to where a walk is.
class Trail {
 public:
  explicit Trail(int base) : base_(base) {}
  [[nodiscard]] int current() const { return levels_.empty() ? base_ : levels_.back().fd.get(); }

  void push(std::string name, UniqueFd fd) {
    levels_.push_back({std::move(name), std::move(fd)});
    if (levels_.size() > kMaxHeld) levels_[levels_.size() - 1 - kMaxHeld].fd = UniqueFd();
  }
  Expected<void> pop() {
    if (levels_.empty()) return std::unexpected(EPERM);
    levels_.pop_back();
    return levels_.empty() || levels_.back().fd.get() >= 0 ? Expected<void>() : reopen();
  }

 private:
  struct Level {
    std::string name;
    UniqueFd fd;  // closed if it is far above
  };

  /// Down again from the base by the same names, all of them directories: how deep a guest's trees are must not say how
  /// many file descriptors we need.
  Expected<void> reopen() {
    std::vector<Level> names;
    names.swap(levels_);
    for (Level& level : names) {
      auto fd = open_one(current(), level.name.c_str(), O_PATH | O_NOFOLLOW | O_DIRECTORY);
      if (!fd) return std::unexpected(fd.error());
      push(std::move(level.name), std::move(*fd));
    }
    return {};
  }

  int base_;
  std::vector<Level> levels_;
};

/// A path on its way down, by hand.
class Walk {
 public:
  Walk(int base, std::string_view path, bool follow, int flags, mode_t mode)
      : trail_(base), path_(path), follow_(follow), flags_(flags), mode_(mode) {}

  Expected<UniqueFd> run() {
    while (true) {
      next_component();
      if (name_ == "..") {
        if (auto up = trail_.pop(); !up) return std::unexpected(up.error());
      }
      const bool dots = name_ == "." || name_ == "..";
      if (last_ && dots) return open_one(trail_.current(), ".", flags_, mode_);
      if (dots) continue;
      if (last_) {
        Expected<UniqueFd> opened = open_last();
        if (opened || opened.error() != kLinkExpanded) return opened;
      } else if (auto entered = enter(); !entered) {
        return std::unexpected(entered.error());
      }
    }
  }

 private:
  static constexpr int kLinkExpanded = -1;  // open_last: path_ has a link's text instead of its name

  struct Seen {
    UniqueFd fd;  // O_PATH, of the very thing
    mode_t type = 0;
  };

  void next_component() {
    std::size_t start = path_.find_first_not_of('/', at_);
    std::size_t end = std::min(path_.find('/', start), path_.size());
    name_ = path_.substr(start, end - start);
    last_ = path_.find_first_not_of('/', end) == std::string::npos;
    wants_directory_ = last_ && end != path_.size();
    at_ = end;
  }

  Expected<Seen> look() const {
    auto fd = open_one(trail_.current(), name_.c_str(), O_PATH | O_NOFOLLOW);
    if (!fd) return std::unexpected(fd.error());
    struct stat info {};
    if (::fstat(fd->get(), &info) != 0) return last_error();
    return Seen{std::move(*fd), info.st_mode & S_IFMT};
  }

  /// Goes down into a component that is not the last.
  Expected<void> enter() {
    auto seen = look();
    if (!seen) return std::unexpected(seen.error());
    if (seen->type == S_IFLNK) return expand(*seen);
    if (seen->type != S_IFDIR) return std::unexpected(ENOTDIR);
    trail_.push(name_, std::move(seen->fd));
    return {};
  }

  Expected<void> expand(const Seen& link) {
    if (++links_ > kMaxLinks) return std::unexpected(ELOOP);
    std::array<char, PATH_MAX> text{};
    ssize_t size = ::readlinkat(link.fd.get(), "", text.data(), text.size());
    if (size < 0) return last_error();
    if (size == 0) return std::unexpected(ENOENT);
    if (text[0] == '/') return std::unexpected(EPERM);
    path_ = std::string(text.data(), static_cast<std::size_t>(size)) + path_.substr(at_);
    at_ = 0;
    return {};
  }

  Expected<UniqueFd> open_last() {
    const bool create = (flags_ & O_CREAT) != 0;
    if (create && wants_directory_) return std::unexpected(EISDIR);
    const int flags = flags_ | O_NOFOLLOW | (wants_directory_ ? O_DIRECTORY : 0);
    const bool follow = (follow_ || wants_directory_) && !(create && (flags_ & O_EXCL) != 0);
    if (!follow) return open_one(trail_.current(), name_.c_str(), flags, mode_);
    for (int race = 0; race < kMaxRaces; ++race) {
      auto seen = look();
      if (!seen && !(create && seen.error() == ENOENT)) return std::unexpected(seen.error());
      if (seen && seen->type == S_IFLNK) {
        if (auto expanded = expand(*seen); !expanded) return std::unexpected(expanded.error());
        return std::unexpected(kLinkExpanded);
      }
      if ((flags & O_PATH) != 0) {
        if ((flags & O_DIRECTORY) != 0 && seen->type != S_IFDIR) return std::unexpected(ENOTDIR);
        return std::move(seen->fd);
      }
      auto opened = open_one(trail_.current(), name_.c_str(), flags, mode_);
      if (opened || opened.error() != ELOOP) return opened;  // ELOOP: a link by now
    }
    return std::unexpected(ELOOP);
  }

  Trail trail_;
  std::string path_;
  std::size_t at_ = 0;  // where what is left of path_ begins
  std::string name_;
  bool last_ = false;
  bool wants_directory_ = false;
  bool follow_;
  int flags_;
  mode_t mode_;
  int links_ = 0;
};

}  // namespace

bool kernel_resolves() {
  const UniqueFd fd(openat2(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0));
  return fd.get() >= 0 || (errno != ENOSYS && errno != EPERM);  // EPERM: filtered, as some containers do
}

Expected<UniqueFd> open_beneath(Resolution resolution, int base, std::string_view path, bool follow, int flags, mode_t mode) {
  if (auto good = check_path(path); !good) return std::unexpected(good.error());
  if (resolution != Resolution::kByHand) {
    auto opened = open_by_kernel(base, std::string(path), flags | (follow ? 0 : O_NOFOLLOW), mode);
    if (opened || opened.error() != EAGAIN) return opened;
  }
  return Walk(base, path, follow, flags, mode).run();
}

Expected<Parent> resolve_parent(Resolution resolution, int base, std::string_view path) {
  if (auto good = check_path(path); !good) return std::unexpected(good.error());
  const std::size_t end = path.find_last_not_of('/') + 1;
  const std::size_t slash = path.rfind('/', end - 1);
  const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
  Parent parent{{}, base, std::string(path.substr(start, end - start))};
  if (parent.name == "..") {
    auto there = open_beneath(resolution, base, path, true, O_PATH | O_DIRECTORY);
    if (!there) return std::unexpected(there.error());
  }
  if (end != path.size()) parent.name += '/';
  if (start != 0) {
    auto directory = open_beneath(resolution, base, path.substr(0, start), true, O_PATH | O_DIRECTORY);
    if (!directory) return std::unexpected(directory.error());
    parent.owned = std::move(*directory);
    parent.directory = parent.owned.get();
  }
  return parent;
}

}  // namespace witc::wasi::fs
