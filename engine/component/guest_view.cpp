// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the interpreter sees a running guest: its memory, its realloc, its handle table (instance.h).
#include <fmt/format.h>

#include "engine/component/instance.h"

namespace witc::engine {
std::span<std::uint8_t> OptionsMemory::bytes() {
  if (!options_.memory) return {};
  InstanceId instance = instance_.program.instances[options_.memory->instance];
  return instance_.core->memory(instance, wasm::MemoryIndex(options_.memory->index));
}

abi::OrTrap<std::uint64_t> OptionsMemory::realloc(std::uint64_t old, std::uint64_t old_byte_length,
                                                  std::uint32_t alignment, std::uint64_t new_byte_length) {
  if (!options_.realloc) return std::unexpected(abi::Trap::of(abi::TrapKind::kReallocOutOfBounds));
  std::uint64_t args[] = {old, old_byte_length, alignment, new_byte_length};
  std::uint64_t result[1] = {0};
  bool before = instance_.may_leave(options_.instance);
  instance_.set_may_leave(options_.instance, false);
  CallResult called = [&] {
    TaskFrame frame(instance_, options_.instance);
    return instance_.call_core(*options_.realloc, args, result);
  }();
  instance_.set_may_leave(options_.instance, before);
  if (called) return options_.is_memory64 ? result[0] : result[0] & 0xffffffffU;
  instance_.guest_trap = std::move(called.error());
  return std::unexpected(abi::Trap::of(abi::TrapKind::kHost));
}

abi::OrTrap<std::uint64_t> InstanceHandles::lift_own(component::ResourceId resource, std::uint32_t index) {
  auto handle = instance_.tables[id_].get(index, resource);
  if (!handle) return std::unexpected(std::move(handle.error()));
  if (!handle->own) {
    return std::unexpected(abi::Trap{abi::TrapKind::kHandleTypeMismatch,
                                     fmt::format("cannot lift a borrowed handle as an owned one: handle index {} of {}", index,
                                                 describe(instance_.plan, resource))});
  }
  auto removed = instance_.tables[id_].remove(index, resource);
  if (!removed) return std::unexpected(std::move(removed.error()));
  return removed->rep;
}

abi::OrTrap<std::uint64_t> InstanceHandles::lift_borrow(component::ResourceId resource, std::uint32_t index) {
  auto handle = counts_lends_ ? instance_.tables[id_].lend(index, resource) : instance_.tables[id_].get(index, resource);
  if (!handle) return std::unexpected(std::move(handle.error()));
  if (counts_lends_) instance_.scopes.add_lend({id_.value, index});
  return handle->rep;
}

abi::OrTrap<std::uint32_t> InstanceHandles::lower_own(component::ResourceId resource, std::uint64_t rep) {
  auto index = instance_.tables[id_].add({.rt = resource, .rep = rep, .own = true});
  if (!index) return std::unexpected(std::move(index.error()));
  return *index;
}

abi::OrTrap<std::uint32_t> InstanceHandles::lower_borrow(component::ResourceId resource, std::uint64_t rep) {
  if (instance_.plan.resources[resource].defined_in == id_) return static_cast<std::uint32_t>(rep);
  const std::uint32_t scope = instance_.program.is_reentrant[id_] != 0 ? instance_.scopes.current() : 0;
  auto index = instance_.tables[id_].add({.rt = resource, .rep = rep, .own = false, .borrow_scope = scope});
  if (!index) return std::unexpected(std::move(index.error()));
  if (scope != 0) instance_.scopes.add_borrow(scope);
  return *index;
}

void ComponentInstance::Impl::attach_handles() {
  if (program.handles.is_absent()) return;
  scopes.attach(core->block(program.handles.scopes()), core->block(program.handles.lends()));
  for (linker::ComponentInstanceId id : tables.ids()) tables[id].attach(core->block(program.handles.table(id)));
}

CallResult ComponentInstance::Impl::check_borrows(linker::ComponentInstanceId callee, std::uint32_t scope) const {
  if (program.is_reentrant[callee] == 0) scope = 0;
  if ((scope == 0 ? tables[callee].num_borrows() : scopes.num_borrows(scope)) == 0) return {};
  Trap trap = Trap::of(TrapKind::kBorrowsRemain);
  if (auto resource = tables[callee].borrowed_in(scope)) {
    trap.message += fmt::format(": `{}` keeps one of {}", plan.component_instances[callee].name, describe(plan, *resource));
  }
  return std::unexpected(std::move(trap));
}

void ComponentInstance::Impl::exit_scope() {
  for (const Lend& lend : scopes.leave()) tables[linker::ComponentInstanceId(lend.instance)].give_back(lend.index);
}

std::expected<void, Trap> ComponentInstance::Impl::destroy(component::ResourceId resource, std::uint64_t rep,
                                                           std::span<const linker::ComponentInstanceId> entered) {
  const linker::PlanResource& definition = plan.resources[resource];
  if (!definition.defined_in) return drop_host(resource, rep);
  if (CallResult done = enter(entered); !done) return done;
  std::uint64_t args[] = {rep};
  TaskFrame frame(*this, *definition.defined_in);
  CallResult done = definition.dtor ? call_core(*definition.dtor, args, {}) : CallResult();
  if (done) leave(entered);
  return done;
}

}  // namespace witc::engine
