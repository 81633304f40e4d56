// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A request that came in, and its answer: what a server and those who answer have between them.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "wasi-preview/http/body.h"
#include "wasi-preview/http/message.h"

namespace witc::http {

struct Answer {
  ResponseHead head;
  std::shared_ptr<Body> body;  // null: none. For HEAD, 204 and 304 it is read and thrown away
};

/// The answer as it is made: informational ones first (RFC 9110, 15.2), as many as wanted, then the one.
class Answers {
 public:
  static constexpr std::size_t kMaxWaiting = 64;

  /// False if the answer was given before, or too many wait to be sent.
  bool inform(ResponseHead head);
  bool set(Answer answer);

  [[nodiscard]] std::vector<ResponseHead> take_informational();
  [[nodiscard]] bool is_set() const;
  [[nodiscard]] std::optional<Answer> take();
  /// Nothing will be taken any more: bodies of answers are abandoned, those to come too.
  void close();
  /// Wakes when there is something to take; once.
  void on_change(Waker waker);

 private:
  mutable std::mutex mutex_;
  std::vector<ResponseHead> informational_;
  std::optional<Answer> answer_;
  bool is_set_ = false;
  bool is_closed_ = false;
  Waker waker_;
};

/// One request and its answer.
struct Exchange {
  RequestHead head;
  std::shared_ptr<Body> request_body;
  Answers response;
  std::string peer;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> body_bytes_sent = 0;

  /// Whoever answers is done with it: what of the request was not read will not be. With this status if there is no answer.
  void end(std::uint16_t status) {
    response.set({{status, {}}, nullptr});
    request_body->abandon();
  }
};

}  // namespace witc::http
