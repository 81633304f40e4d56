// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Exceptions as compiled code sees them. An `exnref` is the address of an exception object: its tag and its payload in
// slots (a vector takes two). `throw` makes one through a library call, fills the payload in, leaves the address in
// StoreHeader::pending_exn and returns; every caller of a function that may throw looks there (checked return: the cost
// is one compare a call, frames need no tables, and a tail call leaves nothing behind). A handler that takes the
// exception clears the word.
//
// The objects lie in the store's heap (runtime/heap.h), as SpecialType::kWords, so an exception lives as long as a
// reference leads to it and keeps alive what its payload refers to. One that no `exnref` was made of ends with the handler
// that takes it: it is used again at once, so throwing and catching in a loop touches one piece of memory.

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace witc::engine {

struct ExceptionObject {
  std::uint32_t type;     // the header of an object: its type id, and the number of words after it
  std::uint32_t words;
  std::uint32_t tag;      // its number in the Program
  std::uint32_t escaped;  // an exnref was made of it
  // std::uint64_t payload[slots()]

  [[nodiscard]] std::uint64_t slots() const { return words - 1; }
  [[nodiscard]] std::uint64_t* payload() { return reinterpret_cast<std::uint64_t*>(this + 1); }
};

/// The exceptions of one store that can be used again, until the next collection.
class ExceptionPool {
 public:
  /// One with this payload size, or null.
  ExceptionObject* take(std::uint64_t slots);
  /// Takes back what no reference leads to.
  void drop(ExceptionObject* object) { free_[object->slots()].push_back(object); }
  /// Before a collection.
  void forget() { free_.clear(); }

 private:
  std::map<std::uint64_t, std::vector<ExceptionObject*>> free_;  // by slots
};

}  // namespace witc::engine
