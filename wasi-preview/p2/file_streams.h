// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Streams over the files of filesystem/: a regular file is always ready; a FIFO or a device is when poll(2) says so.

#include <optional>

#include "wasi-preview/filesystem/sandbox.h"
#include "wasi-preview/p2/streams.h"

namespace witc::wasi {

/// The error-code that stands for an errno value; `io` for what WASI has no word for.
::wasi::filesystem::types::ErrorCode error_code_of_errno(int code);

class FileSource final : public Source {
 public:
  /// From `offset` on; what has no positions is read as it comes.
  FileSource(EventLoop& loop, fs::DescriptorPtr file, std::uint64_t offset);
  bool ready() override { return is_seekable_ || readiness_.ready(); }
  void arm() override {
    if (!is_seekable_) readiness_.arm();
  }
  StreamResult<std::vector<std::uint8_t>> read(std::size_t max) override;

 private:
  fs::DescriptorPtr file_;
  std::uint64_t offset_;
  bool is_seekable_;
  bool ended_ = false;
  FdReadiness readiness_;
};

class FileSink final : public Sink {
 public:
  /// Without an offset, at the file's end.
  FileSink(EventLoop& loop, fs::DescriptorPtr file, std::optional<std::uint64_t> offset);
  bool ready() override { return is_seekable_ || readiness_.ready(); }
  void arm() override {
    if (!is_seekable_) readiness_.arm();
  }
  StreamResult<std::uint64_t> check_write() override;
  StreamResult<void> write(std::span<const std::uint8_t> bytes) override;
  StreamResult<void> flush() override { return {}; }

 private:
  fs::Expected<std::size_t> write_some(std::span<const std::uint8_t> bytes);

  fs::DescriptorPtr file_;
  std::optional<std::uint64_t> offset_;
  bool is_seekable_;
  FdReadiness readiness_;
};

}  // namespace witc::wasi
