// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/component/program.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <set>

#include "adapter-gen/interpreter.h"
#include "base/overloaded.h"
#include "wasm/component/canon.h"
#include "wasm/core/builder.h"

namespace witc::engine {
namespace {

using component::CanonOp;
using linker::AdapterId;
using linker::BuiltinId;
using linker::CoreDef;
using linker::CoreItem;
using linker::HostLowerId;
using linker::Plan;

abi::AdapterSide side(const Plan& plan, const Guards& guards, linker::OptionsId id, bool lifts) {
  const linker::CanonOptions& options = plan.options[id];
  return {.instance = options.instance.value,
          .string_encoding = options.string_encoding,
          .ptr_type = options.is_memory64 ? abi::PtrType::kI64 : abi::PtrType::kI32,
          .has_memory = options.memory.has_value(),
          .has_realloc = options.realloc.has_value(),
          .has_post_return = lifts && options.post_return.has_value(),
          .guard_may_leave = guards.may_leave_matters(options.instance)};
}

/// What is called from outside, not through an import of a core instance: exported functions with what their options
/// name, destructors, and the reallocs of host calls.
std::vector<CoreDef> entries(const Plan& plan) {
  std::vector<CoreDef> found;
  auto add = [&](const std::optional<CoreDef>& def) {
    if (def) found.push_back(*def);
  };
  for (const linker::PlanResource& resource : plan.resources) add(resource.dtor);
  for (const linker::HostLower& lower : plan.host_lowers) add(plan.options[lower.lower].realloc);
  std::vector<const std::vector<linker::Export>*> levels{&plan.exports};
  while (!levels.empty()) {
    const std::vector<linker::Export>& level = *levels.back();
    levels.pop_back();
    for (const linker::Export& item : level) {
      if (const auto* instance = std::get_if<linker::ExportedInstance>(&item.item)) levels.push_back(&instance->exports);
      const auto* def = std::get_if<linker::FuncDef>(&item.item);
      const auto* lifted = def != nullptr ? std::get_if<linker::LiftedFunc>(def) : nullptr;
      if (lifted == nullptr) continue;
      add(lifted->callee);
      add(plan.options[lifted->options].realloc);
      add(plan.options[lifted->options].post_return);
      add(plan.options[lifted->options].callback);
    }
  }
  return found;
}

/// Which adapters anything calls: core instances, `entries`, and other used adapters.
std::vector<bool> used_adapters(const Plan& plan) {
  std::vector<bool> used(plan.adapters.size());
  std::vector<AdapterId> pending;
  auto mark = [&](const std::optional<CoreDef>& def) {
    const AdapterId* id = def ? std::get_if<AdapterId>(&*def) : nullptr;
    if (id == nullptr || used[id->value]) return;
    used[id->value] = true;
    pending.push_back(*id);
  };
  for (const linker::CoreInstance& instance : plan.core_instances) {
    for (const CoreDef& def : instance.imports) mark(def);
  }
  for (const CoreDef& def : entries(plan)) mark(def);
  while (!pending.empty()) {
    const linker::Adapter& adapter = plan.adapters[pending.back()];
    pending.pop_back();
    mark(adapter.lift.callee);
    for (linker::OptionsId id : {adapter.lift.options, adapter.lower}) {
      mark(plan.options[id].realloc);
      mark(plan.options[id].post_return);
      mark(plan.options[id].callback);
    }
  }
  return used;
}

/// The function behind a kernel; none for what is none.
std::optional<Native> native_of(abi::Intrinsic intrinsic) {
  switch (intrinsic) {
    case abi::Intrinsic::kUtf8Copy: return Native::kUtf8Copy;
    case abi::Intrinsic::kUtf16Copy: return Native::kUtf16Copy;
    case abi::Intrinsic::kUtf8ToUtf16: return Native::kUtf8ToUtf16;
    case abi::Intrinsic::kValidUtf8ToUtf16: return Native::kValidUtf8ToUtf16;
    case abi::Intrinsic::kUtf16ToUtf8Ascii: return Native::kUtf16ToUtf8Ascii;
    case abi::Intrinsic::kUtf16ToUtf8: return Native::kUtf16ToUtf8;
    case abi::Intrinsic::kLatin1ToUtf8Ascii: return Native::kLatin1ToUtf8Ascii;
    case abi::Intrinsic::kLatin1ToUtf8: return Native::kLatin1ToUtf8;
    case abi::Intrinsic::kLatin1ToUtf16: return Native::kLatin1ToUtf16;
    case abi::Intrinsic::kUtf8ToLatin1: return Native::kUtf8ToLatin1;
    case abi::Intrinsic::kUtf16ToLatin1: return Native::kUtf16ToLatin1;
    case abi::Intrinsic::kInflateLatin1: return Native::kInflateLatin1;
    case abi::Intrinsic::kDeflateUtf16: return Native::kDeflateUtf16;
    case abi::Intrinsic::kBoolCopy: return Native::kBoolCopy;
    case abi::Intrinsic::kCharCopy: return Native::kCharCopy;
    case abi::Intrinsic::kEnum8Copy: return Native::kEnum8Copy;
    case abi::Intrinsic::kEnum16Copy: return Native::kEnum16Copy;
    case abi::Intrinsic::kEnum32Copy: return Native::kEnum32Copy;
    case abi::Intrinsic::kMaskCopy: return Native::kMaskCopy;
    case abi::Intrinsic::kVariantCopy: return Native::kVariantCopy;
    case abi::Intrinsic::kPaddedCopy: return Native::kPaddedCopy;
    case abi::Intrinsic::kTransferOwn:
    case abi::Intrinsic::kTransferBorrow:
    case abi::Intrinsic::kLendBorrow:
    case abi::Intrinsic::kBorrowScopeEnter:
    case abi::Intrinsic::kBorrowScopeExit:
    case abi::Intrinsic::kTrap: break;
  }
  return std::nullopt;
}

/// The adapter's own index of the memory it imports from a side.
std::uint32_t memory_of(const wasm::Module& adapter, abi::Side side) {
  std::uint32_t index = 0;
  for (const wasm::Import& import : adapter.imports) {
    if (!std::holds_alternative<wasm::MemoryType>(import.type)) continue;
    if (import.module == abi::to_string(side)) return index;
    ++index;
  }
  WITC_CHECK(false && "a kernel without memories");
  return 0;
}

class Builder {
 public:
  explicit Builder(const Plan& plan) : plan_(plan), guards_(plan), used_(used_adapters(plan)) {
    out_.tasks = TaskState(plan);
    out_.handles = HandleBlocks(plan);
    for (std::size_t i = 0; i < out_.handles.count(); ++i) out_.program.memories.push(HandleBlocks::type());
  }

