// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:io/error, and wasi:io/poll on poll(2): one call waits for every pollable at once, nothing spins.
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "wasi-preview/state.h"

namespace witc::wasi {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kSecond = 1'000'000'000;

/// Waits for the file descriptors until the deadline; those that are ready have `revents` set.
void wait_until(std::vector<pollfd>& fds, std::uint64_t deadline, bool wait) {
  std::uint64_t now = monotonic_now();
  timespec timeout{};
  if (wait && deadline > now && deadline != kNever) {
    timeout.tv_sec = static_cast<time_t>((deadline - now) / kSecond);
    timeout.tv_nsec = static_cast<long>((deadline - now) % kSecond);
  }
  bool forever = wait && deadline == kNever;
  if (::ppoll(fds.data(), fds.size(), forever ? nullptr : &timeout, nullptr) < 0) {
    for (pollfd& one : fds) one.revents = 0;  // interrupted: the caller looks again
  }
}

/// Positions of those that are ready; waits until one is, unless `wait` is false. None if the guest is interrupted.
std::vector<std::uint32_t> poll_all(HostContext& context, std::span<const Pollable> pollables, bool wait) {
  while (true) {
    std::vector<pollfd> fds;
    std::uint64_t deadline = kNever;
    for (const Pollable& item : pollables) {
      if (item.kind == Pollable::kAlways) deadline = 0;
      if (item.kind == Pollable::kDeadline) deadline = std::min(deadline, item.deadline_ns);
      short events = item.kind == Pollable::kWritable ? POLLOUT : POLLIN;
      bool is_fd = item.kind == Pollable::kReadable || item.kind == Pollable::kWritable;
      fds.push_back({is_fd ? item.fd : -1, events, 0});
    }
    if (wait) fds.push_back({context.instance.interrupt_fd(), POLLIN, 0});
    wait_until(fds, deadline, wait);
    if (wait && fds.back().revents != 0) return {};

    std::vector<std::uint32_t> ready;
    std::uint64_t now = monotonic_now();
    for (std::uint32_t i = 0; i < pollables.size(); ++i) {
      const Pollable& item = pollables[i];
      bool is_ready = item.kind == Pollable::kAlways ||
                      (item.kind == Pollable::kDeadline && item.deadline_ns <= now) || fds[i].revents != 0;
      if (is_ready) ready.push_back(i);
    }
    if (!ready.empty() || !wait) return ready;
  }
}

}  // namespace

bool wait_for(HostContext& context, int fd, short events) {
  while (true) {
    pollfd both[] = {{fd, events, 0}, {context.instance.interrupt_fd(), POLLIN, 0}};
    if (::poll(both, 2, -1) < 0 && errno == EINTR) continue;
    return both[1].revents == 0;
  }
}

void add_io_error(Linker& linker, const StatePtr& state) {
  constexpr std::string_view kInterface = "wasi:io/error@0.2.0";
  linker.resource(kInterface, "error", [state](std::uint64_t rep) { state->errors.drop(rep); });
  linker.func(kInterface, "[method]error.to-debug-string",
              [state](HostContext&, std::span<const Val> args) -> HostResult {
                return Val::string(state->errors.get(args[0]).debug_string);
              });
}

void add_io_poll(Linker& linker, const StatePtr& state) {
  constexpr std::string_view kInterface = "wasi:io/poll@0.2.0";
  linker.resource(kInterface, "pollable", [state](std::uint64_t rep) { state->pollables.drop(rep); });
  linker.func(kInterface, "[method]pollable.ready",
              [state](HostContext& context, std::span<const Val> args) -> HostResult {
                Pollable one = state->pollables.get(args[0]);
                return Val::boolean(!poll_all(context, {&one, 1}, false).empty());
              });
  linker.func(kInterface, "[method]pollable.block",
              [state](HostContext& context, std::span<const Val> args) -> HostResult {
                Pollable one = state->pollables.get(args[0]);
                poll_all(context, {&one, 1}, true);
                return std::nullopt;
              });
  linker.func(kInterface, "poll", [state](HostContext& context, std::span<const Val> args) -> HostResult {
    const auto& handles = args[0].get_if<Val::List>()->items;
    if (handles.empty()) return std::unexpected(Trap::host("empty list of pollables"));
    std::vector<Pollable> pollables;
    for (const Val& handle : handles) pollables.push_back(state->pollables.get(handle));
    std::vector<Val> ready;
    for (std::uint32_t position : poll_all(context, pollables, true)) ready.push_back(Val::unsigned_(position));
    return Val::list(std::move(ready));
  });
}

}  // namespace witc::wasi
