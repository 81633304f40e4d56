// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What crosses between a thread that does I/O and a thread that runs a guest: a body, which is a bounded pipe of bytes
// with trailers at its end, and a Promise, which is one value. Both sides may be any thread; nothing here blocks.
//
// Whoever has to wait leaves a waker, which is called once, with the lock held, by whichever thread makes the wait be
// over: so a waker may do no more than post to an event loop. Leaving another replaces it, an empty one takes it away:
// after that it is not running and will not run, so what it refers to may go.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "wasi-preview/http/message.h"

namespace witc::http {

using Waker = std::function<void()>;

class Body {
 public:
  static constexpr std::size_t kCapacity = 64 << 10;

  /// `on_demand`: there is no room until the reader has asked for something (Expect: 100-continue).
  explicit Body(std::size_t capacity = kCapacity, bool on_demand = false) : capacity_(capacity), wanted_(!on_demand) {}

  // The writer.

  /// Bytes that may be written now. It may be 0 for a body that is abandoned.
  [[nodiscard]] std::size_t room() const;
  /// More than `room()` is taken too; false, and nothing done, if the body was abandoned or is at its end.
  bool write(std::span<const std::uint8_t> bytes);
  /// The end; what was written can still be read.
  void finish(FieldList trailers = {});
  /// The end, by force: what was written and not yet read can still be read, then comes the failure.
  void fail(Failure failure);
  /// The reader is gone.
  [[nodiscard]] bool abandoned() const;
  /// Wakes when there is room, or the body is abandoned.
  void on_room(Waker waker);
  /// Wakes when all that was written was read, or the body is abandoned. The writer waits for one thing at a time.
  void on_empty(Waker waker);
  [[nodiscard]] bool empty() const;
  /// Bytes read, or thrown away, since this was last asked: for flow control by credit. Wakes when there are any.
  std::size_t take_consumed();
  void on_consumed(Waker waker);

  // The reader.

  enum class State : std::uint8_t { kOpen, kFinished, kFailed };
  struct Read {
    std::vector<std::uint8_t> bytes;
    State state = State::kOpen;  // once there are no more bytes
  };
  /// Up to `max` bytes. None, and kOpen: nothing there now.
  Read read(std::size_t max);
  /// Bytes, or an end, are there.
  [[nodiscard]] bool readable() const;
  /// Has the end been reached: nothing left to read?
  [[nodiscard]] State state() const;
  void on_readable(Waker waker);
  /// Nothing will be read any more.
  void abandon();
  /// Of a finished body; once.
  FieldList take_trailers();
  [[nodiscard]] std::optional<Failure> failure() const;

 private:
  enum class Wait : std::uint8_t { kRoom, kEmpty, kConsumed };
  void wake_reader();
  void wake_writer();
  void wait_for(Wait wait, Waker waker);
  [[nodiscard]] std::size_t size() const { return bytes_.size() - begin_; }
  [[nodiscard]] bool has_room() const { return wanted_ && size() < capacity_; }

  mutable std::mutex mutex_;
  std::vector<std::uint8_t> bytes_;
  std::size_t begin_ = 0;  // of what was not yet read
  std::size_t capacity_;
  std::size_t consumed_ = 0;
  bool wanted_;
  bool abandoned_ = false;
  Wait wait_ = Wait::kRoom;  // what writer_ waits for
  State end_ = State::kOpen;
  FieldList trailers_;
  std::optional<Failure> failure_;
  Waker reader_, writer_;
};

/// One value, set once by one side and waited for by the other.
template <class T>
class Promise {
 public:
  /// False if it was set before: the first one stays.
  bool set(T value) {
    std::lock_guard lock(mutex_);
    if (is_set_) return false;
    value_.emplace(std::move(value));
    is_set_ = true;
    if (Waker waker = std::exchange(waker_, {})) waker();
    return true;
  }
  [[nodiscard]] bool is_set() const {
    std::lock_guard lock(mutex_);
    return is_set_;
  }
  /// The value if it is set and was not taken.
  std::optional<T> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(value_, std::nullopt);
  }
  void on_set(Waker waker) {
    std::lock_guard lock(mutex_);
    if (is_set_ && waker) waker();
    else waker_ = std::move(waker);
  }

 private:
  mutable std::mutex mutex_;
  std::optional<T> value_;
  bool is_set_ = false;
  Waker waker_;
};

}  // namespace witc::http
