// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Instances of a program, made ready before they are wanted.
//
// All that instantiation does before guest code runs gives the same result every time: sizes, globals, tables, active
// segments. So it is done once, on a store that nobody sees, when a second instance is asked for; what memories then
// hold becomes an image (runtime/memory_image.h). A store that ends is not destroyed but *recycled*: the pages written
// are written back, and what the context held at first is copied over it when it is used again. It keeps its address
// space, with its image, its function references, which are never written, and its tables.
//
//     make ──▶ kept one? ──yes──▶ reuse ──▶ start functions ──▶ calls ──▶ retire ──▶ recycle ──▶ kept
//                 └──no──▶ image mapped, items filled in ──────┘                       └──▶ too many: destroyed
//
// Where a start function runs, what follows may depend on it: instances after it get at once only what nobody else can
// reach by then; segments into what they import wait for their turn, as do checks of sizes (PreparedProgram::steps).

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/engine.h"
#include "engine/layout.h"
#include "engine/runtime/memory_image.h"

namespace witc::engine {

/// Where a table is: in the context's allocation, behind what the Layout has there, or (0) in a reservation of its own.
struct TablePlace {
  std::uint32_t offset = 0;
  std::uint64_t capacity = 0;  // elements; it never has more
};

/// What the Layout leaves to the runtime, for it depends on limits.
class StoreShape {
 public:
  StoreShape(const Program& program, const Layout& layout, const EngineOptions& options);
  /// Bytes of the context with the tables in it.
  [[nodiscard]] std::uint64_t context_size() const { return context_size_; }
  [[nodiscard]] const TablePlace& table(std::uint32_t number) const { return tables_[number]; }

 private:
  std::uint64_t context_size_ = 0;
  std::vector<TablePlace> tables_;
};

/// What is the same for all instances of a program; immutable.
struct PreparedProgram {
  /// A core instance for which something is left to do when it is instantiated.
  struct Step {
    InstanceId id;
    bool is_checked = false;    // the sizes of what it imports may have changed
    bool has_segments = false;  // which go to what it imports, where code may have run before
  };
  struct Range {
    std::uint32_t begin = 0, end = 0;  // of the context
  };
  std::vector<Step> steps;
  std::vector<Range> ranges;  // all that is ever written, after a store is made
  std::unique_ptr<const MemoryImages> images;  // null: the system has none
};

/// The stores of one program that wait for their next use. For any thread.
class InstancePool {
 public:
  explicit InstancePool(const CompiledProgram::Impl& program);
  ~InstancePool();
  InstancePool(const InstancePool&) = delete;
  InstancePool& operator=(const InstancePool&) = delete;

  /// Can instances of such a program be prepared? Not if more may be added to them, or memories are shared with others.
  static bool serves(const Program& program, const Layout& layout);

  /// A recycled store, or null.
  std::unique_ptr<Instance::Impl> take();
  /// Is there room for one more? If so it must be put, or given up.
  bool admit();
  void give_up();
  void put(std::unique_ptr<Instance::Impl> store);

  /// Null if instances of this program are made the plain way: the first one, and all where preparing fails, as it does
  /// if a segment is out of bounds or constants are objects.
  const PreparedProgram* prepare(const std::shared_ptr<const CompiledProgram::Impl>& code);

 private:
  static std::unique_ptr<PreparedProgram> make(const std::shared_ptr<const CompiledProgram::Impl>& code);

  std::atomic<std::uint32_t>& all_kept_;  // of the engine
  const std::uint32_t most_kept_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Instance::Impl>> kept_;  // the last one used comes first

  std::atomic<bool> was_used_ = false;
  std::atomic<bool> is_settled_ = false;  // `prepared_` is what it will be
  std::mutex preparing_;
  std::unique_ptr<const PreparedProgram> prepared_;
};

}  // namespace witc::engine