  Result<ComponentProgram> build() {
    out_.adapters.resize(plan_.adapters.size());
    out_.host_lowers.resize(plan_.host_lowers.size());
    out_.builtins.resize(plan_.builtins.size());
    add_flags();
    add_entering_sets();
    for (linker::ComponentInstanceId id : plan_.component_instances.ids()) out_.is_reentrant.push(guards_.is_reentrant(id));
    for (const linker::Step& step : plan_.steps) {
      const auto* instantiate = std::get_if<linker::InstantiateStep>(&step);
      if (instantiate == nullptr) continue;
      WITC_CHECK(instantiate->instance == out_.instances.next_id());
      TRY(add_core_instance(plan_.core_instances[instantiate->instance]));
    }
    for (const CoreDef& def : entries(plan_)) TRY(bind(def));
    return std::move(out_);
  }

 private:
  void add_flags() {
    wasm::ModuleBuilder module;
    for (std::size_t i = 0; i < plan_.component_instances.size() * 2; ++i) {
      wasm::GlobalIndex global = module.global({wasm::ValType::i32(), true}, wasm::Const::i32(1));
      module.export_(std::to_string(i), global);
    }
    for (const wasm::ValType& type : out_.tasks.globals()) {
      bool is_64 = type == wasm::ValType::i64();
      wasm::GlobalIndex global = module.global({type, true}, is_64 ? wasm::Const::i64(0) : wasm::Const::i32(0));
      module.export_(std::to_string(global.value), global);
    }
    add_context_functions(module);
    out_.flags = out_.program.instances.push({&keep(std::move(module).build()), "flags", {}, false, true});
  }

