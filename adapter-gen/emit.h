// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// AdapterPlan -> core module, the inside (front door: emit_adapter in adapter.h). One class, its functions by kind in
// emit.cpp (module, adapter function, guards), emit_memory.cpp, emit_flat.cpp, emit_list.cpp, emit_string.cpp.
//
// Checks that recur are functions of the module, made when first asked for: `bounds` and `realloc` for each side,
// `string` for each direction. Between them addresses and lengths are i64, whatever the memory: no sum of two checked
// ones overflows, and the conversions cost nothing once compiled.

#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "adapter-gen/adapter.h"
#include "wasm/core/builder.h"

namespace witc::abi {

class Emitter {
 public:
  explicit Emitter(const AdapterPlan& plan)
      : plan_(plan),
        lift_(*plan.request.types, plan.request.lift.ptr_type),
        lower_(*plan.request.types, plan.request.lower.ptr_type) {}

  wasm::Module run() &&;

 private:
  using Function = wasm::FunctionBuilder;
  using Local = wasm::LocalIndex;
  using Locals = std::span<const Local>;

  // -- emit.cpp
  void import_state();
  void adapter_function(wasm::FuncIndex func);
  void enter(Function& f);
  void carry_params(Function& f);
  std::vector<Local> carry_results(Function& f, Local ret);
  void leave(Function& f, Locals callee_results);
  void helper_function(HelperId id);
  void trap(Function& f, TrapKind kind);
  /// Consumes an i32: traps if it is not 0.
  void trap_if(Function& f, TrapKind kind);
  /// Address in a record at its place: aligned and in bounds.
  void check_record(Function& f, Side side, Local ptr, Layout::Record record);
  wasm::FuncIndex intrinsic(Intrinsic which, Side target = Side::kLift);
  wasm::FuncIndex bounds(Side side, TrapKind kind);  // (ptr i64, size i64) -> ()
  wasm::FuncIndex realloc(Side side);                // (old i64, old size i64, alignment i32, new size i64) -> i64
  void bounds_body(wasm::FuncIndex func, Side side, TrapKind kind);
  void realloc_body(wasm::FuncIndex func, Side side);
  void set_may_leave(Function& f, Side side, int value);

  // -- emit_memory.cpp: from `base local + op.from` to `base local + op.to`
  struct Bases {
    Local from, to;
  };
  void store(Function& f, Side target, PlanOpId id, Bases at);
  void store_int(Function& f, Side target, const PlanOp& op, Bases at);
  void store_copy(Function& f, Side target, const PlanOp& op, Bases at);
  void store_checked(Function& f, Side target, const PlanOp& op, Bases at);
  void store_variant(Function& f, Side target, const PlanOp& op, Bases at);
  void store_pointer(Function& f, Side target, const PlanOp& op, Bases at);
  void store_handle(Function& f, Side target, const PlanOp& op, Bases at);
  void load_int(Function& f, Side side, Local base, std::uint64_t offset, std::uint32_t width);
  void store_value(Function& f, Side side, std::uint64_t offset, std::uint32_t width);
  /// Pushes `base + offset`.
  void address(Function& f, Side side, Local base, std::uint64_t offset);
  void check_char(Function& f, Local value);
  void check_case(Function& f, Local value, std::uint32_t count);
  /// Consumes a handle, pushes the other side's.
  void transfer(Function& f, Side target, const PlanOp& op);

  // -- emit_flat.cpp: from core values to core values
  void lower_flat(Function& f, Side target, PlanOpId id, Locals from, Locals to);
  void lower_flat_leaf(Function& f, const PlanOp& op, Local from, Local to);
  void lower_flat_variant(Function& f, Side target, const PlanOp& op, Locals from, Locals to);
  void lower_flat_case(Function& f, Side target, const PlanOp& op, std::size_t at, Locals from, Locals to);
  void lower_flat_call(Function& f, const PlanOp& op, Locals from, Locals to);

  // -- emit_list.cpp
  /// A list at `ptr`, `length` (of the source's pointer type): pushes the target's pointer.
  void list(Function& f, Side target, const PlanOp& op, Local ptr, Local length);
  void list_checks(Function& f, Side target, const PlanOp& op, Local ptr, Local length64);
  void copy_elements(Function& f, Side target, const PlanOp& op, Local ptr, Local length64, Local out);
  void blend_elements(Function& f, Side target, const WrittenBytes& written);
  void loop(Function& f, Side target, const PlanOp& op, Local from, Local to, Local count64);
  /// Pushed before: target and source addresses, and an i64 number of bytes.
  void memory_copy(Function& f, Side target);

  // -- emit_string.cpp
  wasm::FuncIndex string(Side target);  // (ptr, code units) -> (ptr, code units), each of its side's pointer type
  friend class StringEmitter;

  // -- pointers
  [[nodiscard]] const AdapterSide& side(Side which) const {
    return which == Side::kLift ? plan_.request.lift : plan_.request.lower;
  }
  [[nodiscard]] const Layout& layout(Side which) const { return which == Side::kLift ? lift_ : lower_; }
  [[nodiscard]] bool is_64(Side which) const { return side(which).ptr_type == PtrType::kI64; }
  [[nodiscard]] wasm::ValType ptr_type(Side which) const { return to_wasm(core_type(side(which).ptr_type)); }
  [[nodiscard]] wasm::MemoryIndex memory(Side which) const { return memories_[static_cast<std::size_t>(which)]; }
  void ptr_const(Function& f, Side which, std::uint64_t value);
  /// Pointer on the stack to i64, and back.
  void extend(Function& f, Side which);
  void wrap(Function& f, Side which);
  /// Pointer or length of the other side on the stack to one of the target's; checked to fit.
  void convert(Function& f, Side target);
  void add(Function& f, Side which);
  /// i64 on the stack times a size in bytes.
  static void times(Function& f, std::uint32_t size);

  const AdapterPlan& plan_;
  Layout lift_, lower_;
  wasm::ModuleBuilder module_;
  wasm::MemoryIndex memories_[2];
  std::map<std::uint32_t, wasm::GlobalIndex> may_leave_, may_enter_;  // by component instance
  std::map<std::pair<Intrinsic, Side>, wasm::FuncIndex> intrinsics_;
  std::map<std::pair<Side, TrapKind>, wasm::FuncIndex> bounds_;
  std::map<Side, wasm::FuncIndex> reallocs_, strings_;
  std::vector<wasm::FuncIndex> helpers_;  // by HelperId
};

}  // namespace witc::abi
