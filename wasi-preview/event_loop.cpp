// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/event_loop.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <limits>

#include "wasi-preview/fd.h"

namespace witc::wasi {
namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

/// A descriptor of the loop's own that can be read while `fd` is ready for `events`: an epoll of one; null if there can be
/// none. Asio would make `fd` itself non-blocking, and so the terminal or pipe of whoever it is shared with.
std::unique_ptr<Descriptor> watch_of(asio::io_context& io, int fd, std::uint32_t events) {
  const int watch = ::epoll_create1(EPOLL_CLOEXEC);
  if (watch < 0) return nullptr;
  epoll_event event{};
  event.events = events;
  boost::system::error_code failed;
  auto descriptor = std::make_unique<Descriptor>(io);
  if (::epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event) == 0) {
    descriptor->assign(watch, failed);
    if (!failed) return descriptor;
  }
  ::close(watch);
  return nullptr;
}

}  // namespace

EventLoop::EventLoop(const Deterministic& how) : clock_(how) {}

bool EventLoop::interrupted() {
  const int fd = interrupt_fd_ ? interrupt_fd_() : -1;
  if (fd < 0) return false;
  if (is_ready(fd, POLLIN)) return true;
  if (interrupt_ == nullptr || watched_fd_ != fd) {
    interrupt_ = watch_of(io_, fd, EPOLLIN);
    watched_fd_ = fd;
    if (interrupt_ != nullptr) {
      interrupt_->async_wait(Descriptor::wait_read, [this](boost::system::error_code failed) {
        if (!failed) watched_fd_ = -1;  // else it was of the watch before this one
      });
    }
  }
  return false;
}

bool EventLoop::sleep(std::span<Readiness* const> any) {
  constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t first = kNone;
  bool only_clocks = true;
  for (Readiness* item : any) {
    const auto* deadline = dynamic_cast<Deadline*>(item);
    if (deadline != nullptr) first = std::min(first, deadline->when());
    else only_clocks = false;
  }
  if (!only_clocks && first == kNone) return false;
  clock_.move_to(first);
  return true;
}

void EventLoop::poll() {
  io_.restart();
  io_.poll();
}

bool EventLoop::wait(Readiness& one) {
  Readiness* const alone[] = {&one};
  return wait(alone);
}

bool EventLoop::wait(std::span<Readiness* const> any) {
  auto is_ready = [](Readiness* item) { return item->ready(); };
  while (true) {
    if (std::any_of(any.begin(), any.end(), is_ready)) return true;
    poll();
    if (std::any_of(any.begin(), any.end(), is_ready)) return true;
    if (interrupted()) return false;
    if (clock_.is_virtual() && sleep(any)) continue;
    for (Readiness* item : any) item->arm();
    // Without work run_one would return at once; then nothing can ever become ready but by interruption.
    asio::executor_work_guard<asio::io_context::executor_type> work(io_.get_executor());
    io_.restart();
    io_.run_one();
  }
}

// -- Deadline -----------------------------------------------------------------------------------------------------------

struct Deadline::Timer {
  asio::steady_timer timer;
};

Deadline::Deadline(EventLoop& loop, std::uint64_t when_ns) : loop_(loop), when_ns_(when_ns) {}
Deadline::~Deadline() = default;

bool Deadline::ready() { return loop_.clock().monotonic() >= when_ns_; }

void Deadline::arm() {
  if (timer_ != nullptr) return;
  const std::uint64_t now = loop_.clock().monotonic();
  // Far away is as good as a year: after it, the loop looks again.
  constexpr std::uint64_t kYear = 365ull * 24 * 3600 * 1'000'000'000;
  const std::uint64_t left = when_ns_ > now ? std::min(when_ns_ - now, kYear) : 0;
  timer_ = std::make_unique<Timer>(Timer{asio::steady_timer(loop_.io(), std::chrono::nanoseconds(left))});
  timer_->timer.async_wait([](boost::system::error_code) {});
}

// -- FdReadiness --------------------------------------------------------------------------------------------------------

struct FdReadiness::Watch {
  std::unique_ptr<Descriptor> descriptor;
  bool is_armed = false;
};

FdReadiness::FdReadiness(EventLoop& loop, int fd, short events) : loop_(loop), fd_(fd), events_(events) {}
FdReadiness::~FdReadiness() {
  if (watch_ != nullptr) watch_->descriptor.reset();
}

bool FdReadiness::ready() {
  return fd_ < 0 || is_ready(fd_, events_);
}

void FdReadiness::arm() {
  if (watch_ == nullptr) {
    watch_ = std::make_shared<Watch>(Watch{watch_of(loop_.io(), fd_, (events_ & POLLOUT) != 0 ? EPOLLOUT : EPOLLIN)});
  }
  if (watch_->is_armed || watch_->descriptor == nullptr) return;
  watch_->is_armed = true;
  watch_->descriptor->async_wait(Descriptor::wait_read, [watch = watch_](boost::system::error_code) { watch->is_armed = false; });
}

}  // namespace witc::wasi
