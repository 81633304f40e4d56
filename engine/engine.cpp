// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The front door: hands over to the code generator (engine/compiler.h) and runtime/.
#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "engine/arguments.h"
#include "engine/cache/code_archive.h"
#include "engine/cache/code_cache.h"
#include "engine/cache/program_key.h"
#include "engine/compiler.h"
#include "engine/lazy/batches.h"
#include "engine/lazy/compile_all.h"
#include "engine/runtime/store.h"
#include "engine/slots.h"

namespace witc::engine {
namespace {

// Of programs that grow: of what is reserved only what is used takes memory.
constexpr CodeNumber kOpenNumbers = 1u << 20;
constexpr std::uint64_t kOpenCode = 512ull << 20;
// Bytes of machine code for one of wasm code, of the most wasteful kind, and in any case.
constexpr std::uint64_t kExpansion = 64;
constexpr std::uint64_t kLeastCode = 64ull << 20;

unsigned thread_count(const EngineOptions& options) {
  return options.threads != 0 ? options.threads : std::max(std::thread::hardware_concurrency(), 1u);
}

Result<std::shared_ptr<LazyCode>> make_lazy_code(const CompiledProgram::Impl& impl) {
  const unsigned threads = thread_count(impl.options);
  if (impl.program.is_open) return LazyCode::make(kOpenNumbers, kOpenCode, threads);
  std::uint64_t bytes = 0;
  for (const CoreInstance& instance : impl.program.instances) {
    for (const wasm::Func& func : instance.module->funcs) bytes += func.body.bytes.size();
  }
  const CodeNumber numbers = (impl.numbers.end() + CodeNumbers::kAlign) / CodeNumbers::kAlign * CodeNumbers::kAlign;
  return LazyCode::make(numbers, std::max(bytes * kExpansion, kLeastCode), threads);
}

/// Where the numbers of each instance begin: those of an open program depend on what was added to it before.
std::string numbering(const CompiledProgram::Impl& impl) {
  std::string text = fmt::format("; {}{}", impl.numbers.first(), impl.program.is_plain ? " plain" : "");
  for (InstanceId id : impl.program.instances.ids()) text += fmt::format(" {}", impl.numbers[DefinedFunc{id, {}}]);
  return text;
}

/// Found when they are first asked for: where all code is kept on disk nobody asks.
class LazyEffects {
 public:
  Result<std::shared_ptr<const ProgramEffects>> of(const LazyProgram& program) {
    const std::lock_guard lock(mutex_);
    if (effects_ == nullptr) {
      effects_ = std::make_shared<const ProgramEffects>(TRY(ProgramEffects::of(program.program, program.layout)));
    }
    return effects_;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const ProgramEffects> effects_;
};

/// What compiles it: quickly, and then well if the options say so; ahead once.
void add_compilers(LazySource& source, const LazyProgram& program, const std::shared_ptr<LazyEffects>& effects) {
  const bool is_tiered = program.options.opt_level == OptLevel::kFull && program.options.archive == nullptr;
  auto maker = [&](OptLevel level, bool counts_calls) -> LazySource::MakeCompiler {
    return [=]() -> Result<std::unique_ptr<BatchCompiler>> {
      const CodeGenerator* generator = TRY(code_generator());
      return generator->batch_compiler(program, TRY(effects->of(program)), level, counts_calls);
    };
  };
  source.make_compiler = maker(program.options.archive == nullptr ? OptLevel::kNone : program.options.opt_level, is_tiered);
  if (is_tiered) source.make_better_compiler = maker(OptLevel::kFull, false);
}

Result<bool> has_tail_calls(const LazyProgram& program, BlobStore* store, LazyEffects& effects) {
  if (program.program.is_open) {
    const bool provides = !program.program.is_plain;
    if (program.options.archive == nullptr || store == nullptr) return provides;
    const auto made = store->find_facts();
    if (!made) store->add_facts(provides ? 1 : 0);
    else if ((*made != 0) != provides) return error(DiagCode::kEngineResource, "the compiled file is for other modules");
    return provides;
  }
  if (const auto known = store == nullptr ? std::nullopt : store->find_facts()) return *known != 0;
  const bool found = TRY(effects.of(program))->has_tail_calls();
  if (store != nullptr) store->add_facts(found ? 1 : 0);
  return found;
}

/// Compiled as it runs, with what was kept of earlier times.
void use_cache(LazySource& source, const CompiledProgram::Impl& impl) {
  if (impl.options.code_cache.empty() || source.batches.empty()) return;
  const Digest key = program_key(impl.program, impl.layout, impl.options, numbering(impl));
  source.store = std::make_shared<CodeCache>(impl.options.code_cache, key, impl.numbers.end(), impl.options.max_code_cache_bytes);
}

/// Compiled ahead: now, or before. What an archive lacks is not compiled.
Result<void> use_archive(LazySource& source, const CompiledProgram::Impl& impl, LazyEffects& effects, const LazyProgram& program) {
  CodeArchive& archive = *impl.options.archive;
  source.store = archive.store(impl.numbers.first(), impl.numbers.end());
  if (archive.is_being_made()) {
    (void)TRY(effects.of(program));  // once, and not by all threads
    return compile_all(source, thread_count(impl.options), impl.options.on_progress);
  }
  source.make_compiler = []() -> Result<std::unique_ptr<BatchCompiler>> {
    return error(DiagCode::kEngineResource, "the compiled file has no code for this function");
  };
  return {};
}

/// The image of a program that is compiled as it runs.
Result<void> prepare_lazily(CompiledProgram::Impl& impl) {
  CodeImage& image = impl.image;
  if (impl.base != nullptr) {
    impl.numbers = impl.base->numbers;
    image = impl.base->image;
  }
  impl.numbers.add(impl.program, impl.layout, image.lazy == nullptr ? 0 : image.lazy->next_number());
  if (image.lazy == nullptr) {
    image.lazy = TRY(make_lazy_code(impl));
    image.spans = {image.lazy->span()};
  }
  const LazyProgram program{impl.program, impl.layout, impl.options, impl.numbers};
  auto effects = std::make_shared<LazyEffects>();
  LazySource source = lazy_source(impl.program, impl.layout, impl.numbers,
                                  impl.options.archive == nullptr ? kLazyBatchBytes : kWholeBatchBytes);
  add_compilers(source, program, effects);
  if (impl.options.archive != nullptr) TRY(use_archive(source, impl, *effects, program));
  else use_cache(source, impl);
  const bool is_by_buffer = TRY(has_tail_calls(program, source.store.get(), *effects));
  TRY(image.lazy->add(std::move(source)));
  impl.is_generation = true;
  for (InstanceId id : impl.program.instances.ids()) {
    if (image.funcs.contains(id)) continue;
    const wasm::Module& module = *impl.program.instances[id].module;
    std::vector<const void*>& funcs = image.funcs[image.funcs.push({})];
    for (wasm::FuncIndex func : module.funcs.ids()) {
      const bool is_import = module.funcs[func].import.has_value();
      funcs.push_back(is_import ? nullptr : image.lazy->entry(impl.numbers[DefinedFunc{id, func}]));
    }
  }
  for (HostSlot slot : impl.program.hosts.ids()) {
    if (!image.hosts.contains(slot)) image.hosts.push(image.lazy->entry(impl.numbers[slot]));
  }
  for (std::size_t i = image.lazy_trampolines.size(); i < impl.layout.signatures().size(); ++i) {
    image.lazy_trampolines.push_back(impl.numbers[TrampolineId(i)]);
  }
  if (is_by_buffer) image.buffered_args = buffered_args(impl.layout.signatures());
  return {};
}

}  // namespace

/// A program that extends another shares its lazy code, which may live longer and still be compiling from here.
CompiledProgram::Impl::~Impl() {
  if (base != nullptr && is_generation) image.lazy->retire(numbers.first());
}

const Program& CompiledProgram::program() const { return impl_->program; }
const std::string& CompiledProgram::ir() const { return impl_->image.ir; }

Engine::Engine(EngineOptions options) : options_(options), pool_(std::make_shared<ReservationPool>()) {}
Engine::~Engine() = default;

Result<CompiledProgram> Engine::compile(Program program) {
  TRY(check(program));
  auto impl = std::make_shared<CompiledProgram::Impl>(std::move(program), options_, pool_);
  if (impl->layout.size() > Layout::kMaxSize || !impl->layout.displays_fit()) {
    return error(DiagCode::kEngineResource, "the program has too many items for one context");
  }
  if (options_.compile_mode == CompileMode::kLazy) TRY(prepare_lazily(*impl));
  else impl->image = TRY(TRY(code_generator())->compile(impl->program, impl->layout, options_, nullptr));
  return CompiledProgram(std::move(impl));
}

Result<CompiledProgram> Engine::extend(const CompiledProgram& base, CoreInstance instance,
                                       std::span<const HostDecl> hosts) {
  Program program = base.program();
  WITC_CHECK(program.is_open);
  if (program.is_plain && !is_plain(*instance.module, instance.facts.get())) {
    return error(DiagCode::kEngineUnsupported, "a module with tail calls or tags came after the first store was made");
  }
  for (const HostDecl& host : hosts) program.hosts.push(host);
  program.instances.push(std::move(instance));
  TRY(check_last(program));
  auto impl = std::make_shared<CompiledProgram::Impl>(std::move(program), options_, pool_);
  if (impl->layout.size() > Layout::kMaxOpenSize || !impl->layout.displays_fit() ||
      !impl->layout.extends(base.impl()->layout)) {
    return error(DiagCode::kEngineResource, "the program has too many items, or types too deep, for one context");
  }
  if (options_.compile_mode == CompileMode::kLazy) {
    impl->base = base.impl();
    TRY(prepare_lazily(*impl));
  } else {
    impl->image = TRY(TRY(code_generator())->compile(impl->program, impl->layout, options_, &base.impl()->image));
  }
  return CompiledProgram(std::move(impl));
}

Result<Instance> Engine::instantiate(const CompiledProgram& code, std::span<const HostFunc> hosts,
                                     std::span<const SharedMemory> memories) {
  const auto& instances = code.program().instances;
  const auto count = std::count_if(instances.begin(), instances.end(), [](const CoreInstance& instance) {
    return !instance.inline_always && !instance.is_internal;
  });
  if (static_cast<std::uint64_t>(count) > options_.max_instances) {
    return error(DiagCode::kEngineResource,
                 fmt::format("{} core instances are over the limit of {}", count, options_.max_instances));
  }
  return Instance(TRY(Instance::Impl::make(code.impl(), hosts, memories)));
}

Instance::Instance(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) { impl_->self = this; }
Instance::Instance(Instance&& other) noexcept : impl_(std::move(other.impl_)) {
  if (impl_) impl_->self = this;
}
Instance& Instance::operator=(Instance&& other) noexcept {
  if (impl_ && &other != this) Impl::retire(std::move(impl_));
  impl_ = std::move(other.impl_);
  if (impl_) impl_->self = this;
  return *this;
}
Instance::~Instance() {
  if (impl_) Impl::retire(std::move(impl_));
}

const Program& Instance::program() const { return impl_->program(); }

CallResult Instance::instantiate_one(InstanceId id) { return impl_->instantiate_one(id); }

CallResult Instance::instantiate_all() { return impl_->instantiate_all(); }

Result<void> Instance::extend(const CompiledProgram& code, std::span<const HostFunc> hosts) {
  return impl_->extend(code.impl(), hosts);
}

CallResult Instance::call_ref(std::uint64_t reference, std::span<std::uint64_t> slots) {
  const FuncRef& func = *reinterpret_cast<const FuncRef*>(reference);
  return impl_->enter(static_cast<std::uint32_t>(func.type), func.code, func.context, slots.data());
}

CallResult Instance::call(InstanceId id, wasm::FuncIndex func, std::span<const std::uint64_t> args,
                          std::span<std::uint64_t> results) {
  const wasm::FuncType& type = impl_->module(id).func_type(func);
  WITC_CHECK(args.size() == slot_count(type.params) && results.size() == slot_count(type.results));
  constexpr std::size_t kFew = 16;
  std::uint64_t few[kFew];
  std::vector<std::uint64_t> many;
  std::uint64_t* slots = few;
  if (const std::size_t count = std::max(args.size(), results.size()); count > kFew) {
    many.resize(count);
    slots = many.data();
  }
  std::copy(args.begin(), args.end(), slots);
  CallResult done = impl_->call_func(id, func.value, slots);
  if (done) std::copy_n(slots, results.size(), results.begin());
  return done;
}

CallResult Instance::call(InstanceId id, std::string_view export_name, std::span<const std::uint64_t> args,
                          std::span<std::uint64_t> results) {
  const wasm::Export* item = impl_->module(id).find_export(export_name);
  WITC_CHECK(item != nullptr && item->kind == wasm::ExternKind::kFunc);
  return call(id, wasm::FuncIndex(item->index), args, results);
}

std::expected<FuncHandle, Trap> Instance::func_handle(InstanceId id, wasm::FuncIndex func) {
  const InstanceLayout& place = impl_->layout(id);
  const std::uint32_t type = place.func_types[func.value];
  const CodeImage& image = impl_->code->image;
  std::uint8_t* const base = impl_->context.base();
  if (const auto* defined = std::get_if<DefinedFunc>(&place.funcs[func.value])) {
    return impl_->handle(type, image.funcs[defined->instance][defined->func.value],
                         base + impl_->layout(defined->instance).context);
  }
  if (const auto* host = std::get_if<HostSlot>(&place.funcs[func.value])) return impl_->handle(type, image.hosts[*host], base);
  return std::unexpected(Trap::host("an intrinsic has no code of its own"));
}

CallResult Instance::call(const FuncHandle& func, std::uint64_t* slots) { return impl_->enter(func, slots); }

const std::uint64_t* Instance::memory_size(InstanceId id, wasm::MemoryIndex memory) const {
  const MemoryEntry& entry = impl_->memory(id, memory.value);
  return entry.shared == nullptr ? &entry.bytes : nullptr;
}

std::span<std::uint8_t> Instance::memory(InstanceId id, wasm::MemoryIndex memory) {
  const MemoryEntry& entry = impl_->memory(id, memory.value);
  return {entry.base, entry.size()};
}

std::uint8_t*& Instance::block(MemorySlot slot) {
  WITC_CHECK(Layout::is_block(impl_->program(), slot.value));
  return impl_->at<MemoryEntry>(impl_->code->layout.memories()[slot.value].offset).base;
}

std::optional<SharedMemory> Instance::shared_memory(InstanceId id, wasm::MemoryIndex memory) const {
  const auto& shared = impl_->shared_memories[impl_->layout(id).memories[memory.value].number];
  if (shared == nullptr) return std::nullopt;
  return SharedMemory(shared);
}

std::optional<std::uint64_t> Instance::memory_grow(InstanceId id, wasm::MemoryIndex memory, std::uint64_t delta) {
  const std::uint64_t before = impl_->grow_memory(impl_->layout(id).memories[memory.value].number, delta);
  if (before == ~0ull) return std::nullopt;
  return before;
}

void InterruptHandle::interrupt() const { interruption_->request(); }

InterruptHandle Instance::interrupt_handle() const { return InterruptHandle(impl_->interruption); }
void Instance::clear_interrupt() { impl_->interruption->clear(); }
int Instance::interrupt_fd() { return impl_->interruption->fd(); }

std::uint64_t Instance::fuel() const {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(impl_->header().fuel, 0));
}
void Instance::set_fuel(std::uint64_t fuel) { impl_->header().fuel = static_cast<std::int64_t>(fuel); }

std::uint64_t Instance::global(InstanceId id, wasm::GlobalIndex global) const { return impl_->global(id, global.value); }
void Instance::set_global(InstanceId id, wasm::GlobalIndex global, std::uint64_t value) {
  impl_->global(id, global.value) = value;
}
std::span<std::uint64_t> Instance::global_slots(InstanceId id, wasm::GlobalIndex global) const {
  return impl_->global_slots(id, global.value);
}

std::uint64_t Instance::table_size(InstanceId id, wasm::TableIndex table) const {
  return impl_->table(id, table.value).size;
}
std::optional<std::uint64_t> Instance::table_get(InstanceId id, wasm::TableIndex table, std::uint64_t index) const {
  const TableEntry& entry = impl_->table(id, table.value);
  if (index >= entry.size) return std::nullopt;
  return entry.base[index];
}
bool Instance::table_set(InstanceId id, wasm::TableIndex table, std::uint64_t index, std::uint64_t reference) {
  const TableEntry& entry = impl_->table(id, table.value);
  if (index >= entry.size || impl_->is_fixed(id, table.value)) return false;
  entry.base[index] = reference;
  return true;
}

std::optional<std::uint64_t> Instance::func_ref(InstanceId id, wasm::FuncIndex func) const {
  const std::uint64_t reference = impl_->func_ref(id, func.value);
  if (reference == 0) return std::nullopt;
  return reference;
}

}  // namespace witc::engine
