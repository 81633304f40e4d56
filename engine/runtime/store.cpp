// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Making a store, growing its memories and tables, and entering its code.
#include "engine/runtime/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/check.h"
#include "base/overloaded.h"
#include "engine/lazy/lazy_code.h"
#include "engine/memory_shape.h"
#include "engine/runtime/native.h"

namespace witc::engine {
namespace {

constexpr std::uint64_t kOpenContext = 64 * 1024;  // accessible from the start, for what will be added

/// What is accessible of a memory from the start: what is wanted first, unless it is so much that its limit should be
/// looked at.
std::uint64_t initial_bytes(std::uint64_t bytes) { return bytes <= (1u << 20) ? bytes : 0; }

bool in_memory(const void* store, std::uintptr_t address) {
  const auto* self = static_cast<const Instance::Impl*>(store);
  for (const Reservation& memory : self->memories) {
    if (memory.contains(address)) return true;
  }
  for (const auto& memory : self->shared_memories) {
    if (memory != nullptr && memory->contains(address)) return true;
  }
  return false;
}

const std::string* export_name(const wasm::Module& module, wasm::ExternKind kind, std::uint32_t index) {
  for (const wasm::Export& item : module.exports) {
    if (item.kind == kind && item.index == index) return &item.name;
  }
  return nullptr;
}

Instance::Impl& store_of(StoreHeader* header) { return *static_cast<Instance::Impl*>(header->store); }

std::uint64_t lib_memory_grow(StoreHeader* header, std::uint32_t memory, std::uint64_t delta) {
  return store_of(header).grow_memory(memory, delta);
}

std::uint64_t lib_table_grow(StoreHeader* header, std::uint32_t table, std::uint64_t delta, std::uint64_t reference) {
  return store_of(header).grow_table(table, delta, reference);
}

std::uint32_t lib_atomic_wait(StoreHeader* header, std::uint32_t memory, std::uint64_t address,
                              std::uint64_t expected, std::uint32_t width, std::int64_t timeout_ns) {
  Instance::Impl& store = store_of(header);
  return store.shared_memories[memory]->wait(address, expected, width, timeout_ns, *store.interruption);
}

std::uint32_t lib_atomic_notify(StoreHeader* header, std::uint32_t memory, std::uint64_t address,
                                std::uint32_t count) {
  return store_of(header).shared_memories[memory]->notify(address, count);
}

bool lib_call_host(StoreHeader* header, std::uint32_t slot, std::uint64_t* slots) {
  Instance::Impl& store = store_of(header);
  const Instance::Impl::Host& host = store.hosts[slot];
  HostCall call{*store.self, host.user_data, {slots, host.slots}};
  try {
    if (host.function(call)) [[likely]] {
      if (header->interrupt.load() == 0) [[likely]] return true;
      return call.trap(Trap::of(TrapKind::kInterrupt));
    }
    if (!store.pending) call.trap(Trap::of(TrapKind::kHost));
    if (store.rethrow(*store.pending)) {
      store.pending.reset();
      record_throw(header->pending_exn);
      return true;
    }
  } catch (const std::exception& exception) {
    call.trap(Trap::host(exception.what()));
  }
  return false;
}

std::uint64_t lib_exception_new(StoreHeader* header, std::uint32_t tag, std::uint64_t slots) {
  const auto made = reinterpret_cast<std::uint64_t>(store_of(header).new_exception(tag, slots, /*may_collect=*/true));
  record_throw(made);
  return made;
}

void lib_exception_drop(StoreHeader* header, std::uint64_t exception) {
  store_of(header).exceptions.drop(reinterpret_cast<ExceptionObject*>(exception));
}

}  // namespace

bool HostCall::trap(Trap trap) {
  instance.impl().pending = std::move(trap);
  return false;
}

Libcalls libcalls() {
  return {lib_memory_grow,
          lib_table_grow,
          lib_atomic_wait,
          lib_atomic_notify,
          lib_call_host,
          lib_exception_new,
          lib_exception_drop,
          [](StoreHeader* header, std::uint64_t object_header, std::uint64_t bytes) {
            return store_of(header).allocate(object_header, bytes, /*may_collect=*/true);
          },
          [](StoreHeader* header, std::uint64_t reference) {
            return store_of(header).any_convert_extern(reference, /*may_collect=*/true);
          },
          [](StoreHeader* header, std::uint64_t reference) { return store_of(header).extern_convert_any(reference); }};
}

Instance::Impl::~Impl() {
  deadline.reset();
  if (interruption != nullptr) interruption->detach();
}

const CodeSymbol* CodeImage::find(std::uintptr_t pc) const {
  auto after = std::upper_bound(symbols.begin(), symbols.end(), pc,
                                [](std::uintptr_t value, const CodeSymbol& symbol) { return value < symbol.begin; });
  if (after == symbols.begin()) return nullptr;
  const CodeSymbol& symbol = *std::prev(after);
  return pc < symbol.end ? &symbol : nullptr;
}

std::expected<Trampoline, std::string> CodeImage::lazy_trampoline(std::uint32_t signature) const {
  const std::expected<const void*, std::string> code = lazy->code(lazy_trampolines[signature]);
  if (!code) return std::unexpected(code.error());
  return reinterpret_cast<Trampoline>(const_cast<void*>(*code));
}

std::vector<CodePlace> CodeImage::places_of(std::uintptr_t pc) const {
  if (lazy != nullptr) return lazy->places_of(pc);
  const CodeSymbol* symbol = find(pc);
  if (symbol == nullptr) return {};
  const std::span<const CodeRow> of_symbol(rows.data() + symbol->first_row, symbol->row_count);
  return places_in(symbol->func, pc - symbol->begin, of_symbol, places);
}

std::vector<CodePlace> places_in(DefinedFunc func, std::uintptr_t offset, std::span<const CodeRow> rows,
                                 std::span<const CodePlace> places) {
  auto after = std::upper_bound(rows.begin(), rows.end(), offset,
                                [](std::uintptr_t value, const CodeRow& row) { return value < row.offset; });
  if (after == rows.begin()) return {{func, 0, 0}};
  std::vector<CodePlace> out;
  for (std::uint32_t next = std::prev(after)->place + 1; next != 0; next = out.back().inlined_at) {
    out.push_back(places[next - 1]);
  }
  return out;
}

Result<std::unique_ptr<Instance::Impl>> Instance::Impl::make(std::shared_ptr<const CompiledProgram::Impl> code,
                                                             std::span<const HostFunc> hosts,
                                                             std::span<const SharedMemory> memories) {
  InstancePool* const instances = code->instances.get();
  if (instances != nullptr) {
    if (std::unique_ptr<Impl> kept = instances->take()) {
      kept->reuse(std::move(code), hosts);
      return kept;
    }
  }
  const PreparedProgram* prepared = instances == nullptr ? nullptr : instances->prepare(code);
  auto store = TRY(make_empty(std::move(code), prepared == nullptr ? nullptr : prepared->images.get(), memories));
  if (prepared != nullptr) {
    store->prepared = prepared;
    if (!store->prefill({})) {  // it could be done before: only the system can have refused
      return error(DiagCode::kEngineResource, "cannot allocate an instance's memory");
    }
    store->keep_pristine();
  }
  store->begin_use(hosts);
  return store;
}

/// With nothing in its memories, tables and globals, and no hosts yet.
Result<std::unique_ptr<Instance::Impl>> Instance::Impl::make_empty(std::shared_ptr<const CompiledProgram::Impl> code,
                                                                   const MemoryImages* images,
                                                                   std::span<const SharedMemory> memories) {
  auto store = std::make_unique<Impl>();
  store->code = std::move(code);
  store->image = &store->code->image;
  WITC_CHECK(memories.size() == static_cast<std::size_t>(std::ranges::count_if(
                                    store->program().memories, [](const auto& type) { return type.is_shared; })));
  const std::uint64_t size = store->code->layout.size();
  if (store->program().is_open) {
    store->context = TRY(store->code->pool->take(Layout::kMaxOpenSize, 0, 0, std::max(size, kOpenContext)));
  } else {
    store->context = TRY(store->code->pool->take_open(store->code->shape.context_size(), store->code->shape.context_size()));
  }
  auto* header = new (&store->header()) StoreHeader{};
  header->store = store.get();
  header->call_host = arch::witc_engine_call_host;
  header->displays = store->code->layout.displays().data();
  header->libcalls = libcalls();
  for (std::size_t i = 0; i < kNatives; ++i) header->natives[i] = native_code(static_cast<Native>(i));
  header->fuel = static_cast<std::int64_t>(store->code->options.fuel.value_or(0));
  TRY(store->add_instances(memories, images));
  return store;
}

void Instance::Impl::begin_use(std::span<const HostFunc> host_funcs) {
  WITC_CHECK(host_funcs.size() == program().hosts.size());
  hosts.clear();
  add_hosts(host_funcs);
  interruption = std::make_shared<Interruption>(header().interrupt);
  if (code->options.timeout) deadline.emplace(interruption, *code->options.timeout);
}

Result<void> Instance::Impl::extend(std::shared_ptr<const CompiledProgram::Impl> extended,
                                    std::span<const HostFunc> more_hosts) {
  if (!context.commit(code->layout.size(), extended->layout.size())) {
    return error(DiagCode::kEngineResource, "cannot allocate the context of an instance");
  }
  code = std::move(extended);
  image = &code->image;
  WITC_CHECK(hosts.size() + more_hosts.size() == program().hosts.size());
  add_hosts(more_hosts);
  header().displays = code->layout.displays().data();
  TRY(add_instances({}, nullptr));
  if (heap) update_heap();
  return {};
}

void Instance::Impl::add_hosts(std::span<const HostFunc> added) {
  for (const HostFunc& host : added) {
    hosts.push_back({host, slot_count(program().hosts[HostSlot(hosts.size())].type)});
  }
}

/// Those of the program that the store has not yet.
Result<void> Instance::Impl::add_instances(std::span<const SharedMemory> host_memories, const MemoryImages* images) {
  TRY(reserve_memories(host_memories, images));
  TRY(reserve_tables());
  for (InstanceId id : program().instances.ids()) {
    if (id.value < elements.size()) continue;
    fill_func_refs(id);
    if (const std::uint32_t cell = layout(id).header_cell; cell != 0) at<StoreHeader*>(cell) = &header();
    elements.emplace_back(module(id).elements.size());
  }
  return {};
}

Result<void> Instance::Impl::reserve_memories(std::span<const SharedMemory> host_memories, const MemoryImages* images) {
  for (const Definition& memory : std::span(code->layout.memories()).subspan(memories.size())) {
    const wasm::MemoryType& type = code->layout.memory_type(program(), memory.number);
    std::shared_ptr<SharedMemory::Impl>& shared = shared_memories.emplace_back();
    Reservation& own = memories.emplace_back();
    if (type.is_shared) {
      const bool is_host = memory.number < host_memories.size();
      shared = is_host ? host_memories[memory.number].impl()
                       : TRY(SharedMemory::Impl::make(type, code->options.max_memory_bytes));
      // Compiled code relies on them.
      WITC_CHECK(shared->type.limits.is_64 == type.limits.is_64 && shared->type.page_size_log2 == type.page_size_log2);
      at<MemoryEntry>(memory.offset) = {shared->base(), 0, &shared->bytes, memory.number};
      continue;
    }
    if (Layout::is_block(program(), memory.number)) {
      at<MemoryEntry>(memory.offset) = {};
      continue;
    }
    const MemoryShape shape(type);
    const std::uint64_t initial = initial_bytes(type.limits.min * shape.page_size());
    const ImageSource* image = images == nullptr ? nullptr : images->find(memory.number);
    own = TRY(code->pool->take(shape.span(), MemoryShape::kGuardBefore, MemoryShape::kGuardBehind,
                               image == nullptr ? initial : 0));
    if (image != nullptr && (!own.map(*image) || !own.commit(0, initial))) {
      return error(DiagCode::kEngineResource, "cannot allocate an instance's memory");
    }
    at<MemoryEntry>(memory.offset) = {own.base(), 0, nullptr, memory.number};
  }
  return {};
}

Result<void> Instance::Impl::reserve_tables() {
  for (const Definition& table : std::span(code->layout.tables()).subspan(tables.size())) {
    Reservation& own = tables.emplace_back();
    const TablePlace place = code->shape.table(table.number);
    if (place.offset != 0) {
      at<TableEntry>(table.offset) = {&at<std::uint64_t>(place.offset), 0, table.number};
      continue;
    }
    own = TRY(code->pool->take_open(std::max<std::uint64_t>(place.capacity, 1) * sizeof(std::uint64_t)));
    at<TableEntry>(table.offset) = {reinterpret_cast<std::uint64_t*>(own.base()), 0, table.number};
  }
  return {};
}

void Instance::Impl::fill_func_refs(InstanceId id) {
  const InstanceLayout& place = layout(id);
  for (std::size_t i = 0; i < place.func_refs.size(); ++i) {
    if (place.func_refs[i] == 0) continue;
    FuncRef& ref = at<FuncRef>(place.func_refs[i]);
    ref.type = place.func_types[i];
    match(
        place.funcs[i],
        [&](const DefinedFunc& func) {
          ref.code = code->image.funcs[func.instance][func.func.value];
          ref.context = context.base() + layout(func.instance).context;
        },
        [&](HostSlot slot) {
          ref.code = code->image.hosts[slot];
          ref.context = context.base();
        },
        [](Intrinsic) {}, [](const NativeFunc&) {});  // have no reference
  }
}

std::uint64_t Instance::Impl::func_ref(InstanceId id, std::uint32_t index) const {
  const std::uint32_t offset = layout(id).func_refs[index];
  return offset == 0 ? 0 : reinterpret_cast<std::uint64_t>(&at<FuncRef>(offset));
}

std::uint64_t Instance::Impl::grow_memory(std::uint32_t number, std::uint64_t delta) {
  if (shared_memories[number] != nullptr) return shared_memories[number]->grow(delta);
  MemoryEntry& entry = at<MemoryEntry>(code->layout.memories()[number].offset);
  const MemoryShape shape(code->layout.memory_type(program(), number));
  const std::uint64_t pages = entry.bytes / shape.page_size();
  const std::uint64_t most = shape.max_pages(code->options.max_memory_bytes);
  if (pages > most || delta > most - pages) return ~0ull;
  const std::uint64_t bytes = (pages + delta) * shape.page_size();
  if (!memories[number].commit(entry.bytes, bytes)) return ~0ull;
  entry.bytes = bytes;
  return pages;
}

std::uint64_t Instance::Impl::grow_table(std::uint32_t number, std::uint64_t delta, std::uint64_t reference) {
  TableEntry& entry = at<TableEntry>(code->layout.tables()[number].offset);
  const TablePlace place = code->shape.table(number);
  const std::uint64_t size = entry.size;
  if (size > place.capacity || delta > place.capacity - size) return ~0ull;
  if (place.offset == 0 &&
      !tables[number].commit(size * sizeof(std::uint64_t), (size + delta) * sizeof(std::uint64_t))) {
    return ~0ull;
  }
  std::fill_n(entry.base + size, delta, reference);
  entry.size = size + delta;
  return size;
}

std::expected<FuncHandle, Trap> Instance::Impl::handle(std::uint32_t type_id, const void* target, void* callee_context) {
  const std::uint32_t signature = code->layout.signature(type_id);
  auto trampoline = code->image.trampoline(signature);
  if (!trampoline) return std::unexpected(Trap::host(std::move(trampoline).error()));
  return FuncHandle{*trampoline, target, callee_context, signature};
}

CallResult Instance::Impl::enter(std::uint32_t type_id, const void* target, void* callee_context,
                                 std::uint64_t* slots) {
  if (code->image.lazy == nullptr) {
    const std::uint32_t signature = code->layout.signature(type_id);
    return enter(FuncHandle{code->image.trampolines[signature], target, callee_context, signature}, slots);
  }
  auto found = handle(type_id, target, callee_context);
  if (!found) [[unlikely]] return std::unexpected(std::move(found).error());
  return enter(*found, slots);
}

CallResult Instance::Impl::enter(const FuncHandle& func, std::uint64_t* slots) {
  Entry entry({&image, in_memory, this});
  if (auto ready = prepare(entry, code->options.max_wasm_stack); !ready) [[unlikely]] {
    return std::unexpected(Trap::of(ready.error()));
  }
  StoreHeader& store_header = header();
  arch::Landing* const outer = std::exchange(store_header.landing, &entry.landing);
  if (!code->image.buffered_args.empty()) {
    for (const BufferedArg& arg : code->image.buffered_args[func.signature]) {
      std::copy_n(slots + arg.slot, arg.slots, &at<std::uint64_t>(code->layout.arguments()) + arg.place);
    }
  }
  const bool returned = engine::enter(entry, func.trampoline, func.context, func.code, slots);
  store_header.landing = outer;
  if (!returned) [[unlikely]] return std::unexpected(take_trap(entry, func.context));
  if (store_header.pending_exn != 0) [[unlikely]] return std::unexpected(take_exception(entry, func.context));
  return {};
}

bool Instance::Impl::rethrow(const Trap& trap) {
  if (!trap.exception || trap.exception->store != this) return false;
  const Exception& exception = *trap.exception;
  const Definition& tag = layout(exception.instance).tags[exception.tag.value];
  ExceptionObject* object = new_exception(tag.number, exception.payload.size(), /*may_collect=*/false);
  if (object == nullptr) return false;
  std::copy(exception.payload.begin(), exception.payload.end(), object->payload());
  header().pending_exn = reinterpret_cast<std::uint64_t>(object);
  return true;
}

Trap Instance::Impl::take_exception(Entry& entry, const void* callee_context) {
  auto* object = reinterpret_cast<ExceptionObject*>(header().pending_exn);
  if (entry.exception != header().pending_exn) entry.frame_count = 0;  // another was thrown since, and caught
  header().pending_exn = 0;
  const Definition& tag = code->layout.tags()[object->tag];
  const wasm::Module& definer = module(tag.instance);
  auto exception = std::make_shared<Exception>();
  exception->instance = tag.instance;
  exception->tag = wasm::TagIndex(tag.index);
  if (auto name = definer.names.tags.find(exception->tag); name != definer.names.tags.end()) {
    exception->tag_name = name->second;
  } else if (const std::string* exported = export_name(definer, wasm::ExternKind::kTag, tag.index)) {
    exception->tag_name = *exported;
  }
  exception->types = std::get<wasm::FuncType>(definer.types[definer.tags[exception->tag].type.type].type).params;
  exception->payload.assign(object->payload(), object->payload() + object->slots());
  exception->store = this;
  entry.trap_number = static_cast<std::uint32_t>(TrapKind::kUncaughtException);
  Trap trap = take_trap(entry, callee_context);
  if (!exception->tag_name.empty()) trap.message = fmt::format("{} `{}`", trap.message, exception->tag_name);
  trap.exception = std::move(exception);
  if (object->escaped == 0) exceptions.drop(object);
  std::erase_if(thrown, [](const auto& other) { return other.expired(); });
  thrown.push_back(trap.exception);
  return trap;
}

Trap Instance::Impl::take_trap(const Entry& entry, const void* callee_context) {
  Trap trap;
  if (entry.trap_number == kPendingTrap && pending) {
    trap = std::move(*pending);
  } else {
    trap = Trap::of(trap_kind(entry.trap_number).value_or(TrapKind::kHost));
  }
  pending.reset();
  header().pending_exn = 0;
  for (Frame& frame : make_frames(entry, callee_context)) {  // behind those of an inner entry
    if (trap.frames.size() < Entry::kMaxFrames) trap.frames.push_back(std::move(frame));
  }
  return trap;
}

CallResult Instance::Impl::call_func(InstanceId id, std::uint32_t index, std::uint64_t* slots) {
  const std::uint32_t type = layout(id).func_types[index];
  return match(
      layout(id).funcs[index],
      [&](const DefinedFunc& func) {
        return enter(type, code->image.funcs[func.instance][func.func.value],
                     context.base() + layout(func.instance).context, slots);
      },
      [&](HostSlot slot) { return enter(type, code->image.hosts[slot], context.base(), slots); },
      [&](Intrinsic intrinsic) -> CallResult {
        switch (intrinsic) {
          case Intrinsic::kTrap:
            return std::unexpected(Trap::of(trap_kind(static_cast<std::uint32_t>(slots[0])).value_or(TrapKind::kHost)));
        }
        return {};
      },
      [](const NativeFunc&) -> CallResult { return std::unexpected(Trap::of(TrapKind::kHost)); });  // nobody exports one
}

}  // namespace witc::engine
