// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/p2/file_streams.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace witc::wasi {
namespace {

constexpr std::uint64_t kPipeGrant = 4096;  // PIPE_BUF: a FIFO that is ready takes it at once

bool has_positions(const fs::Descriptor& file) {
  return file.type() == fs::FileType::kRegularFile || file.type() == fs::FileType::kBlockDevice;
}

}  // namespace

::wasi::filesystem::types::ErrorCode error_code_of_errno(int code) {
  using enum ::wasi::filesystem::types::ErrorCode;
  constexpr std::pair<int, ::wasi::filesystem::types::ErrorCode> kCodes[] = {
      {EACCES, kAccess}, {EAGAIN, kWouldBlock}, {EALREADY, kAlready}, {EBADF, kBadDescriptor}, {EBUSY, kBusy},
      {EDEADLK, kDeadlock}, {EDQUOT, kQuota}, {EEXIST, kExist}, {EFBIG, kFileTooLarge}, {EILSEQ, kIllegalByteSequence},
      {EINPROGRESS, kInProgress}, {EINTR, kInterrupted}, {EINVAL, kInvalid}, {EIO, kIo}, {EISDIR, kIsDirectory},
      {ELOOP, kLoop}, {EMLINK, kTooManyLinks}, {EMSGSIZE, kMessageSize}, {ENAMETOOLONG, kNameTooLong},
      {ENODEV, kNoDevice}, {ENOENT, kNoEntry}, {ENOLCK, kNoLock}, {ENOMEM, kInsufficientMemory},
      {ENOSPC, kInsufficientSpace}, {ENOTDIR, kNotDirectory}, {ENOTEMPTY, kNotEmpty}, {ENOTRECOVERABLE, kNotRecoverable},
      {ENOTSUP, kUnsupported}, {ENOSYS, kUnsupported}, {ENOTTY, kNoTty}, {ENXIO, kNoSuchDevice}, {EOVERFLOW, kOverflow},
      {EPERM, kNotPermitted}, {EPIPE, kPipe}, {EROFS, kReadOnly}, {ESPIPE, kInvalidSeek}, {ETXTBSY, kTextFileBusy},
      {EXDEV, kCrossDevice},
      // WASI has no word for too many open files: it is the host that has no more memory for them.
      {EMFILE, kInsufficientMemory}, {ENFILE, kInsufficientMemory}};
  const auto* found = std::ranges::find(kCodes, code, [](const auto& row) { return row.first; });
  return found == std::end(kCodes) ? kIo : found->second;
}

FileSource::FileSource(EventLoop& loop, fs::DescriptorPtr file, std::uint64_t offset)
    : file_(std::move(file)), offset_(offset), is_seekable_(has_positions(*file_)), readiness_(loop, file_->fd(), POLLIN) {}

StreamResult<std::vector<std::uint8_t>> FileSource::read(std::size_t max) {
  if (ended_) return StreamEnd::closed();
  std::vector<std::uint8_t> bytes(std::min<std::size_t>(max, kMaxRead));
  iovec buffer{bytes.data(), bytes.size()};
  const auto got = is_seekable_ ? file_->pread(bytes, offset_) : file_->read({&buffer, 1});
  if (!got && got.error() == EAGAIN) return std::vector<std::uint8_t>();
  if (!got) return StreamEnd::of_errno(got.error());
  if (*got == 0) {
    ended_ = true;
    return StreamEnd::closed();
  }
  offset_ += *got;
  bytes.resize(*got);
  return bytes;
}

FileSink::FileSink(EventLoop& loop, fs::DescriptorPtr file, std::optional<std::uint64_t> offset)
    : file_(std::move(file)), offset_(offset), is_seekable_(has_positions(*file_)), readiness_(loop, file_->fd(), POLLOUT) {}

StreamResult<std::uint64_t> FileSink::check_write() {
  if (is_seekable_) return kMaxGrant;
  return readiness_.ready() ? kPipeGrant : 0;
}

fs::Expected<std::size_t> FileSink::write_some(std::span<const std::uint8_t> bytes) {
  iovec buffer{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  if (!is_seekable_) return file_->write({&buffer, 1});
  if (!offset_) return file_->append(bytes);
  auto done = file_->pwrite(bytes, *offset_);
  if (done) *offset_ += *done;
  return done;
}

StreamResult<void> FileSink::write(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto done = write_some(bytes);
    if (!done) return StreamEnd::of_errno(done.error());
    bytes = bytes.subspan(*done);
  }
  return {};
}

}  // namespace witc::wasi
