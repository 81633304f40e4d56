// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is open: a sandbox, its descriptors, and what is done to one without a path.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <limits>

#include "wasi-preview/filesystem/resolve.h"
#include "wasi-preview/filesystem/stat.h"

namespace witc::wasi::fs {
namespace {

constexpr std::uint64_t kMaxOffset = std::numeric_limits<std::int64_t>::max();

std::unexpected<int> last_error() { return std::unexpected(errno); }

/// The result of a system call that gives a count, done again when a signal interrupts it.
template <class Call>
Expected<std::size_t> count(Call call) {
  ssize_t done = 0;
  do {
    done = call();
  } while (done < 0 && errno == EINTR);
  if (done < 0) return last_error();
  return static_cast<std::size_t>(done);
}
template <class Call>
Expected<void> status(Call call) {
  if (auto done = count(call); !done) return std::unexpected(done.error());
  return {};
}

int size_of(std::span<const iovec> buffers) { return static_cast<int>(std::min<std::size_t>(buffers.size(), IOV_MAX)); }
iovec one(std::span<const std::uint8_t> bytes) { return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()}; }

std::uint64_t mix(std::uint64_t value) {  // splitmix64's finisher
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) ::close(fd_);
}
UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileType file_type(unsigned mode) {
  switch (mode & S_IFMT) {
    case S_IFBLK: return FileType::kBlockDevice;
    case S_IFCHR: return FileType::kCharacterDevice;
    case S_IFDIR: return FileType::kDirectory;
    case S_IFIFO: return FileType::kFifo;
    case S_IFLNK: return FileType::kSymbolicLink;
    case S_IFREG: return FileType::kRegularFile;
    case S_IFSOCK: return FileType::kSocket;
    default: return FileType::kUnknown;
  }
}

Expected<Stat> stat_of(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return last_error();
  auto time = [](timespec at) { return Time{at.tv_sec, static_cast<std::uint32_t>(at.tv_nsec)}; };
  return Stat{file_type(info.st_mode), info.st_dev, info.st_ino, info.st_nlink, static_cast<std::uint64_t>(info.st_size),
              time(info.st_atim), time(info.st_mtim), time(info.st_ctim)};
}

MetadataHash metadata_hash_of(const Stat& stat) {
  const std::uint64_t lower = mix(mix(stat.device + 0x9e3779b97f4a7c15) ^ stat.inode);
  return {lower, mix(lower + 0x9e3779b97f4a7c15 + stat.inode)};
}

std::shared_ptr<Sandbox> Sandbox::make(SandboxOptions options) { return std::shared_ptr<Sandbox>(new Sandbox(options)); }

Sandbox::Sandbox(SandboxOptions options) : max_open_files_(options.max_open_files), resolution_(options.resolution) {
  if (resolution_ == Resolution::kAuto) resolution_ = kernel_resolves() ? Resolution::kKernel : Resolution::kByHand;
}

bool Sandbox::take_slot() {
  if (open_files_.fetch_add(1) < max_open_files_) return true;
  --open_files_;
  return false;
}

