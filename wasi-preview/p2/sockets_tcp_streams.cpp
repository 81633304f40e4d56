// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/p2/sockets_tcp_streams.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>

namespace witc::wasi {
namespace {

constexpr std::size_t kMaxTcpRead = 64 << 10;
constexpr std::uint64_t kTcpGrant = 64 << 10;

/// Real time, unlike a Deadline: a peer does not live in the program's virtual time.
class Patience final : public Readiness {
 public:
  Patience(EventLoop& loop, std::chrono::nanoseconds time) : end_(Clock::now() + time), timer_(loop.io()) {}
  bool ready() override { return Clock::now() >= end_; }
  void arm() override {
    if (std::exchange(is_armed_, true)) return;
    timer_.expires_at(end_);
    timer_.async_wait([](boost::system::error_code) {});
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point end_;
  boost::asio::steady_timer timer_;
  bool is_armed_ = false;
};

}  // namespace

// -- TcpReader ----------------------------------------------------------------------------------------------------------

StreamResult<std::vector<std::uint8_t>> TcpReader::read(std::size_t max) {
  if (is_closed_) return StreamEnd::closed();
  std::vector<std::uint8_t> bytes(std::min(max, kMaxTcpRead));
  ssize_t got = 0;
  do {
    got = ::recv(fd_->get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::vector<std::uint8_t>();
  if (got <= 0) {
    const int code = got < 0 ? errno : 0;
    is_closed_ = true;
    if (code != 0) return StreamEnd::of_errno(code);
    return StreamEnd::closed();
  }
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

void TcpReader::shutdown() {
  if (std::exchange(is_closed_, true)) return;
  ::shutdown(fd_->get(), SHUT_RD);
}

// -- TcpWriter ----------------------------------------------------------------------------------------------------------

std::shared_ptr<TcpWriter> TcpWriter::make(std::shared_ptr<SocketFd> fd) {
  std::shared_ptr<TcpWriter> writer(new TcpWriter(std::move(fd)));
  writer->fd_->on_writable([weak = std::weak_ptr<TcpWriter>(writer)] {
    if (auto still_there = weak.lock()) still_there->drain();
  });
  return writer;
}

void TcpWriter::fail_with(int code) {
  pending_.clear();
  written_ = 0;
  is_closed_ = true;
  failed_ = code == EPIPE ? 0 : code;
}

void TcpWriter::drain() {
  while (written_ < pending_.size()) {
    const ssize_t done =
        ::send(fd_->get(), pending_.data() + written_, pending_.size() - written_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      fd_->arm_write();
      return;
    }
    if (done < 0) return fail_with(errno);
    written_ += static_cast<std::size_t>(done);
  }
  pending_.clear();
  written_ = 0;
  if (is_closing_ && !std::exchange(is_closed_, true)) ::shutdown(fd_->get(), SHUT_WR);
}

StreamResult<void> TcpWriter::end() const {
  if (failed_ != 0) return StreamEnd::of_errno(failed_);
  if (is_closed_) return StreamEnd::closed();
  return {};
}

bool TcpWriter::ready() {
  drain();
  return is_closed_ || pending_.empty();
}

StreamResult<std::uint64_t> TcpWriter::check_write() {
  drain();
  if (auto over = end(); !over) return std::unexpected(std::move(over).error());
  return pending_.empty() ? kTcpGrant : 0;
}

StreamResult<void> TcpWriter::write(std::span<const std::uint8_t> bytes) {
  if (is_closing_) return StreamEnd::closed();
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  drain();
  return end();
}

StreamResult<void> TcpWriter::flush() {
  drain();
  return end();
}

void TcpWriter::close() {
  std::uint64_t& left = fd_->context()->linger_left_ns;
  EventLoop& loop = *fd_->context()->loop;
  while (!ready() && left != 0) {
    const std::size_t before = written_;
    const auto start = std::chrono::steady_clock::now();
    Patience patience(loop, std::chrono::nanoseconds(left));
    // `this` is ready at the end only. If patience ends before that, what went out meanwhile shows whether to go on.
    Readiness* const either[] = {this, &patience};
    if (!loop.wait(either)) return;
    if (written_ == before && !pending_.empty()) {
      const auto spent = static_cast<std::uint64_t>((std::chrono::steady_clock::now() - start).count());
      left -= std::min(left, spent);
    }
  }
}

void TcpWriter::shutdown() {
  is_closing_ = true;
  drain();
}

}  // namespace witc::wasi
