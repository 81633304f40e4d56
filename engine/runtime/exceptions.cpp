// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exception objects are few and short-lived: a free list for each payload size is enough.
#include "engine/runtime/exceptions.h"

#include <algorithm>
#include <new>

namespace witc::engine {
namespace {
constexpr std::uint64_t kMaxBytes = 256ull << 20;
}

ExceptionHeap::~ExceptionHeap() {
  for (ExceptionObject* object : all_) ::operator delete(object);
}

ExceptionObject* ExceptionHeap::make(std::uint32_t tag, std::uint64_t slots) {
  std::vector<ExceptionObject*>& free = free_[slots];
  ExceptionObject* object = nullptr;
  if (!free.empty()) {
    object = free.back();
    free.pop_back();
  } else {
    const std::uint64_t bytes = sizeof(ExceptionObject) + slots * sizeof(std::uint64_t);
    if (bytes_ + bytes > kMaxBytes) return nullptr;
    void* memory = ::operator new(bytes, std::nothrow);
    if (memory == nullptr) return nullptr;
    object = static_cast<ExceptionObject*>(memory);
    all_.push_back(object);
    bytes_ += bytes;
  }
  *object = {tag, 0, slots};
  std::fill_n(object->payload(), slots, 0);
  return object;
}

void ExceptionHeap::drop(ExceptionObject* object) { free_[object->slots].push_back(object); }

}  // namespace witc::engine
