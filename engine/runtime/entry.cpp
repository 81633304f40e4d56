// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Signals to traps. The handler acts only when the faulting instruction is in the code of the innermost entry's
// program or touches the end of its stack; everything else goes to whoever handled the signal before. Handlers and the
// list of entries are the one piece of process-wide and per-thread state of the engine: signals leave no other way to
// reach it.
#include "engine/runtime/entry.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <initializer_list>
#include <mutex>
#include <optional>

#include "engine/trap.h"

namespace witc::engine {

constinit thread_local EntryThread entry_thread;

namespace {

constexpr std::size_t kSignalStack = 64 * 1024;
constexpr std::uintptr_t kHostReserve = 256 * 1024;
constexpr std::size_t kStackGuard = 64 * 1024;
constexpr std::uint64_t kLargestStack = 1ull << 32;
constexpr std::size_t kPage = 4096;
constexpr std::uintptr_t kLeafFrame = 512;
constexpr std::uintptr_t kMaxStack = 64 * 1024 * 1024;

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
struct sigaction previous_actions[std::size(kSignals)];

std::uint32_t number(TrapKind kind) { return static_cast<std::uint32_t>(kind); }

/// 0: not a trap of ours.
std::uint32_t classify(int signal, const siginfo_t& info, const arch::Registers& registers, const Entry& entry) {
  if (signal == SIGILL) return arch::trap_number(registers.pc).value_or(0);
  if (signal == SIGFPE) return number(TrapKind::kDivideByZero);
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  return entry.map.in_memory(entry.map.store, address) ? number(TrapKind::kMemoryOutOfBounds) : 0;
}

/// Large frames are probed page by page, so none jumps over the guard.
bool is_overflow(int signal, const siginfo_t& info, const Entry& entry) {
  return (signal == SIGSEGV || signal == SIGBUS) && entry.stack.guards(reinterpret_cast<std::uintptr_t>(info.si_addr));
}

/// Follows the frame pointers up to the entry.
__attribute__((no_sanitize("address"))) void follow_frames(Entry& entry, std::uintptr_t fp, std::uintptr_t floor) {
  while (entry.frame_count < Entry::kMaxFrames && fp >= floor && fp + 16 <= entry.stack.top && fp % 8 == 0) {
    const auto* words = reinterpret_cast<const std::uintptr_t*>(fp);
    const std::uintptr_t return_address = words[1];
    if (!(*entry.map.image)->contains(return_address - 1)) break;
    entry.frames[entry.frame_count++] = return_address - 1;
    floor = fp + 16;
    fp = words[0];
  }
}

__attribute__((no_sanitize("address"))) void record_frames(Entry& entry, const arch::Registers& registers) {
  entry.frame_count = 0;
  entry.frames[entry.frame_count++] = registers.pc;
  const std::uintptr_t floor = std::max(registers.sp, entry.stack.low);
  if (!(*entry.map.image)->contains(registers.pc)) {  // in memcpy or the like, which has no frame: its return address
    for (std::uintptr_t at = floor & ~std::uintptr_t{7}; at < floor + kLeafFrame && at + 8 <= entry.stack.top; at += 8) {
      const auto word = *reinterpret_cast<const std::uintptr_t*>(at);
      if (!(*entry.map.image)->contains(word - 1)) continue;
      entry.frames[entry.frame_count++] = word - 1;
      break;
    }
  }
  follow_frames(entry, registers.fp, floor);
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
  Entry* entry = entry_thread.current;
  if (entry != nullptr) {
    const arch::Registers registers = arch::registers(context);
    std::uint32_t kind = 0;
    if (is_overflow(signal, *info, *entry)) kind = number(TrapKind::kCallStackExhausted);
    else if ((*entry->map.image)->contains(registers.pc)) kind = classify(signal, *info, registers, *entry);
    if (kind != 0) {
      entry->trap_number = kind;
      record_frames(*entry, registers);
      arch::leave(context, entry->landing);
      return;
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

/// The stacks of a thread: for signals and for compiled code, and what is known of its own.
struct ThreadState {
  void* signal_stack = nullptr;
  stack_t present{};  // what the thread had before
  std::uintptr_t limit = 0;  // EntryThread::limit
  std::uintptr_t guest = 0;  // guard and stack
  std::size_t guest_size = 0;

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
  /// A guest stack of that size. The mapping only grows; a smaller stack is its lower part, next to the guard.
  std::optional<GuestStack> guest_stack(std::uint64_t max_stack) {
    const std::size_t size = (std::clamp<std::uint64_t>(max_stack, kPage, kLargestStack) + kPage - 1) & ~(kPage - 1);
    if (guest_size < size) {
      void* memory = mmap(nullptr, kStackGuard + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (memory == MAP_FAILED) return std::nullopt;
      if (mprotect(static_cast<std::uint8_t*>(memory) + kStackGuard, size, PROT_READ | PROT_WRITE) != 0) {
        munmap(memory, kStackGuard + size);
        return std::nullopt;
      }
      free_guest_stack();
      guest = reinterpret_cast<std::uintptr_t>(memory);
      guest_size = size;
    }
    return GuestStack{guest, guest + kStackGuard, guest + kStackGuard + size};
  }
  void free_guest_stack() {
    if (guest_size != 0) munmap(reinterpret_cast<void*>(guest), kStackGuard + guest_size);
    guest_size = 0;
  }
  ~ThreadState() {
    entry_thread = {};
    free_guest_stack();
    if (signal_stack == nullptr) return;
    sigaltstack(&present, nullptr);
    munmap(signal_stack, kSignalStack);
  }
};

}  // namespace

__attribute__((no_sanitize("address"))) void record_throw(std::uint64_t exception) {
  if (entry_thread.current == nullptr) return;
  entry_thread.current->exception = exception;
  entry_thread.current->frame_count = 0;
  // There the frame of witc_engine_call_host is.
  follow_frames(*entry_thread.current, entry_thread.current->landing.guest_sp, entry_thread.current->stack.low);
}

std::uintptr_t outermost_entry() {
  std::uintptr_t stack = 0;
  for (const Entry* entry = entry_thread.current; entry != nullptr; entry = entry->previous) stack = entry->landing.sp;
  return stack;
}

StackRange guest_frames() {
  if (entry_thread.current == nullptr) return {};
  return {entry_thread.current->landing.guest_sp, entry_thread.current->stack.top};
}

std::expected<void, TrapKind> prepare_thread(std::uintptr_t frame, std::uint64_t max_stack) {
  static std::once_flag handlers;
  std::call_once(handlers, install_handlers);
  static thread_local ThreadState state;
  entry_thread.limit = state.limit;
  if (frame < state.limit) return std::unexpected(TrapKind::kCallStackExhausted);
  if (entry_thread.current != nullptr) return {};
  const std::optional<GuestStack> stack = state.guest_stack(max_stack);
  if (!stack) return std::unexpected(TrapKind::kHost);
  entry_thread.stack = *stack;
  entry_thread.max_stack = max_stack;
  return {};
}

}  // namespace witc::engine
