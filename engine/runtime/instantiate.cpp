// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Instantiation of one core instance (core specification, "Execution > Modules > Instantiation"). Allocation happened
// when the store was made; here its items get their first values, in the specification's order.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/overloaded.h"
#include "engine/runtime/const_expr.h"
#include "engine/runtime/store.h"

namespace witc::engine {
namespace {

/// Constant expressions read globals and function references of the instance under way.
class Scope final : public ConstScope {
 public:
  Scope(Instance::Impl& store, InstanceId id) : store_(store), id_(id) {}
  std::span<const std::uint64_t> global(wasm::GlobalIndex index) const override {
    return store_.global_slots(id_, index.value);
  }
  std::uint64_t func_ref(wasm::FuncIndex index) const override { return store_.func_ref(id_, index.value); }
  const wasm::SubType& type(wasm::TypeIndex index) const override { return store_.module(id_).types[index]; }
  std::uint64_t new_struct(wasm::TypeIndex type, std::span<const std::uint64_t> fields) const override {
    return made(store_.new_struct(store_.code->layout.type_id(id_, type), fields));
  }
  std::uint64_t new_array(wasm::TypeIndex type, std::uint32_t length,
                          std::span<const std::uint64_t> elements) const override {
    return made(store_.new_array(store_.code->layout.type_id(id_, type), length, elements));
  }
  std::uint64_t any_convert_extern(std::uint64_t reference) const override {
    return reference == 0 ? 0 : made(store_.any_convert_extern(reference, /*may_collect=*/false));
  }
  std::uint64_t extern_convert_any(std::uint64_t reference) const override {
    return reference == 0 ? 0 : made(store_.extern_convert_any(reference));
  }

  /// Nothing if all objects that were asked for could be made.
  [[nodiscard]] CallResult heap_result() const {
    if (is_full_) return std::unexpected(Trap::of(TrapKind::kGcHeapExhausted));
    return {};
  }

 private:
  std::uint64_t made(std::uint64_t object) const {
    is_full_ = is_full_ || object == 0;
    return object;
  }

