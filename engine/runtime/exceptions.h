// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Exceptions as compiled code sees them. An `exnref` is the address of an exception object: its tag and its payload in
// slots (a vector takes two). `throw` makes one through a library call, fills the payload in, leaves the address in
// StoreHeader::pending_exn and returns; every caller of a function that may throw looks there (checked return: the cost
// is one compare a call, frames need no tables, and a tail call leaves nothing behind). A handler that takes the
// exception clears the word.
//
// An object that no `exnref` was made of dies with the handler that takes it: it goes back to its free list at once,
// so throwing and catching in a loop touches one piece of memory.

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace witc::engine {

struct ExceptionObject {
  std::uint32_t tag;      // its number in the Program
  std::uint32_t escaped;  // an exnref was made of it
  std::uint64_t slots;    // of the payload
  // std::uint64_t payload[slots]

  [[nodiscard]] std::uint64_t* payload() { return reinterpret_cast<std::uint64_t*>(this + 1); }
};

/// The exception objects of one store.
class ExceptionHeap {
 public:
  ExceptionHeap() = default;
  ExceptionHeap(const ExceptionHeap&) = delete;
  ExceptionHeap& operator=(const ExceptionHeap&) = delete;
  ~ExceptionHeap();

  /// With zeros for a payload; null if the limit is reached.
  ExceptionObject* make(std::uint32_t tag, std::uint64_t slots);
  /// Takes back what no reference leads to.
  void drop(ExceptionObject* object);

 private:
  std::map<std::uint64_t, std::vector<ExceptionObject*>> free_;  // by slots
  std::vector<ExceptionObject*> all_;
  std::uint64_t bytes_ = 0;
};

}  // namespace witc::engine
