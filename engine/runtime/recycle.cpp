// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From one use of a store to the next (runtime/instance_pool.h): what a guest wrote must be gone before another sees it.
#include <algorithm>
#include <cstring>

#include "engine/memory_shape.h"
#include "engine/runtime/store.h"

namespace witc::engine {
namespace {

/// Calls with each part of the store that `pristine` is about, and its place there.
template <class Function>
void for_each_part(const Instance::Impl& store, Function function) {
  std::size_t at = 0;
  auto part = [&](std::uint8_t* begin, std::size_t bytes) {
    function(begin, at, bytes);
    at += bytes;
  };
  for (const PreparedProgram::Range& range : store.prepared->ranges) {
    part(store.context.base() + range.begin, range.end - range.begin);
  }
  for (std::size_t i = 0; i < store.apart_bytes.size(); ++i) {
    if (store.apart_bytes[i] != 0) part(store.tables[i].base(), store.apart_bytes[i]);
  }
}

}  // namespace

void Instance::Impl::keep_pristine() {
  for (const Definition& table : code->layout.tables()) {
    const bool is_apart = code->shape.table(table.number).offset == 0;
    apart_bytes.push_back(is_apart ? at<TableEntry>(table.offset).size * sizeof(std::uint64_t) : 0);
  }
  std::size_t size = 0;
  for_each_part(*this, [&](std::uint8_t*, std::size_t at, std::size_t bytes) { size = at + bytes; });
  pristine.resize(size);
  for_each_part(*this, [&](const std::uint8_t* begin, std::size_t at, std::size_t bytes) {
    std::memcpy(pristine.data() + at, begin, bytes);
  });
}

bool Instance::Impl::recycle() {
  deadline.reset();
  interruption->detach();
  interruption.reset();
  // An exception that the host still has would pass for one of the next use.
  if (!std::ranges::all_of(thrown, [](const auto& exception) { return exception.expired(); })) return false;
  thrown.clear();
  exceptions.forget();
  heap.reset();
  roots.clear();
  reference_globals.clear();
  reference_tables.clear();
  pending.reset();
  hosts.clear();
  self = nullptr;
  std::size_t budget = code->options.max_kept_resident_bytes;
  for (const Definition& table : code->layout.tables()) {
    if (code->shape.table(table.number).offset != 0) continue;
    // What it grew by is not visible any more; but it takes memory.
    const std::size_t grown = at<TableEntry>(table.offset).size * sizeof(std::uint64_t) - apart_bytes[table.number];
    if (grown > budget) return false;
    budget -= grown;
  }
  for (const Definition& memory : code->layout.memories()) {
    const wasm::MemoryType& type = code->layout.memory_type(program(), memory.number);
    if (!memories[memory.number].restore(type.limits.min * MemoryShape(type).page_size(), budget)) return false;
  }
  return true;
}

void Instance::Impl::reuse(std::shared_ptr<const CompiledProgram::Impl> program, std::span<const HostFunc> host_funcs) {
  code = std::move(program);
  for_each_part(*this, [&](std::uint8_t* begin, std::size_t at, std::size_t bytes) {
    std::memcpy(begin, pristine.data() + at, bytes);
  });
  begin_use(host_funcs);
}

void Instance::Impl::retire(std::unique_ptr<Impl> store) {
  if (store->prepared == nullptr) return;
  const std::shared_ptr<const CompiledProgram::Impl> code = store->code;
  InstancePool& pool = *code->instances;
  if (!pool.admit()) return;
  if (!store->recycle()) {
    pool.give_up();
    return;
  }
  store->code.reset();  // which keeps the store from now on
  pool.put(std::move(store));
}

}  // namespace witc::engine
