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

/// One call that may pass borrowed handles: what it lent must be given back, what it borrowed must be gone.
struct CallScope {
  BorrowScope borrows;
  struct Lend {
    linker::ComponentInstanceId instance;
    std::uint32_t index;
  };
  std::vector<Lend> lends;
};

struct ComponentInstance::Impl {
  /// What the engine hands back when a host slot is called.
  struct Slot {
    Impl* instance;
    HostSlot slot;
  };

  Impl(Component component, std::vector<HostFn> functions, std::vector<HostDrop> drops);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Component component;
  const linker::Plan& plan;
  const ComponentProgram& program;
  abi::Layout layout32, layout64;
  std::optional<Instance> core;
  std::vector<HostFn> functions;  // by HostFuncId
  std::vector<HostDrop> drops;    // by ResourceId; empty for guests' resources
  IdVector<linker::ComponentInstanceId, HandleTable> tables;
  std::vector<std::unique_ptr<CallScope>> scopes;
  std::deque<Slot> slots;
  ComponentInstance* owner = nullptr;  // as the host knows it; set anew when it moves
  bool inside = false;                 // a call of the host's is under way
  bool closed = false;                 // after a trap
  /// A trap of guest code that the interpreter's callbacks met; abi::Trap has no room for its frames.
  std::optional<Trap> guest_trap;

  // -- instance.cpp
  [[nodiscard]] const abi::Layout& layout(const linker::CanonOptions& options) const {
    return options.is_memory64 ? layout64 : layout32;
  }
  /// Calls a core function, wherever it is; `slots` holds the arguments and gets the results.
  CallResult call_core(const linker::CoreDef& def, std::span<std::uint64_t> args, std::span<std::uint64_t> results);
  std::expected<std::optional<abi::Val>, Trap> call_lifted(const linker::LiftedFunc& func, std::span<const abi::Val> args);
  /// The engine's trap for one of the interpreter's.
  Trap to_trap(abi::Trap trap);
  bool may_leave(linker::ComponentInstanceId id) const;
  void set_may_leave(linker::ComponentInstanceId id, bool value);
  /// Clears may_enter; traps if a call is already inside one of them. After a trap nobody needs to leave.
  CallResult enter(std::span<const linker::ComponentInstanceId> instances);
  void leave(std::span<const linker::ComponentInstanceId> instances);

  // -- handles.cpp's users: scopes and destructors
  CallScope& enter_scope();
  /// Gives back what was lent; fails if borrowed handles remain.
  std::expected<void, Trap> exit_scope();
  /// Runs the destructor, which enters the instances `entered` (CanonicalABI.md, `canon resource.drop`).
  std::expected<void, Trap> destroy(component::ResourceId resource, std::uint64_t rep,
                                    std::span<const linker::ComponentInstanceId> entered);

  // -- calls.cpp
  static bool dispatch(HostCall& call);
  CallResult run_slot(HostSlot slot, std::span<std::uint64_t> slots);
  CallResult run_host_lower(const linker::HostLower& lower, std::span<std::uint64_t> slots);
  CallResult run_builtin(linker::BuiltinId id, std::span<std::uint64_t> slots);
  CallResult run_intrinsic(const IntrinsicTarget& target, std::span<std::uint64_t> slots);
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
  InstanceHandles(ComponentInstance::Impl& instance, linker::ComponentInstanceId id) : instance_(instance), id_(id) {}
  abi::OrTrap<std::uint64_t> lift_own(component::ResourceId resource, std::uint32_t index) override;
  abi::OrTrap<std::uint64_t> lift_borrow(component::ResourceId resource, std::uint32_t index) override;
  abi::OrTrap<std::uint32_t> lower_own(component::ResourceId resource, std::uint64_t rep) override;
  abi::OrTrap<std::uint32_t> lower_borrow(component::ResourceId resource, std::uint64_t rep) override;

 private:
  ComponentInstance::Impl& instance_;
  linker::ComponentInstanceId id_;
};

}  // namespace witc::engine