  /// `context.get` and `.set`: no more than a global of the current thread's (definitions.py, `canon_context_get`).
  void add_context_functions(wasm::ModuleBuilder& module) {
    std::set<std::string> made;
    for (linker::BuiltinId id : plan_.builtins.ids()) {
      const linker::Builtin& builtin = plan_.builtins[id];
      const auto op = static_cast<CanonOp>(builtin.opcode);
      if (op != CanonOp::kContextGet && op != CanonOp::kContextSet) continue;
      const component::ast::CanonBuiltin& definition = *builtin.definition;
      const bool gets = op == CanonOp::kContextGet, is_64 = definition.core_type == wasm::ValType::i64();
      std::string name = fmt::format("{} {} {}", component::find_canon(builtin.opcode)->name, is_64 ? "i64" : "i32", definition.slot);
      if (made.insert(name).second) module.export_(name, context_function(module, gets, is_64, definition.slot));
      context_.emplace(id, std::move(name));
    }
  }

  wasm::FuncIndex context_function(wasm::ModuleBuilder& module, bool gets, bool is_64, std::uint32_t slot) const {
    const wasm::ValType type = is_64 ? wasm::ValType::i64() : wasm::ValType::i32();
    wasm::FuncIndex func = module.declare_func(gets ? wasm::FuncType{{}, {type}} : wasm::FuncType{{type}, {}});
    wasm::FunctionBuilder f = module.define(func);
    if (gets) {
      f.global_get(out_.tasks.context(slot));
      if (!is_64) f.i32_wrap_i64();
    } else {
      f.local_get(f.param(0));
      if (!is_64) f.i64_extend_i32_u();
      f.global_set(out_.tasks.context(slot));
    }
    return func;
  }

  void add_entering_sets() {
    for (linker::ComponentInstanceId id : plan_.component_instances.ids()) {
      out_.host_enters.push(guards_.host_entering_set(id));
    }
    for (const linker::Builtin& builtin : plan_.builtins) {
      bool drops = builtin.opcode == component::ast::kResourceDrop && builtin.resource;
      auto definer = drops ? plan_.resources[*builtin.resource].defined_in : std::nullopt;
      out_.drop_enters.push(definer ? guards_.entering_set(builtin.instance, *definer)
                                    : std::vector<linker::ComponentInstanceId>());
    }
    for (const linker::Adapter& adapter : plan_.adapters) {
      out_.adapter_enters.push(ComponentProgram::is_generic(plan_, adapter) ? entering_set(adapter)
                                                                            : std::vector<linker::ComponentInstanceId>());
    }
  }

  [[nodiscard]] std::vector<linker::ComponentInstanceId> entering_set(const linker::Adapter& adapter) const {
    return guards_.entering_set(plan_.options[adapter.lower].instance, plan_.options[adapter.lift.options].instance);
  }

  wasm::Module& keep(wasm::Module module) { return out_.modules.emplace_back(std::move(module)); }

  /// Ids of adapters and of core instances follow one order of time: what adapter n needs stands before anything that
  /// uses it, so adapters are added in their own order.
  Result<void> add_adapters_before(std::size_t end) {
    for (; next_adapter_ < end; ++next_adapter_) {
      if (used_[next_adapter_]) TRY(add_adapter(AdapterId(next_adapter_)));
    }
    return {};
  }

