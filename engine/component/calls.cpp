// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls out of guest code: `canon lower` of a host function, the canonical built-ins, and what adapters import from
// module `witc`. All arrive in `dispatch` with the slots of their core signature.
#include <algorithm>

#include "base/overloaded.h"
#include "engine/component/direct.h"
#include "engine/runtime/store.h"

#include <fmt/format.h>

namespace witc::engine {
namespace {

using component::ResourceId;
using linker::ComponentInstanceId;

std::unexpected<Trap> core_trap(TrapKind kind) { return std::unexpected(Trap::of(kind)); }

}  // namespace

bool ComponentInstance::Impl::dispatch(HostCall& call) {
  Slot& slot = *static_cast<Slot*>(call.user_data);
  if ((slot.direct = slot.instance->make_direct(slot.slot)) != nullptr) {  // from now on it is called in our place
    const HostFunc direct = slot.direct->host_func();
    static_cast<HostFunc&>(call.instance.impl().hosts[slot.slot.value]) = direct;
    HostCall same{call.instance, direct.user_data, call.slots};
    return direct.function(same);
  }
  CallResult done = slot.instance->run_slot(slot.slot, call.slots);
  if (done) return true;
  done.error().exception.reset();  // no exception passes between components
  return call.trap(std::move(done.error()));
}

CallResult ComponentInstance::Impl::run_slot(HostSlot slot, std::span<std::uint64_t> slots) {
  return match(
      program.targets[slot], [&](linker::HostLowerId id) { return run_host_lower(plan.host_lowers[id], slots); },
      [&](linker::AdapterId id) { return run_adapter(id, slots); },
      [&](linker::BuiltinId id) { return run_builtin(id, slots); },
      [&](const IntrinsicTarget& target) { return run_intrinsic(target, slots); });
}

/// definitions.py, `canon_lower` of a function the host implements.
CallResult ComponentInstance::Impl::run_host_lower(const linker::HostLower& lower, std::span<std::uint64_t> slots) {
  const linker::HostFunc& func = plan.host_funcs[lower.func];
  const component::FuncType& type = plan.types[func.type];
  const linker::CanonOptions& options = plan.options[lower.lower];
  if (!may_leave(options.instance)) return core_trap(TrapKind::kCannotLeave);

  OptionsMemory memory(*this, options);
  InstanceHandles handles(*this, options.instance);
  abi::LiftLowerContext cx{layout(options), options.string_encoding, &memory, &handles};
  enter_scope();
  std::vector<std::uint64_t> flat(slots.begin(), slots.end());  // results are written over the arguments
  abi::CoreValueIter vi{flat};
  auto args = abi::lift_flat_values(cx, options.is_async ? abi::kMaxFlatAsyncParams : abi::kMaxFlatParams, vi,
                                    abi::param_types(type));
  if (!args) return std::unexpected(to_trap(std::move(args.error())));

  HostContext context{self, plan.types, func.type};
  HostResult result = linked->functions[lower.func.value](context, *args);
  if (!result) return std::unexpected(std::move(result.error()));
  if (result->has_value() != type.result.has_value() || (*result && !abi::matches(**result, plan.types, *type.result))) {
    return std::unexpected(Trap::host("host function `" + func.name + "` returned a value of another type"));
  }
  if (type.result) {
    const std::uint32_t max_flat = options.is_async ? 0 : abi::kMaxFlatResults;
    auto lowered = abi::lower_flat_values(cx, max_flat, {&**result, 1}, {&*type.result, 1}, &vi);
    if (!lowered) return std::unexpected(to_trap(std::move(lowered.error())));
    std::ranges::copy(*lowered, slots.begin());
  }
  if (options.is_async) slots[0] = kSubtaskReturned;
  exit_scope();
  return {};
}

CallResult ComponentInstance::Impl::run_builtin(linker::BuiltinId id, std::span<std::uint64_t> slots) {
  const linker::Builtin& builtin = plan.builtins[id];
  if (!builtin.resource) return run_concurrency_builtin(builtin, slots);
  HandleTable& table = tables[builtin.instance];
  ResourceId resource = *builtin.resource;
  auto argument = static_cast<std::uint32_t>(slots[0]);
  switch (builtin.opcode) {
    case component::ast::kResourceNew: {
      if (!may_leave(builtin.instance)) return core_trap(TrapKind::kCannotLeave);
      auto index = table.add({.rt = resource, .rep = argument, .own = true});
      if (!index) return core_trap(TrapKind::kHandleTableFull);
      slots[0] = *index;
      return {};
    }
    case component::ast::kResourceRep: {
      auto handle = table.get(argument, resource);
      if (!handle) return std::unexpected(to_trap(std::move(handle.error())));
      slots[0] = handle->rep;
      return {};
    }
    default: {
      WITC_CHECK(builtin.opcode == component::ast::kResourceDrop);
      if (!may_leave(builtin.instance)) return core_trap(TrapKind::kCannotLeave);
      auto handle = table.remove(argument, resource);
      if (!handle) return std::unexpected(to_trap(std::move(handle.error())));
      if (handle->own) return destroy(resource, handle->rep, program.drop_enters[id]);
      if (handle->borrow_scope != 0) scopes.drop_borrow(handle->borrow_scope);
      return {};
    }
  }
}

CallResult ComponentInstance::Impl::run_intrinsic(const IntrinsicTarget& target, std::span<std::uint64_t> slots) {
  auto number = [&](std::size_t i) { return static_cast<std::uint32_t>(slots[i]); };
  auto give = [&](auto result) -> CallResult {
    if (!result) return std::unexpected(to_trap(std::move(result.error())));
    slots[0] = *result;
    return {};
  };
  switch (target.intrinsic) {
    case abi::Intrinsic::kBorrowScopeEnter:
    case abi::Intrinsic::kBorrowScopeExit: {
      const ComponentInstanceId callee(number(1));
      const bool has_scope = target.counts_lends || program.is_reentrant[callee] != 0;  // HandleEdge::has_scope
      const bool enters = target.intrinsic == abi::Intrinsic::kBorrowScopeEnter;
      if (enters && has_scope) enter_scope();
      if (enters) return {};
      if (CallResult gone = check_borrows(callee, scopes.current()); !gone) return gone;
      if (has_scope) exit_scope();
      return {};
    }
    case abi::Intrinsic::kTransferOwn:
    case abi::Intrinsic::kTransferBorrow:
    case abi::Intrinsic::kLendBorrow: {
      ResourceId resource(number(1));
      InstanceHandles from(*this, ComponentInstanceId(number(2)), target.counts_lends);
      InstanceHandles to(*this, ComponentInstanceId(number(3)));
      bool owns = target.intrinsic == abi::Intrinsic::kTransferOwn;
      auto rep = owns ? from.lift_own(resource, number(0)) : from.lift_borrow(resource, number(0));
      if (!rep || target.intrinsic == abi::Intrinsic::kLendBorrow) return give(std::move(rep));
      return give(owns ? to.lower_own(resource, *rep) : to.lower_borrow(resource, *rep));
    }
    default:
      return std::unexpected(Trap::of(TrapKind::kHost));  // a kernel, or a trap, is none of the host's
  }
}

}  // namespace witc::engine
