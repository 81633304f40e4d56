// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Plan → Program: what the engine compiles for a component. The core instances of the Plan, in its order, each adapter
// as one more core instance before its first user, and one at the front that holds the flags of all component
// instances (may_leave, may_enter) as globals. What is neither guest code nor adapter becomes a host slot, and
// SlotTarget says what each does when called (engine/component/calls.cpp).

#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "adapter-gen/adapter.h"
#include "engine/component/guards.h"
#include "engine/program.h"
#include "linker/plan.h"

namespace witc::engine {

/// An adapter's `witc` import that works on memories or handles.
struct IntrinsicTarget {
  abi::Intrinsic intrinsic;
  std::optional<linker::CoreItem> from, to;  // the memories of a string intrinsic
};
using SlotTarget = std::variant<linker::HostLowerId, linker::BuiltinId, IntrinsicTarget>;

/// Where a core function of the Plan is to be found: in a core instance of the Program, or with the host.
struct CoreFunc {
  InstanceId instance;
  wasm::FuncIndex func;
};
using FuncPlace = std::variant<CoreFunc, HostSlot>;

struct ComponentProgram {
  Program program;
  IdVector<HostSlot, SlotTarget> targets;
  IdVector<linker::CoreInstanceId, InstanceId> instances;
  IdVector<linker::AdapterId, std::optional<InstanceId>> adapters;  // none for those nobody calls
  IdVector<linker::HostLowerId, std::optional<HostSlot>> host_lowers;
  IdVector<linker::BuiltinId, std::optional<HostSlot>> builtins;
  InstanceId flags;
  /// Whose may_enter a call from outside an adapter clears: the host's, and a destructor's that resource.drop calls.
  IdVector<linker::ComponentInstanceId, std::vector<linker::ComponentInstanceId>> host_enters;
  IdVector<linker::BuiltinId, std::vector<linker::ComponentInstanceId>> drop_enters;
  /// The modules made here; the Program points at them.
  std::deque<wasm::Module> modules;
  /// One per adapter made, for `witc adapters`.
  std::vector<std::pair<linker::AdapterId, abi::AdapterPlan>> adapter_plans;

  /// Of resources. The others trap when called: they belong to asynchronous calls, which cannot run yet.
  static bool is_synchronous(const linker::Builtin& builtin);

  [[nodiscard]] FuncPlace place(const linker::CoreDef& def) const;
  /// The flags instance's globals.
  static wasm::GlobalIndex may_leave(linker::ComponentInstanceId id) { return wasm::GlobalIndex(std::size_t{id.value} * 2); }
  static wasm::GlobalIndex may_enter(linker::ComponentInstanceId id) {
    return wasm::GlobalIndex(std::size_t{id.value} * 2 + 1);
  }
};

/// The request adapter-gen plans an adapter from.
abi::AdapterRequest adapter_request(const linker::Plan& plan, const Guards& guards, linker::AdapterId id);

/// The Plan must outlive the result. Errors: kAbiUnsupported, kEngineUnsupported (asynchronous functions).
Result<ComponentProgram> build_program(const linker::Plan& plan);

}  // namespace witc::engine