  Result<void> add_core_instance(const linker::CoreInstance& instance) {
    CoreInstance core{.module = plan_.modules[instance.module].module, .name = instance.name};
    for (std::size_t i = 0; i < instance.imports.size(); ++i) {
      const auto* type = std::get_if<wasm::TypeIndex>(&core.module->imports[i].type);
      core.imports.push_back(TRY(bind(instance.imports[i], type == nullptr ? nullptr : &core.module->types[*type])));
    }
    out_.instances.push(out_.program.instances.push(std::move(core)));
    return {};
  }

  /// `type`: of the import, where it is a function.
  Result<ImportBinding> bind(const CoreDef& def, const wasm::SubType* type = nullptr) {
    if (const AdapterId* adapter = std::get_if<AdapterId>(&def)) TRY(add_adapters_before(adapter->value + std::size_t{1}));
    if (const HostLowerId* lower = std::get_if<HostLowerId>(&def)) TRY(add_host_lower(*lower));
    if (const BuiltinId* builtin = std::get_if<BuiltinId>(&def)) {
      TRY(add_builtin(*builtin, type == nullptr ? nullptr : std::get_if<wasm::FuncType>(&type->type)));
    }
    if (const CoreItem* item = std::get_if<CoreItem>(&def)) {
      return ImportBinding(InstanceItem{out_.instances[item->instance], item->index});
    }
    return match(
        out_.place(def),
        [](const CoreFunc& func) -> ImportBinding { return InstanceItem{func.instance, func.func.value}; },
        [](HostSlot slot) -> ImportBinding { return slot; });
  }

  HostSlot add_slot(std::string name, const abi::CoreFuncType& type, SlotTarget target) {
    HostSlot slot = out_.program.hosts.push({std::move(name), abi::to_wasm(type)});
    out_.targets.push(std::move(target));
    return slot;
  }

  Result<void> add_host_lower(HostLowerId id) {
    if (out_.host_lowers[id]) return {};
    const linker::HostLower& lower = plan_.host_lowers[id];
    const linker::HostFunc& func = plan_.host_funcs[lower.func];
    bool is_64 = plan_.options[lower.lower].is_memory64;
    abi::Layout layout(plan_.types, is_64 ? abi::PtrType::kI64 : abi::PtrType::kI32);
    TRY(abi::check_supported(layout, func.type));
    std::string name = func.interface.empty() ? func.name : fmt::format("{}#{}", func.interface, func.name);
    out_.host_lowers[id] = add_slot(std::move(name), lower_signature(layout, func.type, lower.lower), id);
    return {};
  }

  [[nodiscard]] abi::CoreFuncType lower_signature(const abi::Layout& layout, linker::FuncTypeId type,
                                                  linker::OptionsId options) const {
    return plan_.options[options].is_async ? layout.flatten_async_functype(type, abi::Layout::Context::kLower, false)
                                           : layout.flatten_functype(type, abi::Layout::Context::kLower);
  }

  /// `type` is what its importer declares; a built-in that is lifted instead has none, and is refused if it needs one.
  Result<void> add_builtin(BuiltinId id, const wasm::FuncType* type) {
    if (out_.builtins[id]) return {};
    const linker::Builtin& builtin = plan_.builtins[id];
    const std::string name(component::find_canon(builtin.opcode)->name);
    constexpr auto kI32 = abi::CoreType::kI32;
    if (auto context = context_.find(id); context != context_.end()) {
      const wasm::Module& flags = *out_.program.instances[out_.flags].module;
      out_.builtins[id] = CoreFunc{out_.flags, wasm::FuncIndex(flags.find_export(context->second)->index)};
      return {};
    }
    if (builtin.resource) {
      const bool drops = builtin.opcode == component::ast::kResourceDrop;
      HostSlot slot = add_slot(name, drops ? abi::CoreFuncType{{kI32}, {}} : abi::CoreFuncType{{kI32}, {kI32}}, id);
      out_.builtins[id] = slot;
      return add_resource_builtin(id, slot);
    }
    if (type == nullptr) {
      return error(DiagCode::kEngineUnsupported,
                   fmt::format("the canonical built-in `{}` is asynchronous and cannot run yet", name));
    }
    out_.builtins[id] = out_.program.hosts.push({name, *type});
    out_.targets.push(id);
    return {};
  }

