// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The two directions of a TCP connection, as a Source and a Sink.

#include <memory>
#include <vector>

#include "wasi-preview/p2/sockets.h"

namespace witc::wasi {

class TcpReader final : public Source {
 public:
  explicit TcpReader(std::shared_ptr<SocketFd> fd) : fd_(std::move(fd)) {}
  bool ready() override { return is_closed_ || fd_->readable(); }
  void arm() override { fd_->arm_read(); }
  StreamResult<std::vector<std::uint8_t>> read(std::size_t max) override;
  /// There is nothing more to read; what the peer still sends is not wanted.
  void shutdown();

 private:
  std::shared_ptr<SocketFd> fd_;
  bool is_closed_ = false;
};

/// What the kernel does not take waits here, and goes out whenever the program waits for anything; meanwhile the guest may
/// write no more. So the guest's data is bounded by one grant, and a flush is over once the kernel has it all.
class TcpWriter final : public Sink {
 public:
  static std::shared_ptr<TcpWriter> make(std::shared_ptr<SocketFd> fd);

  bool ready() override;
  void arm() override { fd_->arm_write(); }
  StreamResult<std::uint64_t> check_write() override;
  StreamResult<void> write(std::span<const std::uint8_t> bytes) override;
  StreamResult<void> flush() override;
  /// Waits until what was written is on its way, as long as the peer takes any of it and the program's patience lasts.
  void close() override;
  /// No more writes; once all is written, the peer is told.
  void shutdown();

 private:
  explicit TcpWriter(std::shared_ptr<SocketFd> fd) : fd_(std::move(fd)) {}
  /// Why there can be no more writes; nothing while there can.
  StreamResult<void> end() const;
  void drain();
  void fail_with(int code);

  std::shared_ptr<SocketFd> fd_;
  std::vector<std::uint8_t> pending_;
  std::size_t written_ = 0;  // of `pending_`
  bool is_closing_ = false;
  bool is_closed_ = false;
  int failed_ = 0;  // errno
};

}  // namespace witc::wasi
