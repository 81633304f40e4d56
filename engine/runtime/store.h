// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The state behind an Instance: the context allocation, reservations of memories and tables, segments, host functions.
// Compiled code reaches it through the StoreHeader.

#include <optional>
#include <span>
#include <vector>

#include "engine/code_image.h"
#include "engine/engine.h"
#include "engine/layout.h"
#include "engine/lazy/code_numbers.h"
#include "engine/runtime/context.h"
#include "engine/runtime/entry.h"
#include "engine/runtime/exceptions.h"
#include "engine/runtime/heap.h"
#include "engine/runtime/instance_pool.h"
#include "engine/runtime/interruption.h"
#include "engine/runtime/reservation.h"
#include "engine/runtime/shared_memory.h"
#include "engine/slots.h"

namespace witc::engine {

struct CompiledProgram::Impl {
  Program program;
  Layout layout;
  EngineOptions options;
  CodeNumbers numbers;  // if it is compiled as it runs
  std::shared_ptr<const Impl> base;  // the same, of the program that this one extends: its code is compiled from it
  bool is_generation = false;  // of `image.lazy`, which has been given what is to be compiled
  CodeImage image;  // destroyed before all it is compiled from
  std::shared_ptr<ReservationPool> pool;  // for the instances' memory
  StoreShape shape;
  std::shared_ptr<InstancePool> instances;  // null if they cannot be prepared

  Impl(Program p, EngineOptions o, std::shared_ptr<ReservationPool> r)
      : program(std::move(p)), layout(program, o.share_code), options(o),
        pool(std::move(r)), shape(program, layout, options) {
    if (InstancePool::serves(program, layout)) instances = std::make_shared<InstancePool>(*this);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();
};

struct Instance::Impl {
  /// A host function, and how many slots it is given.
  struct Host : HostFunc {
    std::size_t slots = 0;
  };

  std::shared_ptr<const CompiledProgram::Impl> code;
  const CodeImage* image = nullptr;  // of `code`
  std::vector<Host> hosts;
  Instance* self = nullptr;     // the handle that owns this
  std::optional<Trap> pending;  // left by a host function, for the trap under way

  std::vector<std::weak_ptr<const Exception>> thrown;  // given to the host, which may go on with them: roots
  ExceptionPool exceptions;
  std::shared_ptr<Interruption> interruption;
  std::optional<Deadline> deadline;

  Reservation context;  // what Layout says, then the tables that StoreShape puts there
  std::vector<Reservation> memories;  // by number; empty where shared
  std::vector<std::shared_ptr<SharedMemory::Impl>> shared_memories;  // by number; null where not shared
  std::vector<Reservation> tables;    // by number; empty where in the context
  std::vector<std::vector<std::vector<std::uint64_t>>> elements;  // by instance and segment; empty of active ones
  /// Of a store that InstancePool prepared: the bytes of PreparedProgram::ranges before anything ran.
  std::vector<std::uint8_t> pristine;
  std::vector<std::size_t> apart_bytes;  // by table number, of those with a reservation of their own: bytes at first
  const PreparedProgram* prepared = nullptr;

  std::unique_ptr<Heap> heap;          // once something was allocated
  std::vector<std::uint64_t> roots;    // of the host
  std::vector<std::uint32_t> reference_globals;  // offsets of those that may refer to objects
  std::vector<std::uint32_t> reference_tables;   // numbers of such tables

  static Result<std::unique_ptr<Impl>> make(std::shared_ptr<const CompiledProgram::Impl> code,
                                            std::span<const HostFunc> hosts,
                                            std::span<const SharedMemory> memories);
  ~Impl();

  // recycle.cpp
  /// Gives every item its first value, except for what is a step of `prepared`. Memories that are mapped from images have
  /// their contents. `written`, if not empty: by memory number, gets what segments wrote.
  CallResult prefill(std::span<MemoryImages::Contents> written);
  void keep_pristine();
  /// As when it was made, with nothing left of its last use. False: it cannot be used again.
  bool recycle();
  /// Goes into use again.
  void reuse(std::shared_ptr<const CompiledProgram::Impl> code, std::span<const HostFunc> hosts);
  /// The end of a store: it is kept for the next instance of its program, or destroyed.
  static void retire(std::unique_ptr<Impl> store);

  Result<void> extend(std::shared_ptr<const CompiledProgram::Impl> extended, std::span<const HostFunc> more_hosts);

  [[nodiscard]] const Program& program() const { return code->program; }
  [[nodiscard]] const wasm::Module& module(InstanceId id) const { return *program().instances[id].module; }
  [[nodiscard]] const InstanceLayout& layout(InstanceId id) const { return code->layout[id]; }

