// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// All that differs between machines in the runtime: how compiled code is entered, and how a trap is read from and
// written to the registers that a signal handler is given. One folder per machine implements it.

#include <cstddef>
#include <cstdint>
#include <optional>

namespace witc::engine::arch {

/// Compiled code runs on a stack of its own. A Landing says where an entry into it is left when it traps, and where the
/// other stack stands while one of the two is in use.
struct Landing {
  std::uint64_t sp = 0;        // of the thread's own stack: for host functions, and after the entry
  std::uint64_t pc = 0;
  std::uint64_t guest_sp = 0;  // before the entry, where it starts; while a host function runs, where it goes on
};

/// Calls trampoline(context, code, slots) on the stack at `landing->guest_sp` (16-byte aligned), having noted in
/// `landing` how to get out again. 0: it returned; 1: it trapped.
extern "C" std::uint32_t witc_engine_enter(Landing* landing, void (*trampoline)(void*, const void*, std::uint64_t*),
                                           void* context, const void* code, std::uint64_t* slots);

/// The values of the callee-saved registers, for a collector that looks for references in them. Returns the caller's
/// stack pointer.
inline constexpr std::size_t kCalleeSaved = 6;
extern "C" std::uintptr_t witc_engine_callee_saved(std::uint64_t* values);

/// What compiled code calls to leave for C++: calls a function on the thread's own stack, with the caller's arguments.
/// The function stands in the register of LLVM's `nest`, the first argument is the StoreHeader, and all of them are in
/// registers. Not to be called from C++.
extern "C" void witc_engine_call_host();

struct Registers {
  std::uintptr_t pc, sp, fp;
};
/// From the third argument of a signal handler.
Registers registers(const void* signal_context);
/// On return from the handler, execution goes on at the landing, as a trap.
void leave(void* signal_context, const Landing& landing);

/// The number in the trapping instruction at `pc`, if there is one. `pc` is in compiled code.
std::optional<std::uint32_t> trap_number(std::uintptr_t pc);

}  // namespace witc::engine::arch
