// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One lock and one queue for each memory: waiting is rare and slow anyway. A value is compared and its waiter queued
// under the lock that `notify` takes, so no wake-up is lost.
#include "engine/runtime/shared_memory.h"

#include <algorithm>
#include <chrono>

#include "engine/memory_shape.h"

namespace witc::engine {

Result<std::shared_ptr<SharedMemory::Impl>> SharedMemory::Impl::make(const wasm::MemoryType& type,
                                                                     std::uint64_t max_bytes) {
  auto memory = std::make_shared<Impl>(type, max_bytes);
  const MemoryShape shape(memory->type);
  memory->reservation_ =
      TRY(Reservation::reserve(shape.span(), MemoryShape::kGuardBefore, MemoryShape::kGuardBehind));
  return memory;
}

std::uint64_t SharedMemory::Impl::grow(std::uint64_t delta) {
  const std::lock_guard lock(mutex_);
  const MemoryShape shape(type);
  const std::uint64_t pages = bytes / shape.page_size();
  const std::uint64_t most = shape.max_pages(max_bytes);
  if (pages > most || delta > most - pages) return ~0ull;
  const std::uint64_t size = (pages + delta) * shape.page_size();
  if (!reservation_.commit(bytes, size)) return ~0ull;
  bytes = size;
  return pages;
}

SharedMemory::Impl::WaitResult SharedMemory::Impl::wait(std::uint64_t address, std::uint64_t expected,
                                                        std::uint32_t width, std::int64_t timeout_ns,
                                                        Interruption& interruption) {
  using Clock = std::chrono::steady_clock;
  constexpr std::int64_t kForEver = std::int64_t{1} << 60;  // some 36 years; a later time may not be representable
  const bool has_end = timeout_ns >= 0 && timeout_ns < kForEver;
  const Clock::time_point end = Clock::now() + std::chrono::nanoseconds(has_end ? timeout_ns : 0);
  Waiter self{address, false, {}};
  const Interruption::Wait waiting(interruption, mutex_, self.wake);
  std::unique_lock lock(mutex_);
  std::uint8_t* place = base() + address;
  const std::uint64_t value = width == 4
                                  ? __atomic_load_n(reinterpret_cast<std::uint32_t*>(place), __ATOMIC_SEQ_CST)
                                  : __atomic_load_n(reinterpret_cast<std::uint64_t*>(place), __ATOMIC_SEQ_CST);
  if (value != expected) return kNotEqual;
  waiters_.push_back(&self);
  auto is_over = [&] { return self.woken || interruption.is_requested(); };
  if (has_end) self.wake.wait_until(lock, end, is_over);
  else self.wake.wait(lock, is_over);
  if (self.woken) return kWoken;  // `notify` took it off the queue
  std::erase(waiters_, &self);
  return interruption.is_requested() ? kInterrupted : kTimedOut;
}

std::uint32_t SharedMemory::Impl::notify(std::uint64_t address, std::uint32_t count) {
  const std::lock_guard lock(mutex_);
  std::uint32_t woken = 0;
  std::erase_if(waiters_, [&](Waiter* waiter) {
    if (woken == count || waiter->address != address) return false;
    ++woken;
    waiter->woken = true;
    waiter->wake.notify_one();
    return true;
  });
  return woken;
}

// -- the embedder's handle

Result<SharedMemory> SharedMemory::make(const wasm::MemoryType& type, std::uint64_t max_bytes) {
  SharedMemory memory(TRY(Impl::make(type, max_bytes)));
  if (memory.impl_->grow(type.limits.min) == ~0ull) {
    return error(DiagCode::kEngineResource, "the shared memory's minimum size exceeds the limit");
  }
  return memory;
}

const wasm::MemoryType& SharedMemory::type() const { return impl_->type; }

std::span<std::uint8_t> SharedMemory::bytes() const { return {impl_->base(), impl_->bytes}; }

std::optional<std::uint64_t> SharedMemory::grow(std::uint64_t delta) const {
  const std::uint64_t before = impl_->grow(delta);
  if (before == ~0ull) return std::nullopt;
  return before;
}

std::uint32_t SharedMemory::notify(std::uint64_t address, std::uint32_t count) const {
  return impl_->notify(address, count);
}

}  // namespace witc::engine
