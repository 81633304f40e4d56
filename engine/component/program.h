// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Plan → Program: what the engine compiles for a component. The core instances of the Plan, in its order, each adapter
// as one more core instance before its first user, and one at the front that holds the flags of all component
// instances (may_leave, may_enter) as globals, and what is kept for each task (task_frames.h). What is neither guest code
// nor adapter becomes a host slot, and SlotTarget says what each does when called (engine/component/calls.cpp). Calls
// between guests go there too where one side is asynchronous: the generic path, which keeps a record of the task. What is
// done with handles of guests' resources is core code as well (handle_ops.h).

#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "adapter-gen/adapter.h"
#include "engine/component/guards.h"
#include "engine/component/handle_ops.h"
#include "engine/component/task_frames.h"
#include "engine/program.h"
#include "linker/plan.h"

namespace witc::engine {

/// An adapter's `witc` import that works on handles.
struct IntrinsicTarget {
  abi::Intrinsic intrinsic;
  bool counts_lends = true;  // AdapterPlan
};
using SlotTarget = std::variant<linker::HostLowerId, linker::AdapterId, linker::BuiltinId, IntrinsicTarget>;

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
  IdVector<linker::AdapterId, std::optional<FuncPlace>> adapters;  // none for those nobody calls
  IdVector<linker::HostLowerId, std::optional<HostSlot>> host_lowers;
  IdVector<linker::BuiltinId, std::optional<FuncPlace>> builtins;
  InstanceId flags;
  TaskState tasks;
  HandleBlocks handles;
  IdVector<linker::ComponentInstanceId, std::uint8_t> is_reentrant;  // Guards::is_reentrant
  /// Whose may_enter a call from outside an adapter clears: the host's, and a destructor's that resource.drop calls.
  IdVector<linker::ComponentInstanceId, std::vector<linker::ComponentInstanceId>> host_enters;
  IdVector<linker::BuiltinId, std::vector<linker::ComponentInstanceId>> drop_enters;
  IdVector<linker::AdapterId, std::vector<linker::ComponentInstanceId>> adapter_enters;  // of the generic path
  /// The modules made here; the Program points at them.
  std::deque<wasm::Module> modules;
  /// One per adapter made, for `witc adapters`.
  std::vector<std::pair<linker::AdapterId, abi::AdapterPlan>> adapter_plans;

  /// Does a call by this adapter need a record of its task: is a side, or the function, asynchronous?
  static bool is_generic(const linker::Plan& plan, const linker::Adapter& adapter);

  [[nodiscard]] FuncPlace place(const linker::CoreDef& def) const;
  /// The flags instance's globals.
  static wasm::GlobalIndex may_leave(linker::ComponentInstanceId id) { return wasm::GlobalIndex(std::size_t{id.value} * 2); }
  static wasm::GlobalIndex may_enter(linker::ComponentInstanceId id) {
    return wasm::GlobalIndex(std::size_t{id.value} * 2 + 1);
  }
};

/// The request adapter-gen plans an adapter from.
abi::AdapterRequest adapter_request(const linker::Plan& plan, const Guards& guards, linker::AdapterId id);

/// What an adapter gets for an import from module `witc`, if it is a kernel or the trap.
std::optional<ImportBinding> bind_kernel(const wasm::Module& adapter, const abi::IntrinsicImport& import);

/// The Plan must outlive the result. Errors: kAbiUnsupported, kEngineUnsupported (asynchronous functions).
Result<ComponentProgram> build_program(const linker::Plan& plan);

}  // namespace witc::engine
