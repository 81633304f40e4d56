// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Stopping a store from another thread. The request is a word in the store's StoreHeader: compiled code that was made
// interruptible looks at it on every way that can go on for ever, the runtime where it waits and when a host function
// returns. The object outlives the store, so that a handle to it may as well.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

namespace witc::engine {

class Interruption {
 public:
  /// `word` is 0, and stays where it is until `detach`.
  explicit Interruption(std::atomic<std::uint32_t>& word) : word_(&word) {}
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption();

  /// From any thread, at any time.
  void request();
  /// Execution may go on again.
  void clear();
  [[nodiscard]] bool is_requested() const;
  /// The store goes away; from its own thread.
  void detach();
  /// Readable after a request; made when first asked for. -1 if the system gives none.
  int fd();

  /// While it lives, a request notifies `wake`, under `mutex`: for waits of the store's thread. They look at
  /// `is_requested` under `mutex` before they wait.
  class Wait {
   public:
    Wait(Interruption& interruption, std::mutex& mutex, std::condition_variable& wake);
    ~Wait();
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

   private:
    Interruption& interruption_;
  };

 private:
  std::mutex mutex_;  // before the mutex of a wait
  std::atomic<std::uint32_t>* word_;  // under the mutex
  std::mutex* wait_mutex_ = nullptr;
  std::condition_variable* wake_ = nullptr;
  int fd_ = -1;
};

/// Requests an interruption at a time, unless it is destroyed before.
class Deadline {
 public:
  Deadline(std::shared_ptr<Interruption> interruption, std::chrono::nanoseconds timeout);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_over_ = false;  // under the mutex
  std::thread thread_;
};

}  // namespace witc::engine
