// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The run-time state of a component instance: private to engine/component/, hosts see engine/component.h.
//
// Guest code runs in one engine::Instance; here is what the canonical ABI adds to it: a handle table for each component
// instance of the composition, the scopes of borrowed handles, and the host's functions. Calls out of guest code come
// in through `dispatch`, one entry for every host slot of the Program (calls.cpp); calls in are made by
// ComponentInstance::call (instance.cpp). Values cross by the generic interpreter of adapter-gen/.

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "adapter-gen/interpreter.h"
#include "engine/component.h"
#include "engine/component/handles.h"
#include "engine/component/program.h"
#include "wasm/component/validate.h"

namespace witc::engine {

/// A loaded component. The Plan points into `ast`, the Program into `program.modules` and `ast`; nothing moves.
struct Component::Impl {
  component::ast::Component ast;
  component::Types static_types;
  component::ValidatedComponent validated;
  linker::Plan plan;
  ComponentProgram program;
  std::optional<CompiledProgram> code;
};

/// definitions.py, `Subtask.State.RETURNED`: what an asynchronous lowering gives where the callee was done at once.
inline constexpr std::uint64_t kSubtaskReturned = 2;

/// A call of a lifted function that this side keeps a record of (definitions.py, `Task`): every call of the host's, and
/// those between components by the generic path. It ends before the call that made it returns, for nothing can block.
struct Task {
  /// Takes the result to the caller: lowers it there, or keeps it.
  using OnResolve = std::function<CallResult(std::optional<abi::Val> result)>;
  const linker::LiftedFunc& func;
  const linker::CanonOptions& options;
  const OnResolve& on_resolve;
  enum class Caller : std::uint8_t { kHost, kSyncLower, kAsyncLower } caller = Caller::kHost;
  std::uint32_t scope = 0;  // of Impl::scopes
  std::uint64_t depth = 0;  // tasks on the stack when it began, itself among them
  bool is_resolved = false;
  std::uint32_t yields = 0;
};

/// A host function whose C++ type is that of the import.
struct DirectLink {
  DirectHostFn function;
  host::TypeMatch match;
  std::string name;
};
class DirectImport;

/// What a component's imports are linked to (InstancePre).
struct Linker::Linked {
  explicit Linked(Component loaded) : component(std::move(loaded)) {}
  Component component;
  std::vector<HostFn> functions;     // by HostFuncId
  std::vector<std::unique_ptr<const DirectLink>> direct;  // the same; null where calls go by Val
  std::vector<Linker::Drop> drops;   // by ResourceId; empty for guests' resources
  HostIndices resources;             // which resource of the linker's each one is
};

struct ComponentInstance::Impl {
  /// What the engine hands back when a host slot is called.
  struct Slot {
    Slot(Impl* owner, HostSlot number);
    ~Slot();
    Impl* instance;
    HostSlot slot;
    std::unique_ptr<DirectImport> direct;  // once it was called, if it can be called so
  };

  explicit Impl(std::shared_ptr<const Linker::Linked> linked);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::shared_ptr<const Linker::Linked> linked;
  const linker::Plan& plan;
  const ComponentProgram& program;
  abi::Layout layout32, layout64;
  std::optional<Instance> core;
  IdVector<linker::ComponentInstanceId, HandleTable> tables;
  BorrowScopes scopes;
  std::vector<Task*> tasks;
  struct Concurrency {
    std::uint32_t backpressure = 0;
    bool has_exclusive = false;  // definitions.py, `exclusive_thread`: an async function that wants to be alone is inside
  };
  IdVector<linker::ComponentInstanceId, Concurrency> concurrency;
  std::deque<Slot> slots;
  ComponentInstance self;              // for host functions; owns nothing
  bool inside = false;                 // a call of the host's is under way
  bool closed = false;                 // after a trap
  /// A trap of guest code that the interpreter's callbacks met; abi::Trap has no room for its frames.
  std::optional<Trap> guest_trap;

  // -- instance.cpp: what ComponentInstance's functions of these names do
  std::expected<std::optional<abi::Val>, Trap> call(const linker::FuncDef& def, linker::FuncTypeId type,
                                                    std::string_view name, std::span<const abi::Val> args);
  std::expected<void, Trap> drop(component::ResourceId resource, std::uint64_t rep);
  std::expected<void, Trap> drop_host(component::ResourceId resource, std::uint64_t rep) const;
  [[nodiscard]] const abi::Layout& layout(const linker::CanonOptions& options) const {
    return options.is_memory64 ? layout64 : layout32;
  }
  /// Calls a core function, wherever it is; `slots` holds the arguments and gets the results.
  CallResult call_core(const linker::CoreDef& def, std::span<std::uint64_t> args, std::span<std::uint64_t> results);
  std::expected<std::optional<abi::Val>, Trap> call_lifted(const linker::LiftedFunc& func, std::span<const abi::Val> args);
  /// What a trap of core code is to who called it: no exception crosses a component's boundary.
  static Trap at_boundary(Trap trap);
  /// The engine's trap for one of the interpreter's.
  Trap to_trap(abi::Trap trap);
  bool may_leave(linker::ComponentInstanceId id) const;
  void set_may_leave(linker::ComponentInstanceId id, bool value);
  /// Clears may_enter; traps if a call is already inside one of them. After a trap nobody needs to leave.
  CallResult enter(std::span<const linker::ComponentInstanceId> instances);
  void leave(std::span<const linker::ComponentInstanceId> instances);