  /// In compiled code, with `slow` for what is not done there, unless the resource is the host's.
  Result<void> add_resource_builtin(BuiltinId id, HostSlot slow) {
    const linker::Builtin& builtin = plan_.builtins[id];
    const linker::PlanResource& definition = plan_.resources[*builtin.resource];
    if (!definition.defined_in) return {};
    const ResourceBuiltin what{.instance = builtin.instance,
                               .resource = *builtin.resource,
                               .is_definer = definition.defined_in == builtin.instance,
                               .guards_may_leave = guards_.may_leave_matters(builtin.instance),
                               .is_reentrant = guards_.is_reentrant(builtin.instance)};
    HandleOp op;
    std::optional<ImportBinding> dtor;
    if (builtin.opcode == component::ast::kResourceNew) {
      op = make_resource_new(what);
    } else if (builtin.opcode == component::ast::kResourceRep) {
      op = make_resource_rep(what);
    } else {
      const wasm::FuncType type{{wasm::ValType::i32()}, {}};
      if (definition.dtor) dtor = TRY(bind_framed(*definition.dtor, FrameKind::kCallee, *definition.defined_in, type));
      op = make_resource_drop(what, dtor.has_value(), out_.drop_enters[id]);
    }
    out_.builtins[id] = add_handle_op(std::move(op), slow, dtor);
    return {};
  }

  CoreFunc add_handle_op(HandleOp op, HostSlot slow, std::optional<ImportBinding> dtor = {}) {
    const wasm::Module& module = keep(std::move(op.module));
    CoreInstance core{.module = &module, .name = *module.names.module, .inline_always = true, .is_internal = true};
    for (const HandleOp::Import& import : op.imports) {
      core.imports.push_back(match(
          import, [](MemorySlot slot) -> ImportBinding { return slot; },
          [&](HandleOp::MayLeave flag) { return this->flag(ComponentProgram::may_leave(flag.instance)); },
          [&](HandleOp::MayEnter flag) { return this->flag(ComponentProgram::may_enter(flag.instance)); },
          [&](HandleOp::Slow) -> ImportBinding { return slow; }, [&](HandleOp::Dtor) { return *dtor; }));
    }
    return {out_.program.instances.push(std::move(core)), wasm::FuncIndex(module.find_export("op")->index)};
  }

  [[nodiscard]] ImportBinding flag(wasm::GlobalIndex global) const { return InstanceItem{out_.flags, global.value}; }

  Result<void> add_adapter(AdapterId id) {
    if (ComponentProgram::is_generic(plan_, plan_.adapters[id])) return add_generic_adapter(id);
    abi::AdapterPlan plan = TRY(abi::plan_adapter(adapter_request(plan_, guards_, id)));
    const wasm::Module& module = keep(abi::emit_adapter(plan));
    CoreInstance core{.module = &module, .name = plan_.adapters[id].name, .inline_always = true};
    for (const wasm::Import& import : module.imports) {
      if (import.module == "witc") core.imports.push_back(bind_intrinsic(plan_.adapters[id], plan, module, import));
      else core.imports.push_back(TRY(bind_adapter_import(id, module, import)));
    }
    wasm::FuncIndex adapter(module.find_export("adapter")->index);
    out_.adapters[id] = CoreFunc{out_.program.instances.push(std::move(core)), adapter};
    out_.adapter_plans.emplace_back(id, std::move(plan));
    return {};
  }

