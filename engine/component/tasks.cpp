// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tasks: calls of lifted functions by the host and by the generic path (definitions.py, `canon_lift`, `Task`), and the
// built-ins that look at them.
//
// This is the part of the asynchronous ABI that never blocks: a task runs on its caller's stack and is over when it
// returns. A thread that yields goes on if nothing else could run; where it has to wait, the call traps. A runtime that can wait replaces `would_block` by a switch of stacks, and lets `canon_lift`
// return before the task is over.
#include <fmt/format.h>

#include <algorithm>

#include "engine/component/instance.h"
#include "wasm/component/canon.h"

namespace witc::engine {
namespace {

using component::CanonOp;
using linker::ComponentInstanceId;

std::unexpected<Trap> trapped(TrapKind kind) { return std::unexpected(Trap::of(kind)); }

/// definitions.py, `Task.needs_exclusive`.
bool needs_exclusive(const linker::CanonOptions& options) { return !options.is_async || options.callback.has_value(); }

/// Of one task: by then it waits for something, and nothing will come while it does.
constexpr std::uint32_t kMaxYields = 10'000;

enum class CallbackCode : std::uint8_t { kExit, kYield, kWait };

}  // namespace

TaskFrame::TaskFrame(ComponentInstance::Impl& instance, ComponentInstanceId callee) : instance_(instance), callee_(callee) {
  const TaskState& state = instance_.program.tasks;
  for (std::size_t i = 0; state.has_context() && i < TaskState::kContextSlots; ++i) {
    saved_[i] = instance_.core->global(instance_.program.flags, state.context(i));
    instance_.core->set_global(instance_.program.flags, state.context(i), 0);
  }
  count(1);
}

TaskFrame::~TaskFrame() {
  const TaskState& state = instance_.program.tasks;
  count(-1);
  for (std::size_t i = 0; state.has_context() && i < TaskState::kContextSlots; ++i) {
    instance_.core->set_global(instance_.program.flags, state.context(i), saved_[i]);
  }
}

void TaskFrame::count(std::int32_t by) {
  const TaskState& state = instance_.program.tasks;
  auto add = [&](wasm::GlobalIndex global) {
    std::uint64_t value = instance_.core->global(instance_.program.flags, global);
    instance_.core->set_global(instance_.program.flags, global, static_cast<std::uint32_t>(value + by));
  };
  if (state.has_depth()) add(state.depth());
  if (state.has_threads()) add(state.threads(callee_));
}

CallResult ComponentInstance::Impl::canon_lift(const linker::LiftedFunc& func, std::span<const ComponentInstanceId> entered,
                                               Task::Caller caller, const OnStart& on_start,
                                               const Task::OnResolve& on_resolve) {
  const linker::CanonOptions& options = plan.options[func.options];
  const bool is_async = plan.types[func.type].is_async;
  if (CallResult done = enter(entered); !done) return done;
  Concurrency& state = concurrency[options.instance];
  Task task{func, options, on_resolve, caller};
  tasks.push_back(&task);
  CallResult done = [&]() -> CallResult {
    TaskFrame frame(*this, options.instance);
    task.depth = depth();
    if (is_async) {  // Task.enter_implicit_thread
      if (state.backpressure > 0 || (needs_exclusive(options) && state.has_exclusive)) {
        return would_block("the callee takes no further calls for now");
      }
      if (needs_exclusive(options)) state.has_exclusive = true;
    }
    return run_task(task, on_start);
  }();
  tasks.pop_back();
  if (!done) return done;
  if (is_async && needs_exclusive(options)) state.has_exclusive = false;
  leave(entered);
  return {};
}

CallResult ComponentInstance::Impl::run_task(Task& task, const OnStart& on_start) {
  const component::FuncType& type = plan.types[task.func.type];
  OptionsMemory memory(*this, task.options);
  InstanceHandles handles(*this, task.options.instance);
  abi::LiftLowerContext cx{layout(task.options), task.options.string_encoding, &memory, &handles};
  task.scope = enter_scope();
  auto args = on_start();
  if (!args) return std::unexpected(std::move(args.error()));
  auto flat_args = abi::lower_flat_values(cx, abi::kMaxFlatParams, *args, abi::param_types(type));
  if (!flat_args) return std::unexpected(to_trap(std::move(flat_args.error())));
  CallResult done = task.options.is_async ? run_async_task(task, *flat_args) : run_sync_task(task, cx, *flat_args);
  if (!done) return done;
  if (CallResult gone = check_borrows(task.options.instance, task.scope); !gone) return gone;
  exit_scope();
  return {};
}

CallResult ComponentInstance::Impl::run_sync_task(Task& task, abi::LiftLowerContext& cx, std::span<std::uint64_t> flat_args) {
  const component::FuncType& type = plan.types[task.func.type];
  std::vector<std::uint64_t> flat_results(
      cx.layout.flatten_functype(task.func.type, abi::Layout::Context::kLift).results.size());
  if (CallResult called = call_core(task.func.callee, flat_args, flat_results); !called) return called;
  std::optional<abi::Val> result;
  if (type.result) {
    abi::CoreValueIter vi{flat_results};
    auto lifted = abi::lift_flat_values(cx, abi::kMaxFlatResults, vi, {&*type.result, 1});
    if (!lifted) return std::unexpected(to_trap(std::move(lifted.error())));
    result = std::move(lifted->front());
  }
  if (CallResult resolved = resolve(task, std::move(result)); !resolved) return resolved;
  if (!task.options.post_return) return {};
  set_may_leave(task.options.instance, false);
  CallResult returned = call_core(*task.options.post_return, flat_results, {});
  set_may_leave(task.options.instance, true);
  return returned;
}

CallResult ComponentInstance::Impl::run_async_task(Task& task, std::span<std::uint64_t> flat_args) {
  if (!task.options.callback) {
    if (CallResult called = call_core(task.func.callee, flat_args, {}); !called) return called;
    return task.is_resolved ? CallResult() : trapped(TrapKind::kNoTaskResult);
  }
  std::uint64_t packed[1] = {0};
  if (CallResult called = call_core(task.func.callee, flat_args, packed); !called) return called;
  for (;;) {  // unpack_callback_result
    const std::uint64_t code = packed[0] & 0xf;
    if (code == static_cast<std::uint64_t>(CallbackCode::kExit)) break;
    if (code == static_cast<std::uint64_t>(CallbackCode::kWait)) return would_block("the callee waits");
    if (code != static_cast<std::uint64_t>(CallbackCode::kYield)) return trapped(TrapKind::kCallbackCode);
    if (CallResult yielded = yield(); !yielded) return yielded;
    std::uint64_t event[3] = {0, 0, 0};  // EventCode.NONE
    if (CallResult called = call_core(*task.options.callback, event, packed); !called) return called;
  }
  return task.is_resolved ? CallResult() : trapped(TrapKind::kNoTaskResult);
}

CallResult ComponentInstance::Impl::resolve(Task& task, std::optional<abi::Val> result) {
  if (task.is_resolved) return trapped(TrapKind::kTaskResolved);
  if (CallResult gone = check_borrows(task.options.instance, task.scope); !gone) return gone;
  if (CallResult done = task.on_resolve(std::move(result)); !done) return done;
  task.is_resolved = true;
  return {};
}

std::uint64_t ComponentInstance::Impl::depth() const {
  return program.tasks.has_depth() ? core->global(program.flags, program.tasks.depth()) : tasks.size();
}

Task* ComponentInstance::Impl::current_task() { return tasks.empty() || tasks.back()->depth != depth() ? nullptr : tasks.back(); }

ComponentInstance::Impl::Waiting ComponentInstance::Impl::who_waits() const {
  std::uint64_t waiting = depth();
  for (std::size_t i = tasks.size(); i-- > 0; --waiting) {
    const Task& task = *tasks[i];
    if (task.depth != waiting || !plan.types[task.func.type].is_async) return Waiting::kSyncTask;
    if (task.caller == Task::Caller::kHost) return Waiting::kHost;
    if (task.caller == Task::Caller::kAsyncLower) return Waiting::kNobody;
  }
  return Waiting::kSyncTask;  // a start function
}

std::unexpected<Trap> ComponentInstance::Impl::would_block(std::string_view what) {
  if (who_waits() == Waiting::kSyncTask) return trapped(TrapKind::kCannotBlock);
  Trap trap = Trap::of(TrapKind::kWouldBlock);
  trap.message += fmt::format(" ({})", what);
  return std::unexpected(std::move(trap));
}

/// definitions.py, `Thread.yield_`, of a thread that may not go on before its caller does.
CallResult ComponentInstance::Impl::yield() {
  Task* task = current_task();
  if (task == nullptr) return {};
  if (++task->yields > kMaxYields) return would_block("the callee yields again and again");
  const bool is_alone = task->is_resolved || !plan.types[task->func.type].is_async;
  if (is_alone || who_waits() == Waiting::kHost) return {};
  return would_block("the callee lets others run first");
}

CallResult ComponentInstance::Impl::run_adapter(linker::AdapterId id, std::span<std::uint64_t> slots) {
  const linker::Adapter& adapter = plan.adapters[id];
  const component::FuncType& type = plan.types[adapter.lift.type];
  const linker::CanonOptions& options = plan.options[adapter.lower];
  if (!may_leave(options.instance)) return trapped(TrapKind::kCannotLeave);
  OptionsMemory memory(*this, options);
  InstanceHandles handles(*this, options.instance);
  abi::LiftLowerContext cx{layout(options), options.string_encoding, &memory, &handles};
  std::vector<std::uint64_t> flat(slots.begin(), slots.end());
  abi::CoreValueIter vi{flat};
  std::vector<std::uint64_t> flat_results;
  std::vector<abi::Val> args;
  auto on_start = [&]() -> std::expected<std::span<const abi::Val>, Trap> {
    const std::uint32_t max_flat = options.is_async ? abi::kMaxFlatAsyncParams : abi::kMaxFlatParams;
    auto lifted = abi::lift_flat_values(cx, max_flat, vi, abi::param_types(type));
    if (!lifted) return std::unexpected(to_trap(std::move(lifted.error())));
    args = *std::move(lifted);
    return args;
  };
  auto on_resolve = [&](std::optional<abi::Val> result) -> CallResult {
    if (!result) return {};
    const std::uint32_t max_flat = options.is_async ? 0 : abi::kMaxFlatResults;
    auto lowered = abi::lower_flat_values(cx, max_flat, {&*result, 1}, {&*type.result, 1}, &vi);
    if (!lowered) return std::unexpected(to_trap(std::move(lowered.error())));
    flat_results = *std::move(lowered);
    return {};
  };
  const auto caller = options.is_async ? Task::Caller::kAsyncLower : Task::Caller::kSyncLower;
  if (CallResult done = canon_lift(adapter.lift, program.adapter_enters[id], caller, on_start, on_resolve); !done) {
    return done;
  }
  if (options.is_async) flat_results = {kSubtaskReturned};
  std::ranges::copy(flat_results, slots.begin());
  return {};
}

/// definitions.py, `canon_task_return`.
CallResult ComponentInstance::Impl::run_task_return(const linker::Builtin& builtin, std::span<std::uint64_t> slots) {
  Task* task = current_task();
  if (task == nullptr || !task->options.is_async) return trapped(TrapKind::kTaskReturn);
  const component::FuncType& type = plan.types[task->func.type];
  const linker::CanonOptions& options = plan.options[*builtin.options];
  // A result without pointers needs no memory; the option may then be left out, as the public suite has it.
  const bool same_memory = !options.memory || options.memory == task->options.memory;
  const bool same_options = same_memory && options.string_encoding == task->options.string_encoding;
  if (builtin.type != type.result || !same_options) return trapped(TrapKind::kTaskReturn);
  OptionsMemory memory(*this, options);
  InstanceHandles handles(*this, options.instance);
  abi::LiftLowerContext cx{layout(options), options.string_encoding, &memory, &handles};
  std::optional<abi::Val> result;
  if (type.result) {
    abi::CoreValueIter vi{slots};
    auto lifted = abi::lift_flat_values(cx, abi::kMaxFlatParams, vi, {&*type.result, 1});
    if (!lifted) return std::unexpected(to_trap(std::move(lifted.error())));
    result = std::move(lifted->front());
  }
  return resolve(*task, std::move(result));
}

CallResult ComponentInstance::Impl::run_concurrency_builtin(const linker::Builtin& builtin, std::span<std::uint64_t> slots) {
  const auto op = static_cast<CanonOp>(builtin.opcode);
  std::uint32_t& backpressure = concurrency[builtin.instance].backpressure;
  constexpr std::uint32_t kBackpressureEnd = 1u << 16;
  if (op == CanonOp::kBackpressureInc) {
    return ++backpressure == kBackpressureEnd ? trapped(TrapKind::kBackpressureOverflow) : CallResult();
  }
  if (op == CanonOp::kBackpressureDec) {
    return backpressure-- == 0 ? trapped(TrapKind::kBackpressureOverflow) : CallResult();
  }
  if (!may_leave(builtin.instance)) return trapped(TrapKind::kCannotLeave);
  std::string_view name = component::find_canon(builtin.opcode)->name;
  switch (op) {
    case CanonOp::kTaskReturn: return run_task_return(builtin, slots);
    case CanonOp::kTaskCancel: return trapped(TrapKind::kTaskNotCancelled);
    case CanonOp::kThreadYield:
      slots[0] = 0;  // Cancelled.FALSE
      return yield();
    case CanonOp::kThreadIndex:
      slots[0] = core->global(program.flags, program.tasks.threads(builtin.instance));
      return {};
    case CanonOp::kThreadSuspend:
      return would_block(fmt::format("`{}`", name));
    default:  // needs what only an asynchronous runtime has: waitables, streams, threads
      return std::unexpected(Trap::host(fmt::format("the canonical built-in `{}` is asynchronous and cannot run yet", name)));
  }
}

}  // namespace witc::engine