  // -- handles.cpp's users: scopes and destructors
  /// Shares tables and scopes with compiled code; to be called once there is a `core`.
  void attach_handles();
  std::uint32_t enter_scope() { return scopes.enter(); }
  /// Fails if borrowed handles remain of those that the callee was given in this scope.
  [[nodiscard]] CallResult check_borrows(linker::ComponentInstanceId callee, std::uint32_t scope) const;
  /// Ends the innermost scope: gives back what was lent.
  void exit_scope();
  /// Runs the destructor, which enters the instances `entered` (CanonicalABI.md, `canon resource.drop`).
  std::expected<void, Trap> destroy(component::ResourceId resource, std::uint64_t rep,
                                    std::span<const linker::ComponentInstanceId> entered);

  // -- tasks.cpp
  using OnStart = std::function<std::expected<std::span<const abi::Val>, Trap>()>;
  /// definitions.py, `canon_lift`: `on_start` gives the arguments, which live until the call is over, `on_resolve` gets the result. `entered`: whose may_enter
  /// is checked and cleared. The call may not block: kWouldBlock, kCannotBlock.
  CallResult canon_lift(const linker::LiftedFunc& func, std::span<const linker::ComponentInstanceId> entered,
                        Task::Caller caller, const OnStart& on_start, const Task::OnResolve& on_resolve);
  CallResult run_task(Task& task, const OnStart& on_start);
  CallResult run_sync_task(Task& task, abi::LiftLowerContext& cx, std::span<std::uint64_t> flat_args);
  CallResult run_async_task(Task& task, std::span<std::uint64_t> flat_args);
  /// definitions.py, `Task.return_`.
  CallResult resolve(Task& task, std::optional<abi::Val> result);
  /// Tasks on the stack.
  [[nodiscard]] std::uint64_t depth() const;
  /// Null if the current task is one that no record is kept of: it is synchronous.
  Task* current_task();
  /// A thread that waits keeps its caller waiting, unless that lowered the function asynchronously. A function that is not
  /// async has to be over before anything else can run: definitions.py, the end of `canon_lift`.
  enum class Waiting : std::uint8_t { kHost, kSyncTask, kNobody };
  [[nodiscard]] Waiting who_waits() const;
  CallResult yield();
  /// kWouldBlock, or kCannotBlock where the specification has it trap in any case.
  std::unexpected<Trap> would_block(std::string_view what);
  /// definitions.py, `canon_lower` of a function that another component lifted: the generic path.
  CallResult run_adapter(linker::AdapterId id, std::span<std::uint64_t> slots);
  CallResult run_task_return(const linker::Builtin& builtin, std::span<std::uint64_t> slots);
  /// All built-ins but those of resources.
  CallResult run_concurrency_builtin(const linker::Builtin& builtin, std::span<std::uint64_t> slots);

  // -- calls.cpp
  static bool dispatch(HostCall& call);
  /// direct.cpp: null if the slot is none of a host function that can be called directly.
  [[nodiscard]] std::unique_ptr<DirectImport> make_direct(HostSlot slot);
  CallResult run_slot(HostSlot slot, std::span<std::uint64_t> slots);
  CallResult run_host_lower(const linker::HostLower& lower, std::span<std::uint64_t> slots);
  CallResult run_builtin(linker::BuiltinId id, std::span<std::uint64_t> slots);
  CallResult run_intrinsic(const IntrinsicTarget& target, std::span<std::uint64_t> slots);
};

/// What a frame (task_frames.h) does for calls made from here: the callee has a task of its own while this lives.
class TaskFrame {
 public:
  TaskFrame(ComponentInstance::Impl& instance, linker::ComponentInstanceId callee);
  ~TaskFrame();
  TaskFrame(const TaskFrame&) = delete;
  TaskFrame& operator=(const TaskFrame&) = delete;

 private:
  void count(std::int32_t by);

  ComponentInstance::Impl& instance_;
  linker::ComponentInstanceId callee_;
  std::uint64_t saved_[TaskState::kContextSlots] = {};
};

/// The memory and realloc of one lift or lower, for the interpreter.
class OptionsMemory : public abi::GuestMemory {
 public:
  OptionsMemory(ComponentInstance::Impl& instance, const linker::CanonOptions& options)
      : instance_(instance), options_(options) {}
  std::span<std::uint8_t> bytes() override;
  abi::OrTrap<std::uint64_t> realloc(std::uint64_t old, std::uint64_t old_byte_length, std::uint32_t alignment,
                                     std::uint64_t new_byte_length) override;

 private:
  ComponentInstance::Impl& instance_;
  const linker::CanonOptions& options_;
};

/// The handle table of one component instance, for the interpreter and the intrinsics.
class InstanceHandles : public abi::GuestHandles {
 public:
  /// `counts_lends`: in the innermost scope; without, nobody could tell (Guards::lends_matter).
  InstanceHandles(ComponentInstance::Impl& instance, linker::ComponentInstanceId id, bool counts_lends = true)
      : instance_(instance), id_(id), counts_lends_(counts_lends) {}
  abi::OrTrap<std::uint64_t> lift_own(component::ResourceId resource, std::uint32_t index) override;
  abi::OrTrap<std::uint64_t> lift_borrow(component::ResourceId resource, std::uint32_t index) override;
  abi::OrTrap<std::uint32_t> lower_own(component::ResourceId resource, std::uint64_t rep) override;
  abi::OrTrap<std::uint32_t> lower_borrow(component::ResourceId resource, std::uint64_t rep) override;

 private:
  ComponentInstance::Impl& instance_;
  linker::ComponentInstanceId id_;
  bool counts_lends_;
};

}  // namespace witc::engine
