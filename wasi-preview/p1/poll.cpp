// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// poll_oneoff: one ppoll(2) for every file descriptor, the earliest of the times and the guest's interruption. Nothing
// spins: a wait ends because something is there, or the time is.
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/result.h"
#include "wasi-preview/p1/host.h"

namespace witc::wasi::p1 {
namespace {

constexpr u32 kMaxSubscriptions = 1 << 16;
constexpr u64 kNever = std::numeric_limits<u64>::max();
constexpr u64 kSecond = 1'000'000'000;
constexpr u16 kSubscriptionClockAbstime = 1;
constexpr u16 kFdReadwriteHangup = 1;

struct Subscription {
  u64 userdata = 0;
  Eventtype type = Eventtype::kClock;
  u64 deadline = kNever;           // of the monotonic clock
  const Entry* entry = nullptr;    // kFdRead, kFdWrite
  Errno error = Errno::kSuccess;   // what is wrong with it
  bool ready = false;
};

u64 saturating_add(u64 a, u64 b) { return b > kNever - a ? kNever : a + b; }

Expected<u64> deadline_of(const Clocks& clocks, u32 clock, u64 timeout, bool absolute) {
  const bool realtime = clock == static_cast<u32>(Clockid::kRealtime);
  if (!realtime && clock != static_cast<u32>(Clockid::kMonotonic)) return std::unexpected(Errno::kInval);
  if (!absolute) return saturating_add(clocks.monotonic(), timeout);
  if (!realtime) return timeout;
  const u64 wall = clocks.now(clock).value_or(0);
  return saturating_add(clocks.monotonic(), timeout > wall ? timeout - wall : 0);
}

/// As the kernel says it of a file descriptor; what needs no waiting is there at once.
pollfd pollfd_of(const Subscription& one) {
  if (one.entry == nullptr || !one.entry->waits()) return {-1, 0, 0};
  return {one.entry->fd(), static_cast<short>(one.type == Eventtype::kFdRead ? POLLIN : POLLOUT), 0};
}

/// What a read would give, and whether that is all there will ever be.
void count_bytes(const Subscription& one, short revents, u64& nbytes, u16& flags) {
  const Entry& entry = *one.entry;
  if ((revents & (POLLHUP | POLLERR)) != 0) flags = kFdReadwriteHangup;
  if (one.type == Eventtype::kFdWrite) {
    nbytes = entry.waits() ? 4096 : 1;
  } else if (entry.fd() < 0) {
    flags = kFdReadwriteHangup;
  } else if (entry.waits()) {
    int available = 0;
    if (::ioctl(entry.fd(), FIONREAD, &available) == 0 && available > 0) nbytes = static_cast<u64>(available);
    if (nbytes != 0) flags = 0;
  } else if (entry.file && !entry.file->is_directory()) {
    auto stat = entry.file->stat();
    auto position = entry.file->seek(0, SEEK_CUR);
    if (stat && position && stat->size > *position) nbytes = stat->size - *position;
  } else {
    nbytes = 1;
  }
}

void store_event(std::span<u8> place, const Subscription& one, short revents) {
  std::fill(place.begin(), place.end(), u8{0});
  put(place, EventLayout::kUserdata, one.userdata);
  put(place, EventLayout::kError, static_cast<u16>(one.error));
  put(place, EventLayout::kType, static_cast<u8>(one.type));
  if (one.entry == nullptr) return;
  u64 nbytes = 0;
  u16 flags = 0;
  count_bytes(one, revents, nbytes, flags);
  put(place, EventLayout::kNbytes, nbytes);
  put(place, EventLayout::kFlags, flags);
}

Expected<Subscription> read_subscription(const Call& call, std::span<const u8> record, Table& table, const Clocks& clocks) {
  Subscription one{.userdata = get<u64>(record, 0)};
  const u8 type = get<u8>(record, 8);
  if (type > static_cast<u8>(Eventtype::kFdWrite)) return std::unexpected(Errno::kInval);
  one.type = static_cast<Eventtype>(type);
  if (one.type == Eventtype::kClock) {
    const auto clock = record.subspan(call.unstable ? 24 : 16);  // preview 0 has an identifier before
    const u16 flags = get<u16>(clock, 24);
    auto deadline = deadline_of(clocks, get<u32>(clock, 0), get<u64>(clock, 8), (flags & kSubscriptionClockAbstime) != 0);
    if (deadline) one.deadline = *deadline;
    else one.error = deadline.error();
  } else {
    auto entry = table.find(get<u32>(record, 16), rights::kPollFdReadwrite);
    if (entry) one.entry = *entry;
    else one.error = entry.error();
  }
  return one;
}

timespec until(u64 deadline, u64 now) {
  const u64 left = deadline > now ? deadline - now : 0;
  return {static_cast<time_t>(std::min<u64>(left / kSecond, std::numeric_limits<int>::max())), static_cast<long>(left % kSecond)};
}

/// Fills in what poll(2) found. EINTR: the guest was interrupted.
Expected<bool> look(std::vector<Subscription>& all, std::vector<pollfd>& fds, Clocks& clocks, u64 deadline, bool wait) {
  const bool forever = wait && deadline == kNever;
  const timespec timeout = wait && !forever ? until(deadline, clocks.monotonic()) : timespec{};
  if (::ppoll(fds.data(), fds.size(), forever ? nullptr : &timeout, nullptr) < 0) {
    if (errno != EINTR) return std::unexpected(to_errno(errno));
    for (pollfd& one : fds) one.revents = 0;
  }
  if (fds.back().revents != 0) return std::unexpected(Errno::kIntr);
  const u64 now = clocks.monotonic();
  bool any = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    Subscription& one = all[i];
    one.ready = one.error != Errno::kSuccess || one.deadline <= now || fds[i].revents != 0 ||
                (one.entry != nullptr && !one.entry->waits());
    any = any || one.ready;
  }
  return any;
}

}  // namespace

Errno Host::poll_oneoff(Call& call, u32 in, u32 out, u32 nsubscriptions, u32 nevents) {
  if (nsubscriptions == 0 || nsubscriptions > kMaxSubscriptions) return Errno::kInval;
  const u32 size = call.unstable ? 56 : 48;
  const auto records = TRY(call.memory.array(in, nsubscriptions, size));
  const auto events = TRY(call.memory.array(out, nsubscriptions, EventLayout::kSize));
  TRY(call.memory.slice(nevents, sizeof(u32)));
  std::vector<Subscription> all;
  std::vector<pollfd> fds;
  u64 deadline = kNever;
  for (u32 i = 0; i < nsubscriptions; ++i) {
    all.push_back(TRY(read_subscription(call, records.subspan(std::size_t{i} * size, size), table_, clocks_)));
    fds.push_back(pollfd_of(all.back()));
    deadline = std::min(deadline, all.back().deadline);
  }
  fds.push_back({call.caller.interrupt_fd(), POLLIN, 0});

  bool any = TRY(look(all, fds, clocks_, deadline, false));
  if (!any && clocks_.is_virtual() && deadline != kNever) clocks_.move_to(deadline);
  while (!any) any = TRY(look(all, fds, clocks_, deadline, !clocks_.is_virtual() || deadline == kNever));

  u32 count = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].ready) continue;
    store_event(events.subspan(std::size_t{count} * EventLayout::kSize, EventLayout::kSize), all[i], fds[i].revents);
    ++count;
  }
  TRY(call.memory.store(nevents, count));
  return Errno::kSuccess;
}

}  // namespace witc::wasi::p1
