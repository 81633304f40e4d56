// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What is done with handles in compiled code: `resource.new`, `resource.rep`, `resource.drop`, and what adapters do with
// handles and borrow scopes (adapter-gen/intrinsics.def), as core functions that are inlined wherever they are called.
// They work on the tables and scopes of handles.h, which they import as blocks (engine/program.h).
//
// Each does the common case by itself and leaves everything else to a function of the host of the same type, `slow`: a
// table or stack that is full, everything that traps, handles of the host's resources, of which what a trap leaves behind
// can be told. Nothing has been changed when `slow` is called, so C++ does the operation from its start.

#include <span>
#include <variant>
#include <vector>

#include "adapter-gen/intrinsics.h"
#include "engine/program.h"
#include "linker/plan.h"
#include "wasm/core/module.h"

namespace witc::engine {

/// The blocks of a component's Program: none where no resource is.
class HandleBlocks {
 public:
  HandleBlocks() = default;
  explicit HandleBlocks(const linker::Plan& plan)
      : count_(plan.resources.empty() ? 0 : 2 + plan.component_instances.size()) {}

  [[nodiscard]] bool is_absent() const { return count_ == 0; }
  /// How many there are, from number 0 on, and of which type.
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] static wasm::MemoryType type() { return {.limits = {.is_64 = true}}; }
  [[nodiscard]] static MemorySlot scopes() { return MemorySlot(std::size_t{0}); }
  [[nodiscard]] static MemorySlot lends() { return MemorySlot(std::size_t{1}); }
  [[nodiscard]] static MemorySlot table(linker::ComponentInstanceId id) { return MemorySlot(std::size_t{id.value} + 2); }

 private:
  std::size_t count_ = 0;
};

/// What a module made here imports, in order; its only export is function `op`.
struct HandleOp {
  struct MayLeave { linker::ComponentInstanceId instance; };  // global, as adapters have them
  struct MayEnter { linker::ComponentInstanceId instance; };
  struct Slow {};
  struct Dtor {};
  using Import = std::variant<MemorySlot, MayLeave, MayEnter, Slow, Dtor>;

  wasm::Module module;
  std::vector<Import> imports;
};

/// A built-in of a component instance, of a resource of a guest's.
struct ResourceBuiltin {
  linker::ComponentInstanceId instance;
  component::ResourceId resource;
  bool is_definer = false;        // did the instance define the resource?
  bool guards_may_leave = false;  // Guards::may_leave_matters
  bool is_reentrant = false;      // Guards::is_reentrant
};
HandleOp make_resource_new(const ResourceBuiltin& builtin);
HandleOp make_resource_rep(const ResourceBuiltin& builtin);
/// `entered`: whose may_enter is checked and cleared while the destructor runs; none without a destructor.
HandleOp make_resource_drop(const ResourceBuiltin& builtin, bool has_dtor,
                            std::span<const linker::ComponentInstanceId> entered);

/// The two ends of an adapter.
struct HandleEdge {
  linker::ComponentInstanceId lower, lift;
  bool counts_lends = false;  // AdapterPlan::counts_lends; without, nothing is noted of handles that are lent
  bool is_reentrant = false;  // Guards::is_reentrant of the callee
  /// Is there a Scope? There is nothing to put into it otherwise.
  [[nodiscard]] bool has_scope() const { return counts_lends || is_reentrant; }
  friend auto operator<=>(const HandleEdge&, const HandleEdge&) = default;
};
/// One of an adapter's intrinsics on handles, for all adapters between the two.
HandleOp make_handle_intrinsic(abi::Intrinsic intrinsic, const HandleEdge& edge);

}  // namespace witc::engine
