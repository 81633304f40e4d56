// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mmap and mprotect behind Reservation.
#include "engine/runtime/reservation.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace witc::engine {
namespace {

constexpr std::size_t kPage = 4096;
constexpr int kReserved = MAP_PRIVATE | MAP_NORESERVE;
std::size_t round_up(std::size_t n) { return (n + kPage - 1) & ~(kPage - 1); }

void* map_anonymous(void* where, std::size_t bytes, int protection) {
  const int fixed = where == nullptr ? 0 : MAP_FIXED;
  return mmap(where, bytes, protection, kReserved | MAP_ANONYMOUS | fixed, -1, 0);
}

}  // namespace

Reservation::Reservation(Reservation&& other) noexcept { *this = std::move(other); }

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(mapped_, other.mapped_);
  std::swap(base_, other.base_);
  std::swap(accessible_, other.accessible_);
  std::swap(initial_, other.initial_);
  std::swap(from_file_, other.from_file_);
  std::swap(image_, other.image_);
  std::swap(pitch_, other.pitch_);
  std::swap(is_open_, other.is_open_);
  std::swap(home_, other.home_);
  return *this;
}

Reservation::~Reservation() { release(); }

void Reservation::release() {
  if (mapping_ == nullptr) return;
  if (home_ != nullptr) home_->put(*this);
  else munmap(mapping_, mapped_);
  mapping_ = nullptr;
}

Result<Reservation> Reservation::reserve(std::size_t size, std::size_t front, std::size_t back) {
  Reservation out;
  out.mapped_ = round_up(size) + front + back;
  if (out.mapped_ == 0) return out;
  void* mapping = map_anonymous(nullptr, out.mapped_, PROT_NONE);
  if (mapping == MAP_FAILED) {
    const int code = errno;
    return error(DiagCode::kEngineResource,
                 fmt::format("cannot reserve {} bytes of address space: {}", out.mapped_, std::strerror(code)));
  }
  out.mapping_ = static_cast<std::uint8_t*>(mapping);
  out.base_ = out.mapping_ + front;
  return out;
}

bool Reservation::commit(std::size_t from, std::size_t to) {
  from &= ~(kPage - 1);
  to = round_up(to);
  if (from >= to || to <= accessible_) return true;
  if (!is_open_) {
    if (const std::size_t room = image_ == nullptr ? 0 : image_->room; from_file_ > room && to > room) {
      if (map_anonymous(base_ + room, pitch_ - room, PROT_NONE) == MAP_FAILED) return false;
      from_file_ = room;
    }
    if (mprotect(base_ + from, to - from, PROT_READ | PROT_WRITE) != 0) return false;
  }
  accessible_ = to;
  return true;
}

bool Reservation::map(const ImageSource& image) {
  // All of the place, its guard too: nothing beyond `room` is ever accessible, and it is one mapping with what is before.
  void* mapped = mmap(base_, pitch_, PROT_NONE, kReserved | MAP_FIXED, image.file, static_cast<off_t>(image.offset));
  if (mapped == MAP_FAILED) return false;
  image_ = &image;
  from_file_ = pitch_;
  return true;
}

bool Reservation::restore(std::size_t size, std::size_t& budget) {
  const std::span<const std::uint8_t> bytes = image_ == nullptr ? std::span<const std::uint8_t>() : image_->bytes;
  if (!home_->dirty_pages().restore(base_, accessible_, bytes, budget)) return false;
  size = round_up(size);
  if (is_open_ || accessible_ <= size) return true;
  if (mprotect(base_ + size, accessible_ - size, PROT_NONE) != 0) return false;
  accessible_ = size;
  return true;
}

ReservationPool::~ReservationPool() {
  for (auto& [kind, places] : kinds_) {
    for (const Slab& slab : places.slabs) munmap(slab.mapping, slab.mapped);
  }
}

bool ReservationPool::add_slab(const Kind& kind, Places& places) {
  constexpr std::size_t kMost = 64;  // places
  constexpr std::size_t kMostOpen = 1ull << 30;  // bytes
  std::size_t count = std::clamp<std::size_t>(places.total, 1, kMost);
  if (kind.is_open) count = std::max<std::size_t>(std::min(count, kMostOpen / kind.pitch), 1);
  for (; count != 0; count /= 2) {
    const std::size_t bytes = kind.front + count * kind.pitch;
    void* mapping = map_anonymous(nullptr, bytes, kind.is_open ? PROT_READ | PROT_WRITE : PROT_NONE);
    if (mapping == MAP_FAILED) continue;
    if (kind.is_open) madvise(mapping, bytes, MADV_NOHUGEPAGE);  // few of their pages are ever used
    places.slabs.push_back({static_cast<std::uint8_t*>(mapping), bytes});
    places.total += count;
    for (std::size_t i = count; i-- > 0;) {
      places.free.push_back(static_cast<std::uint8_t*>(mapping) + kind.front + i * kind.pitch);
    }
    return true;
  }
  return false;
}