  template <class T>
  [[nodiscard]] T& at(std::uint32_t offset) const {
    return *reinterpret_cast<T*>(context.base() + offset);
  }
  [[nodiscard]] StoreHeader& header() const { return at<StoreHeader>(0); }
  [[nodiscard]] MemoryEntry& memory(InstanceId id, std::uint32_t index) const {
    return at<MemoryEntry>(layout(id).memories[index].offset);
  }
  [[nodiscard]] TableEntry& table(InstanceId id, std::uint32_t index) const {
    return at<TableEntry>(layout(id).tables[index].offset);
  }
  [[nodiscard]] std::uint64_t& global(InstanceId id, std::uint32_t index) const {
    return at<std::uint64_t>(layout(id).globals[index].offset);
  }
  [[nodiscard]] std::span<std::uint64_t> global_slots(InstanceId id, std::uint32_t index) const {
    return {&global(id, index), slot_count(module(id).globals[wasm::GlobalIndex(index)].type.type)};
  }
  [[nodiscard]] DataEntry& data(InstanceId id, std::uint32_t index) const {
    return at<DataEntry>(layout(id).data + index * sizeof(DataEntry));
  }
  [[nodiscard]] ElemEntry& elem(InstanceId id, std::uint32_t index) const {
    return at<ElemEntry>(layout(id).elems + index * sizeof(ElemEntry));
  }
  /// Address of the FuncRef; 0 if the function has none.
  [[nodiscard]] bool is_fixed(InstanceId id, std::uint32_t table) const {
    return layout(id).fixed_tables[table].is_fixed;
  }
  [[nodiscard]] std::uint64_t func_ref(InstanceId id, std::uint32_t index) const;

  /// By number; the old size in pages or elements, or -1.
  std::uint64_t grow_memory(std::uint32_t number, std::uint64_t delta);
  std::uint64_t grow_table(std::uint32_t number, std::uint64_t delta, std::uint64_t reference);

  /// Goes on with an exception of this store that left a host function as a trap. False: it is none.
  bool rethrow(const Trap& trap);
  // gc.cpp. What allocates gives 0 if there is no room. Only compiled code may ask for a collection: an allocation for the
  // host finds references of its caller nowhere.
  std::uint64_t allocate(std::uint64_t object_header, std::uint64_t bytes, bool may_collect);
  std::uint64_t any_convert_extern(std::uint64_t reference, bool may_collect);
  std::uint64_t extern_convert_any(std::uint64_t reference);
  /// With zeros for a payload; null if there is no room.
  ExceptionObject* new_exception(std::uint32_t tag, std::uint64_t slots, bool may_collect);
  /// `fields`: their slots, all of them or none for default values.
  std::uint64_t new_struct(std::uint32_t type_id, std::span<const std::uint64_t> fields);
  /// `elements`: the slots of one or of all, or none for default values.
  std::uint64_t new_array(std::uint32_t type_id, std::uint32_t length, std::span<const std::uint64_t> elements);
  void collect_garbage();

  CallResult instantiate_one(InstanceId id);
  CallResult instantiate_all();
  /// Enters compiled code; `slots` as a trampoline wants them.
  CallResult enter(std::uint32_t type_id, const void* code, void* context, std::uint64_t* slots);
  CallResult enter(const FuncHandle& func, std::uint64_t* slots);
  std::expected<FuncHandle, Trap> handle(std::uint32_t type_id, const void* code, void* context);
  CallResult call_func(InstanceId id, std::uint32_t func, std::uint64_t* slots);

 private:
  friend class InstancePool;
  static Result<std::unique_ptr<Impl>> make_empty(std::shared_ptr<const CompiledProgram::Impl> code,
                                                  const MemoryImages* images,
                                                  std::span<const SharedMemory> memories);
  void add_hosts(std::span<const HostFunc> added);
  void begin_use(std::span<const HostFunc> hosts);
  Result<void> add_instances(std::span<const SharedMemory> host_memories, const MemoryImages* images);
  Result<void> reserve_memories(std::span<const SharedMemory> host_memories, const MemoryImages* images);
  Result<void> reserve_tables();
  void fill_func_refs(InstanceId id);
  CallResult check_limits(InstanceId id) const;
  CallResult make_own_items(InstanceId id);
  CallResult run_element_segments(InstanceId id);
  /// `images`: of the memories that have their contents already.
  CallResult run_data_segments(InstanceId id, const MemoryImages* images = nullptr,
                               std::span<MemoryImages::Contents> written = {});
  CallResult run_prepared(const PreparedProgram::Step& step);
  CallResult run_start(InstanceId id);
  /// `callee_context`: what the entry was called with.
  Trap take_trap(const Entry& entry, const void* callee_context);
  Trap take_exception(Entry& entry, const void* callee_context);
  void find_reference_items();
  bool make_heap();
  void update_heap();
  void mark_roots(Heap& heap);
  [[nodiscard]] std::vector<Frame> make_frames(const Entry& entry, const void* callee_context) const;
};

/// The table of runtime functions for a StoreHeader.
Libcalls libcalls();

}  // namespace witc::engine
