// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Files by permission only: the layer beneath preview 1 and wasi:filesystem 0.2. Plain C++ over Linux system calls; no
// WIT or witx type in it, errors are errno values.
//
//     auto sandbox = fs::Sandbox::make({.max_open_files = 1000});
//     fs::DescriptorPtr dir = TRY(sandbox->preopen("/srv/data", /*read_only=*/true));
//     fs::DescriptorPtr file = TRY(dir->open_at("a/b.txt", {.follow = true, .flags = {.read = true}}));
//
// How it keeps guests inside. A path is resolved strictly beneath the descriptor it starts from: by the kernel
// (`openat2` with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS), or by hand, component by component, where the kernel has no
// openat2 (resolve.h). What acts on a name and not on what it leads to (create, remove, rename, link) has the name's
// parent resolved so, and then acts on the one name in it, which the kernel does not follow. There is no moment at which a
// path that was checked is looked up again: programs that swap links meanwhile gain nothing.
//
// What all path functions have in common:
//  - EPERM: the path is absolute, or leads outside (`..`, or a link to an absolute path or to outside).
//  - ENOENT: the path is empty. EINVAL: it has a NUL. ENAMETOOLONG: a name above 255 bytes, or a path above 4095.
//  - ELOOP: more than 40 links, or a last link that is not to be followed where a file is to be opened.
//  - ENOTDIR: the descriptor is no directory; or a path with a slash at its end leads to something else.
//  - EROFS: the function would change something, and the preopen that all this comes from was granted for reading only.
// Names are bytes: who wants UTF-8 checks it before and after.
//
// Opening never blocks and never makes a terminal the controlling one, whatever is opened: file descriptors are in
// non-blocking mode, which regular files and directories ignore; reads and writes of FIFOs, devices and terminals may
// give EAGAIN. Which of them a guest is to wait for is the caller's business (`fd()` is for poll).
//
// A Descriptor may be used by one thread at a time; different ones at once, also of one Sandbox.

#include <sys/uio.h>

#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace witc::wasi::fs {

/// A result, or an errno value.
template <class T>
using Expected = std::expected<T, int>;

/// A file descriptor of the host's, closed with this.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd();
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
};

enum class FileType : std::uint8_t {
  kUnknown, kBlockDevice, kCharacterDevice, kDirectory, kFifo, kSymbolicLink, kRegularFile, kSocket
};

/// Since 1970; nanoseconds below 10^9.
struct Time {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  friend bool operator==(const Time&, const Time&) = default;
};

struct Stat {
  FileType type = FileType::kUnknown;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t link_count = 0;
  std::uint64_t size = 0;  // bytes; of a link the length of what it says
  Time access, modification, status_change;
};

/// What set_times does to one of the times.
struct NewTime {
  enum What : std::uint8_t { kKeep, kNow, kSet } what = kKeep;
  Time time;  // kSet
};

/// How a descriptor was opened, or is to be.
struct DescriptorFlags {
  bool read = false;
  bool write = false;
  bool mutate_directory = false;  // get_flags only: of a directory that is not read-only
  bool sync = false;              // O_SYNC: 0.2's file-integrity-sync
  bool data_sync = false;         // O_DSYNC: data-integrity-sync
  bool read_sync = false;         // O_RSYNC: requested-write-sync
  friend bool operator==(const DescriptorFlags&, const DescriptorFlags&) = default;
};

struct OpenOptions {
  bool follow = false;  // a link that the path ends in
  bool create = false;
  bool directory = false;  // ENOTDIR if it is none
  bool exclusive = false;  // with create: EEXIST if there is something already, be it a link
  bool truncate = false;
  DescriptorFlags flags;  // neither read nor write: it is opened for reading
};

enum class Advice : std::uint8_t { kNormal, kSequential, kRandom, kWillNeed, kDontNeed, kNoReuse };

struct DirectoryEntry {
  std::string name;
  FileType type = FileType::kUnknown;
  std::uint64_t inode = 0;
  std::uint64_t next = 0;  // the cookie to go on after this entry
};

struct MetadataHash {
  std::uint64_t lower = 0;
  std::uint64_t upper = 0;
  friend bool operator==(const MetadataHash&, const MetadataHash&) = default;
};

enum class Resolution : std::uint8_t {
  kAuto,    // by the kernel if it can
  kKernel,  // openat2
  kByHand,
};

struct SandboxOptions {
  std::uint32_t max_open_files = 1024;  // descriptors at once, preopens among them
  Resolution resolution = Resolution::kAuto;
};

class Descriptor;
using DescriptorPtr = std::shared_ptr<Descriptor>;

/// What the descriptors of one guest share: how paths are resolved, and how many may be open. Thread-safe.
class Sandbox : public std::enable_shared_from_this<Sandbox> {
 public:
  static std::shared_ptr<Sandbox> make(SandboxOptions options = {});

  /// Grants a directory of the host's, whose path is the host's own and followed as such. What is opened beneath is
  /// read-only if this is; nothing widens it. Errors: EMFILE, those of open(2).
  Expected<DescriptorPtr> preopen(const std::string& host_path, bool read_only);

  [[nodiscard]] Resolution resolution() const { return resolution_; }
  [[nodiscard]] std::uint32_t open_files() const { return open_files_; }

  /// Takes one of max_open_files, for what else a guest can make the host open: false if there is none left.
  bool take_slot();
  void give_slot() { --open_files_; }

