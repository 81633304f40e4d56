// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Address space reserved for something that grows and must not move. Pages are inaccessible until committed, zero
// when they are.
//
// Mapping, protecting and unmapping is most of what making and dropping an instance costs, so a ReservationPool keeps
// what was dropped for the next of the same shape: its pages are given back to the system, its address space and the
// protection of its first bytes stay as they are.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

#include "base/result.h"

namespace witc::engine {

class ReservationPool;

class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation();

  /// `size` usable bytes with `front` and `back` bytes of guard around them, all multiples of the page size.
  /// Errors: kEngineResource.
  static Result<Reservation> reserve(std::size_t size, std::size_t front, std::size_t back);

  [[nodiscard]] std::uint8_t* base() const { return base_; }
  /// Makes [from, to) accessible, rounded outwards to pages; what is before it is so already. False if the system refuses.
  bool commit(std::size_t from, std::size_t to);
  /// Is the address inside, guards included? Safe in a signal handler.
  [[nodiscard]] bool contains(std::uintptr_t address) const {
    const auto begin = reinterpret_cast<std::uintptr_t>(mapping_);
    return address >= begin && address < begin + mapped_;
  }

 private:
  friend class ReservationPool;
  void release();

  std::uint8_t* mapping_ = nullptr;
  std::size_t mapped_ = 0;
  std::uint8_t* base_ = nullptr;
  std::size_t accessible_ = 0;  // bytes from the base on
  std::size_t initial_ = 0;     // of them, when it came from its pool
  std::shared_ptr<ReservationPool> home_;
};

/// May be used by many threads. Lives as long as what came from it.
class ReservationPool : public std::enable_shared_from_this<ReservationPool> {
 public:
  /// As Reservation::reserve, with the first `initial` bytes accessible. The result comes back by itself.
  Result<Reservation> take(std::size_t size, std::size_t front, std::size_t back, std::size_t initial);

 private:
  friend class Reservation;
  using Shape = std::tuple<std::size_t, std::size_t, std::size_t>;  // mapped, front, initial
  /// False if it is not wanted.
  bool put(Reservation& reservation);

  std::mutex mutex_;
  std::map<Shape, std::vector<Reservation>> kept_;
};

}  // namespace witc::engine
