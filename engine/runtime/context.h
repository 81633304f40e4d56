// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The memory that compiled code and the runtime share, as C++ structs: every field read or written by generated code
// is here, and its offset is taken from here by codegen/. One allocation per Instance:
//
//     StoreHeader | block of core instance 0 | block of core instance 1 | ...
//
// The context register (r13, `swiftself`) points kContextBias bytes into the block of the core instance that runs,
// so that its first words are reached with an 8-bit displacement; all else is a constant away (engine/layout.h).

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/arch/arch.h"
#include "engine/program.h"

namespace witc::engine {

inline constexpr std::uint32_t kContextBias = 128;

/// A linear memory. The base never moves; the bytes beyond its size are not accessible.
struct MemoryEntry {
  std::uint8_t* base;
  std::uint64_t bytes;                        // if it is not shared
  const std::atomic<std::uint64_t>* shared;  // where its size is, if it is shared
  std::uint64_t number;                       // in the Layout, for code that several instances share

  [[nodiscard]] std::uint64_t size() const { return shared == nullptr ? bytes : shared->load(); }
};

/// A table: references as 64-bit words. The base never moves.
struct TableEntry {
  std::uint64_t* base;
  std::uint64_t size;
  std::uint64_t number;  // as a memory's
};

/// What is left of a passive segment: nothing once dropped.
struct DataEntry {
  const std::uint8_t* bytes;
  std::uint64_t size;
};
struct ElemEntry {
  const std::uint64_t* references;
  std::uint64_t size;
};

/// What a non-null `funcref` points to.
struct FuncRef {
  const void* code;    // swiftcc, context in the context register
  void* context;       // of the callee
  std::uint64_t type;  // id of the type it was defined with, in the Layout
};

struct StoreHeader;

/// Runtime functions that compiled code calls, in plain C convention. Those returning bool say "done"; on false the
/// caller traps.
struct Libcalls {
  std::uint64_t (*memory_grow)(StoreHeader*, std::uint32_t memory, std::uint64_t delta);  // -1: cannot
  std::uint64_t (*table_grow)(StoreHeader*, std::uint32_t table, std::uint64_t delta, std::uint64_t reference);
  /// SharedMemory::Impl::wait and notify, of a shared memory.
  std::uint32_t (*atomic_wait)(StoreHeader*, std::uint32_t memory, std::uint64_t address, std::uint64_t expected,
                               std::uint32_t width, std::int64_t timeout_ns);
  std::uint32_t (*atomic_notify)(StoreHeader*, std::uint32_t memory, std::uint64_t address, std::uint32_t count);
  bool (*call_host)(StoreHeader*, std::uint32_t slot, std::uint64_t* slots);
  // runtime/exceptions.h: a new object, or 0; and the end of one that no reference leads to.
  std::uint64_t (*exception_new)(StoreHeader*, std::uint32_t tag, std::uint64_t slots);
  void (*exception_drop)(StoreHeader*, std::uint64_t exception);
  std::uint64_t (*gc_allocate)(StoreHeader*, std::uint64_t object_header, std::uint64_t bytes);  // 0: no room
  std::uint64_t (*any_convert_extern)(StoreHeader*, std::uint64_t reference);                    // 0: no room
  std::uint64_t (*extern_convert_any)(StoreHeader*, std::uint64_t reference);
};

/// Free cells of one size class of the heap (runtime/heap.h), zeroed: an allocation takes from the front.
struct AllocRun {
  std::uint64_t next, end;
};
inline constexpr std::uint32_t kSizeClasses = 38;

struct StoreHeader {
  arch::Landing* landing;          // of the entry under way: where the stack for host code is
  void* store;                     // the runtime's Store
  void (*call_host)();             // witc_engine_call_host: all calls of host code go through it
  const std::uint32_t* displays;   // Layout::displays()
  std::uint64_t pending_exn;       // the exception under way (runtime/exceptions.h); 0: none
  std::atomic<std::uint32_t> interrupt;  // not 0: stop (runtime/interruption.h)
  std::int64_t fuel;                     // operators that may still be executed; below 0: over
  Libcalls libcalls;
  const void* natives[kNatives];  // native.def; (StoreHeader*, arguments...), in plain C convention
  AllocRun runs[kSizeClasses];  // empty as long as there is no heap
};

}  // namespace witc::engine
