// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/runtime/instance_pool.h"

#include <algorithm>
#include <utility>

#include "engine/memory_shape.h"
#include "engine/runtime/store.h"

namespace witc::engine {
namespace {

// Tables of 32-bit indices end at 2^32 - 1 elements; this bounds the address space of 64-bit ones as well.
constexpr std::uint64_t kMaxTable = 0xffffffff;
// Tables that may get larger have address space of their own.
constexpr std::uint64_t kMaxTableInContext = 1 << 20;  // bytes
constexpr std::uint64_t kMaxContext = 2ull << 30;

bool imports_sized(const wasm::Module& module) {
  return std::ranges::any_of(module.memories, [](const wasm::Memory& item) { return item.import.has_value(); }) ||
         std::ranges::any_of(module.tables, [](const wasm::Table& item) { return item.import.has_value(); });
}

bool writes_imports(const wasm::Module& module) {
  return std::ranges::any_of(module.data, [&](const wasm::DataSegment& segment) {
           return segment.is_active && module.memories[segment.memory].import;
         }) ||
         std::ranges::any_of(module.elements, [&](const wasm::ElementSegment& segment) {
           return segment.mode == wasm::ElementSegment::kActive && module.tables[segment.table].import;
         });
}

std::vector<PreparedProgram::Step> find_steps(const Program& program) {
  std::vector<PreparedProgram::Step> steps;
  bool code_ran = false;
  for (InstanceId id : program.instances.ids()) {
    const wasm::Module& module = *program.instances[id].module;
    const PreparedProgram::Step step{id, code_ran && imports_sized(module), code_ran && writes_imports(module)};
    if (module.start || step.is_checked || step.has_segments) steps.push_back(step);
    code_ran = code_ran || module.start.has_value();
  }
  return steps;
}

/// The header, and of each block what stands before its function references; the tables that may be written.
std::vector<PreparedProgram::Range> find_ranges(const CompiledProgram::Impl& code) {
  const Program& program = code.program;
  std::vector<PreparedProgram::Range> ranges{{0, 0}};
  auto add = [&](std::uint64_t begin, std::uint64_t end) {
    if (begin == ranges.back().end) ranges.back().end = static_cast<std::uint32_t>(end);
    else ranges.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
  };
  auto begin_of = [&](InstanceId id) { return code.layout[id].context - kContextBias; };
  const auto blocks = static_cast<std::uint32_t>(program.instances.size());
  add(0, blocks == 0 ? code.layout.size() : begin_of(InstanceId(std::size_t{0})));
  for (std::uint32_t i = 0; i < blocks; ++i) {
    const InstanceLayout& place = code.layout[InstanceId(i)];
    const auto first = std::ranges::find_if(place.func_refs, [](std::uint32_t offset) { return offset != 0; });
    const std::uint64_t end = i + 1 < blocks ? begin_of(InstanceId(i + 1)) : code.layout.size();
    add(begin_of(InstanceId(i)), first == place.func_refs.end() ? end : *first);
  }
  for (const Definition& table : code.layout.tables()) {
    const std::uint32_t offset = code.shape.table(table.number).offset;
    if (offset == 0 || code.layout[table.instance].fixed_tables[table.index].is_fixed) continue;
    const wasm::Module& module = *program.instances[table.instance].module;
    add(offset, offset + module.tables[wasm::TableIndex(table.index)].type.limits.min * sizeof(std::uint64_t));
  }
  return ranges;
}

}  // namespace

StoreShape::StoreShape(const Program& program, const Layout& layout, const EngineOptions& options)
    : context_size_(layout.size()) {
  for (const Definition& table : layout.tables()) {
    const wasm::Module& module = *program.instances[table.instance].module;
    const wasm::Limits& limits = module.tables[wasm::TableIndex(table.index)].type.limits;
    TablePlace place{0, std::min({limits.max.value_or(kMaxTable), kMaxTable, options.max_table_elements})};
    if (layout[table.instance].fixed_tables[table.index].is_fixed) place.capacity = std::min(place.capacity, limits.min);
    const std::uint64_t bytes = place.capacity * sizeof(std::uint64_t);
    if (!program.is_open && bytes <= kMaxTableInContext && context_size_ + bytes <= kMaxContext) {
      place.offset = static_cast<std::uint32_t>(context_size_);
      context_size_ += bytes;
    }
    tables_.push_back(place);
  }
}

InstancePool::InstancePool(const CompiledProgram::Impl& program)
    : all_kept_(program.pool->kept_instances), most_kept_(program.options.max_kept_instances) {}

InstancePool::~InstancePool() {
  all_kept_ -= static_cast<std::uint32_t>(kept_.size());
  kept_.clear();  // before the images that their memories are mapped from
}

bool InstancePool::serves(const Program& program, const Layout& layout) {
  if (program.is_open || !program.memories.empty()) return false;
  return std::ranges::none_of(layout.memories(), [&](const Definition& memory) {
    return layout.memory_type(program, memory.number).is_shared;
  });
}

std::unique_ptr<Instance::Impl> InstancePool::take() {
  const std::lock_guard lock(mutex_);
  if (kept_.empty()) return nullptr;
  std::unique_ptr<Instance::Impl> store = std::move(kept_.back());
  kept_.pop_back();
  --all_kept_;
  return store;
}

bool InstancePool::admit() {
  if (++all_kept_ <= most_kept_) return true;
  --all_kept_;
  return false;
}

void InstancePool::give_up() { --all_kept_; }

void InstancePool::put(std::unique_ptr<Instance::Impl> store) {
  const std::lock_guard lock(mutex_);
  kept_.push_back(std::move(store));
}

const PreparedProgram* InstancePool::prepare(const std::shared_ptr<const CompiledProgram::Impl>& code) {
  if (is_settled_.load(std::memory_order_acquire)) return prepared_.get();
  if (!was_used_.exchange(true)) return nullptr;
  const std::unique_lock lock(preparing_, std::try_to_lock);
  if (!lock.owns_lock()) return nullptr;
  if (!is_settled_.load(std::memory_order_acquire)) {
    prepared_ = make(code);
    is_settled_.store(true, std::memory_order_release);
  }
  return prepared_.get();
}

std::unique_ptr<PreparedProgram> InstancePool::make(const std::shared_ptr<const CompiledProgram::Impl>& code) {
  auto out = std::make_unique<PreparedProgram>();
  out->steps = find_steps(code->program);
  out->ranges = find_ranges(*code);
  auto scratch = Instance::Impl::make_empty(code, nullptr, {});
  if (!scratch) return nullptr;
  Instance::Impl& store = **scratch;
  std::vector<MemoryImages::Contents> contents(store.memories.size());
  store.prepared = out.get();
  if (!store.prefill(contents) || store.heap != nullptr) return nullptr;
  for (const Definition& memory : code->layout.memories()) {
    contents[memory.number].bytes = {store.at<MemoryEntry>(memory.offset).base, store.at<MemoryEntry>(memory.offset).bytes};
  }
  const bool has_data = std::ranges::any_of(contents, [](const auto& memory) { return !memory.written.empty(); });
  if (has_data) out->images = MemoryImages::make(contents);
  return out;
}

}  // namespace witc::engine
