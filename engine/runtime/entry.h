// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Entries into compiled code. Each call from C++ links an Entry into its thread's list; a trap is a signal, whose
// handler writes what happened into the innermost Entry and lands there. Because entries nest (a host function calls
// back), a trap ends only the innermost one, and what lies between two entries is always whole C++ frames.
//
// Compiled code has a stack of its own, one for each thread, and leaves it for every call of C++: how deep a guest may
// recurse is then a number that is the same on every thread, and host functions have the thread's stack to themselves.

#include <cstdint>
#include <expected>

#include "engine/arch/arch.h"
#include "engine/code_image.h"
#include "engine/trap.h"

namespace witc::engine {

/// Trap numbers beyond those of trap.def: the trap was left in the store by a host function.
inline constexpr std::uint32_t kPendingTrap = 99;

/// The stack that compiled code of a thread runs on, with inaccessible pages at its end.
struct GuestStack {
  std::uintptr_t guard = 0;  // the lowest address of those pages
  std::uintptr_t low = 0;
  std::uintptr_t top = 0;

  [[nodiscard]] bool guards(std::uintptr_t address) const { return address >= guard && address < low; }
};

/// What the handler may ask of the running store; no more than reads of memory that does not change.
struct FaultMap {
  const CodeImage* const* image = nullptr;  // a store's, which changes when instances are added
  /// Is the address in a linear memory's reservation?
  bool (*in_memory)(const void* store, std::uintptr_t address) = nullptr;
  const void* store = nullptr;
};

struct Entry {
  static constexpr std::size_t kMaxFrames = 64;

  arch::Landing landing;
  Entry* previous = nullptr;
  GuestStack stack;
  FaultMap map;
  std::uint32_t trap_number = 0;
  std::uint32_t frame_count = 0;
  std::uint64_t exception = 0;  // whose frames these are, if it did not trap
  std::uintptr_t frames[kMaxFrames];  // addresses in the instruction that trapped or calls, innermost first

  explicit Entry(FaultMap fault_map) : map(fault_map) {}
};

/// What each entry looks at: plain words, so that looking needs no guard. Filled in by `prepare_thread`, taken away when the
/// thread ends.
struct EntryThread {
  Entry* current = nullptr;                   // the innermost
  std::uintptr_t limit = ~std::uintptr_t{0};  // of the thread's own stack: below it no host code is called
  std::uint64_t max_stack = 0;                // that `stack` is for
  GuestStack stack;
};
extern constinit thread_local EntryThread entry_thread;

/// The first entry of this thread, or the first that wants another stack. Errors: as of `prepare`.
std::expected<void, TrapKind> prepare_thread(std::uintptr_t frame, std::uint64_t max_stack);

/// Makes ready for an entry: the process has its signal handlers, this thread a signal stack and a stack for compiled
/// code of `max_stack` bytes, the entry its place on it. An entry from within another (a host function calls back) goes
/// on where that one stands, with what it left: the limit is that of the thread's outermost entry. Errors:
/// kCallStackExhausted if the thread's own stack has too little left for host functions; kHost if there is no memory.
inline std::expected<void, TrapKind> prepare(Entry& entry, std::uint64_t max_stack) {
  const EntryThread& thread = entry_thread;
  const Entry* const outer = thread.current;
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (frame < thread.limit || (outer == nullptr && thread.max_stack != max_stack)) [[unlikely]] {
    if (auto ready = prepare_thread(frame, max_stack); !ready) return ready;
  }
  if (outer != nullptr) {
    constexpr std::uint64_t kAlign = 16;
    entry.stack = outer->stack;
    entry.landing.guest_sp = outer->landing.guest_sp & ~(kAlign - 1);
    return {};
  }
  entry.stack = thread.stack;
  entry.landing.guest_sp = thread.stack.top;
  return {};
}

/// Enters. True: it returned; else it trapped and the entry says how. The entry must be prepared.
inline bool enter(Entry& entry, Trampoline trampoline, void* context, const void* code, std::uint64_t* slots) {
  EntryThread& thread = entry_thread;
  entry.previous = thread.current;
  thread.current = &entry;
  const bool trapped = arch::witc_engine_enter(&entry.landing, trampoline, context, code, slots) != 0;
  thread.current = entry.previous;
  return !trapped;
}

/// Notes in the innermost entry of this thread where `exception` is thrown. To be called by a library function.
void record_throw(std::uint64_t exception);

/// Where this thread's outermost entry left its own stack: what C++ and compiled code called since has its frames below
/// there, or on the stack for compiled code. 0 if there is none.
std::uintptr_t outermost_entry();
struct StackRange {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};
/// All frames of compiled code of this thread, of whatever entry. To be called by a library function.
StackRange guest_frames();


}  // namespace witc::engine
