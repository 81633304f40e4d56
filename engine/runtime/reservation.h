// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Address space reserved for something that grows and must not move. Pages are inaccessible until committed, zero
// when they are.
//
// A ReservationPool hands out places in slabs. Neighbours share their guards, so a memory costs the system no more than
// two mappings: what is accessible of it, and what is not up to the next one (the number of mappings is limited,
// vm.max_map_count, and so is address space). Places that come back are zeroed, and some of them stay accessible as far as
// they were at first, for the next who wants that. Whoever wants to keep one with its image keeps the Reservation
// (runtime/instance_pool.h).

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/result.h"
#include "engine/runtime/dirty_pages.h"

namespace witc::engine {

class ReservationPool;

/// The first bytes of a memory, in a file (runtime/memory_image.h).
struct ImageSource {
  int file = -1;
  std::uint64_t offset = 0;  // in the file; of the memory's first byte
  std::size_t room = 0;      // bytes of the file that are the memory's; what is beyond is not in the file
  std::span<const std::uint8_t> bytes;  // the beginning; what follows is zero
};

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

  // Of what came from a pool:

  /// The bytes will be those of the image, copied when they are written to. Nothing is accessible yet; `image` must
  /// outlive this. False if the system refuses.
  bool map(const ImageSource& image);
  /// As it was when no more than [0, size) was accessible and nothing had been written; the pages that were may stay in
  /// memory, as many as `budget` (in bytes) allows, which is reduced. False if the system refuses: it must not be used
  /// again.
  bool restore(std::size_t size, std::size_t& budget);

 private:
  friend class ReservationPool;
  void release();

  std::uint8_t* mapping_ = nullptr;
  std::size_t mapped_ = 0;
  std::uint8_t* base_ = nullptr;
  std::size_t accessible_ = 0;   // bytes from the base on
  std::size_t initial_ = 0;      // of them, when it came from its pool
  std::size_t from_file_ = 0;    // of the place's bytes, those that are mapped from the image's file
  const ImageSource* image_ = nullptr;
  std::size_t pitch_ = 0;        // of the pool's slab
  bool is_open_ = false;         // all of it is accessible for ever
  std::shared_ptr<ReservationPool> home_;
};

/// May be used by many threads. Lives as long as what came from it.
class ReservationPool : public std::enable_shared_from_this<ReservationPool> {
 public:
  ReservationPool() = default;
  ReservationPool(const ReservationPool&) = delete;
  ReservationPool& operator=(const ReservationPool&) = delete;
  ~ReservationPool();

  /// As Reservation::reserve, with the first `initial` bytes accessible; `front` is at most `back`. The result comes back
  /// by itself.
  Result<Reservation> take(std::size_t size, std::size_t front, std::size_t back, std::size_t initial = 0);
  /// All of it accessible, without guards, if the system allows that: committing is then free. Else as `take`.
  Result<Reservation> take_open(std::size_t size, std::size_t initial = 0);

  DirtyPages& dirty_pages() { return dirty_pages_; }

  /// Stores that wait for their next use, of all programs (runtime/instance_pool.h).
  std::atomic<std::uint32_t> kept_instances = 0;

 private:
  friend class Reservation;
  struct Slab {
    std::uint8_t* mapping = nullptr;
    std::size_t mapped = 0;
  };
  struct Kind {
    std::size_t pitch = 0, front = 0;
    bool is_open = false;
    friend auto operator<=>(const Kind&, const Kind&) = default;
  };
  struct Places {
    std::vector<std::uint8_t*> free;
    std::map<std::size_t, std::vector<std::uint8_t*>> warm;  // by how many bytes are accessible
    std::size_t warm_count = 0;
    std::vector<Slab> slabs;
    std::size_t total = 0;
  };

  /// A place of which `accessible` bytes are so already, or none, or null.
  std::uint8_t* take_place(const Kind& kind, std::size_t& accessible);
  bool add_slab(const Kind& kind, Places& places);
  bool reset(Reservation& reservation, bool is_warm);
  void put(Reservation& reservation);

  std::mutex mutex_;
  std::map<Kind, Places> kinds_;
  DirtyPages dirty_pages_;
};

}  // namespace witc::engine
