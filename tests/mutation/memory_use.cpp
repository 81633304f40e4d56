// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/mutation/memory_use.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<long long> alive = 0;
std::atomic<long long> peak = 0;
long long at_start = 0;

void* counted(void* made) {
  if (made == nullptr) std::abort();
  const long long now = alive += static_cast<long long>(malloc_usable_size(made));
  if (now > peak) peak = now;  // the work measured is of one thread
  return made;
}

void drop(void* pointer) {
  if (pointer != nullptr) alive -= static_cast<long long>(malloc_usable_size(pointer));
  std::free(pointer);
}

}  // namespace

namespace witc {

void start_measuring() { peak = at_start = alive; }
std::size_t peak_bytes() { return static_cast<std::size_t>(std::max(0LL, peak - at_start)); }

}  // namespace witc

// All forms: a sanitizer's library has each of them, and what one makes another must not free.
void* operator new(std::size_t size) { return counted(std::malloc(size)); }
void* operator new(std::size_t size, std::align_val_t align) {
  const auto unit = static_cast<std::size_t>(align);
  return counted(std::aligned_alloc(unit, (size + unit - 1) / unit * unit));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
void* operator new(std::size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
  return operator new(size, align);
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, std::align_val_t align) { return operator new(size, align); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
void* operator new[](std::size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
  return operator new(size, align);
}
void operator delete(void* pointer) noexcept { drop(pointer); }
void operator delete(void* pointer, std::size_t) noexcept { drop(pointer); }
void operator delete(void* pointer, std::align_val_t) noexcept { drop(pointer); }
void operator delete(void* pointer, std::size_t, std::align_val_t) noexcept { drop(pointer); }
void operator delete(void* pointer, const std::nothrow_t&) noexcept { drop(pointer); }
void operator delete(void* pointer, std::align_val_t, const std::nothrow_t&) noexcept { drop(pointer); }
void operator delete[](void* pointer) noexcept { drop(pointer); }
void operator delete[](void* pointer, std::size_t) noexcept { drop(pointer); }
void operator delete[](void* pointer, std::align_val_t) noexcept { drop(pointer); }
void operator delete[](void* pointer, std::size_t, std::align_val_t) noexcept { drop(pointer); }
void operator delete[](void* pointer, const std::nothrow_t&) noexcept { drop(pointer); }
void operator delete[](void* pointer, std::align_val_t, const std::nothrow_t&) noexcept { drop(pointer); }