  Instance::Impl& store_;
  InstanceId id_;
  mutable bool is_full_ = false;
};

CallResult trap(TrapKind kind) { return std::unexpected(Trap::of(kind)); }

}  // namespace

CallResult Instance::Impl::instantiate_one(InstanceId id) {
  if (prepared != nullptr) {
    const auto step = std::ranges::find(prepared->steps, id, &PreparedProgram::Step::id);
    return step == prepared->steps.end() ? CallResult() : run_prepared(*step);
  }
  if (CallResult done = check_limits(id); !done) return done;
  if (CallResult done = make_own_items(id); !done) return done;
  if (CallResult done = run_element_segments(id); !done) return done;
  if (CallResult done = run_data_segments(id); !done) return done;
  return run_start(id);
}

CallResult Instance::Impl::instantiate_all() {
  if (prepared != nullptr) {
    for (const PreparedProgram::Step& step : prepared->steps) {
      if (CallResult done = run_prepared(step); !done) return done;
    }
    return {};
  }
  for (InstanceId id : program().instances.ids()) {
    if (CallResult done = instantiate_one(id); !done) return done;
  }
  return {};
}

/// What is left to do of a core instance.
CallResult Instance::Impl::run_prepared(const PreparedProgram::Step& step) {
  if (step.is_checked) {
    if (CallResult done = check_limits(step.id); !done) return done;
  }
  if (step.has_segments) {
    if (CallResult done = run_element_segments(step.id); !done) return done;
    if (CallResult done = run_data_segments(step.id); !done) return done;
  }
  return run_start(step.id);
}

CallResult Instance::Impl::prefill(std::span<MemoryImages::Contents> written) {
  for (InstanceId id : program().instances.ids()) {
    const auto step = std::ranges::find(prepared->steps, id, &PreparedProgram::Step::id);
    const bool is_step = step != prepared->steps.end();
    if (!is_step || !step->is_checked) {
      if (CallResult done = check_limits(id); !done) return done;
    }
    if (CallResult done = make_own_items(id); !done) return done;
    if (is_step && step->has_segments) continue;
    if (CallResult done = run_element_segments(id); !done) return done;
    if (CallResult done = run_data_segments(id, prepared->images.get(), written); !done) return done;
  }
  return {};
}

CallResult Instance::Impl::run_start(InstanceId id) {
  if (!module(id).start) return {};
  std::uint64_t no_slots = 0;
  return call_func(id, module(id).start->value, &no_slots);
}

/// Sizes as they are now; the types were compared when the program was compiled.
CallResult Instance::Impl::check_limits(InstanceId id) const {
  for (std::uint32_t i = 0; i < module(id).memories.size(); ++i) {
    const wasm::Memory& item = module(id).memories[wasm::MemoryIndex(i)];
    if (item.import && memory(id, i).size() >> item.type.page_size_log2 < item.type.limits.min) return trap(TrapKind::kUnlinkable);
  }
  for (std::uint32_t i = 0; i < module(id).tables.size(); ++i) {
    const wasm::Table& item = module(id).tables[wasm::TableIndex(i)];
    if (item.import && table(id, i).size < item.type.limits.min) return trap(TrapKind::kUnlinkable);
  }
  return {};
}

CallResult Instance::Impl::make_own_items(InstanceId id) {
  const Scope scope(*this, id);
  for (std::uint32_t i = 0; i < module(id).globals.size(); ++i) {
    const wasm::Global& item = module(id).globals[wasm::GlobalIndex(i)];
    if (item.init) std::ranges::copy(evaluate_slots(*item.init, scope), global_slots(id, i).begin());
  }
  for (std::uint32_t i = 0; i < module(id).memories.size(); ++i) {
    const wasm::Memory& item = module(id).memories[wasm::MemoryIndex(i)];
    if (item.import) continue;
    if (grow_memory(layout(id).memories[i].number, item.type.limits.min) == ~0ull) {
      return std::unexpected(
          Trap::host(fmt::format("memory minimum size of {} pages exceeds memory limits", item.type.limits.min)));
    }
  }
  for (std::uint32_t i = 0; i < module(id).tables.size(); ++i) {
    const wasm::Table& item = module(id).tables[wasm::TableIndex(i)];
    if (item.import) continue;
    const std::uint64_t first = item.init ? evaluate(*item.init, scope) : 0;
    if (grow_table(layout(id).tables[i].number, item.type.limits.min, first) == ~0ull) {
      constexpr std::uint64_t kMost = ~std::uint64_t{0} / sizeof(std::uint64_t);
      return std::unexpected(Trap::host(
          item.type.limits.min > kMost
              ? "overflow calculating table allocation size"
              : fmt::format("table minimum size of {} elements exceeds table limits", item.type.limits.min)));
    }
  }
  return scope.heap_result();
}

CallResult Instance::Impl::run_element_segments(InstanceId id) {
  const Scope scope(*this, id);
  for (std::uint32_t i = 0; i < module(id).elements.size(); ++i) {
    const wasm::ElementSegment& segment = module(id).elements[wasm::ElemIndex(i)];
    std::vector<std::uint64_t>& references = elements[id.value][i];
    references.clear();
    match(
        segment.items,
        [&](const std::vector<wasm::FuncIndex>& funcs) {
          references.reserve(funcs.size());
          for (wasm::FuncIndex func : funcs) references.push_back(func_ref(id, func.value));
        },
        [&](const std::vector<wasm::ConstExpr>& exprs) {
          references.reserve(exprs.size());
          for (const wasm::ConstExpr& expr : exprs) references.push_back(evaluate(expr, scope));
        });
    if (segment.mode == wasm::ElementSegment::kPassive) elem(id, i) = {references.data(), references.size()};
  }
  if (CallResult made = scope.heap_result(); !made) return made;
  for (std::uint32_t i = 0; i < module(id).elements.size(); ++i) {
    const wasm::ElementSegment& segment = module(id).elements[wasm::ElemIndex(i)];
    if (segment.mode != wasm::ElementSegment::kActive) continue;
    const std::vector<std::uint64_t>& references = elements[id.value][i];
    const TableEntry& target = table(id, segment.table.value);
    const std::uint64_t start = evaluate(*segment.start, scope);
    if (start > target.size || references.size() > target.size - start) return trap(TrapKind::kTableOutOfBounds);
    std::copy(references.begin(), references.end(), target.base + start);
  }
  for (std::uint32_t i = 0; i < module(id).elements.size(); ++i) {
    if (module(id).elements[wasm::ElemIndex(i)].mode != wasm::ElementSegment::kPassive) elements[id.value][i] = {};
  }
  return {};
}

CallResult Instance::Impl::run_data_segments(InstanceId id, const MemoryImages* images,
                                             std::span<MemoryImages::Contents> written) {
  const Scope scope(*this, id);
  for (std::uint32_t i = 0; i < module(id).data.size(); ++i) {
    const wasm::DataSegment& segment = module(id).data[wasm::DataIndex(i)];
    if (!segment.is_active) data(id, i) = {segment.bytes.data(), segment.bytes.size()};
  }
  for (const wasm::DataSegment& segment : module(id).data) {
    if (!segment.is_active) continue;
    const MemoryEntry& target = memory(id, segment.memory.value);
    const std::uint64_t start = evaluate(*segment.start, scope);
    const std::uint64_t size = target.size();
    if (start > size || segment.bytes.size() > size - start) {
      return trap(TrapKind::kMemoryOutOfBounds);
    }
    const std::uint32_t number = layout(id).memories[segment.memory.value].number;
    if (segment.bytes.empty() || (images != nullptr && images->find(number) != nullptr)) continue;
    std::memcpy(target.base + start, segment.bytes.data(), segment.bytes.size());
    if (!written.empty()) written[number].written.push_back({start, start + segment.bytes.size()});
  }
  return {};
}

}  // namespace witc::engine
