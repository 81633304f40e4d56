// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Signals to traps. The handler acts only when the faulting instruction is in the code of the innermost entry's
// program; everything else goes to whoever handled the signal before. Handlers and the list of entries are the one
// piece of process-wide and per-thread state of the engine: signals leave no other way to reach it.
#include "engine/runtime/entry.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <initializer_list>
#include <mutex>

#include "engine/trap.h"

namespace witc::engine {
namespace {

constexpr std::size_t kSignalStack = 64 * 1024;
constexpr std::uintptr_t kHostReserve = 256 * 1024;
constexpr std::uintptr_t kNearStack = 1024 * 1024;
constexpr std::uintptr_t kMaxStack = 64 * 1024 * 1024;

thread_local Entry* current_entry = nullptr;

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
struct sigaction previous_actions[std::size(kSignals)];

std::uint32_t number(TrapKind kind) { return static_cast<std::uint32_t>(kind); }

/// 0: not a trap of ours.
std::uint32_t classify(int signal, const siginfo_t& info, const arch::Registers& registers, const FaultMap& map) {
  if (signal == SIGILL) return arch::trap_number(registers.pc).value_or(0);
  if (signal == SIGFPE) return number(TrapKind::kDivideByZero);
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  if (map.in_memory(map.store, address)) return number(TrapKind::kMemoryOutOfBounds);
  // Large frames are probed page by page, so an overflow faults close to the stack pointer.
  const bool near_stack = address + kNearStack > registers.sp && address < registers.sp + kNearStack;
  return near_stack ? number(TrapKind::kCallStackExhausted) : 0;
}

/// Follows the frame pointers between the trap and the entry.
__attribute__((no_sanitize("address"))) void record_frames(Entry& entry, const arch::Registers& registers) {
  entry.frame_count = 0;
  entry.frames[entry.frame_count++] = registers.pc;
  std::uintptr_t fp = registers.fp;
  std::uintptr_t floor = registers.sp;
  while (entry.frame_count < Entry::kMaxFrames && fp >= floor && fp + 16 <= entry.landing.sp && fp % 8 == 0) {
    const auto* words = reinterpret_cast<const std::uintptr_t*>(fp);
    const std::uintptr_t return_address = words[1];
    if (!entry.map.image->contains(return_address - 1)) break;
    entry.frames[entry.frame_count++] = return_address - 1;
    floor = fp + 16;
    fp = words[0];
  }
}

void chain(int signal, siginfo_t* info, void* context) {
  const auto* position = std::find(std::begin(kSignals), std::end(kSignals), signal);
  const struct sigaction& previous = previous_actions[position - std::begin(kSignals)];
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    // A fault that is nobody's: let it happen again without us.
    struct sigaction fallback {};
    fallback.sa_handler = SIG_DFL;
    sigaction(signal, &fallback, nullptr);
  } else {
    previous.sa_handler(signal);
  }
}

__attribute__((no_sanitize("address"))) void on_signal(int signal, siginfo_t* info, void* context) {
  Entry* entry = current_entry;
  if (entry != nullptr) {
    const arch::Registers registers = arch::registers(context);
    if (entry->map.image->contains(registers.pc)) {
      if (std::uint32_t kind = classify(signal, *info, registers, entry->map)) {
        entry->trap_number = kind;
        record_frames(*entry, registers);
        arch::leave(context, entry->landing);
        return;
      }
    }
  }
  chain(signal, info, context);
}

void install_handlers() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) {
    struct sigaction action {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    sigaction(kSignals[i], &action, &previous_actions[i]);
  }
}

/// The signal stack of a thread, and what is known of its ordinary stack.
struct ThreadState {
  void* signal_stack = nullptr;
  stack_t present{};  // what the thread had before
  std::uintptr_t limit = 0;

  ThreadState() {
    sigaltstack(nullptr, &present);
    if ((present.ss_flags & SS_DISABLE) != 0 || present.ss_size < kSignalStack) {
      void* memory = mmap(nullptr, kSignalStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (memory != MAP_FAILED) {
        stack_t ours{};
        ours.ss_sp = memory;
        ours.ss_size = kSignalStack;
        if (sigaltstack(&ours, nullptr) == 0) signal_stack = memory;
        else munmap(memory, kSignalStack);
      }
    }
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
      void* lowest = nullptr;
      std::size_t size = 0;
      pthread_attr_getstack(&attributes, &lowest, &size);
      const auto top = reinterpret_cast<std::uintptr_t>(lowest) + size;
      limit = top - std::min<std::uintptr_t>(size, kMaxStack) + kHostReserve;
      pthread_attr_destroy(&attributes);
    }
  }
  ~ThreadState() {
    if (signal_stack == nullptr) return;
    sigaltstack(&present, nullptr);
    munmap(signal_stack, kSignalStack);
  }
};

}  // namespace

bool enter(Entry& entry, Trampoline trampoline, void* context, const void* code, std::uint64_t* slots) {
  entry.previous = current_entry;
  current_entry = &entry;
  const bool trapped = arch::witc_engine_enter(&entry.landing, trampoline, context, code, slots) != 0;
  current_entry = entry.previous;
  return !trapped;
}

__attribute__((no_sanitize("address"))) void record_throw(std::uint64_t exception, const void* frame, const void* pc) {
  if (current_entry == nullptr) return;
  current_entry->exception = exception;
  const auto at = reinterpret_cast<std::uintptr_t>(frame);
  record_frames(*current_entry, {reinterpret_cast<std::uintptr_t>(pc) - 1, at, *static_cast<const std::uintptr_t*>(frame)});
}

std::uintptr_t outermost_entry() {
  std::uintptr_t stack = 0;
  for (const Entry* entry = current_entry; entry != nullptr; entry = entry->previous) stack = entry->landing.sp;
  return stack;
}

std::uintptr_t prepare_thread() {
  static std::once_flag handlers;
  std::call_once(handlers, install_handlers);
  static thread_local ThreadState state;
  return state.limit;
}

}  // namespace witc::engine
