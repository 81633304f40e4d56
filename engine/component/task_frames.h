// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What is kept apart from task to task (definitions.py, `Task` and `Thread`) while every call runs on its caller's
// stack: the context slots of the current thread, the number of tasks on the stack, the number of threads in each
// component instance. All of it lives in globals of the instance of flags (program.h).
//
// An adapter between two synchronous functions keeps no record of its call. Where the Plan has a built-in that could tell
// (context.get and .set, task.return, thread.index), a *frame* stands between the adapter and the functions it calls: a
// core function of the same type that saves the caller's state, calls, and puts it back. Frames are core wasm like the
// adapters, and compiled into them; a Plan without such built-ins has none.
//
// An asynchronous runtime will keep the same state for each thread and swap it where threads are switched; the frames
// stay what they are for calls that cannot block.

#include <optional>

#include "linker/plan.h"
#include "wasm/core/module.h"

namespace witc::engine {

/// Which state a Plan can observe, and in which globals of the instance of flags it lies.
class TaskState {
 public:
  static constexpr std::size_t kContextSlots = 2;

  TaskState() = default;
  explicit TaskState(const linker::Plan& plan);

  /// Can anything tell whether a call has a task of its own?
  [[nodiscard]] bool is_observed() const { return has_context_ || has_depth_ || has_threads_; }
  [[nodiscard]] bool has_context() const { return has_context_; }
  [[nodiscard]] bool has_depth() const { return has_depth_; }
  [[nodiscard]] bool has_threads() const { return has_threads_; }

  /// i64: context slot 0 or 1 of the current thread.
  [[nodiscard]] wasm::GlobalIndex context(std::size_t slot) const { return wasm::GlobalIndex(first_ + slot); }
  /// i64: what a callee left in its slots, for its post-return.
  [[nodiscard]] wasm::GlobalIndex stash(std::size_t slot) const { return wasm::GlobalIndex(first_ + kContextSlots + slot); }
  /// i32: tasks on the stack.
  [[nodiscard]] wasm::GlobalIndex depth() const { return wasm::GlobalIndex(first_ + 2 * kContextSlots); }
  /// i32: threads of the instance; only if has_threads().
  [[nodiscard]] wasm::GlobalIndex threads(linker::ComponentInstanceId id) const {
    return wasm::GlobalIndex(first_ + 2 * kContextSlots + 1 + id.value);
  }
  /// The types of all of them, in order from the first, which is number 2 * component instances.
  [[nodiscard]] std::vector<wasm::ValType> globals() const;

 private:
  bool has_context_ = false, has_depth_ = false, has_threads_ = false;
  std::size_t first_ = 0, instances_ = 0;
};

enum class FrameKind : std::uint8_t {
  kCallee,               // a task of its own
  kCalleeOfPostReturn,   // the same, whose context its post-return will see
  kPostReturn,           // in the task of the callee before it
  kRealloc,              // a task of its own
};

/// A module that exports the function `frame`, of type `type`, and imports `f`: the function to call, then the globals
/// that frame_globals() lists, as `state` `<number>`.
wasm::Module make_frame(const TaskState& state, FrameKind kind, linker::ComponentInstanceId instance,
                        const wasm::FuncType& type, std::string name);
/// The globals of the instance of flags that such a module imports, in order, after `f`.
std::vector<wasm::GlobalIndex> frame_globals(const TaskState& state, FrameKind kind, linker::ComponentInstanceId instance);

}  // namespace witc::engine