Expected<DescriptorPtr> Sandbox::preopen(const std::string& host_path, bool read_only) {
  UniqueFd fd(::open(host_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return last_error();
  if (!take_slot()) return std::unexpected(EMFILE);
  return DescriptorPtr(new Descriptor(shared_from_this(), std::move(fd), FileType::kDirectory, {.read = true}, read_only));
}

Descriptor::Descriptor(std::shared_ptr<Sandbox> sandbox, UniqueFd fd, FileType type, DescriptorFlags flags, bool read_only)
    : sandbox_(std::move(sandbox)), fd_(std::move(fd)), type_(type), flags_(flags), read_only_(read_only) {
  flags_.mutate_directory = is_directory() && !read_only;
}
Descriptor::~Descriptor() { sandbox_->give_slot(); }

DescriptorFlags Descriptor::flags() const { return flags_; }

Expected<std::size_t> Descriptor::pread(std::span<const iovec> buffers, std::uint64_t offset) {
  if (offset > kMaxOffset) return std::unexpected(EINVAL);
  return count([&] { return ::preadv(fd(), buffers.data(), size_of(buffers), static_cast<off_t>(offset)); });
}
Expected<std::size_t> Descriptor::pread(std::span<std::uint8_t> buffer, std::uint64_t offset) {
  const iovec whole = one(buffer);
  return pread({&whole, 1}, offset);
}
Expected<std::size_t> Descriptor::pwrite(std::span<const iovec> buffers, std::uint64_t offset) {
  if (offset > kMaxOffset) return std::unexpected(EINVAL);
  return count([&] { return ::pwritev(fd(), buffers.data(), size_of(buffers), static_cast<off_t>(offset)); });
}
Expected<std::size_t> Descriptor::pwrite(std::span<const std::uint8_t> bytes, std::uint64_t offset) {
  const iovec whole = one(bytes);
  return pwrite({&whole, 1}, offset);
}
Expected<std::size_t> Descriptor::append(std::span<const iovec> buffers) {
  auto done = count([&] { return ::pwritev2(fd(), buffers.data(), size_of(buffers), -1, RWF_APPEND); });
  if (done || done.error() != EOPNOTSUPP) return done;
  if (::lseek(fd(), 0, SEEK_END) < 0 && errno != ESPIPE) return last_error();
  return write(buffers);
}
Expected<std::size_t> Descriptor::append(std::span<const std::uint8_t> bytes) {
  const iovec whole = one(bytes);
  return append({&whole, 1});
}
Expected<std::size_t> Descriptor::read(std::span<const iovec> buffers) {
  return count([&] { return ::readv(fd(), buffers.data(), size_of(buffers)); });
}
Expected<std::size_t> Descriptor::write(std::span<const iovec> buffers) {
  return count([&] { return ::writev(fd(), buffers.data(), size_of(buffers)); });
}
Expected<std::uint64_t> Descriptor::seek(std::int64_t offset, int whence) {
  if (is_directory()) return std::unexpected(EBADF);
  const off_t position = ::lseek(fd(), offset, whence);
  if (position < 0) return last_error();
  return static_cast<std::uint64_t>(position);
}

Expected<Stat> Descriptor::stat() { return stat_of(fd()); }

Expected<void> Descriptor::set_size(std::uint64_t size) {
  if (is_directory()) return std::unexpected(EBADF);
  if (read_only_) return std::unexpected(EROFS);
  if (size > kMaxOffset) return std::unexpected(EFBIG);
  return status([&] { return ::ftruncate(fd(), static_cast<off_t>(size)); });
}

Expected<void> Descriptor::set_times(NewTime access, NewTime modification) {
  if (read_only_) return std::unexpected(EROFS);
  return set_times_of(fd(), access, modification);
}

Expected<void> set_times_of(int fd, NewTime access, NewTime modification) {
  auto spec = [](const NewTime& time) {
    timespec at{};
    at.tv_sec = time.time.seconds;
    at.tv_nsec = time.what == NewTime::kSet ? static_cast<long>(time.time.nanoseconds)
                                            : (time.what == NewTime::kNow ? UTIME_NOW : UTIME_OMIT);
    return at;
  };
  for (const NewTime& time : {access, modification}) {
    if (time.what == NewTime::kSet && time.time.nanoseconds >= 1'000'000'000) return std::unexpected(EINVAL);
  }
  const timespec times[] = {spec(access), spec(modification)};
  auto done = status([&] { return ::utimensat(fd, "", times, AT_EMPTY_PATH); });
  if (done || (done.error() != EINVAL && done.error() != ENOENT)) return done;
  // Before Linux 5.8 there is no AT_EMPTY_PATH here; and only what is not a link has a name in /proc to go by.
  auto stat = stat_of(fd);
  if (!stat || stat->type == FileType::kSymbolicLink) return done;
  const std::string self = "/proc/self/fd/" + std::to_string(fd);
  return status([&] { return ::utimensat(AT_FDCWD, self.c_str(), times, 0); });
}

Expected<void> Descriptor::advise(std::uint64_t offset, std::uint64_t length, Advice advice) {
  if (is_directory()) return std::unexpected(EBADF);
  if (offset > kMaxOffset || length > kMaxOffset) return std::unexpected(EINVAL);
  auto number = [&] {
    switch (advice) {
      case Advice::kNormal: return POSIX_FADV_NORMAL;
      case Advice::kSequential: return POSIX_FADV_SEQUENTIAL;
      case Advice::kRandom: return POSIX_FADV_RANDOM;
      case Advice::kWillNeed: return POSIX_FADV_WILLNEED;
      case Advice::kDontNeed: return POSIX_FADV_DONTNEED;
      case Advice::kNoReuse: return POSIX_FADV_NOREUSE;
    }
    return POSIX_FADV_NORMAL;
  };
  const int error = ::posix_fadvise(fd(), static_cast<off_t>(offset), static_cast<off_t>(length), number());
  if (error != 0) return std::unexpected(error);
  return {};
}

Expected<void> Descriptor::allocate(std::uint64_t offset, std::uint64_t length) {
  if (is_directory()) return std::unexpected(EBADF);
  if (read_only_) return std::unexpected(EROFS);
  if (offset > kMaxOffset || length > kMaxOffset - offset) return std::unexpected(EFBIG);
  return status([&] { return ::fallocate(fd(), 0, static_cast<off_t>(offset), static_cast<off_t>(length)); });
}

Expected<void> Descriptor::sync() {
  return status([&] { return ::fsync(fd()); });
}
Expected<void> Descriptor::sync_data() {
  return status([&] { return ::fdatasync(fd()); });
}

Expected<MetadataHash> Descriptor::metadata_hash() {
  auto info = stat();
  if (!info) return std::unexpected(info.error());
  return metadata_hash_of(*info);
}

Expected<bool> Descriptor::is_same_object(Descriptor& other) {
  auto left = stat();
  if (!left) return std::unexpected(left.error());
  auto right = other.stat();
  if (!right) return std::unexpected(right.error());
  return left->device == right->device && left->inode == right->inode;
}

}  // namespace witc::wasi::fs
