// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Requests, the waits they end, and deadlines.
#include "engine/runtime/interruption.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

namespace witc::engine {

Interruption::~Interruption() {
  if (fd_ >= 0) close(fd_);
}

int Interruption::fd() {
  const std::lock_guard lock(mutex_);
  if (fd_ < 0) fd_ = eventfd(is_requested() ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fd_;
}

void Interruption::request() {
  const std::lock_guard lock(mutex_);
  if (word_ == nullptr) return;
  word_->store(1);
  if (fd_ >= 0) eventfd_write(fd_, 1);
  if (wake_ == nullptr) return;
  const std::lock_guard waiting(*wait_mutex_);
  wake_->notify_all();
}

void Interruption::clear() {
  const std::lock_guard lock(mutex_);
  if (word_ != nullptr) word_->store(0);
  eventfd_t count = 0;
  if (fd_ >= 0) eventfd_read(fd_, &count);
}

// Of the store's own thread, which alone takes the word away: no lock.
bool Interruption::is_requested() const { return word_ != nullptr && word_->load() != 0; }

void Interruption::detach() {
  const std::lock_guard lock(mutex_);
  word_ = nullptr;
}

Interruption::Wait::Wait(Interruption& interruption, std::mutex& mutex, std::condition_variable& wake)
    : interruption_(interruption) {
  const std::lock_guard lock(interruption_.mutex_);
  interruption_.wait_mutex_ = &mutex;
  interruption_.wake_ = &wake;
}

Interruption::Wait::~Wait() {
  const std::lock_guard lock(interruption_.mutex_);
  interruption_.wait_mutex_ = nullptr;
  interruption_.wake_ = nullptr;
}

Deadline::Deadline(std::shared_ptr<Interruption> interruption, std::chrono::nanoseconds timeout) {
  constexpr std::chrono::nanoseconds kForEver = std::chrono::hours(24 * 365 * 30);  // a later time may overflow
  const auto end = std::chrono::steady_clock::now() + std::min(timeout, kForEver);
  thread_ = std::thread([this, end, interruption = std::move(interruption)] {
    std::unique_lock lock(mutex_);
    if (!wake_.wait_until(lock, end, [this] { return is_over_; })) interruption->request();
  });
}

Deadline::~Deadline() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

}  // namespace witc::engine
