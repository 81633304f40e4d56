// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Waiting. Clocks and standard streams are pollables; a file, or what is wrong with a subscription, is there at once.
#include "linker/new/preview1/wasm32/descriptors.h"
#include "linker/new/preview1/wasm32/memory.h"

namespace preview1 {
namespace {

constexpr u32 kMaxSubscriptions = 65536;

/// Until a time of day, which has no pollable: the time that is left.
u64 time_left(u64 when) {
  wasi::Datetime now{};
  wasi::wall_now(&now);
  u64 time;
  return wasi::to_nanoseconds(now, time) && when > time ? when - time : 0;
}

wasi::Handle clock_pollable(const Subscription& subscription) {
  bool is_absolute = subscription.flags & kAbstime;
  if (subscription.id == kMonotonic && is_absolute) return wasi::subscribe_instant(subscription.timeout);
  return wasi::subscribe_duration(is_absolute ? time_left(subscription.timeout) : subscription.timeout);
}

/// What a subscription waits for: a pollable, or 0 and an event.
wasi::Handle pollable_of(const Subscription& subscription, Event& event) {
  event = {subscription.userdata, kSuccess, subscription.type, 0, 0};
  if (subscription.type == kClockEvent) {
    if (subscription.id <= kMonotonic) return clock_pollable(subscription);
    event.error = kInval;
    return 0;
  }
  bool reads = subscription.type == kReadEvent;
  if (!reads && subscription.type != kWriteEvent) {
    event.error = kInval;
    return 0;
  }
  Descriptor* descriptor = find(subscription.id);
  event.bytes = 1;
  if (descriptor == nullptr || (!descriptor->is_file() && reads != (descriptor->kind == Kind::kStdin))) {
    event.error = kBadf;
    event.bytes = 0;
  } else if (!descriptor->is_file()) {
    wasi::Handle stream = reads ? input_stream(*descriptor) : output_stream(*descriptor);
    if (stream != 0) return reads ? wasi::subscribe_input(stream) : wasi::subscribe_output(stream);
  } else if (reads) {
    wasi::Result<wasi::Stat> stat{};
    wasi::stat(descriptor->file, &stat);
    if (stat.is_error) event.error = static_cast<u16>(errno_of(stat.code));
    u64 size = stat.is_error ? 0 : stat.value.size;
    event.bytes = size > descriptor->position && !descriptor->at_end ? size - descriptor->position : 0;
  }
  return 0;
}

}  // namespace

PREVIEW1(poll_oneoff)(u32 in, u32 out, u32 count, u32 ready_count) {
  if (count == 0 || count > kMaxSubscriptions) return kInval;
  Scratch scratch;
  // Pollables, and which subscription each is of; one place more for a clock that is ready already.
  auto* pollables = reinterpret_cast<wasi::Handle*>(allocate((count + 1) * sizeof(wasi::Handle)));
  auto* owners = reinterpret_cast<u32*>(allocate(count * sizeof(u32)));
  if (pollables == nullptr || owners == nullptr) return kNomem;
  u32 waiting = 0, done = 0;
  for (u32 i = 0; i < count; ++i) {
    Event event;
    wasi::Handle pollable = pollable_of(load<Subscription>(in, i), event);
    if (pollable != 0) {
      owners[waiting] = i;
      pollables[waiting++] = pollable;
    } else {
      store(out + done++ * sizeof(Event), event);
    }
  }
  if (waiting != 0) {
    u32 all = waiting;
    if (done != 0) pollables[all++] = wasi::subscribe_duration(0);  // only look whether others are ready too
    wasi::Indices ready{};
    wasi::poll(pollables, all, &ready);
    for (u32 i = 0; i < all; ++i) wasi::drop_pollable(pollables[i]);
    for (u32 i = 0; i < ready.length; ++i) {
      if (ready.data[i] >= waiting) continue;
      Subscription subscription = load<Subscription>(in, owners[ready.data[i]]);
      Event event{subscription.userdata, kSuccess, subscription.type, subscription.type != kClockEvent, 0};
      store(out + done++ * sizeof(Event), event);
    }
  }
  store(ready_count, done);
  return kSuccess;
}

}  // namespace preview1
