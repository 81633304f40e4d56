// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/p2/streams.h"

#include <algorithm>
#include <cstring>

namespace witc::wasi {
namespace {

constexpr std::uint64_t kMaxBlockingWrite = 4096;  // of blocking-write-and-flush, as the WIT has it

StreamError to_error(StreamEnd end) {
  if (end.error == nullptr) return {StreamError::Closed{}};
  return {StreamError::LastOperationFailed{std::move(end.error)}};
}
template <class T>
wit::expected<T, StreamError> to_wit(StreamResult<T> result) {
  if (!result) return wit::unexpected<StreamError>(to_error(std::move(result).error()));
  if constexpr (std::is_void_v<T>) return {};
  else return *std::move(result);
}

}  // namespace

std::unexpected<StreamEnd> StreamEnd::of_errno(int code) {
  auto error = std::make_unique<IoError>(std::strerror(code));
  error->errno_value = code;
  return failed(std::move(error));
}

// -- Pollable -----------------------------------------------------------------------------------------------------------

bool Pollable::ready() {
  if (what_->ready()) return true;
  loop_->poll();
  return what_->ready();
}
void Pollable::block() { loop_->wait(*what_); }

// -- InputStream --------------------------------------------------------------------------------------------------------

wit::expected<std::vector<std::uint8_t>, StreamError> InputStream::read(std::uint64_t len) {
  if (len == 0) return std::vector<std::uint8_t>();
  loop_->poll();
  return to_wit(source_->read(std::min(len, kMaxRead)));
}

wit::expected<std::vector<std::uint8_t>, StreamError> InputStream::blocking_read(std::uint64_t len) {
  if (len == 0 || !loop_->wait(*source_)) return std::vector<std::uint8_t>();
  return to_wit(source_->read(std::min(len, kMaxRead)));
}

wit::expected<std::uint64_t, StreamError> InputStream::skip(std::uint64_t len) {
  auto bytes = read(len);
  if (!bytes) return wit::unexpected<StreamError>(std::move(bytes).error());
  return std::uint64_t{bytes->size()};
}

wit::expected<std::uint64_t, StreamError> InputStream::blocking_skip(std::uint64_t len) {
  auto bytes = blocking_read(len);
  if (!bytes) return wit::unexpected<StreamError>(std::move(bytes).error());
  return std::uint64_t{bytes->size()};
}

std::unique_ptr<io::poll::Pollable> InputStream::subscribe() { return std::make_unique<Pollable>(loop_, source_); }

// -- OutputStream -------------------------------------------------------------------------------------------------------

wit::expected<std::uint64_t, StreamError> OutputStream::check_write() {
  loop_->poll();
  StreamResult<std::uint64_t> granted = sink_->check_write();
  if (granted) granted_ = *granted;
  return to_wit(std::move(granted));
}

wit::expected<void, StreamError> OutputStream::write(std::span<const std::uint8_t> contents) {
  if (contents.size() > granted_) {
    trap("write of more bytes than check-write permitted");
    return {};
  }
  granted_ -= contents.size();
  return to_wit(sink_->write(contents));
}

StreamResult<std::uint64_t> OutputStream::wait_for_grant() {
  while (true) {
    StreamResult<std::uint64_t> granted = sink_->check_write();
    if (!granted || *granted != 0) return granted;
    if (!loop_->wait(*sink_)) return 0;
  }
}

wit::expected<void, StreamError> OutputStream::blocking_write_and_flush(std::span<const std::uint8_t> contents) {
  if (contents.size() > kMaxBlockingWrite) {
    trap("blocking-write-and-flush of more than 4096 bytes");
    return {};
  }
  while (!contents.empty()) {
    StreamResult<std::uint64_t> granted = wait_for_grant();
    if (!granted) return wit::unexpected<StreamError>(to_error(std::move(granted).error()));
    if (*granted == 0) return {};  // interrupted
    const std::size_t size = std::min<std::uint64_t>(*granted, contents.size());
    if (auto done = sink_->write(contents.first(size)); !done) return to_wit(std::move(done));
    contents = contents.subspan(size);
  }
  return blocking_flush();
}

wit::expected<void, StreamError> OutputStream::flush() {
  granted_ = 0;
  return to_wit(sink_->flush());
}

wit::expected<void, StreamError> OutputStream::blocking_flush() {
  granted_ = 0;
  if (auto done = sink_->flush(); !done) return to_wit(std::move(done));
  StreamResult<std::uint64_t> granted = wait_for_grant();
  if (!granted) return wit::unexpected<StreamError>(to_error(std::move(granted).error()));
  return {};
}

std::unique_ptr<io::poll::Pollable> OutputStream::subscribe() { return std::make_unique<Pollable>(loop_, sink_); }

wit::expected<void, StreamError> OutputStream::write_zeroes(std::uint64_t len) {
  if (len > granted_) {
    trap("write-zeroes of more bytes than check-write permitted");
    return {};
  }
  return write(std::vector<std::uint8_t>(len));
}

wit::expected<void, StreamError> OutputStream::blocking_write_zeroes_and_flush(std::uint64_t len) {
  if (len > kMaxBlockingWrite) {
    trap("blocking-write-zeroes-and-flush of more than 4096 bytes");
    return {};
  }
  return blocking_write_and_flush(std::vector<std::uint8_t>(len));
}

wit::expected<std::uint64_t, StreamError> OutputStream::splice(io::streams::InputStream& src, std::uint64_t len) {
  auto granted = check_write();
  if (!granted) return granted;
  const std::uint64_t size = std::min(len, *granted);
  if (size == 0) return std::uint64_t{0};
  auto bytes = static_cast<InputStream&>(src).read(size);
  if (!bytes) return wit::unexpected<StreamError>(std::move(bytes).error());
  if (auto done = write(*bytes); !done) return wit::unexpected<StreamError>(std::move(done).error());
  return std::uint64_t{bytes->size()};
}

wit::expected<std::uint64_t, StreamError> OutputStream::blocking_splice(io::streams::InputStream& src, std::uint64_t len) {
  StreamResult<std::uint64_t> granted = wait_for_grant();
  if (!granted) return wit::unexpected<StreamError>(to_error(std::move(granted).error()));
  if (*granted == 0 || !loop_->wait(static_cast<InputStream&>(src).source())) return std::uint64_t{0};
  return splice(src, len);
}

}  // namespace witc::wasi
