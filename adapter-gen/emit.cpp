// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The module around an adapter: imports, the adapter function from guard to guard, and the checks that recur.
#include "adapter-gen/emit.h"

#include <fmt/format.h>

namespace witc::abi {
namespace {

using wasm::Block;
using wasm::FuncIndex;
using wasm::FuncType;
using wasm::LocalIndex;

FuncType core_func(std::initializer_list<CoreType> params, std::initializer_list<CoreType> results) {
  return to_wasm(CoreFuncType{params, results});
}

}  // namespace

wasm::Module emit_adapter(const AdapterPlan& plan) { return Emitter(plan).run(); }

wasm::Module Emitter::run() && {
  module_.name(plan_.request.name);
  import_state();
  FuncIndex adapter = module_.declare_func(to_wasm(plan_.lower_type), "adapter");
  module_.export_("adapter", adapter);
  for (const Helper& helper : plan_.helpers) {
    Side from = other(helper.target);
    FuncType type;
    if (helper.in_memory) {
      type.params = {ptr_type(from), ptr_type(helper.target)};
    } else {
      type = to_wasm(CoreFuncType{layout(from).flatten_type(helper.type).types,
                                  layout(helper.target).flatten_type(helper.type).types});
    }
    helpers_.push_back(module_.declare_func(type, "outlined " + helper.name));
  }
  adapter_function(adapter);
  for (HelperId id : plan_.helpers.ids()) helper_function(id);
  return std::move(module_).build();
}

void Emitter::import_state() {
  bool uses_memory = plan_.params.is_spilled || plan_.results.is_spilled;
  const component::FuncType& type = (*plan_.request.types)[plan_.request.type];
  for (const ValType& param : param_types(type)) uses_memory |= lift_.contains_pointer(param);
  if (type.result) uses_memory |= lift_.contains_pointer(*type.result);
  for (Side which : {Side::kLift, Side::kLower}) {
    if (!uses_memory) continue;
    wasm::MemoryType memory;
    memory.limits.is_64 = is_64(which);
    std::string name(to_string(which));
    memories_[static_cast<std::size_t>(which)] = module_.import_memory(name, "memory", memory, name);
  }
  auto import_flag = [&](std::map<std::uint32_t, wasm::GlobalIndex>& flags, const char* module, std::uint32_t instance) {
    if (flags.contains(instance)) return;
    std::string field = std::to_string(instance);
    flags[instance] = module_.import_global(module, field, {wasm::ValType::i32(), true}, module + ("." + field));
  };
  for (Side which : {Side::kLower, Side::kLift}) {
    if (side(which).guard_may_leave) import_flag(may_leave_, "may-leave", side(which).instance);
  }
  for (std::uint32_t instance : plan_.request.entering_set) import_flag(may_enter_, "may-enter", instance);
}

/// `canon_lower` and, inside it, `canon_lift`.
void Emitter::adapter_function(FuncIndex func) {
  FuncIndex callee = module_.import_func("callee", "f", to_wasm(plan_.lift_type), "callee");
  Function f = module_.define(func);
  enter(f);
  carry_params(f);
  f.call(callee);
  std::vector<Local> callee_results;
  for (CoreType type : plan_.lift_type.results) callee_results.push_back(f.local(to_wasm(type), "result"));
  for (std::size_t i = callee_results.size(); i-- > 0;) f.local_set(callee_results[i]);
  Local ret = callee_results.empty() ? Local() : callee_results[0];
  std::vector<Local> results = carry_results(f, ret);
  leave(f, callee_results);
  for (Local result : results) f.local_get(result);
}

void Emitter::enter(Function& f) {
  if (plan_.request.lower.guard_may_leave) {
    f.global_get(may_leave_.at(plan_.request.lower.instance)).i32_eqz();
    trap_if(f, TrapKind::kCannotLeave);
  }
  for (std::uint32_t instance : plan_.request.entering_set) {
    f.global_get(may_enter_.at(instance)).i32_eqz();
    trap_if(f, TrapKind::kCannotEnter);
  }
  for (std::uint32_t instance : plan_.request.entering_set) f.i32_const(0).global_set(may_enter_.at(instance));
  if (plan_.has_borrow_scope) {
    f.u32_const(plan_.request.lower.instance).u32_const(plan_.request.lift.instance);
    f.call(intrinsic(Intrinsic::kBorrowScopeEnter));
  }
}

/// `lift_flat_values` and `lower_flat_values` of the parameters: leaves the callee's on the stack.
void Emitter::carry_params(Function& f) {
  const Flow& flow = plan_.params;
  if (flow.is_spilled) {
    check_record(f, Side::kLower, f.param(0), flow.from);
    Local to = f.local(ptr_type(Side::kLift), "params");
    f.i64_const(0).i64_const(0).u32_const(flow.to.alignment).i64_const(static_cast<std::int64_t>(flow.to.size));
    f.call(realloc(Side::kLift));
    wrap(f, Side::kLift);
    f.local_set(to);
    for (PlanOpId root : flow.roots) store(f, Side::kLift, root, {f.param(0), to});
    f.local_get(to);
    return;
  }
  std::vector<Local> from, to;
  for (std::size_t i = 0; i < plan_.lift_type.params.size(); ++i) {
    from.push_back(f.param(i));
    to.push_back(f.local(to_wasm(plan_.lift_type.params[i])));
  }
  for (PlanOpId root : flow.roots) lower_flat(f, Side::kLift, root, from, to);
  for (Local local : to) f.local_get(local);
}

/// The same for the result, from `ret` (its only core value, or its address); the adapter's own results.
std::vector<Emitter::Local> Emitter::carry_results(Function& f, Local ret) {
  const Flow& flow = plan_.results;
  if (flow.is_spilled) {
    check_record(f, Side::kLift, ret, flow.from);
    Local to = f.param(plan_.lower_type.params.size() - 1);
    check_record(f, Side::kLower, to, flow.to);
    for (PlanOpId root : flow.roots) store(f, Side::kLower, root, {ret, to});
    return {};
  }
  if (plan_.lower_type.results.empty()) return {};
  Local from[] = {ret};
  Local to[] = {f.local(to_wasm(plan_.lower_type.results[0]), "out")};
  for (PlanOpId root : flow.roots) lower_flat(f, Side::kLower, root, from, to);
  return {to[0]};
}

void Emitter::leave(Function& f, Locals callee_results) {
  if (plan_.has_borrow_scope) {
    f.u32_const(plan_.request.lower.instance).u32_const(plan_.request.lift.instance);
    f.call(intrinsic(Intrinsic::kBorrowScopeExit));
  }
  if (plan_.request.lift.has_post_return) {
    FuncType type{to_wasm(plan_.lift_type).results, {}};
    FuncIndex post_return = module_.import_func("lift", "post-return", type, "post-return");
    set_may_leave(f, Side::kLift, 0);
    for (Local result : callee_results) f.local_get(result);
    f.call(post_return);
    set_may_leave(f, Side::kLift, 1);
  }
  for (std::uint32_t instance : plan_.request.entering_set) f.i32_const(1).global_set(may_enter_.at(instance));
}

void Emitter::helper_function(HelperId id) {
  const Helper& helper = plan_.helpers[id];
  Function f = module_.define(helpers_[id.value]);
  if (helper.in_memory) {
    store(f, helper.target, helper.root, {f.param(0), f.param(1)});
    return;
  }
  std::vector<Local> from, to;
  for (CoreType type : layout(helper.target).flatten_type(helper.type).types) {
    from.push_back(f.param(from.size()));
    to.push_back(f.local(to_wasm(type)));
  }
  lower_flat(f, helper.target, helper.root, from, to);
  for (Local local : to) f.local_get(local);
}

void Emitter::trap(Function& f, TrapKind kind) {
  f.i32_const(static_cast<std::int32_t>(kind)).call(intrinsic(Intrinsic::kTrap)).unreachable();
}

void Emitter::trap_if(Function& f, TrapKind kind) {
  Block failed = f.if_();
  trap(f, kind);
}

void Emitter::check_record(Function& f, Side which, Local ptr, Layout::Record record) {
  if (record.alignment > 1) {
    f.local_get(ptr);
    extend(f, which);
    f.i64_const(record.alignment - 1).i64_and().i64_const(0).i64_ne();
    trap_if(f, TrapKind::kUnalignedPointer);
  }
  f.local_get(ptr);
  extend(f, which);
  f.i64_const(static_cast<std::int64_t>(record.size)).call(bounds(which, TrapKind::kListOutOfBounds));
}

FuncIndex Emitter::intrinsic(Intrinsic which, Side target) {
  if (memories_of(which) == IntrinsicMemories::kNone) target = Side::kLift;
  auto [found, fresh] = intrinsics_.try_emplace({which, target});
  if (fresh) {
    std::string name = import_name(which, target);
    found->second = module_.import_func("witc", name, to_wasm(type_of(which)), name);
  }
  return found->second;
}

FuncIndex Emitter::bounds(Side which, TrapKind kind) {
  if (auto found = bounds_.find({which, kind}); found != bounds_.end()) return found->second;
  FuncIndex func = module_.declare_func(core_func({CoreType::kI64, CoreType::kI64}, {}),
                                        fmt::format("check-{}.{}", name_of(kind), to_string(which)));
  bounds_[{which, kind}] = func;
  bounds_body(func, which, kind);
  return func;
}

/// Neither side of the comparison overflows: a memory has less than 2^64 bytes.
void Emitter::bounds_body(FuncIndex func, Side which, TrapKind kind) {
  Function f = module_.define(func);
  LocalIndex bytes = f.local(wasm::ValType::i64(), "memory-bytes");
  f.memory_size(memory(which));
  extend(f, which);
  f.i64_const(16).i64_shl().local_set(bytes);
  f.local_get(f.param(1)).local_get(bytes).i64_gt_u();
  f.local_get(f.param(0)).local_get(bytes).local_get(f.param(1)).i64_sub().i64_gt_u().i32_or();
  trap_if(f, kind);
}

FuncIndex Emitter::realloc(Side which) {
  if (auto found = reallocs_.find(which); found != reallocs_.end()) return found->second;
  FuncIndex func = module_.declare_func(
      core_func({CoreType::kI64, CoreType::kI64, CoreType::kI32, CoreType::kI64}, {CoreType::kI64}),
      fmt::format("reallocate.{}", to_string(which)));
  reallocs_[which] = func;
  realloc_body(func, which);
  return func;
}

/// `cx.reallocate`, and the two checks that follow each call of it in the specification.
void Emitter::realloc_body(FuncIndex func, Side which) {
  CoreType p = core_type(side(which).ptr_type);
  FuncIndex guest = module_.import_func(std::string(to_string(which)), "realloc", core_func({p, p, p, p}, {p}),
                                        fmt::format("realloc.{}", to_string(which)));
  Function f = module_.define(func);
  LocalIndex out = f.local(wasm::ValType::i64(), "out");
  set_may_leave(f, which, 0);
  f.local_get(f.param(0));
  wrap(f, which);
  f.local_get(f.param(1));
  wrap(f, which);
  f.local_get(f.param(2));
  if (is_64(which)) f.i64_extend_i32_u();
  f.local_get(f.param(3));
  wrap(f, which);
  f.call(guest);
  extend(f, which);
  f.local_set(out);
  set_may_leave(f, which, 1);
  f.local_get(out).local_get(f.param(2)).i64_extend_i32_u().i64_const(1).i64_sub().i64_and().i64_const(0).i64_ne();
  trap_if(f, TrapKind::kReallocUnaligned);
  f.local_get(out).local_get(f.param(3)).call(bounds(which, TrapKind::kReallocOutOfBounds));
  f.local_get(out);
}

void Emitter::set_may_leave(Function& f, Side which, int value) {
  if (!side(which).guard_may_leave) return;
  f.i32_const(value).global_set(may_leave_.at(side(which).instance));
}

void Emitter::ptr_const(Function& f, Side which, std::uint64_t value) {
  is_64(which) ? f.i64_const(static_cast<std::int64_t>(value)) : f.u32_const(static_cast<std::uint32_t>(value));
}
void Emitter::extend(Function& f, Side which) {
  if (!is_64(which)) f.i64_extend_i32_u();
}
void Emitter::wrap(Function& f, Side which) {
  if (!is_64(which)) f.i32_wrap_i64();
}
void Emitter::convert(Function& f, Side target) {
  if (is_64(target) && !is_64(other(target))) f.i64_extend_i32_u();
  if (!is_64(target) && is_64(other(target))) f.i32_wrap_i64();
}
void Emitter::add(Function& f, Side which) { is_64(which) ? f.i64_add() : f.i32_add(); }
void Emitter::times(Function& f, std::uint32_t size) {
  if (size != 1) f.i64_const(size).i64_mul();
}

}  // namespace witc::abi
