// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stores and the handles of what is in them: over engine::Instance, with types looked at.
#include <fmt/format.h>

#include "engine/api/impl.h"
#include "engine/coredump.h"
#include "engine/dwarf.h"
#include "engine/memory_shape.h"
#include "wasm/core/builder.h"
#include "wasm/core/encode.h"
#include "wasm/core/operators.h"
#include "wasm/core/type_binary.h"

namespace witc::api {
namespace {

bool is_func(const ValType& type) {
  return type.is_ref() && (type.ref.heap.kind == wasm::HeapType::kFunc || type.ref.heap.kind == wasm::HeapType::kNoFunc);
}
bool is_extern(const ValType& type) {
  return type.is_ref() && (type.ref.heap.kind == wasm::HeapType::kExtern || type.ref.heap.kind == wasm::HeapType::kNoExtern);
}

/// May a value from the host be given where `type` is wanted? Of references, only those that any host can make.
bool fits(const Val& value, const ValType& type) {
  if (!type.is_ref()) return value.type() == type;
  if (value.word() == 0) return type.ref.nullable && value.type().is_ref();
  return (is_func(type) && is_func(value.type())) || (is_extern(type) && is_extern(value.type()));
}

const engine::FuncRef& ref_of(std::uint64_t word) { return *reinterpret_cast<const engine::FuncRef*>(word); }

}  // namespace

Store::Store(const Engine& engine) : impl_(std::make_unique<StoreImpl>(engine)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

std::string Store::describe(Trap trap) const {
  if (impl_->core) engine::add_sources(trap, impl_->core->program());
  return engine::to_string(trap);
}

FuncType Func::type() const {
  if (word_ == 0) return {};
  return store_->runtime().code->layout.func_type(static_cast<std::uint32_t>(ref_of(word_).type));
}

std::expected<void, Trap> Func::call_slots(std::span<std::uint64_t> slots) const {
  if (word_ == 0) return std::unexpected(Trap::of(TrapKind::kNullFunctionReference));
  return store_->core->call_ref(word_, slots);
}

Expected<std::vector<Val>> Func::call(std::span<const Val> args) const {
  const FuncType type = this->type();
  if (args.size() != type.params.size()) {
    return std::unexpected(to_error(fmt::format("{} arguments, {} are wanted", args.size(), type.params.size())));
  }
  std::vector<std::uint64_t> slots;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (!fits(args[i], type.params[i])) return std::unexpected(to_error(fmt::format("argument {} is of another type", i)));
    const auto& words = args[i].slots();
    slots.insert(slots.end(), words.begin(), words.begin() + static_cast<std::ptrdiff_t>(engine::slot_count(type.params[i])));
  }
  slots.resize(std::max<std::size_t>(engine::slot_count(type), 1));
  if (auto done = call_slots(slots); !done) return std::unexpected(to_error(std::move(done).error()));
  std::vector<Val> results;
  std::size_t next = 0;
  for (const ValType& result : type.results) {
    const bool is_wide = engine::slot_count(result) == 2;
    results.emplace_back(result, slots[next], is_wide ? slots[next + 1] : 0);
    next += is_wide ? 2 : 1;
  }
  return results;
}

// -- memories, tables, globals

namespace {

/// An instance of a module with one export, which is only made to have it.
Expected<Instance> make_owner(Store& store, wasm::ModuleBuilder&& builder) {
  const std::vector<std::uint8_t> bytes = wasm::encode_module(std::move(builder).build());
  Expected<Module> module = store.impl().home.impl().helper(store.impl().home, bytes);
  if (!module) return std::unexpected(std::move(module).error());
  return Linker().instantiate(store, *module);
}

/// The bytes belong to the module.
wasm::ConstExpr zero_of(wasm::Module& module, const ValType& type) {
  wasm::BinaryWriter code;
  auto zeros = [&](wasm::Op op, std::size_t count) {
    wasm::write_opcode(code, op);
    for (std::size_t i = 0; i < count; ++i) code.u8(0);
  };
  switch (type.kind) {
    case ValType::kI32:
      zeros(wasm::Op::kI32Const, 1);
      break;
    case ValType::kI64:
      zeros(wasm::Op::kI64Const, 1);
      break;
    case ValType::kF32:
      zeros(wasm::Op::kF32Const, 4);
      break;
    case ValType::kF64:
      zeros(wasm::Op::kF64Const, 8);
      break;
    case ValType::kV128:
      zeros(wasm::Op::kV128Const, 16);
      break;
    case ValType::kRef:
      wasm::write_opcode(code, wasm::Op::kRefNull);
      wasm::write_heap_type(code, type.ref.heap);
      break;
  }
  wasm::write_opcode(code, wasm::Op::kEnd);
  return {{module.owned.emplace_back(code.take()), 0}};
}

}  // namespace

Expected<Memory> Memory::make(Store& store, std::uint64_t pages, std::optional<std::uint64_t> max_pages) {
  wasm::ModuleBuilder builder;
  builder.export_("memory", builder.memory({{pages, max_pages}}));
  Expected<Instance> owner = make_owner(store, std::move(builder));
  if (!owner) return std::unexpected(std::move(owner).error());
  return *owner->memory("memory");
}

int Caller::interrupt_fd() const { return instance_.store->core->interrupt_fd(); }

std::span<std::uint8_t> Memory::bytes() const { return store->core->memory(instance, wasm::MemoryIndex(index)); }
std::uint64_t Memory::size() const {
  return bytes().size() >> store->module(instance).memories[wasm::MemoryIndex(index)].type.page_size_log2;
}
std::optional<std::uint64_t> Memory::grow(std::uint64_t pages) const {
  return store->core->memory_grow(instance, wasm::MemoryIndex(index), pages);
}

Expected<Table> Table::make(Store& store, std::uint32_t size, std::optional<std::uint32_t> max_size) {
  wasm::ModuleBuilder builder;
  std::optional<std::uint64_t> most;
  if (max_size) most = *max_size;
  builder.export_("table", builder.table({{true, {}}, {size, most}}));
  Expected<Instance> owner = make_owner(store, std::move(builder));
  if (!owner) return std::unexpected(std::move(owner).error());
  return *owner->table("table");
}

namespace {
ValType element_of(const Table& table) {
  return ValType::of(table.store->module(table.instance).tables[wasm::TableIndex(table.index)].type.element);
}
}  // namespace

std::uint64_t Table::size() const { return store->core->table_size(instance, wasm::TableIndex(index)); }
std::optional<Val> Table::get(std::uint64_t at) const {
  const auto word = store->core->table_get(instance, wasm::TableIndex(index), at);
  if (!word) return std::nullopt;
  return Val(element_of(*this), *word);
}
std::optional<Func> Table::func(std::uint64_t at) const {
  const auto word = store->core->table_get(instance, wasm::TableIndex(index), at);
  if (!word) return std::nullopt;
  return is_func(element_of(*this)) ? Func(store, *word) : Func();
}
bool Table::set(std::uint64_t at, const Val& value) const {
  return fits(value, element_of(*this)) && store->core->table_set(instance, wasm::TableIndex(index), at, value.word());
}

Expected<Global> Global::make(Store& store, const Val& value, bool is_mutable) {
  // The type of a global decides about code, its value does not: it is set afterwards.
  wasm::Module module;
  const wasm::GlobalIndex index = module.globals.push({{value.type(), is_mutable}, {}, zero_of(module, value.type()), 0});
  module.exports.push_back({"global", ExternKind::kGlobal, index.value});
  Expected<Module> loaded = store.impl().home.impl().helper(store.impl().home, wasm::encode_module(module));
  if (!loaded) return std::unexpected(std::move(loaded).error());
  Expected<Instance> owner = Linker().instantiate(store, *loaded);
  if (!owner) return std::unexpected(std::move(owner).error());
  Global global = *owner->global("global");
  const auto slots = global.store->runtime().global_slots(global.instance, global.index);
  std::copy_n(value.slots().begin(), slots.size(), slots.begin());
  return global;
}

wasm::GlobalType Global::type() const { return store->module(instance).globals[wasm::GlobalIndex(index)].type; }
Val Global::get() const {
  const auto slots = store->runtime().global_slots(instance, index);
  return {type().type, slots[0], slots.size() == 2 ? slots[1] : 0};
}
bool Global::set(const Val& value) const {
  if (!type().is_mutable || !fits(value, type().type)) return false;
  const auto slots = store->runtime().global_slots(instance, index);
  std::copy_n(value.slots().begin(), slots.size(), slots.begin());
  return true;
}

// -- instances

namespace {

const wasm::Export* find(const Instance& instance, std::string_view name, ExternKind kind) {
  const wasm::Export* item = instance.store->module(instance.id).find_export(name);
  return item != nullptr && item->kind == kind ? item : nullptr;
}

template <class Handle>
std::optional<Handle> handle(const Instance& instance, std::string_view name, ExternKind kind) {
  const wasm::Export* item = find(instance, name, kind);
  if (item == nullptr) return std::nullopt;
  return Handle{instance.store, instance.id, item->index};
}

}  // namespace

std::optional<Func> Instance::func(std::string_view name) const {
  const wasm::Export* item = find(*this, name, ExternKind::kFunc);
  if (item == nullptr) return std::nullopt;
  return Func(store, store->core->func_ref(id, wasm::FuncIndex(item->index)).value_or(0));
}
std::optional<Memory> Instance::memory(std::string_view name) const {
  return handle<Memory>(*this, name, ExternKind::kMemory);
}
std::optional<Table> Instance::table(std::string_view name) const { return handle<Table>(*this, name, ExternKind::kTable); }
std::optional<Global> Instance::global(std::string_view name) const {
  return handle<Global>(*this, name, ExternKind::kGlobal);
}

Expected<Func> Instance::typed_func(std::string_view name, const FuncType& type) const {
  const std::optional<Func> func = this->func(name);
  if (!func) return std::unexpected(to_error(fmt::format("there is no exported function `{}`", name)));
  if (func->type() != type) return std::unexpected(to_error(fmt::format("`{}` is of another type", name)));
  return *func;
}

std::vector<std::uint8_t> Instance::coredump(const Trap& trap, std::string_view name) const {
  return engine::make_coredump(*store->core, trap, name);
}

}  // namespace witc::api
