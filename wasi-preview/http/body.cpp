// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/http/body.h"

#include <algorithm>

namespace witc::http {

void Body::wake_reader() {
  if (Waker waker = std::exchange(reader_, {})) waker();
}
void Body::wake_writer() {
  if (!writer_) return;
  bool is_over = false;
  switch (wait_) {
    case Wait::kRoom: is_over = abandoned_ || has_room(); break;
    case Wait::kEmpty: is_over = abandoned_ || size() == 0; break;
    case Wait::kConsumed: is_over = consumed_ != 0; break;
  }
  if (is_over) std::exchange(writer_, {})();
}
void Body::wait_for(Wait wait, Waker waker) {
  std::lock_guard lock(mutex_);
  writer_ = std::move(waker);
  wait_ = wait;
  wake_writer();
}

std::size_t Body::room() const {
  std::lock_guard lock(mutex_);
  return has_room() && !abandoned_ && end_ == State::kOpen ? capacity_ - size() : 0;
}

bool Body::write(std::span<const std::uint8_t> bytes) {
  std::lock_guard lock(mutex_);
  if (abandoned_ || end_ != State::kOpen) return false;
  if (begin_ != 0 && bytes_.size() + bytes.size() > bytes_.capacity()) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  if (size() != 0) wake_reader();
  return true;
}

void Body::finish(FieldList trailers) {
  std::lock_guard lock(mutex_);
  if (end_ != State::kOpen) return;
  end_ = State::kFinished;
  trailers_ = std::move(trailers);
  wake_reader();
}

void Body::fail(Failure failure) {
  std::lock_guard lock(mutex_);
  if (end_ != State::kOpen) return;
  end_ = State::kFailed;
  failure_ = std::move(failure);
  wake_reader();
}

bool Body::abandoned() const {
  std::lock_guard lock(mutex_);
  return abandoned_;
}

void Body::on_room(Waker waker) { wait_for(Wait::kRoom, std::move(waker)); }
void Body::on_empty(Waker waker) { wait_for(Wait::kEmpty, std::move(waker)); }
void Body::on_consumed(Waker waker) { wait_for(Wait::kConsumed, std::move(waker)); }

bool Body::empty() const {
  std::lock_guard lock(mutex_);
  return size() == 0;
}

std::size_t Body::take_consumed() {
  std::lock_guard lock(mutex_);
  return std::exchange(consumed_, 0);
}

Body::Read Body::read(std::size_t max) {
  std::lock_guard lock(mutex_);
  wanted_ = true;
  Read read;
  const std::size_t count = std::min(max, size());
  if (count != 0) {
    const auto first = bytes_.begin() + static_cast<std::ptrdiff_t>(begin_);
    read.bytes.assign(first, first + static_cast<std::ptrdiff_t>(count));
    begin_ += count;
    consumed_ += count;
    if (size() == 0) {
      begin_ = 0;
      bytes_.clear();
    }
  }
  if (size() == 0) read.state = end_;
  wake_writer();
  return read;
}

bool Body::readable() const {
  std::lock_guard lock(mutex_);
  return size() != 0 || end_ != State::kOpen;
}

Body::State Body::state() const {
  std::lock_guard lock(mutex_);
  return size() == 0 ? end_ : State::kOpen;
}

void Body::on_readable(Waker waker) {
  std::lock_guard lock(mutex_);
  reader_ = std::move(waker);
  if (reader_) wanted_ = true;
  if (size() != 0 || end_ != State::kOpen) wake_reader();
  wake_writer();
}

void Body::abandon() {
  std::lock_guard lock(mutex_);
  abandoned_ = true;
  consumed_ += size();
  begin_ = 0;
  bytes_ = {};
  wake_writer();
}

FieldList Body::take_trailers() {
  std::lock_guard lock(mutex_);
  return std::exchange(trailers_, {});
}

std::optional<Failure> Body::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace witc::http
