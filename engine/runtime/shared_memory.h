// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A shared memory: its reservation, its size, and the queue of those who wait on its addresses (threads proposal,
// "Wait and Notify operators"). It belongs to whoever holds it: stores, and the embedder's SharedMemory.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "engine/engine.h"
#include "engine/runtime/interruption.h"
#include "engine/runtime/reservation.h"

namespace witc::engine {

struct SharedMemory::Impl {
  std::atomic<std::uint64_t> bytes{0};  // read by compiled code, see MemoryEntry
  wasm::MemoryType type;
  std::uint64_t max_bytes;

  Impl(const wasm::MemoryType& t, std::uint64_t max) : type(t), max_bytes(max) {}
  /// Of size 0. Errors: kEngineResource.
  static Result<std::shared_ptr<Impl>> make(const wasm::MemoryType& type, std::uint64_t max_bytes);

  [[nodiscard]] std::uint8_t* base() const { return reservation_.base(); }
  /// Safe in a signal handler.
  [[nodiscard]] bool contains(std::uintptr_t address) const { return reservation_.contains(address); }
  /// The old size in pages, or -1.
  std::uint64_t grow(std::uint64_t delta);

  enum WaitResult : std::uint32_t { kWoken = 0, kNotEqual = 1, kTimedOut = 2, kInterrupted = 3 };
  /// `address` is inside and aligned to `width`, 4 or 8 bytes. A negative timeout is none. `interruption`: of the
  /// waiting store.
  WaitResult wait(std::uint64_t address, std::uint64_t expected, std::uint32_t width, std::int64_t timeout_ns,
                  Interruption& interruption);
  /// How many were woken, the longest waiting first.
  std::uint32_t notify(std::uint64_t address, std::uint32_t count);

 private:
  struct Waiter {
    std::uint64_t address;
    bool woken = false;
    std::condition_variable wake;
  };

  Reservation reservation_;
  std::mutex mutex_;  // of all below, and of growing
  std::vector<Waiter*> waiters_;
};

}  // namespace witc::engine
