// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The shim and fixup modules, and the functions that call the task hook (linker/new/encoder.h).
#include "linker/new/encoder.h"
#include "wasm/core/builder.h"

namespace witc::linker {
namespace {

using component::CoreSort;
using wasm::ValType;

/// What `__wasm_task_hook` is told (the numbers of wasi-libc's hook).
enum TaskEvent : std::int32_t {
  kSyncStart = 0, kSyncDone = 1, kAsyncStart = 2, kAsyncResumed = 3, kAsyncBlocked = 4, kAsyncDone = 5,
  kInitializeStart = 6, kInitializeDone = 7, kDtorStart = 8, kDtorDone = 9, kPostReturnStart = 10,
  kPostReturnDone = 11, kReallocStart = 12, kReallocDone = 13,
};

wasm::TableType table_of(std::size_t size) {
  wasm::TableType type;
  type.element = ValType::funcref().ref;
  type.limits.min = size;
  type.limits.max = size;
  return type;
}

/// A reference to a function of this type, to be set.
wasm::GlobalType reference_global(wasm::TypeIndex type) {
  return {ValType::of({false, {wasm::HeapType::kIndex, type}}), true};
}
std::string shim_global(std::size_t shim) { return "g" + std::to_string(shim); }

}  // namespace

bool Encoder::is_indirect(const CoreImport& import) const {
  if (import.kind == CoreImport::Kind::kAdapterFunc) return true;
  bool is_canon = import.kind == CoreImport::Kind::kFunc || import.kind == CoreImport::Kind::kBuiltin;
  if (!is_canon) return false;
  if (import.kind == CoreImport::Kind::kBuiltin && import.builtin.info->op == component::CanonOp::kThreadNewIndirect) return true;
  Needs needs = needs_of(*in_.abi, import);
  return !has_early_memory_ && (needs.memory || needs.realloc);
}

void Encoder::plan_shims() {
  has_early_memory_ = in_.main.use.own_memory() != nullptr;
  hooks_tasks_ = in_.main.use.exports.task_hook.has_value();
  bool uses_slot_1 = false;
  for (std::size_t module = 0; module < in_.module_count(); ++module) {
    const ModuleUse& use = in_.module(module).use;
    for (const CoreImport& import : use.imports) {
      if (import.kind == CoreImport::Kind::kTlsBaseGet) tls_global_ = import.type.results[0];
      if (import.kind == CoreImport::Kind::kTlsBaseSet) tls_global_ = import.type.params[0];
      if (import.kind == CoreImport::Kind::kBuiltin) {
        uses_slot_1 |= import.builtin.info->op == component::CanonOp::kThreadNewIndirect || import.builtin.slot == 1;
      }
      if (is_indirect(import)) {
        bool adapter = import.kind == CoreImport::Kind::kAdapterFunc;
        shim_of_import_[{module, import.module, import.name}] = shims_.size();
        shims_.push_back({adapter ? Shim::Kind::kAdapterFunc : Shim::Kind::kImport, module, &import, {}, import.type});
      }
      if (!reallocs_need_shims() || !needs_of(*in_.abi, import).realloc) continue;
      std::optional<ModuleExport> realloc = realloc_of(module, /*for_imports=*/true);
      if (!realloc || !shim_of_realloc_.emplace(*realloc, shims_.size()).second) continue;
      const ValType i32 = ValType::i32();
      shims_.push_back({Shim::Kind::kRealloc, realloc->first, nullptr, realloc->second, {{i32, i32, i32, i32}, {i32}}});
    }
    for (const auto& [resource, dtor] : use.exports.dtors) {
      shim_of_dtor_[resource] = shims_.size();
      shims_.push_back({Shim::Kind::kDtor, module, nullptr, dtor, {{ValType::i32()}, {}}});
    }
  }
  if (uses_slot_1) tls_global_.reset();
}

void Encoder::plan_hooks() {
  if (!hooks_tasks_) return;
  for (std::size_t module = 0; module < in_.module_count(); ++module) {
    const wasm::Module& core = in_.module(module).module;
    auto add = [&](const std::string& name, HookEvents events) {
      hooked_.push_back({module, name, core.func_type(wasm::FuncIndex(core.find_export(name)->index)), events});
    };
    const ModuleExports& exports = in_.module(module).use.exports;
    for (const auto& [key, func] : exports.funcs) {
      bool callback = func.abi == LiftAbi::kAsync;
      add(func.name, func.abi == LiftAbi::kSync ? HookEvents{kSyncStart, kSyncDone}
                                                : HookEvents{kAsyncStart, kAsyncDone, callback});
      if (func.callback) add(*func.callback, {kAsyncResumed, kAsyncDone, true});
      if (func.post_return) add(*func.post_return, {kPostReturnStart, kPostReturnDone});
    }
    if (exports.realloc_for_exports()) add(*exports.realloc_for_exports(), {kReallocStart, kReallocDone});
  }
}

/// Each calls what the fixup module will put in its place: in a table, or in a global of its own.
void Encoder::shim_funcs(wasm::ModuleBuilder& module) {
  if (shims_.empty()) return;
  std::optional<wasm::TableIndex> table;
  if (!return_call_ref_) table = module.table(table_of(shims_.size()));
  std::map<wasm::TypeIndex, wasm::FuncIndex> unset;  // what a global holds until then
  for (std::size_t i = 0; i < shims_.size(); ++i) {
    const Shim& shim = shims_[i];
    std::string name = shim.import != nullptr ? shim.import->module + "#" + shim.import->name : shim.export_name;
    wasm::TypeIndex type = module.type(shim.type);
    if (return_call_ref_ && !unset.contains(type)) {
      unset[type] = module.declare_func(shim.type, "not there yet");
      { module.define(unset[type]).unreachable(); }
    }
    wasm::FuncIndex func = module.declare_func(shim.type, std::move(name));
    wasm::FunctionBuilder f = module.define(func);
    for (std::size_t p = 0; p < shim.type.params.size(); ++p) f.local_get(f.param(p));
    if (return_call_ref_) {
      wasm::Const init{wasm::Op::kRefFunc, module.final_index(unset[type]).value};
      wasm::GlobalIndex actual = module.global(reference_global(type), init);
      module.export_(shim_global(i), actual);
      f.global_get(actual).return_call_ref(type);
    } else {
      f.i32_const(static_cast<std::int32_t>(i)).call_indirect(shim.type, *table);
    }
    module.export_(std::to_string(i), func);
  }
  if (table) module.export_(kShimTable, *table);
}

void Encoder::shim_instance() {
  if (shims_.empty() && !has_early_memory_ && !tls_global_) return;
  wasm::ModuleBuilder module;
  module.name("witc-shim");
  shim_funcs(module);
  if (has_early_memory_) module.export_(kShimMemory, module.memory(*in_.main.use.own_memory()));
  if (tls_global_) {
    bool is_64 = *tls_global_ == ValType::i64();
    wasm::GlobalIndex base = module.global({*tls_global_, true}, is_64 ? wasm::Const::i64(0) : wasm::Const::i32(0));
    wasm::FuncIndex get = module.declare_func({{}, {*tls_global_}}, "get_tls_base");
    { module.define(get).global_get(base); }
    wasm::FuncIndex set = module.declare_func({{*tls_global_}, {}}, "set_tls_base");
    {
      wasm::FunctionBuilder f = module.define(set);
      f.local_get(f.param(0)).global_set(base);
    }
    module.export_(kShimTlsGet, get);
    module.export_(kShimTlsSet, set);
  }
  shim_instance_ = out_.core_instantiate(out_.core_module(std::move(module).build(), "shim"), {});
}

std::uint32_t Encoder::shim_func(std::size_t index) {
  return out_.alias_core(CoreSort::kFunc, shim_instance_, std::to_string(index));
}

std::uint32_t Encoder::actual_func(const Shim& shim) {
  switch (shim.kind) {
    case Shim::Kind::kImport: return canon(shim.module, *shim.import);
    case Shim::Kind::kDtor:
    case Shim::Kind::kRealloc: return core_export(shim.module, shim.export_name);
    case Shim::Kind::kAdapterFunc:
      for (std::size_t i = 1; i < in_.module_count(); ++i) {
        if (in_.module(i).name == shim.import->module) return core_export(i, shim.import->export_name);
      }
  }
  return 0;
}

namespace {

/// A function that calls `callee` between two calls of the hook.
wasm::FuncIndex hooked_func(wasm::ModuleBuilder& module, wasm::FuncIndex hook, wasm::FuncIndex callee,
                            const std::string& name, std::int32_t before, std::int32_t after, bool may_block) {
  const wasm::FuncType type = module.func_type(callee);
  wasm::FuncIndex func = module.declare_func(type, "hooked " + name);
  wasm::FunctionBuilder f = module.define(func);
  f.i32_const(before).call(hook);
  for (std::size_t p = 0; p < type.params.size(); ++p) f.local_get(f.param(p));
  f.call(callee);
  if (may_block) {
    // A callback code other than EXIT (0): the task waits, and will be resumed through its callback.
    wasm::LocalIndex code = f.local(ValType::i32(), "code");
    f.local_set(code).i32_const(kAsyncBlocked).i32_const(after).local_get(code).select().call(hook).local_get(code);
  } else {
    f.i32_const(after).call(hook);
  }
  return func;
}

}  // namespace

/// The start function that puts `actual` into the shims' globals, and then calls `next`.
wasm::FuncIndex Encoder::fill_globals(wasm::ModuleBuilder& module, std::vector<ast::CoreInlineExport>& args,
                                      const std::vector<wasm::FuncIndex>& actual, std::optional<wasm::FuncIndex> next) {
  std::vector<wasm::GlobalIndex> globals;
  for (std::size_t i = 0; i < shims_.size(); ++i) {
    std::string name = shim_global(i);
    globals.push_back(module.import_global("", name, reference_global(module.type(shims_[i].type))));
    args.push_back({name, {CoreSort::kGlobal, out_.alias_core(CoreSort::kGlobal, shim_instance_, name)}});
  }
  module.declare_elements(actual);
  wasm::FuncIndex start = module.declare_func({}, "start");
  wasm::FunctionBuilder f = module.define(start);
  for (std::size_t i = 0; i < shims_.size(); ++i) f.ref_func(actual[i]).global_set(globals[i]);
  if (next) f.call(*next);
  return start;
}

void Encoder::fixup_instance() {
  const std::optional<std::string>& initialize = in_.main.use.exports.initialize;
  if (shims_.empty() && !initialize && hooked_.empty()) return;
  wasm::ModuleBuilder module;
  module.name("witc-fixup");
  std::vector<ast::CoreInlineExport> args;
  auto import = [&](const std::string& name, const wasm::FuncType& type, std::uint32_t actual) {
    args.push_back({name, {CoreSort::kFunc, actual}});
    return module.import_func("", name, type);
  };
  // Imports first: a builder counts them before what is defined.
  std::vector<wasm::FuncIndex> actual, callees;
  for (std::size_t i = 0; i < shims_.size(); ++i) actual.push_back(import(std::to_string(i), shims_[i].type, actual_func(shims_[i])));
  for (std::size_t i = 0; i < hooked_.size(); ++i) {
    callees.push_back(import("entry" + std::to_string(i), hooked_[i].type, core_export(hooked_[i].module, hooked_[i].name)));
  }
  std::optional<wasm::FuncIndex> start, hook;
  if (initialize) start = import("initialize", {}, core_export(0, *initialize));
  if (hooks_tasks_) hook = import("hook", {{ValType::i32()}, {}}, core_export(0, *in_.main.use.exports.task_hook));

  if (hook) {
    for (std::size_t i = 0; i < shims_.size(); ++i) {
      bool is_dtor = shims_[i].kind == Shim::Kind::kDtor;
      if (!is_dtor && shims_[i].kind != Shim::Kind::kRealloc) continue;
      actual[i] = hooked_func(module, *hook, actual[i], shims_[i].export_name, is_dtor ? kDtorStart : kReallocStart,
                              is_dtor ? kDtorDone : kReallocDone, false);
    }
    for (std::size_t i = 0; i < hooked_.size(); ++i) {
      const HookEvents& events = hooked_[i].events;
      module.export_("entry" + std::to_string(i), hooked_func(module, *hook, callees[i], hooked_[i].name, events.before,
                                                              events.after, events.may_block));
    }
    if (start) start = hooked_func(module, *hook, *start, "initialize", kInitializeStart, kInitializeDone, false);
  }
  if (return_call_ref_ && !shims_.empty()) {
    start = fill_globals(module, args, actual, start);
  } else if (!shims_.empty()) {
    wasm::TableIndex table = module.import_table("", kShimTable, table_of(shims_.size()));
    args.push_back({kShimTable, {CoreSort::kTable, out_.alias_core(CoreSort::kTable, shim_instance_, kShimTable)}});
    module.active_elements(table, wasm::Const::i32(0), std::move(actual));
  }
  if (start) module.start(*start);  // runs after the table is filled: `_initialize` may call imports
  std::uint32_t index = out_.core_module(std::move(module).build(), "fixup");
  std::uint32_t arg = out_.core_instance(std::move(args));
  fixup_instance_ = out_.core_instantiate(index, {{"", arg}});
  for (std::size_t i = 0; i < hooked_.size(); ++i) {
    entries_[{hooked_[i].module, hooked_[i].name}] = out_.alias_core(CoreSort::kFunc, fixup_instance_, "entry" + std::to_string(i));
  }
}

/// An export as the component's callers enter it.
std::uint32_t Encoder::entry(std::size_t module, const std::string& name) {
  if (auto it = entries_.find({module, name}); it != entries_.end()) return it->second;
  return core_export(module, name);
}

}  // namespace witc::linker
