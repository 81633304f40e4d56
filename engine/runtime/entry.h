// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Entries into compiled code. Each call from C++ links an Entry into its thread's list; a trap is a signal, whose
// handler writes what happened into the innermost Entry and lands there. Because entries nest (a host function calls
// back), a trap ends only the innermost one, and what lies between two entries is always whole C++ frames.

#include <cstdint>
#include <span>

#include "engine/arch/arch.h"
#include "engine/code_image.h"

namespace witc::engine {

/// Trap numbers beyond those of trap.def: the trap was left in the store by a host function.
inline constexpr std::uint32_t kPendingTrap = 99;

/// What the handler may ask of the running store; no more than reads of memory that does not change.
struct FaultMap {
  const CodeImage* image = nullptr;
  /// Is the address in a linear memory's reservation?
  bool (*in_memory)(const void* store, std::uintptr_t address) = nullptr;
  const void* store = nullptr;
};

struct Entry {
  static constexpr std::size_t kMaxFrames = 64;

  arch::Landing landing;
  Entry* previous = nullptr;
  FaultMap map;
  std::uint32_t trap_number = 0;
  std::uint32_t frame_count = 0;
  std::uint64_t exception = 0;  // whose frames these are, if it did not trap
  std::uintptr_t frames[kMaxFrames];  // addresses in the instruction that trapped or calls, innermost first

  explicit Entry(FaultMap fault_map) : map(fault_map) {}
};

/// Enters. Nothing: it returned; else it trapped and the entry says how. The thread must be prepared.
bool enter(Entry& entry, Trampoline trampoline, void* context, const void* code, std::uint64_t* slots);

/// Notes in the innermost entry of this thread where `exception` is thrown. To be called by a library function: `frame` is
/// its frame address, `pc` its return address.
void record_throw(std::uint64_t exception, const void* frame, const void* pc);

/// Where the frames of this thread's outermost entry begin: all compiled code on its stack lies below. 0 if there is none.
std::uintptr_t outermost_entry();

/// Gives this thread a signal stack, and the process the signal handlers, if they are not there. Returns the lowest
/// stack address at which host code may be called (0 if the stack's bounds are unknown). Cheap when called again.
std::uintptr_t prepare_thread();

}  // namespace witc::engine
