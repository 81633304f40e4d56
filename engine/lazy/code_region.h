// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Address space for a program's code that is compiled as it runs. One reservation, so that "is this address in the
// program's code?" is a comparison, in a signal handler and while other threads add to it, and so that all of it reaches
// each other with 32-bit displacements:
//
//     stubs | entries, 16 bytes each | slots, 8 bytes each | contexts, 4 bytes each | counters, 4 bytes each | code
//
// What a CodeNumber stands for is entered at its entry, whether compiled or not: the entry jumps through its slot, which
// at first leads back to the entry's second half, where the number is pushed and the compiler entered (arch/lazy.h), and
// later to the code. So a call, a FuncRef and an address that C++ holds stay good for ever, and storing one word
// publishes code to all threads. No page is ever writable and executable.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "engine/arch/lazy.h"
#include "engine/lazy/code_blob.h"
#include "engine/runtime/reservation.h"

namespace witc::engine {

class CodeRegion {
 public:
  /// For numbers below `numbers`, a multiple of CodeNumbers::kAlign, and `code_bytes` of code. Errors: kEngineResource.
  static Result<std::unique_ptr<CodeRegion>> make(CodeNumber numbers, std::uint64_t code_bytes);

  /// Where entries that are not compiled go; to be filled in before any is entered.
  [[nodiscard]] arch::LazyEntry& lazy_entry() { return lazy_entry_; }

  /// Makes entries for `count` numbers from `first` on, which is a multiple of CodeNumbers::kAlign. `contexts`: of each
  /// number, how far the context register is from the StoreHeader when it is entered. Errors: kEngineResource.
  Result<void> add_entries(CodeNumber first, std::span<const std::uint32_t> contexts);

  [[nodiscard]] const void* entry(CodeNumber number) const { return entries_ + std::size_t{number} * arch::kLazyEntryBytes; }
  /// The code that the entry leads to, or null if it is to be compiled yet.
  [[nodiscard]] const void* code(CodeNumber number) const;

  /// Copies the code of batches in and relocates it: for each of them where it lies, and where each of its entries can be
  /// entered once it is published; nothing if there is no room. If `calls` is not 0, calls are counted: the one after so
  /// many goes to the compiler again, as if the function were not compiled, and so do all after it until something else is
  /// published. Many at a time cost less: pages are made writable and executable once.
  struct Piece {
    BlobView blob;
    std::int32_t calls = 0;
  };
  struct Code {
    const std::uint8_t* begin = nullptr;
    std::vector<const void*> counted;  // by entry, if they are counted
  };
  std::optional<std::vector<Code>> add_code(std::span<const Piece> pieces);
  /// Have its calls been counted down?
  [[nodiscard]] bool is_spent(CodeNumber number) const { return std::atomic_ref(counters_[number]).load(std::memory_order_relaxed) < 0; }
  void publish(CodeNumber number, const void* code) { slot(number).store(code, std::memory_order_release); }

  /// Safe in a signal handler.
  [[nodiscard]] std::uintptr_t begin() const { return reinterpret_cast<std::uintptr_t>(reservation_.base()); }
  [[nodiscard]] std::uintptr_t end() const { return begin() + size_; }

 private:
  CodeRegion() = default;
  [[nodiscard]] std::atomic<const void*>& slot(CodeNumber number) const { return slots_[number]; }
  Code write_code(std::uint8_t* at, const Piece& piece);
  [[nodiscard]] const std::uint8_t* address_of(CodeNumber target) const;

  Reservation reservation_;
  std::size_t size_ = 0;
  std::uint8_t* entries_ = nullptr;
  std::atomic<const void*>* slots_ = nullptr;
  std::uint32_t* contexts_ = nullptr;
  std::int32_t* counters_ = nullptr;
  std::mutex mutex_;
  std::uint8_t* next_ = nullptr;  // where code goes; under the mutex
  arch::LazyEntry lazy_entry_{};
};

}  // namespace witc::engine
