// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Handles of resources that others implement, as a guest holds them.

#include <cstdint>
#include <functional>
#include <new>
#include <utility>

#include "wit.h"

namespace wit {

/// An index in the handle table of this component instance; 0 is none.
struct RawHandle {
  std::int32_t index = 0;
};

/// The owner of a handle: moved, never copied, dropped at the end of its life. `Resource` is the
/// class made of it; it knows how to drop (`Resource::drop_`). After a move only assignment and
/// destruction make sense.
template <class Resource>
class Handle {
 public:
  explicit Handle(RawHandle handle) : handle_(handle) {}
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, RawHandle{})) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Handle() {
    if (handle_.index != 0) Resource::drop_(handle_);
  }

  /// The index, for a call that borrows.
  friend RawHandle raw_handle(const Handle& owner) { return owner.handle_; }
  /// The index, for a call that takes it away: the owner is left without.
  friend RawHandle release_handle(Handle& owner) { return std::exchange(owner.handle_, RawHandle{}); }

 private:
  RawHandle handle_;
};

/// A handle lent for one call: a view, to be used like a pointer and not to be kept.
template <class Resource>
class Borrow {
 public:
  Borrow(const Resource& owner) : Borrow(raw_handle(owner)) {}  // NOLINT: lending needs no word
  explicit Borrow(RawHandle handle) { new (&view_) Resource(handle); }
  Borrow(const Borrow& other) : Borrow(raw_handle(other.view_)) {}
  Borrow& operator=(const Borrow& other) {
    new (&view_) Resource(raw_handle(other.view_));
    return *this;
  }
  ~Borrow() {}

  const Resource& operator*() const { return view_; }
  const Resource* operator->() const { return &view_; }
  friend RawHandle raw_handle(const Borrow& borrow) { return raw_handle(borrow.view_); }

 private:
  union {
    Resource view_;  // in a union, so that it is not dropped
  };
};

}  // namespace wit
