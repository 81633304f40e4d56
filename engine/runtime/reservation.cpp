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
      base_(std::exchange(other.base_, nullptr)) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(mapped_, other.mapped_);
  std::swap(base_, other.base_);
  return *this;
}

Reservation::~Reservation() {
  if (mapping_ != nullptr) munmap(mapping_, mapped_);
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
  if (from >= to) return true;
  return mprotect(base_ + from, to - from, PROT_READ | PROT_WRITE) == 0;
}

}  // namespace witc::engine
