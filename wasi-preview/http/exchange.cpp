// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/http/exchange.h"

namespace witc::http {

bool Answers::inform(ResponseHead head) {
  std::lock_guard lock(mutex_);
  if (is_set_ || informational_.size() >= kMaxWaiting) return false;
  informational_.push_back(std::move(head));
  if (Waker waker = std::exchange(waker_, {})) waker();
  return true;
}

bool Answers::set(Answer answer) {
  std::lock_guard lock(mutex_);
  if (is_set_) return false;
  is_set_ = true;
  if (is_closed_) {
    if (answer.body != nullptr) answer.body->abandon();
    return false;
  }
  answer_ = std::move(answer);
  if (Waker waker = std::exchange(waker_, {})) waker();
  return true;
}

std::vector<ResponseHead> Answers::take_informational() {
  std::lock_guard lock(mutex_);
  return std::exchange(informational_, {});
}

bool Answers::is_set() const {
  std::lock_guard lock(mutex_);
  return is_set_;
}

std::optional<Answer> Answers::take() {
  std::lock_guard lock(mutex_);
  return std::exchange(answer_, std::nullopt);
}

void Answers::close() {
  std::lock_guard lock(mutex_);
  is_closed_ = true;
  waker_ = {};
  if (answer_ && answer_->body != nullptr) answer_->body->abandon();
  answer_.reset();
}

void Answers::on_change(Waker waker) {
  std::lock_guard lock(mutex_);
  if (waker && (answer_ || !informational_.empty())) waker();
  else waker_ = std::move(waker);
}

}  // namespace witc::http