  /// A call by the interpreter (tasks.cpp).
  Result<void> add_generic_adapter(AdapterId id) {
    const linker::Adapter& adapter = plan_.adapters[id];
    const linker::CanonOptions& lift = plan_.options[adapter.lift.options];
    const linker::CanonOptions& lower = plan_.options[adapter.lower];
    for (const auto& def : {std::optional(adapter.lift.callee), lift.realloc, lift.post_return, lift.callback, lower.realloc}) {
      if (def) TRY(bind(*def));
    }
    abi::Layout layout(plan_.types, lower.is_memory64 ? abi::PtrType::kI64 : abi::PtrType::kI32);
    TRY(abi::check_supported(layout, adapter.lift.type));
    out_.adapters[id] = add_slot(adapter.name, lower_signature(layout, adapter.lift.type, adapter.lower), id);
    return {};
  }

  /// `def`, called in a task of its own if anything could tell.
  Result<ImportBinding> bind_framed(const CoreDef& def, FrameKind kind, linker::ComponentInstanceId instance,
                                    const wasm::FuncType& type) {
    ImportBinding callee = TRY(bind(def));
    std::vector<wasm::GlobalIndex> globals = frame_globals(out_.tasks, kind, instance);
    if (globals.empty()) return callee;
    const wasm::Module& module = keep(make_frame(out_.tasks, kind, instance, type, "frame"));
    CoreInstance core{.module = &module, .name = "frame", .imports = {callee}, .inline_always = true, .is_internal = true};
    for (wasm::GlobalIndex global : globals) core.imports.emplace_back(InstanceItem{out_.flags, global.value});
    std::uint32_t frame = module.find_export("frame")->index;
    return ImportBinding(InstanceItem{out_.program.instances.push(std::move(core)), frame});
  }

  /// An import of an adapter by its names (adapter-gen/adapter.h).
  Result<ImportBinding> bind_adapter_import(AdapterId id, const wasm::Module& module, const wasm::Import& import) {
    const linker::Adapter& adapter = plan_.adapters[id];
    const linker::CanonOptions& lift = plan_.options[adapter.lift.options];
    const auto* index = std::get_if<wasm::TypeIndex>(&import.type);
    const auto* type = index == nullptr ? nullptr : std::get_if<wasm::FuncType>(&module.types[*index].type);
    if (import.module == "callee") {
      FrameKind kind = lift.post_return ? FrameKind::kCalleeOfPostReturn : FrameKind::kCallee;
      return bind_framed(adapter.lift.callee, kind, lift.instance, *type);
    }
    if (import.module == "may-leave" || import.module == "may-enter") {
      std::uint32_t number = 0;
      std::from_chars(import.name.data(), import.name.data() + import.name.size(), number);
      linker::ComponentInstanceId instance(number);
      return flag(import.module == "may-leave" ? ComponentProgram::may_leave(instance)
                                               : ComponentProgram::may_enter(instance));
    }
    const linker::CanonOptions& options = import.module == "lift" ? lift : plan_.options[adapter.lower];
    if (import.name == "memory") return bind(CoreDef(*options.memory));
    if (import.name == "realloc") return bind_framed(*options.realloc, FrameKind::kRealloc, options.instance, *type);
    WITC_CHECK(import.name == "post-return");
    return bind_framed(*options.post_return, FrameKind::kPostReturn, options.instance, *type);
  }

  ImportBinding bind_intrinsic(const linker::Adapter& adapter, const abi::AdapterPlan& plan, const wasm::Module& module,
                               const wasm::Import& import) {
    std::optional<abi::IntrinsicImport> found = abi::find_intrinsic(import.name);
    WITC_CHECK(found.has_value());
    if (std::optional<ImportBinding> kernel = bind_kernel(module, *found)) return *kernel;
    return bind_handle_intrinsic(adapter, plan.counts_lends, import.name, found->intrinsic);
  }

