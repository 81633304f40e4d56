// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Address space reserved for something that grows and must not move. Pages are inaccessible until committed, zero
// when they are.

#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace witc::engine {

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
  /// Makes [from, to) accessible, rounded outwards to pages. False if the system refuses.
  bool commit(std::size_t from, std::size_t to);
  /// Is the address inside, guards included? Safe in a signal handler.
  [[nodiscard]] bool contains(std::uintptr_t address) const {
    const auto begin = reinterpret_cast<std::uintptr_t>(mapping_);
    return address >= begin && address < begin + mapped_;
  }

 private:
  std::uint8_t* mapping_ = nullptr;
  std::size_t mapped_ = 0;
  std::uint8_t* base_ = nullptr;
};

}  // namespace witc::engine
