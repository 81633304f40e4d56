// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The engine's front door: programs are compiled, instantiated and called here. Neither LLVM nor any part of the
// runtime shows through.
//
//     Engine engine(options);
//     CompiledProgram code = TRY(engine.compile(program));
//     Instance instance = TRY(engine.instantiate(code, host_functions));
//     for (InstanceId id : program.instances.ids()) instance.instantiate_one(id);
//     instance.call(id, func, args, results);
//
// Values cross as 64-bit slots, one a value and two a v128 (engine/slots.h): integers zero-extended, floats as their
// bits, references as opaque words (0 is null), vectors low half first. A thread may enter an Instance while no other is in it; different Instances of one CompiledProgram may
// run on different threads at once.

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "engine/program.h"
#include "engine/trap.h"

namespace witc::engine {

class CodeArchive;
class Instance;
class ReservationPool;

/// What a host function is given. `slots` holds the arguments; the results are written over them from the start.
struct HostCall {
  Instance& instance;
  void* user_data;
  std::span<std::uint64_t> slots;  // slot_count() of the type

  /// Leaves a trap to be raised in the caller: `return call.trap(Trap::host("no such file"));`
  bool trap(Trap trap);
};
/// True: go on with the results. False: `HostCall::trap` was called. Must not throw. It may call into the instance.
using HostFunction = bool (*)(HostCall& call);
struct HostFunc {
  HostFunction function = nullptr;
  void* user_data = nullptr;
};

/// A shared linear memory (threads proposal). Stores on any threads may have it at once: it is given to
/// `Engine::instantiate` for a Program's `memories`, or made by a module and taken from `Instance::shared_memory`. Copies
/// are the same memory. Every function may be called from any thread.
class SharedMemory {
 public:
  struct Impl;
  explicit SharedMemory(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

  /// Of its minimum size, zeroed. `type` is a valid type of a shared memory. Errors: kEngineResource.
  static Result<SharedMemory> make(const wasm::MemoryType& type, std::uint64_t max_bytes = 16ull << 30);

  [[nodiscard]] const wasm::MemoryType& type() const;
  /// As it is now; the start never moves, the size only grows. What guests write meanwhile is only seen with atomics.
  [[nodiscard]] std::span<std::uint8_t> bytes() const;
  /// The size in pages before, or nothing if it cannot grow.
  std::optional<std::uint64_t> grow(std::uint64_t delta) const;
  /// `memory.atomic.notify`: wakes up to `count` threads that wait at the address; returns how many.
  std::uint32_t notify(std::uint64_t address, std::uint32_t count) const;

  [[nodiscard]] const std::shared_ptr<Impl>& impl() const { return impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

enum class OptLevel : std::uint8_t { kNone, kFull };

/// When code is made: all before a program is instantiated, or of each function when it is first called: quickly, and with
/// OptLevel::kFull once more, well, when it is called often. What cannot be compiled is then a trap (kHost) of who called it.
enum class CompileMode : std::uint8_t { kEager, kLazy };

struct EngineOptions {
  OptLevel opt_level = OptLevel::kFull;
  CompileMode compile_mode = CompileMode::kEager;
  /// What is compiled as it runs is kept in files of this folder, and taken from there the next time (docs/engine.md).
  /// Empty: it is not. The folder is made if it is not there. Whoever can write in it decides what is executed.
  std::string code_cache;
  std::uint64_t max_code_cache_bytes = 1ull << 30;  // of all files together; the oldest go
  /// Code that is compiled ahead (engine/precompiled.h): where it goes if the archive is being made, else where it is taken
  /// from; nothing is compiled then. CompileMode::kLazy only, and without `code_cache`.
  std::shared_ptr<CodeArchive> archive;
  /// Told of how much of what is compiled ahead is done, by any thread, one at a time. Must not throw.
  std::function<void(std::size_t done, std::size_t total)> on_progress;
  /// Of engine/api.h: all modules are loaded before the first Store is made. What none of them has, tail calls and
  /// exceptions, code then need not provide for; a module that has them is refused by the stores if it comes later.
  bool modules_come_first = false;
  unsigned threads = 0;                             // for compiling; 0: as many as there are cores
  std::uint64_t max_memory_bytes = 16ull << 30;     // of one linear memory; 4 GiB is the most with 32-bit indices
  std::uint64_t max_table_elements = 10'000'000;    // of one table
  std::uint64_t max_gc_heap_bytes = 1ull << 30;     // of an Instance's structs and arrays
  bool canonical_nans = false;                      // every NaN that arithmetic gives is 0x7fc0... or 0x7ff8...
  std::uint32_t max_instances = ~0u;                // core instances of a Program; adapters do not count
  /// Compiled code counts the operators it executes: a block of them is paid for as it begins, and what cannot be paid
  /// for traps with kOutOfFuel. The same fuel ends at the same place in every run and at every OptLevel. This much an
  /// Instance has at first (at most 2^63 - 1). Nothing: not counted, at no cost.
  std::optional<std::uint64_t> fuel;
  /// Compiled code looks at each function's and loop's start whether it is to stop (InterruptHandle). Else it does so
  /// only where it waits and when a host function returns, at no cost.
  bool interruptible = false;
  /// Instances are interrupted this long after they were made. Makes code interruptible.
  std::optional<std::chrono::nanoseconds> timeout;
  std::uint64_t max_wasm_stack = 1 << 20;           // bytes of compiled code's stack, on every thread (runtime/entry.h)
  /// Instances that end are kept, ready for the next of their program: at most so many of all programs together, and
  /// of what each of them wrote to its memories and tables so many bytes stay resident (the rest is given back, and costs
  /// page faults when it is written again).
  std::uint32_t max_kept_instances = 128;
  std::uint64_t max_kept_resident_bytes = 1 << 20;
  /// Instances of equal modules have their code in common, where enough is saved by it (engine/sharing.h).
  bool share_code = true;
  bool keep_ir = false;                             // for tests: CompiledProgram::ir()
};

/// Machine code for a Program, mapped and ready, or made as it is called for; shared between its Instances and freed with
/// the last.
class CompiledProgram {
 public:
  struct Impl;
  explicit CompiledProgram(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  [[nodiscard]] const Program& program() const;
  /// Optimised LLVM IR of all batches, if EngineOptions::keep_ir and compiled before it runs.
  [[nodiscard]] const std::string& ir() const;
  [[nodiscard]] const std::shared_ptr<const Impl>& impl() const { return impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

class Engine {
 public:
  explicit Engine(EngineOptions options = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  [[nodiscard]] const EngineOptions& options() const { return options_; }

  /// Checks and compiles the whole program. Errors: those of check(), kEngineResource.
  [[nodiscard]] Result<CompiledProgram> compile(Program program);

  /// An open program (Program::is_open) with one more instance, which may import from all before it and from `hosts`,
  /// added to Program::hosts. The code of the others is used as it is. Errors: as of compile.
  [[nodiscard]] Result<CompiledProgram> extend(const CompiledProgram& base, CoreInstance instance,
                                               std::span<const HostDecl> hosts);

  /// Reserves context, memories and tables of all core instances; runs no guest code and copies no segment: that is
  /// `Instance::instantiate_one`. `hosts` has one function for each of Program::hosts, `memories` one of fitting type for
  /// each shared one of Program::memories. Errors: kEngineResource.
  [[nodiscard]] Result<Instance> instantiate(const CompiledProgram& code, std::span<const HostFunc> hosts,
                                             std::span<const SharedMemory> memories = {});

 private:
  EngineOptions options_;
  std::shared_ptr<ReservationPool> pool_;
};

using CallResult = std::expected<void, Trap>;

/// A function of an Instance, found once by `Instance::func_handle`: a call by it is an entry and no more. Good as long as
/// the Instance; what it holds is the engine's.
struct FuncHandle {
  void (*trampoline)(void* context, const void* code, std::uint64_t* slots) = nullptr;
  const void* code = nullptr;
  void* context = nullptr;
  std::uint32_t signature = 0;
};

class Interruption;

/// Stops what an Instance executes, from any thread: it traps with kInterrupt, now or when it next runs, until
/// `Instance::clear_interrupt`. May outlive the Instance; copies are the same.
class InterruptHandle {
 public:
  explicit InterruptHandle(std::shared_ptr<Interruption> interruption) : interruption_(std::move(interruption)) {}
  void interrupt() const;

 private:
  std::shared_ptr<Interruption> interruption_;
};

/// A running Program: the state of all its core instances, in one context. Move-only; moving does not move the state.
class Instance {
 public:
  struct Impl;
  explicit Instance(std::unique_ptr<Impl> impl);
  Instance(Instance&&) noexcept;
  Instance& operator=(Instance&&) noexcept;
  ~Instance();

  /// Core specification, "Execution > Modules > Instantiation": globals, element and data segments, start function,
  /// in this order. Instances that it imports from come first. Traps with kUnlinkable if an imported memory or table
  /// is at the moment too small.
  CallResult instantiate_one(InstanceId id);
  /// instantiate_one for each, in order.
  CallResult instantiate_all();

  /// Goes on as an instance of an extension of its program (Engine::extend), with functions for the hosts added. What
  /// there is stays as it is; the new instance waits for instantiate_one. Errors: kEngineResource.
  Result<void> extend(const CompiledProgram& code, std::span<const HostFunc> hosts);

  /// Calls what a reference to a function, not null, refers to. `slots` holds the arguments, and the results after it.
  CallResult call_ref(std::uint64_t reference, std::span<std::uint64_t> slots);
  /// Calls a function by its index in a core instance. `args` and `results` have exactly the slots of the signature.
  CallResult call(InstanceId id, wasm::FuncIndex func, std::span<const std::uint64_t> args,
                  std::span<std::uint64_t> results);
  /// Calls an exported function.
  CallResult call(InstanceId id, std::string_view export_name, std::span<const std::uint64_t> args,
                  std::span<std::uint64_t> results);

  /// Errors: kHost if its trampoline cannot be compiled, or if it is no function that has code (Intrinsic).
  std::expected<FuncHandle, Trap> func_handle(InstanceId id, wasm::FuncIndex func);
  /// `slots` has slot_count() of the type: arguments before the call, results after it.
  CallResult call(const FuncHandle& func, std::uint64_t* slots);

  /// The bytes of a memory as it is now; the start never moves, the size changes when the guest grows it.
  [[nodiscard]] std::span<std::uint8_t> memory(InstanceId id, wasm::MemoryIndex memory);
  /// Where a block (Program::memories) is: null at first. Its owner sets it, at any time but while compiled code runs, host
  /// functions excepted. The reference is good as long as the Instance lives.
  [[nodiscard]] std::uint8_t*& block(MemorySlot slot);
  /// Where the size in bytes is written down, as long as the Instance lives; null if the memory is shared.
  [[nodiscard]] const std::uint64_t* memory_size(InstanceId id, wasm::MemoryIndex memory) const;
  /// The size in pages before, or nothing if it cannot grow.
  std::optional<std::uint64_t> memory_grow(InstanceId id, wasm::MemoryIndex memory, std::uint64_t delta);
  /// Nothing if the memory is not shared.
  [[nodiscard]] std::optional<SharedMemory> shared_memory(InstanceId id, wasm::MemoryIndex memory) const;

  /// One slot: of a v128 the low half.
  [[nodiscard]] InterruptHandle interrupt_handle() const;
  void clear_interrupt();
  /// A file descriptor that is readable once an interruption was asked for, for hosts that wait in poll(2); the
  /// Instance's own. -1 if the system gives none.
  [[nodiscard]] int interrupt_fd();

  /// What is left of EngineOptions::fuel, 0 after kOutOfFuel; and how much there is to be (at most 2^63 - 1).
  [[nodiscard]] std::uint64_t fuel() const;
  void set_fuel(std::uint64_t fuel);

  [[nodiscard]] std::uint64_t global(InstanceId id, wasm::GlobalIndex global) const;
  void set_global(InstanceId id, wasm::GlobalIndex global, std::uint64_t value);
  /// All slots of a global, to read or write; they stay where they are as long as the Instance lives.
  [[nodiscard]] std::span<std::uint64_t> global_slots(InstanceId id, wasm::GlobalIndex global) const;

  [[nodiscard]] std::uint64_t table_size(InstanceId id, wasm::TableIndex table) const;
  /// Nothing if out of bounds.
  [[nodiscard]] std::optional<std::uint64_t> table_get(InstanceId id, wasm::TableIndex table, std::uint64_t index) const;
  /// False if out of bounds, or if the table is one that code was made to rely on: not exported, and never written by
  /// the module (engine/fixed_tables.h).
  bool table_set(InstanceId id, wasm::TableIndex table, std::uint64_t index, std::uint64_t reference);

  /// A reference to a function, for tables, globals and arguments. The function must be exported, or named by an
  /// element segment, a global or `ref.func`; else nothing.
  [[nodiscard]] std::optional<std::uint64_t> func_ref(InstanceId id, wasm::FuncIndex func) const;

  // Structs and arrays (engine/runtime/reference.h says what the words are). A collection sees references in globals,
  // tables, compiled code's frames and, between entries, the host's; a host that keeps one elsewhere while code runs
  // must root it.

  /// What a reference of the `any` hierarchy is.
  enum class AnyKind : std::uint8_t { kNull, kI31, kStruct, kArray, kHost };
  [[nodiscard]] AnyKind any_kind(std::uint64_t reference) const;
  /// The instructions of that name; nothing if the heap is full.
  std::optional<std::uint64_t> any_convert_extern(std::uint64_t reference);
  std::optional<std::uint64_t> extern_convert_any(std::uint64_t reference);
  /// Keeps what the reference refers to until `remove_root`; as often as it was added.
  void add_root(std::uint64_t reference);
  void remove_root(std::uint64_t reference);
  void collect_garbage();
  struct HeapUse {
    std::uint64_t committed = 0, live = 0, collections = 0;  // bytes; live as the last collection found
  };
  [[nodiscard]] HeapUse heap_use() const;

  [[nodiscard]] const Program& program() const;
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace witc::engine