  /// One function for all adapters between the two instances.
  ImportBinding bind_handle_intrinsic(const linker::Adapter& adapter, bool counts_lends, const std::string& name,
                                      abi::Intrinsic intrinsic) {
    HandleEdge edge{plan_.options[adapter.lower].instance, plan_.options[adapter.lift.options].instance, counts_lends};
    edge.is_reentrant = guards_.is_reentrant(edge.lift);
    auto [known, fresh] = handle_intrinsics_.try_emplace({intrinsic, edge});
    if (!fresh) return known->second;
    HostSlot slow = add_slot(name, abi::type_of(intrinsic), IntrinsicTarget{.intrinsic = intrinsic, .counts_lends = counts_lends});
    if (edge.lower == edge.lift) return known->second = slow;  // an instance that calls itself: its may_enter stops it
    const CoreFunc op = add_handle_op(make_handle_intrinsic(intrinsic, edge), slow);
    return known->second = InstanceItem{op.instance, op.func.value};
  }

  const Plan& plan_;
  Guards guards_;
  std::vector<bool> used_;
  ComponentProgram out_;
  std::map<BuiltinId, std::string> context_;  // exports of the instance of flags
  std::map<std::pair<abi::Intrinsic, HandleEdge>, ImportBinding> handle_intrinsics_;
  std::size_t next_adapter_ = 0;
};

}  // namespace

std::optional<ImportBinding> bind_kernel(const wasm::Module& adapter, const abi::IntrinsicImport& import) {
  if (import.intrinsic == abi::Intrinsic::kTrap) return ImportBinding(Intrinsic::kTrap);
  std::optional<Native> native = native_of(import.intrinsic);
  if (!native) return std::nullopt;
  const std::uint32_t to = memory_of(adapter, import.target);
  if (abi::memories_of(import.intrinsic) == abi::IntrinsicMemories::kTarget) return ImportBinding(NativeFunc{*native, {to}});
  return ImportBinding(NativeFunc{*native, {memory_of(adapter, abi::other(import.target)), to}});
}

bool ComponentProgram::is_generic(const linker::Plan& plan, const linker::Adapter& adapter) {
  return plan.types[adapter.lift.type].is_async || plan.options[adapter.lift.options].is_async ||
         plan.options[adapter.lower].is_async;
}

FuncPlace ComponentProgram::place(const CoreDef& def) const {
  return match(
      def, [&](const CoreItem& item) -> FuncPlace { return CoreFunc{instances[item.instance], wasm::FuncIndex(item.index)}; },
      [&](AdapterId id) -> FuncPlace { return *adapters[id]; },
      [&](HostLowerId id) -> FuncPlace { return *host_lowers[id]; },
      [&](BuiltinId id) -> FuncPlace { return *builtins[id]; });
}

abi::AdapterRequest adapter_request(const Plan& plan, const Guards& guards, AdapterId id) {
  const linker::Adapter& adapter = plan.adapters[id];
  abi::AdapterRequest request{.types = &plan.types,
                              .type = adapter.lift.type,
                              .name = adapter.name,
                              .lift = side(plan, guards, adapter.lift.options, true),
                              .lower = side(plan, guards, adapter.lower, false)};
  for (const linker::PlanResource& resource : plan.resources) {
    request.resource_instances.push_back(resource.defined_in ? std::optional(resource.defined_in->value) : std::nullopt);
  }
  for (linker::ComponentInstanceId entered : guards.entering_set(plan.options[adapter.lower].instance,
                                                                 plan.options[adapter.lift.options].instance)) {
    request.entering_set.push_back(entered.value);
  }
  request.guard_lends = guards.lends_matter(plan.options[adapter.lower].instance, plan.options[adapter.lift.options].instance);
  return request;
}

Result<ComponentProgram> build_program(const Plan& plan) { return Builder(plan).build(); }

}  // namespace witc::engine
