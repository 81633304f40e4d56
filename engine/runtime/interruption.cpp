// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/runtime/interruption.h"

namespace witc::engine {

void Interruption::request() {
  const std::lock_guard lock(mutex_);
  if (word_ == nullptr) return;
  word_->store(1);
  if (wake_ == nullptr) return;
  const std::lock_guard waiting(*wait_mutex_);
  wake_->notify_all();
}

void Interruption::clear() {
  const std::lock_guard lock(mutex_);
  if (word_ != nullptr) word_->store(0);
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

}  // namespace witc::engine
