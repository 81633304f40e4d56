// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "running.h"

#include <algorithm>

#include "engine/component/program.h"
#include "engine/runtime/store.h"

namespace witc::abi::testing {

using engine::InstanceId;
using engine::InstanceItem;

OrTrap<std::uint64_t> Guest::realloc(std::uint64_t old, std::uint64_t old_byte_length, std::uint32_t alignment,
                                     std::uint64_t new_byte_length) {
  std::uint64_t args[] = {old, old_byte_length, alignment, new_byte_length};
  std::uint64_t result[1] = {};
  if (!instance_.call(id_, "realloc", args, result)) return trap(TrapKind::kHost);
  return result[0];
}

void Guest::reset() {
  std::ranges::fill(bytes(), std::uint8_t{0});
  reset_globals();
}
void Guest::reset_globals() {
  instance_.set_global(id_, kBumpGlobal, kHeapAt);
  instance_.set_global(id_, kLogGlobal, kLogAt);
}

std::vector<Heap::Call> Guest::log() {
  std::vector<Heap::Call> out;
  for (std::uint64_t at = kLogAt; at < instance_.global(id_, kLogGlobal); at += 32) {
    out.push_back({word(at), word(at + 8), static_cast<std::uint32_t>(word(at + 16)), word(at + 24)});
  }
  return out;
}

RunningGuests::RunningGuests(const std::vector<const AdapterPlan*>& plans, engine::OptLevel opt_level) {
  world_.options.opt_level = opt_level;
  std::vector<CoreFuncType> callees;
  for (const AdapterPlan* plan : plans) callees.push_back(plan->lift_type);
  flags_ = world_.add(flags(3), {}, "flags");
  lower_ = world_.add(guest({}), {}, "caller");
  lift_ = world_.add(guest(callees), {}, "callee");
  for (std::size_t i = 0; i < plans.size(); ++i) adapters_.push_back(add_adapter(*plans[i], i));
  code_.emplace(world_.compile());
  instance_.emplace(world_.instantiate(*code_));
  runtime.lower.emplace(*instance_, lower_);
  runtime.lift.emplace(*instance_, lift_);
}

std::size_t RunningGuests::code_bytes() const {
  std::size_t bytes = 0;
  for (const engine::CodeSymbol& symbol : code_->impl()->image.symbols) {
    if (std::ranges::find(adapters_, symbol.func.instance) != adapters_.end()) bytes += symbol.end - symbol.begin;
  }
  return bytes;
}

void RunningGuests::reset_flags() {
  for (std::size_t i = 0; i < 6; ++i) instance_->set_global(flags_, wasm::GlobalIndex(i), 1);
}

OrTrap<std::uint64_t> RunningGuests::run_intrinsic(const IntrinsicSlot& slot, std::span<const std::uint64_t> args) {
  Runtime& runtime = *slot.runtime;
  switch (slot.import.intrinsic) {
    case Intrinsic::kTransferOwn: {
      ResourceId resource(args[1]);
      std::uint64_t rep = TRY_TRAP(runtime.handles(args[2]).lift_own(resource, static_cast<std::uint32_t>(args[0])));
      return runtime.handles(args[3]).lower_own(resource, rep);
    }
    case Intrinsic::kTransferBorrow:
    case Intrinsic::kLendBorrow: {
      ResourceId resource(args[1]);
      std::uint64_t rep = TRY_TRAP(runtime.handles(args[2]).lift_borrow(resource, static_cast<std::uint32_t>(args[0])));
      if (slot.import.intrinsic == Intrinsic::kLendBorrow) return rep;
      return runtime.handles(args[3]).lower_borrow(resource, rep);
    }
    case Intrinsic::kBorrowScopeEnter:
    case Intrinsic::kBorrowScopeExit:
    default:
      return 0;
  }
}

bool RunningGuests::call_intrinsic(engine::HostCall& call) {
  OrTrap<std::uint64_t> out = run_intrinsic(*static_cast<IntrinsicSlot*>(call.user_data), call.slots);
  if (!out) {
    return call.trap(engine::Trap::of(*engine::trap_kind(static_cast<std::uint32_t>(out.error().kind))));
  }
  if (!call.slots.empty()) call.slots[0] = *out;
  return true;
}

InstanceId RunningGuests::add_adapter(const AdapterPlan& plan, std::size_t number) {
  wasm::Module& module = modules_.emplace_back(emit_adapter(plan));
  engine::CoreInstance core;
  core.module = &module;
  core.name = "adapter";
  core.inline_always = true;
  for (const wasm::Import& import : module.imports) core.imports.push_back(bind(module, import, number));
  return world_.program.instances.push(std::move(core));
}

engine::ImportBinding RunningGuests::bind(const wasm::Module& adapter, const wasm::Import& import, std::size_t number) {
  auto exported = [&](InstanceId id, const std::string& name) {
    const wasm::Export* item = world_.program.instances[id].module->find_export(name);
    REQUIRE(item != nullptr);
    return engine::ImportBinding(InstanceItem{id, item->index});
  };
  if (import.module == "callee") return exported(lift_, "f" + std::to_string(number));
  if (import.module == "lift") return exported(lift_, import.name);
  if (import.module == "lower") return exported(lower_, import.name);
  if (import.module != "witc") return exported(flags_, import.module + "." + import.name);
  IntrinsicImport found = *find_intrinsic(import.name);
  if (std::optional<engine::ImportBinding> kernel = engine::bind_kernel(adapter, found)) return *kernel;
  slots_.push_back({found, &runtime});
  return world_.host(to_wasm(type_of(found.intrinsic)), call_intrinsic, &slots_.back());
}

}  // namespace witc::abi::testing
