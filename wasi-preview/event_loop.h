// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Waiting, for one program: a Boost.Asio io_context that the guest's own thread runs while it waits or looks, and never
// else. Everything a guest can wait for is a Readiness. The design rests on two rules: `ready()` looks at the thing itself,
// so no event can be missed or counted twice; and after `arm()` some handler runs on the loop when `ready()` may have
// changed, so nothing spins. What is completed on other threads (HTTP) is posted to `io()`.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "wasi-preview/clock.h"

namespace witc::wasi {

/// Something that a guest can wait for. Used on the guest's thread.
class Readiness {
 public:
  virtual ~Readiness() = default;
  /// Looks, without waiting.
  virtual bool ready() = 0;
  /// Makes sure that a handler will run on the loop when `ready()` may have become true. Doing it again changes nothing.
  virtual void arm() = 0;
};

class EventLoop {
 public:
  /// `how`: of its clock. Waiting moves virtual time on at once.
  explicit EventLoop(const Deterministic& how = {});
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  [[nodiscard]] boost::asio::io_context& io() { return io_; }

  /// Runs handlers until one of these is ready. False if the guest was interrupted meanwhile: it traps when the host
  /// function returns.
  bool wait(std::span<Readiness* const> any);
  bool wait(Readiness& one);
  /// Runs the handlers that are due, and returns.
  void poll();

  /// The file descriptor that is readable once the guest is interrupted (ComponentInstance::interrupt_fd); asked for
  /// when a wait begins, -1 for none.
  void set_interrupt_fd(std::function<int()> interrupt_fd) { interrupt_fd_ = std::move(interrupt_fd); }

  /// The guest is gone, and its descriptor with it: the next one's may have the same number.
  void forget_interrupt() {
    interrupt_.reset();
    watched_fd_ = -1;
  }

  [[nodiscard]] const Clock& clock() const { return clock_; }

 private:
  /// Has the guest been interrupted? If not, an interruption will run a handler.
  bool interrupted();
  /// Virtual time: on to the first deadline among these, if there is one. False if there is nothing to sleep for.
  bool sleep(std::span<Readiness* const> any);

  boost::asio::io_context io_{1};
  Clock clock_;
  std::function<int()> interrupt_fd_;
  std::unique_ptr<boost::asio::posix::stream_descriptor> interrupt_;  // watches the descriptor
  int watched_fd_ = -1;
};

/// A moment on the monotonic clock.
class Deadline final : public Readiness {
 public:
  Deadline(EventLoop& loop, std::uint64_t when_ns);
  ~Deadline() override;
  bool ready() override;
  void arm() override;
  [[nodiscard]] std::uint64_t when() const { return when_ns_; }

 private:
  struct Timer;
  EventLoop& loop_;
  std::uint64_t when_ns_;
  std::unique_ptr<Timer> timer_;
};

/// Something always there.
class Always final : public Readiness {
 public:
  bool ready() override { return true; }
  void arm() override {}
};

/// A file descriptor that can be read or written (poll(2): POLLIN, POLLOUT; also its end or an error). Not owned.
class FdReadiness final : public Readiness {
 public:
  FdReadiness(EventLoop& loop, int fd, short events);
  ~FdReadiness() override;
  bool ready() override;
  void arm() override;

 private:
  struct Watch;
  EventLoop& loop_;
  int fd_;
  short events_;
  std::shared_ptr<Watch> watch_;  // shared with the handler that is to run
};

}  // namespace witc::wasi
