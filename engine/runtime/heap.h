// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The heap of a store: structs, arrays, boxes. Objects never move, so compiled code holds plain addresses and LLVM may
// keep them, or addresses within objects, wherever it likes: the collector finds them by looking at every word of the
// stack. It is a mark-sweep collector over blocks of one cell size, with the marks beside the blocks and not in them.
//
//     compiled code --bump in a run of free cells--> object          (AllocRun, one for each size class)
//                   --run used up: allocate()-->     next run of a swept block | new block | collect
//
// Blocks are swept when an allocation wants cells of their class, so a collection touches live objects and marks only.
// Free memory that is handed out is zero. Objects larger than half a block have blocks of their own.

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/object_layout.h"
#include "engine/runtime/context.h"
#include "engine/runtime/reservation.h"

namespace witc::engine {

class Heap {
 public:
  /// How objects of each type id lie; indices are ids, the special ones last. Must outlive the heap.
  struct Types {
    std::span<const ObjectLayout> layouts;  // of id 1 and up
    [[nodiscard]] std::uint32_t special(SpecialType type) const {
      return static_cast<std::uint32_t>(layouts.size() + 1) + static_cast<std::uint32_t>(type);
    }
  };

  /// Reserves address space; `runs` are those of the store's header, `max_bytes` is rounded up to whole blocks.
  /// Errors: kEngineResource.
  static Result<std::unique_ptr<Heap>> make(Types types, std::span<AllocRun, kSizeClasses> runs,
                                            std::uint64_t max_bytes);

  /// Other types, in which those there were have their ids still.
  void set_types(Types types);

  /// Calls back to mark what lies outside the heap (`mark`, `mark_range`). Without it nothing is ever freed.
  std::function<void(Heap&)> mark_roots;

  /// A zeroed object with this header; 0 if there is no room. `may_collect`: whatever is reachable only from C++ locals
  /// of the caller's callers goes.
  std::uint64_t allocate(std::uint64_t header, std::uint64_t bytes, bool may_collect);
  void collect();

  /// If the word is an address in a live object, the object is live, and what it refers to.
  void mark(std::uint64_t word);
  /// Every word of [from, to), both multiples of 8.
  void mark_range(const void* from, const void* to);

  /// Is the word an address of an object, or the externalised form of an i31?
  [[nodiscard]] bool contains(std::uint64_t word) const { return word - base() < limit_; }
  [[nodiscard]] std::uint64_t extern_of_i31(std::uint32_t bits) const { return base() + limit_ + bits; }
  [[nodiscard]] bool is_extern_i31(std::uint64_t word) const { return word - (base() + limit_) < (1ull << 31); }
  [[nodiscard]] std::uint32_t i31_of_extern(std::uint64_t word) const {
    return static_cast<std::uint32_t>(word - (base() + limit_));
  }

  /// Memory taken from the system; never given back while the heap lives.
  [[nodiscard]] std::uint64_t committed_bytes() const { return committed_; }
  /// In live objects, as the last collection found.
  [[nodiscard]] std::uint64_t live_bytes() const { return live_; }
  [[nodiscard]] std::uint64_t collections() const { return collections_; }

 private:
  static constexpr std::uint32_t kBlockShift = 16;
  static constexpr std::uint32_t kBlockBytes = 1u << kBlockShift;
  static constexpr std::uint32_t kMinCell = 16;

  struct Block {
    enum Kind : std::uint8_t { kFree, kCells, kLarge, kLargeRest } kind = kFree;
    std::uint8_t size_class = 0;
    bool is_dirty = false;           // was used since it was zero
    std::uint32_t cell_bytes = 0;    // kCells
    std::uint32_t cell_count = 0;    // kCells; 1 for kLarge
    std::uint32_t reciprocal = 0;    // kCells: 2^32 / cell_bytes, rounded up
    std::uint32_t blocks = 0;        // kLarge: how many; kLargeRest: how far behind the first
    std::uint32_t swept = 0;         // kCells: cells before this are objects or handed out
    std::array<std::uint64_t, kBlockBytes / kMinCell / 64> marks{};
  };

  explicit Heap(Types types, std::span<AllocRun, kSizeClasses> runs) : types_(types), runs_(runs) {}

  [[nodiscard]] std::uint64_t base() const { return reinterpret_cast<std::uint64_t>(reservation_.base()); }
  [[nodiscard]] std::uint64_t address(std::uint32_t block) const {
    return base() + (std::uint64_t{block} << kBlockShift);
  }
  std::uint64_t allocate_cell(std::uint32_t size_class, bool may_collect);
  std::uint64_t allocate_large(std::uint64_t bytes, bool may_collect);
  bool next_run(std::uint32_t size_class);
  bool add_block(std::uint32_t size_class);
  std::optional<std::uint32_t> take_blocks(std::uint32_t count);
  bool extend(std::uint32_t blocks);
  [[nodiscard]] bool wants_collection(std::uint64_t bytes) const { return allocated_ + bytes > threshold_; }

  void forget_unswept();
  void drain();
  void trace(std::uint64_t object);
  void finish_collection();
  static bool is_marked(const Block& block, std::uint32_t cell) { return (block.marks[cell / 64] >> (cell % 64) & 1) != 0; }

  Types types_;
  std::span<AllocRun, kSizeClasses> runs_;
  Reservation reservation_;
  std::uint64_t limit_ = 0;      // bytes of the reservation that are for objects
  std::uint64_t committed_ = 0;  // of them, accessible
  std::vector<Block> blocks_;    // those in use or that were
  std::array<std::vector<std::uint32_t>, kSizeClasses> unswept_;  // the last is being swept
  std::uint32_t first_free_ = 0;  // no single block before it is free
  std::vector<std::uint64_t> marked_;  // not yet traced
  std::uint64_t allocated_ = 0;  // since the last collection
  std::uint64_t threshold_ = 0;
  std::uint64_t live_ = 0;
  std::uint64_t collections_ = 0;
};

/// The size class of an object of so many bytes, kSizeClasses if it is larger than all; and a class's bytes.
std::uint32_t size_class_of(std::uint64_t bytes);
std::uint32_t size_class_bytes(std::uint32_t size_class);

}  // namespace witc::engine