 private:
  explicit Sandbox(SandboxOptions options);

  std::uint32_t max_open_files_;
  Resolution resolution_;  // never kAuto
  std::atomic<std::uint32_t> open_files_ = 0;
};

/// An open file or directory of a guest's. Shared, so that a stream can outlive the handle it was made from.
class Descriptor {
 public:
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// As it was opened; a descriptor never becomes something else.
  [[nodiscard]] FileType type() const { return type_; }
  [[nodiscard]] bool is_directory() const { return type_ == FileType::kDirectory; }
  /// What it was opened with; mutate_directory for a directory whose preopen is not read-only.
  [[nodiscard]] DescriptorFlags flags() const;
  [[nodiscard]] bool read_only() const { return read_only_; }
  [[nodiscard]] const std::shared_ptr<Sandbox>& sandbox() const { return sandbox_; }

  // What is open. EBADF: it was not opened for that. Offsets above 2^63 - 1 give EINVAL.

  /// Bytes read, 0 at the end; up to what the buffers take. EISDIR for a directory.
  Expected<std::size_t> pread(std::span<const iovec> buffers, std::uint64_t offset);
  Expected<std::size_t> pread(std::span<std::uint8_t> buffer, std::uint64_t offset);
  /// Bytes written, perhaps fewer than there are.
  Expected<std::size_t> pwrite(std::span<const iovec> buffers, std::uint64_t offset);
  Expected<std::size_t> pwrite(std::span<const std::uint8_t> bytes, std::uint64_t offset);
  /// At the file's end, wherever it is by then, in one step.
  Expected<std::size_t> append(std::span<const iovec> buffers);
  Expected<std::size_t> append(std::span<const std::uint8_t> bytes);
  /// At the file's position, which they move: what preview 1 has, and what FIFOs and devices need.
  Expected<std::size_t> read(std::span<const iovec> buffers);
  Expected<std::size_t> write(std::span<const iovec> buffers);
  /// lseek(2) with SEEK_SET, SEEK_CUR or SEEK_END. EBADF for a directory, whose position is not the guest's.
  Expected<std::uint64_t> seek(std::int64_t offset, int whence);

  Expected<Stat> stat();
  Expected<void> set_size(std::uint64_t size);
  Expected<void> set_times(NewTime access, NewTime modification);
  /// EBADF for a directory.
  Expected<void> advise(std::uint64_t offset, std::uint64_t length, Advice advice);
  /// Makes room, and the file as large at least. EINVAL if the length is 0.
  Expected<void> allocate(std::uint64_t offset, std::uint64_t length);
  Expected<void> sync();
  Expected<void> sync_data();
  Expected<MetadataHash> metadata_hash();
  Expected<bool> is_same_object(Descriptor& other);

  /// Entries in the file system's order from the cookie on (0: the first), `.` and `..` among them; none at the end.
  /// About as many as `max_bytes` of names take, one at least. A cookie is the `next` of an entry, good as long as the
  /// directory is open: entries that stay are seen once, whatever is created or removed meanwhile.
  Expected<std::vector<DirectoryEntry>> read_directory(std::uint64_t cookie, std::size_t max_bytes = 32 << 10);

  // What is beneath this directory: the top of this file says which errors all have.

  /// EMFILE: the guest has too many open. EINVAL: `directory` with `create`, `exclusive` or `truncate`. EISDIR: a
  /// directory for writing. ENXIO: a socket, or a FIFO for writing that nobody reads.
  Expected<DescriptorPtr> open_at(std::string_view path, const OpenOptions& options);
  Expected<void> create_directory_at(std::string_view path);
  Expected<Stat> stat_at(std::string_view path, bool follow);
  Expected<void> set_times_at(std::string_view path, bool follow, NewTime access, NewTime modification);
  Expected<MetadataHash> metadata_hash_at(std::string_view path, bool follow);
  /// What a link says. EINVAL if it is none; EPERM if it says an absolute path, which is the host's and not the guest's.
  Expected<std::string> readlink_at(std::string_view path);
  /// Makes a link that says `target`. EPERM if that is absolute; what it leads to is seen when it is followed.
  Expected<void> symlink_at(std::string_view target, std::string_view path);
  /// A second name for a file; of a link for the link. EPERM for a directory.
  Expected<void> link_at(std::string_view old_path, Descriptor& new_directory, std::string_view new_path);
  Expected<void> rename_at(std::string_view old_path, Descriptor& new_directory, std::string_view new_path);
  /// EISDIR for a directory.
  Expected<void> unlink_file_at(std::string_view path);
  Expected<void> remove_directory_at(std::string_view path);

 private:
  friend class Sandbox;
  /// The sandbox has a slot taken for it, which it gives back.
  Descriptor(std::shared_ptr<Sandbox> sandbox, UniqueFd fd, FileType type, DescriptorFlags flags, bool read_only);

  Expected<void> may_mutate() const;
  /// Where a link or a name begins and ends; both directories may be changed.
  struct Ends;
  Expected<Ends> ends_of(std::string_view old_path, Descriptor& new_directory, std::string_view new_path) const;
  /// What the path leads to, as an O_PATH file descriptor.
  Expected<UniqueFd> look_up(std::string_view path, bool follow) const;

  std::shared_ptr<Sandbox> sandbox_;
  UniqueFd fd_;
  FileType type_;
  DescriptorFlags flags_;
  bool read_only_;
};

}  // namespace witc::wasi::fs