std::uint8_t* ReservationPool::take_place(const Kind& kind, std::size_t& accessible) {
  const std::lock_guard lock(mutex_);
  Places& places = kinds_[kind];
  auto take = [](std::vector<std::uint8_t*>& from) {
    std::uint8_t* place = from.back();
    from.pop_back();
    return place;
  };
  if (auto warm = places.warm.find(accessible); warm != places.warm.end() && !warm->second.empty()) {
    --places.warm_count;
    return take(warm->second);
  }
  accessible = 0;
  if (places.free.empty() && !add_slab(kind, places)) return nullptr;
  return take(places.free);
}

Result<Reservation> ReservationPool::take(std::size_t size, std::size_t front, std::size_t back, std::size_t initial) {
  Reservation out;
  if (size == 0) return out;
  const Kind kind{round_up(size) + back, front, false};
  std::size_t accessible = round_up(initial);
  std::uint8_t* place = take_place(kind, accessible);
  if (place == nullptr) {
    return error(DiagCode::kEngineResource,
                 fmt::format("cannot reserve {} bytes of address space: {}", kind.pitch, std::strerror(ENOMEM)));
  }
  out.base_ = place;
  out.mapping_ = place - front;
  out.mapped_ = front + kind.pitch;
  out.pitch_ = kind.pitch;
  out.accessible_ = accessible;
  out.initial_ = round_up(initial);
  out.home_ = shared_from_this();
  if (!out.commit(0, initial)) return error(DiagCode::kEngineResource, "cannot allocate an instance's memory");
  return out;
}

Result<Reservation> ReservationPool::take_open(std::size_t size, std::size_t initial) {
  Reservation out;
  if (size == 0) return out;
  const Kind kind{round_up(size), 0, true};
  std::size_t accessible = 0;
  std::uint8_t* place = take_place(kind, accessible);
  if (place == nullptr) return take(size, 0, 0, initial);
  out.base_ = out.mapping_ = place;
  out.mapped_ = out.pitch_ = kind.pitch;
  out.is_open_ = true;
  out.home_ = shared_from_this();
  (void)out.commit(0, initial);
  return out;
}

/// Zero once more, and inaccessible but for what is to stay warm.
bool ReservationPool::reset(Reservation& reservation, bool is_warm) {
  std::size_t budget = 64 << 10;  // bytes that stay resident
  if (reservation.is_open_ || is_warm) return reservation.restore(reservation.initial_, budget);
  if (reservation.accessible_ == 0 && reservation.from_file_ == 0) return true;
  return map_anonymous(reservation.base_, reservation.pitch_, PROT_NONE) != MAP_FAILED;
}

void ReservationPool::put(Reservation& reservation) {
  constexpr std::size_t kMostWarm = 64;   // of a kind
  constexpr std::size_t kMostKinds = 16;  // that nothing is taken from
  const Kind kind{reservation.pitch_, static_cast<std::size_t>(reservation.base_ - reservation.mapping_),
                  reservation.is_open_};
  bool is_warm = !kind.is_open && reservation.image_ == nullptr && reservation.initial_ != 0;
  if (is_warm) {
    const std::lock_guard lock(mutex_);
    std::size_t& count = kinds_[kind].warm_count;
    is_warm = count < kMostWarm;
    count += is_warm ? 1 : 0;
  }
  const bool is_good = reset(reservation, is_warm);
  const std::lock_guard lock(mutex_);
  Places& places = kinds_[kind];
  if (!is_good) {  // its address space is lost
    places.warm_count -= is_warm ? 1 : 0;
    return;
  }
  (is_warm ? places.warm[reservation.initial_] : places.free).push_back(reservation.base_);
  std::size_t unused = places.free.size();
  for (const auto& [accessible, warm] : places.warm) unused += warm.size();
  if (unused != places.total || kinds_.size() <= kMostKinds) return;
  for (const Slab& slab : places.slabs) munmap(slab.mapping, slab.mapped);
  kinds_.erase(kind);
}

}  // namespace witc::engine
