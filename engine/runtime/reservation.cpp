// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mmap and mprotect behind Reservation.
#include "engine/runtime/reservation.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace witc::engine {
namespace {
constexpr std::size_t kPage = 4096;
std::size_t round_up(std::size_t n) { return (n + kPage - 1) & ~(kPage - 1); }
}  // namespace

Reservation::Reservation(Reservation&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)),
      mapped_(std::exchange(other.mapped_, 0)),
      base_(std::exchange(other.base_, nullptr)),
      accessible_(std::exchange(other.accessible_, 0)),
      initial_(std::exchange(other.initial_, 0)),
      home_(std::move(other.home_)) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(mapped_, other.mapped_);
  std::swap(base_, other.base_);
  std::swap(accessible_, other.accessible_);
  std::swap(initial_, other.initial_);
  std::swap(home_, other.home_);
  return *this;
}

Reservation::~Reservation() { release(); }

void Reservation::release() {
  if (mapping_ == nullptr) return;
  const std::shared_ptr<ReservationPool> home = std::move(home_);
  if (home != nullptr && home->put(*this)) return;
  munmap(mapping_, mapped_);
  mapping_ = nullptr;
}

Result<Reservation> Reservation::reserve(std::size_t size, std::size_t front, std::size_t back) {
  Reservation out;
  out.mapped_ = round_up(size) + front + back;
  if (out.mapped_ == 0) return out;
  void* mapping = mmap(nullptr, out.mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
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
  if (mprotect(base_ + from, to - from, PROT_READ | PROT_WRITE) != 0) return false;
  accessible_ = to;
  return true;
}

Result<Reservation> ReservationPool::take(std::size_t size, std::size_t front, std::size_t back, std::size_t initial) {
  const Shape shape{round_up(size) + front + back, front, round_up(initial)};
  Reservation out;
  {
    const std::lock_guard lock(mutex_);
    if (auto kept = kept_.find(shape); kept != kept_.end() && !kept->second.empty()) {
      out = std::move(kept->second.back());
      kept->second.pop_back();
    }
  }
  if (out.mapping_ == nullptr) {
    out = TRY(Reservation::reserve(size, front, back));
    if (!out.commit(0, initial)) return error(DiagCode::kEngineResource, "cannot allocate an instance's memory");
    out.initial_ = round_up(initial);
  }
  out.home_ = shared_from_this();
  return out;
}

bool ReservationPool::put(Reservation& reservation) {
  constexpr std::size_t kKept = 64;  // of a shape
  if (reservation.accessible_ != 0 && madvise(reservation.base_, reservation.accessible_, MADV_DONTNEED) != 0) return false;
  if (reservation.accessible_ > reservation.initial_) {
    const std::size_t grown = reservation.accessible_ - reservation.initial_;
    if (mprotect(reservation.base_ + reservation.initial_, grown, PROT_NONE) != 0) return false;
    reservation.accessible_ = reservation.initial_;
  }
  const Shape shape{reservation.mapped_, static_cast<std::size_t>(reservation.base_ - reservation.mapping_),
                    reservation.initial_};
  const std::lock_guard lock(mutex_);
  std::vector<Reservation>& kept = kept_[shape];
  if (kept.size() == kKept) return false;
  kept.push_back(std::move(reservation));
  return true;
}

}  // namespace witc::engine
