// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Entering functions that are not compiled yet: the few instructions that engine/lazy/code_region.h needs, and what they
// lead to. One folder per machine implements it.

#include <cstddef>
#include <cstdint>

namespace witc::engine {
struct StoreHeader;
}

namespace witc::engine::arch {

/// Instead of a distance: of code that several instances share (engine/sharing.h), whose blocks have the StoreHeader's
/// address, at one distance before the context register.
inline constexpr std::uint32_t kHeaderInCell = 1;
inline constexpr std::uint32_t kCellBeforeContext = 136;

/// What a program's entries share.
struct LazyEntry {
  const std::uint32_t* contexts;  // by number: the context register's distance from the StoreHeader, or kHeaderInCell
  /// Called on the thread's own stack. Returns where to go on: with all argument registers, and the stack, as they were
  /// when the entry was called.
  const void* (*compile)(LazyEntry* self, std::uint64_t number, StoreHeader* header);
  void* user_data;
};

inline constexpr std::size_t kLazyEntryBytes = 16;
inline constexpr std::size_t kLazyEntryFirst = 6;  // where its second half begins
inline constexpr std::size_t kLazyStubBytes = 4096;
/// Offsets in the stubs.
inline constexpr std::size_t kEnterStub = 0;      // compiles what is entered
inline constexpr std::size_t kTrapStub = 64;      // traps with kPendingTrap, as the function that is entered
inline constexpr std::size_t kLibcStubs = 128;    // memcpy, memmove, memset
inline constexpr std::size_t kLibcStubBytes = 16;

/// Counts calls down, and goes on to `code` as long as the counter is not below 0, then to `spent`.
inline constexpr std::size_t kCountStubBytes = 24;
void write_count_stub(std::uint8_t* at, const void* counter, const void* spent, const void* code);

/// Writes the stubs, of kLazyStubBytes.
void write_lazy_stubs(std::uint8_t* stubs, const LazyEntry* entry);
/// Writes the entry of `number`, which jumps through `slot`. Returns what the slot is to hold at first.
const void* write_lazy_entry(std::uint8_t* at, std::uint32_t number, const void* slot, const std::uint8_t* stubs);

}  // namespace witc::engine::arch
