// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// wasi:io/streams, poll and error. A host that has bytes to give or take writes a Source or a Sink, neither of which ever
// blocks; InputStream, OutputStream and Pollable make the WIT's resources of them, blocking functions included.
//
// Resources share what is behind them: a pollable outlives its stream if the guest drops them in that order.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wasi-preview/event_loop.h"
#include "wasi_host.h"

namespace witc::wasi {

namespace io = ::wasi::io;
using io::streams::StreamError;

/// The bytes of one read at the most; and what check-write grants.
constexpr std::uint64_t kMaxRead = 1 << 20;
constexpr std::uint64_t kMaxGrant = 1 << 20;

/// wasi:io/error. What more there is to know, for the `*-error-code` functions of other packages.
class IoError final : public io::error::Error {
 public:
  explicit IoError(std::string text) : text_(std::move(text)) {}
  std::string to_debug_string() override { return text_; }

  std::optional<int> errno_value;                          // of a system call
  std::shared_ptr<::wasi::http::types::ErrorCode> http;  // of an HTTP body

 private:
  std::string text_;
};

/// Why there are no more bytes: the end (null), or a failure.
struct StreamEnd {
  std::unique_ptr<IoError> error;

  static std::unexpected<StreamEnd> closed() { return std::unexpected(StreamEnd{}); }
  static std::unexpected<StreamEnd> failed(std::unique_ptr<IoError> error) {
    return std::unexpected(StreamEnd{std::move(error)});
  }
  /// Of a system call.
  static std::unexpected<StreamEnd> of_errno(int code);
};
template <class T>
using StreamResult = std::expected<T, StreamEnd>;

/// Where bytes come from. Ready: `read` has bytes or the end.
class Source : public Readiness {
 public:
  /// 1 to `max` bytes, or none if there are none now. After the end, the end again.
  virtual StreamResult<std::vector<std::uint8_t>> read(std::size_t max) = 0;
};

/// Where bytes go. Ready: `check_write` grants something or fails.
class Sink : public Readiness {
 public:
  /// How many bytes the next `write` may have: 0 while it is not ready, and while a flush goes on.
  virtual StreamResult<std::uint64_t> check_write() = 0;
  /// Takes all of `bytes`, which are no more than were granted.
  virtual StreamResult<void> write(std::span<const std::uint8_t> bytes) = 0;
  /// Begins to flush; done when it is ready again.
  virtual StreamResult<void> flush() = 0;
  /// The guest has dropped its stream. A sink that streams share does nothing.
  virtual void close() {}
};

using EventLoopPtr = std::shared_ptr<EventLoop>;

class Pollable final : public io::poll::Pollable {
 public:
  Pollable(EventLoopPtr loop, std::shared_ptr<Readiness> what) : loop_(std::move(loop)), what_(std::move(what)) {}
  bool ready() override;
  void block() override;
  [[nodiscard]] Readiness& what() { return *what_; }

 private:
  EventLoopPtr loop_;
  std::shared_ptr<Readiness> what_;
};

class InputStream final : public io::streams::InputStream {
 public:
  /// `parent`: kept alive as long as the stream.
  InputStream(EventLoopPtr loop, std::shared_ptr<Source> source, std::shared_ptr<void> parent = nullptr)
      : loop_(std::move(loop)), source_(std::move(source)), parent_(std::move(parent)) {}

  wit::expected<std::vector<std::uint8_t>, StreamError> read(std::uint64_t len) override;
  wit::expected<std::vector<std::uint8_t>, StreamError> blocking_read(std::uint64_t len) override;
  wit::expected<std::uint64_t, StreamError> skip(std::uint64_t len) override;
  wit::expected<std::uint64_t, StreamError> blocking_skip(std::uint64_t len) override;
  std::unique_ptr<io::poll::Pollable> subscribe() override;
  [[nodiscard]] Source& source() { return *source_; }

 private:
  EventLoopPtr loop_;
  std::shared_ptr<Source> source_;
  std::shared_ptr<void> parent_;
};

class OutputStream final : public io::streams::OutputStream {
 public:
  OutputStream(EventLoopPtr loop, std::shared_ptr<Sink> sink, std::shared_ptr<void> parent = nullptr)
      : loop_(std::move(loop)), sink_(std::move(sink)), parent_(std::move(parent)) {}
  ~OutputStream() override { sink_->close(); }

  wit::expected<std::uint64_t, StreamError> check_write() override;
  wit::expected<void, StreamError> write(std::span<const std::uint8_t> contents) override;
  wit::expected<void, StreamError> blocking_write_and_flush(std::span<const std::uint8_t> contents) override;
  wit::expected<void, StreamError> flush() override;
  wit::expected<void, StreamError> blocking_flush() override;
  std::unique_ptr<io::poll::Pollable> subscribe() override;
  wit::expected<void, StreamError> write_zeroes(std::uint64_t len) override;
  wit::expected<void, StreamError> blocking_write_zeroes_and_flush(std::uint64_t len) override;
  wit::expected<std::uint64_t, StreamError> splice(io::streams::InputStream& src, std::uint64_t len) override;
  wit::expected<std::uint64_t, StreamError> blocking_splice(io::streams::InputStream& src, std::uint64_t len) override;

 private:
  /// Waits until something can be written; how much. 0 if the guest was interrupted.
  StreamResult<std::uint64_t> wait_for_grant();

  EventLoopPtr loop_;
  std::shared_ptr<Sink> sink_;
  std::shared_ptr<void> parent_;
  std::uint64_t granted_ = 0;  // by the last check-write, less what was written since
};

// -- of file descriptors ------------------------------------------------------------------------------------------------

/// Reads a file descriptor, which it does not own, from where it stands; -1 is empty.
class FdSource final : public Source {
 public:
  FdSource(EventLoop& loop, int fd) : fd_(fd), readiness_(loop, fd, 1 /* POLLIN */) {}
  bool ready() override { return readiness_.ready(); }
  void arm() override { readiness_.arm(); }
  StreamResult<std::vector<std::uint8_t>> read(std::size_t max) override;

 private:
  int fd_;
  bool ended_ = false;
  FdReadiness readiness_;
};

/// Writes to a file descriptor, which it does not own; -1 swallows. What a pipe does not take at once waits in a buffer,
/// which is no larger than one grant, and the guest with it.
class FdSink final : public Sink {
 public:
  FdSink(EventLoopPtr loop, int fd);
  ~FdSink() override;
  bool ready() override;
  void arm() override { readiness_.arm(); }
  StreamResult<std::uint64_t> check_write() override;
  StreamResult<void> write(std::span<const std::uint8_t> bytes) override;
  StreamResult<void> flush() override;

 private:
  void drain();

  EventLoopPtr loop_;
  int fd_;
  bool is_regular_ = false;
  int failed_ = 0;  // errno of the last write, once
  bool is_closed_ = false;
  std::vector<std::uint8_t> pending_;
  std::size_t written_ = 0;  // of `pending_`
  FdReadiness readiness_;
};

}  // namespace witc::wasi
