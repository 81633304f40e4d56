// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls into guest code: `canon lift` as the host uses it (engine/component.h, ComponentInstance).
#include "engine/component/instance.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.h"
#include "engine/coredump.h"

namespace witc::engine {

ComponentInstance::Impl::Impl(std::shared_ptr<const Linker::Linked> what)
    : linked(std::move(what)),
      plan(linked->component.plan()),
      program(linked->component.impl().program),
      layout32(plan.types, abi::PtrType::kI32),
      layout64(plan.types, abi::PtrType::kI64),
      concurrency(plan.component_instances.size()),
      self(std::shared_ptr<Impl>(std::shared_ptr<void>(), this)) {
  for (std::size_t i = 0; i < plan.component_instances.size(); ++i) tables.push(HandleTable(plan));
  for (HostSlot slot : program.targets.ids()) slots.emplace_back(this, slot);
}

ComponentInstance::Impl::~Impl() {
  // What the guest still held of the host's is given back; its own resources go with its memory.
  for (const HandleTable& table : tables) {
    for (const ResourceHandle& handle : table.owned_of_host()) (void)drop_host(handle.rt, handle.rep);
  }
}

bool ComponentInstance::Impl::may_leave(linker::ComponentInstanceId id) const {
  return core->global(program.flags, ComponentProgram::may_leave(id)) != 0;
}
void ComponentInstance::Impl::set_may_leave(linker::ComponentInstanceId id, bool value) {
  core->set_global(program.flags, ComponentProgram::may_leave(id), value ? 1 : 0);
}

CallResult ComponentInstance::Impl::enter(std::span<const linker::ComponentInstanceId> instances) {
  for (linker::ComponentInstanceId id : instances) {
    if (core->global(program.flags, ComponentProgram::may_enter(id)) == 0) {
      return std::unexpected(Trap::of(TrapKind::kCannotEnter));
    }
  }
  for (linker::ComponentInstanceId id : instances) core->set_global(program.flags, ComponentProgram::may_enter(id), 0);
  return {};
}
void ComponentInstance::Impl::leave(std::span<const linker::ComponentInstanceId> instances) {
  for (linker::ComponentInstanceId id : instances) core->set_global(program.flags, ComponentProgram::may_enter(id), 1);
}

Trap ComponentInstance::Impl::to_trap(abi::Trap trap) {
  if (guest_trap) return *std::exchange(guest_trap, std::nullopt);
  TrapKind kind = trap_kind(static_cast<std::uint32_t>(trap.kind)).value_or(TrapKind::kHost);
  return {kind, std::move(trap.message), 0, {}};
}

Trap ComponentInstance::Impl::at_boundary(Trap trap) {
  if (trap.kind != TrapKind::kUncaughtException) return trap;
  trap.kind = TrapKind::kExceptionLeftComponent;
  trap.message = fmt::format("{}: {}", message(trap.kind), trap.message);
  return trap;
}

CallResult ComponentInstance::Impl::call_core(const linker::CoreDef& def, std::span<std::uint64_t> args,
                                              std::span<std::uint64_t> results) {
  return match(
      program.place(def),
      [&](const CoreFunc& func) -> CallResult {
        CallResult done = core->call(func.instance, func.func, args, results);
        if (!done) return std::unexpected(at_boundary(std::move(done).error()));
        return done;
      },
      [&](HostSlot slot) -> CallResult {
        std::vector<std::uint64_t> slots(std::max(args.size(), results.size()));
        std::ranges::copy(args, slots.begin());
        CallResult done = run_slot(slot, slots);
        if (done) std::copy_n(slots.begin(), results.size(), results.begin());
        return done;
      });
}

std::expected<std::optional<abi::Val>, Trap> ComponentInstance::Impl::call_lifted(const linker::LiftedFunc& func,
                                                                                 std::span<const abi::Val> args) {
  std::optional<abi::Val> kept;
  auto on_start = [&]() -> std::expected<std::span<const abi::Val>, Trap> { return args; };
  auto on_resolve = [&](std::optional<abi::Val> result) -> CallResult {
    kept = std::move(result);
    return {};
  };
  const auto& entered = program.host_enters[plan.options[func.options].instance];
  CallResult done = canon_lift(func, entered, Task::Caller::kHost, on_start, on_resolve);
  if (!done) return std::unexpected(std::move(done.error()));
  return kept;
}

// -- engine/component.h -------------------------------------------------------------------------

InterruptHandle ComponentInstance::interrupt_handle() const { return impl_->core->interrupt_handle(); }
int ComponentInstance::interrupt_fd() { return impl_->core->interrupt_fd(); }

ComponentInstance::ComponentInstance(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
ComponentInstance::ComponentInstance(ComponentInstance&& other) noexcept = default;
ComponentInstance& ComponentInstance::operator=(ComponentInstance&& other) noexcept = default;
ComponentInstance::~ComponentInstance() = default;

const Component& ComponentInstance::component() const { return impl_->linked->component; }
std::vector<std::uint8_t> ComponentInstance::coredump(const Trap& trap, std::string_view name) {
  return make_coredump(*impl_->core, trap, name);
}

CallResult ComponentInstance::start() {
  impl_->inside = true;
  CallResult done = impl_->core->instantiate_all();
  impl_->inside = false;
  if (!done) impl_->closed = true;
  return done;
}

std::expected<std::optional<abi::Val>, Trap> ComponentInstance::call(const ComponentFunc& func,
                                                                     std::span<const abi::Val> args) {
  return impl_->call(*func.def, func.type, func.name, args);
}

std::expected<void, Trap> ComponentInstance::drop(component::ResourceId resource, std::uint64_t rep) {
  return impl_->drop(resource, rep);
}

std::expected<std::optional<abi::Val>, Trap> ComponentInstance::Impl::call(const linker::FuncDef& def,
                                                                           linker::FuncTypeId type, std::string_view name,
                                                                           std::span<const abi::Val> args) {
  if (closed || inside) return std::unexpected(Trap::of(TrapKind::kCannotEnter));
  const std::vector<component::FieldType>& params = plan.types[type].params;
  bool fits = args.size() == params.size();
  for (std::size_t i = 0; fits && i < args.size(); ++i) fits = abi::matches(args[i], plan.types, params[i].type);
  if (!fits) return std::unexpected(Trap::host(fmt::format("the arguments do not match the parameters of `{}`", name)));

  inside = true;
  auto result = match(
      def, [&](const linker::LiftedFunc& lifted) { return call_lifted(lifted, args); },
      [&](linker::HostFuncId id) -> std::expected<std::optional<abi::Val>, Trap> {
        HostContext context{self, plan.types, type};
        return linked->functions[id.value](context, args);
      });
  inside = false;
  if (!result) closed = true;
  return result;
}

std::expected<void, Trap> ComponentInstance::Impl::drop(component::ResourceId resource, std::uint64_t rep) {
  if (closed || inside) return std::unexpected(Trap::of(TrapKind::kCannotEnter));
  std::span<const linker::ComponentInstanceId> entered;
  if (auto definer = plan.resources[resource].defined_in) entered = program.host_enters[*definer];
  inside = true;
  auto done = destroy(resource, rep, entered);
  inside = false;
  if (!done) closed = true;
  return done;
}

std::expected<void, Trap> ComponentInstance::Impl::drop_host(component::ResourceId resource, std::uint64_t rep) const {
  const auto& drop = linked->drops[resource.value];
  return drop ? drop(rep) : std::expected<void, Trap>();
}

}  // namespace witc::engine
