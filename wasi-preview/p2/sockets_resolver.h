// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Looking up names while the guest goes on: getaddrinfo(3) blocks and cannot be cancelled, so it runs on threads, of which
// a program has a few, and the answer is posted to the program's loop. When the program ends, threads that still wait for
// an answer are let go: they hold nothing of the program's, and what they find is thrown away.

#include <memory>
#include <string>
#include <vector>

#include "wasi-preview/event_loop.h"
#include "wasi-preview/p2/sockets_address.h"

namespace witc::wasi {

/// One look-up. Ready: it has a result. Used on the guest's thread.
class Lookup final : public Readiness {
 public:
  /// What is known at once.
  static std::shared_ptr<Lookup> known(std::vector<IpAddress> addresses);

  bool ready() override { return is_done_; }
  void arm() override {}  // the answer is posted
  /// Once ready: the addresses, at least one, or why there are none.
  [[nodiscard]] const SocketResult<std::vector<IpAddress>>& result() const { return result_; }

 private:
  friend class Resolver;
  std::string name_;
  bool is_done_ = false;
  SocketResult<std::vector<IpAddress>> result_;
};

class Resolver {
 public:
  explicit Resolver(std::shared_ptr<EventLoop> loop);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Begins to look up a name that HostName has checked. Who drops the look-up cancels it. With kMaxWaiting before it, it
  /// fails at once: temporary-resolver-failure.
  std::shared_ptr<Lookup> start(const std::string& ascii_name);

  static constexpr unsigned kMaxThreads = 4;
  static constexpr std::size_t kMaxWaiting = 256;

 private:
  struct Shared;
  std::shared_ptr<EventLoop> loop_;
  std::shared_ptr<Shared> shared_;  // with the threads
};

}  // namespace witc::wasi
