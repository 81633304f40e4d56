// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Streams over file descriptors that are lent: standard input and output. Such a descriptor is shared with other programs,
// so it is never made non-blocking; poll(2) tells when a read or a write will not block.
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "wasi-preview/p2/streams.h"

namespace witc::wasi {
namespace {

constexpr std::size_t kPipeWrite = 4096;       // what a pipe that is ready takes without blocking: PIPE_BUF
constexpr int kPatienceMs = 10'000;
constexpr std::uint64_t kPipeGrant = 1 << 16;  // how much of a guest's we keep until a pipe takes it

}  // namespace

StreamResult<std::vector<std::uint8_t>> FdSource::read(std::size_t max) {
  if (ended_ || fd_ < 0) return StreamEnd::closed();
  if (!readiness_.ready()) return std::vector<std::uint8_t>();
  std::vector<std::uint8_t> bytes(std::min<std::size_t>(max, kMaxRead));
  ssize_t got = 0;
  do {
    got = ::read(fd_, bytes.data(), bytes.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::vector<std::uint8_t>();
  if (got < 0) return StreamEnd::of_errno(errno);
  if (got == 0) {
    ended_ = true;
    return StreamEnd::closed();
  }
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

FdSink::FdSink(EventLoopPtr loop, int fd) : loop_(std::move(loop)), fd_(fd), readiness_(*loop_, fd, POLLOUT) {
  struct stat status {};
  is_regular_ = fd < 0 || (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode));
}

FdSink::~FdSink() {
  drain();
  // A reader that takes nothing for that long has gone, as far as a program that ends is concerned.
  pollfd one{fd_, POLLOUT, 0};
  while (written_ < pending_.size() && ::poll(&one, 1, kPatienceMs) > 0) drain();
}

/// Writes of what is pending as much as goes without blocking.
void FdSink::drain() {
  while (written_ < pending_.size() && (is_regular_ || readiness_.ready())) {
    const std::size_t left = pending_.size() - written_;
    const ssize_t done = ::write(fd_, pending_.data() + written_, is_regular_ ? left : std::min(left, kPipeWrite));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (done < 0) {
      if (errno == EPIPE) is_closed_ = true;
      else failed_ = errno;
      written_ = pending_.size();
      break;
    }
    written_ += static_cast<std::size_t>(done);
  }
  if (written_ == pending_.size()) {
    pending_.clear();
    written_ = 0;
  }
}

bool FdSink::ready() {
  drain();
  return pending_.empty() && (is_closed_ || failed_ != 0 || is_regular_ || readiness_.ready());
}

StreamResult<std::uint64_t> FdSink::check_write() {
  drain();
  if (failed_ != 0) return StreamEnd::of_errno(std::exchange(failed_, 0));
  if (is_closed_) return StreamEnd::closed();
  if (is_regular_) return kMaxGrant;
  return pending_.empty() && readiness_.ready() ? kPipeGrant : 0;
}

StreamResult<void> FdSink::write(std::span<const std::uint8_t> bytes) {
  if (is_closed_) return StreamEnd::closed();
  if (fd_ < 0) return {};
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  drain();
  return flush();
}

StreamResult<void> FdSink::flush() {
  drain();
  if (failed_ != 0) return StreamEnd::of_errno(std::exchange(failed_, 0));
  if (is_closed_) return StreamEnd::closed();
  return {};
}

}  // namespace witc::wasi
