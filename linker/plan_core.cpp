// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The planner's core level: modules instantiated, their imports followed to definitions, and the canonical
// definitions that join the two levels.
#include <fmt/format.h>

#include "base/overloaded.h"
#include "linker/planner.h"

namespace witc::linker {

using namespace component;

namespace {

/// The position in Module::imports of an item, if it is imported.
std::optional<std::uint32_t> import_position(const wasm::Module& module, wasm::ExternKind kind, std::uint32_t index) {
  switch (kind) {
    case wasm::ExternKind::kFunc: return module.funcs[wasm::FuncIndex(index)].import;
    case wasm::ExternKind::kTable: return module.tables[wasm::TableIndex(index)].import;
    case wasm::ExternKind::kMemory: return module.memories[wasm::MemoryIndex(index)].import;
    case wasm::ExternKind::kGlobal: return module.globals[wasm::GlobalIndex(index)].import;
    case wasm::ExternKind::kTag: return module.tags[wasm::TagIndex(index)].import;
  }
  return std::nullopt;
}

void mix(std::size_t& seed, std::size_t value) { seed ^= value + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2); }
void mix(std::size_t& seed, const CoreItem& item) {
  mix(seed, item.instance.value);
  mix(seed, item.index);
}
void mix(std::size_t& seed, const std::optional<CoreDef>& def) {
  mix(seed, def ? def->index() + 1 : 0);
  if (!def) return;
  match(
      *def, [&](const CoreItem& item) { mix(seed, item); }, [&](auto id) { mix(seed, id.value); });
}
std::size_t hash(const CanonOptions& options) {
  std::size_t seed = options.instance.value;
  mix(seed, static_cast<std::size_t>(options.string_encoding));
  if (options.memory) mix(seed, *options.memory);
  mix(seed, options.realloc);
  mix(seed, options.post_return);
  mix(seed, options.callback);
  return seed;
}

}  // namespace

wasm::ExternKind extern_kind(CoreSort sort) {
  switch (sort) {
    case CoreSort::kTable: return wasm::ExternKind::kTable;
    case CoreSort::kMemory: return wasm::ExternKind::kMemory;
    case CoreSort::kGlobal: return wasm::ExternKind::kGlobal;
    case CoreSort::kTag: return wasm::ExternKind::kTag;
    case CoreSort::kFunc:
    case CoreSort::kType:
    case CoreSort::kModule:
    case CoreSort::kInstance: break;
  }
  return wasm::ExternKind::kFunc;
}

ModuleId Planner::module_id(Scope& scope, const wasm::Module& module) {
  auto [found, fresh] = module_ids_.try_emplace(&module, plan_.modules.next_id());
  if (!fresh) return found->second;
  std::string name = module.names.module.value_or("");
  if (name.empty()) name = name_of(*scope.component.ast, Sort::kCore, CoreSort::kModule, scope.core_modules.size());
  if (name.empty()) {
    name = fmt::format("{}/core-module[{}]", plan_.component_instances[scope.id].name, scope.core_modules.size());
  }
  plan_.modules.push({&module, std::move(name), 0});
  auto& exports = module_exports_[module_exports_.push({})];
  for (const wasm::Export& item : module.exports) exports.emplace(item.name, &item);
  return found->second;
}

Result<void> Planner::define_core_instance(Scope& scope, const ast::CoreInstance& instance) {
  if (const auto* instantiate = std::get_if<ast::CoreInstantiate>(&instance.expr)) {
    return instantiate_module(scope, *instantiate);
  }
  CoreInline value;
  for (const ast::CoreInlineExport& item : std::get<ast::CoreInlineExports>(instance.expr).exports) {
    TRY(charge(1));
    std::uint32_t index = item.item.index;
    auto at = [&]() -> const CoreDef& {
      switch (item.item.sort) {
        case CoreSort::kTable: return scope.core_tables.at(index);
        case CoreSort::kMemory: return scope.core_memories.at(index);
        case CoreSort::kGlobal: return scope.core_globals.at(index);
        case CoreSort::kTag: return scope.core_tags.at(index);
        case CoreSort::kFunc:
        case CoreSort::kType:
        case CoreSort::kModule:
        case CoreSort::kInstance: break;
      }
      return scope.core_funcs.at(index);
    };
    value.try_emplace(item.name, CoreExportValue{extern_kind(item.item.sort), at()});
  }
  inlines_.push_back(std::move(value));
  scope.core_instances.emplace_back(&inlines_.back());
  return {};
}

Result<void> Planner::instantiate_module(Scope& scope, const ast::CoreInstantiate& instantiate) {
  if (plan_.core_instances.size() >= limits_.core_instances) {
    return limit(fmt::format("more than {} core instances", limits_.core_instances));
  }
  std::unordered_map<std::string_view, const CoreInstanceValue*> arguments;
  for (const ast::CoreInstantiateArg& argument : instantiate.args) {
    arguments.try_emplace(argument.name, &scope.core_instances.at(argument.instance));
  }
  ModuleId id = scope.core_modules.at(instantiate.module);
  const wasm::Module& module = *plan_.modules[id].module;
  TRY(charge(instantiate.args.size() + module.imports.size()));
  CoreInstance instance{id, scope.id, {}, ""};
  for (const wasm::Import& import : module.imports) {
    auto argument = arguments.find(import.module);
    if (argument == arguments.end()) {
      return unsupported(scope, fmt::format("nothing is given for the core import `{}`", import.module));
    }
    instance.imports.push_back(TRY(core_export(*argument->second, import.name)).def);
  }
  std::string_view name =
      name_of(*scope.component.ast, Sort::kCore, CoreSort::kInstance, scope.core_instances.size());
  if (name.empty()) name = plan_.modules[id].name;
  name.remove_prefix(name.rfind('/') + 1);
  instance.name = fmt::format("{}/{}", plan_.component_instances[scope.id].name, name);
  ++plan_.modules[id].instance_count;
  CoreInstanceId made = plan_.core_instances.push(std::move(instance));
  plan_.steps.emplace_back(InstantiateStep{made});
  scope.core_instances.emplace_back(made);
  return {};
}

Result<CoreExportValue> Planner::core_export(const CoreInstanceValue& instance, const std::string& name) {
  auto missing = [&] { return unsupported(*stack_.back(), fmt::format("no core export `{}`", name)); };
  if (const auto* inlined = std::get_if<const CoreInline*>(&instance)) {
    auto found = (*inlined)->find(name);
    if (found == (*inlined)->end()) return missing();
    return found->second;
  }
  CoreInstanceId id = std::get<CoreInstanceId>(instance);
  const CoreInstance& made = plan_.core_instances[id];
  const auto& exports = module_exports_[made.module];
  auto found = exports.find(name);
  if (found == exports.end()) return missing();
  const wasm::Export& item = *found->second;
  // The import of an instance is resolved already, so one step leads to the definition.
  if (auto position = import_position(*plan_.modules[made.module].module, item.kind, item.index)) {
    return CoreExportValue{item.kind, made.imports.at(*position)};
  }
  return CoreExportValue{item.kind, CoreItem{id, item.kind, item.index}};
}

Result<void> Planner::define_core_alias(Scope& scope, const ast::Alias& alias) {
  const auto& target = std::get<ast::AliasCoreExport>(alias.target);
  return append_core(scope, TRY(core_export(scope.core_instances.at(target.instance), target.name)));
}

Result<void> Planner::append_core(Scope& scope, CoreExportValue value) {
  switch (value.kind) {
    case wasm::ExternKind::kFunc: scope.core_funcs.push_back(value.def); break;
    case wasm::ExternKind::kTable: scope.core_tables.push_back(value.def); break;
    case wasm::ExternKind::kMemory: scope.core_memories.push_back(value.def); break;
    case wasm::ExternKind::kGlobal: scope.core_globals.push_back(value.def); break;
    case wasm::ExternKind::kTag: scope.core_tags.push_back(value.def); break;
  }
  return {};
}

Result<OptionsId> Planner::intern_options(Scope& scope, const ast::CanonOpts& opts) {
  if (opts.is_gc) {
    return error(DiagCode::kEngineUnsupported,
                 "the canonical option `gc`, values as garbage-collected types, cannot run yet");
  }
  CanonOptions options;
  options.instance = scope.id;
  options.string_encoding = opts.string_encoding.value_or(StringEncoding::kUtf8);
  options.is_async = opts.is_async;
  auto func = [&](const std::optional<std::uint32_t>& index) -> std::optional<CoreDef> {
    if (!index) return std::nullopt;
    return scope.core_funcs.at(*index);
  };
  if (opts.memory) {
    options.memory = std::get<CoreItem>(scope.core_memories.at(*opts.memory));
    options.is_memory64 = scope.component.validated->core_memories.at(*opts.memory).limits.is_64;
  }
  options.realloc = func(opts.realloc);
  options.post_return = func(opts.post_return);
  options.callback = func(opts.callback);

  auto& same_hash = options_index_[hash(options)];
  for (OptionsId id : same_hash) {
    TRY(charge(1));
    if (plan_.options[id] == options) return id;
  }
  same_hash.push_back(plan_.options.push(std::move(options)));
  return same_hash.back();
}

Result<void> Planner::define_lift(Scope& scope, const ast::CanonLift& lift) {
  LiftedFunc func;
  func.callee = scope.core_funcs.at(lift.core_func);
  func.type = TRY(scope.substitution.func(scope.component.validated->funcs.at(scope.funcs.size())));
  func.options = TRY(intern_options(scope, lift.opts));
  std::string name(name_of(*scope.component.ast, Sort::kFunc, {}, scope.funcs.size()));
  return append(scope, FuncValue{func, std::move(name)});
}

Result<void> Planner::define_lower(Scope& scope, const ast::CanonLower& lower) {
  const FuncValue& func = scope.funcs.at(lower.func);
  OptionsId options = TRY(intern_options(scope, lower.opts));
  TRY(charge(1));
  scope.core_funcs.push_back(match(
      func.def,
      [&](const LiftedFunc& lift) -> CoreDef {
        const auto& instances = plan_.component_instances;
        ComponentInstanceId callee = plan_.options[lift.options].instance;
        return plan_.adapters.push(
            {lift, options, fmt::format("{} -> {}: {}", instances[scope.id].name, instances[callee].name, func.name)});
      },
      [&](HostFuncId host) -> CoreDef { return plan_.host_lowers.push({host, options}); }));
  return {};
}

Result<void> Planner::define_builtin(Scope& scope, const ast::CanonBuiltin& builtin) {
  const ValidatedComponent& validated = *scope.component.validated;
  Builtin made;
  made.opcode = builtin.opcode;
  made.instance = scope.id;
  made.definition = &builtin;
  auto set_type = [&](std::uint32_t index) -> Done {
    const auto* type = std::get_if<ValType>(&validated.types.at(index).type);
    if (type != nullptr) made.type = TRY(scope.substitution.value(*type));
    return {};
  };
  constexpr std::uint8_t kTaskReturn = 0x09, kStreamNew = 0x0e, kFutureDropWritable = 0x1b, kWaitableSetWait = 0x20,
                         kWaitableSetPoll = 0x21;
  if (made.opcode >= ast::kResourceNew && made.opcode <= ast::kResourceRep) {
    const auto* resource = std::get_if<ResourceId>(&validated.types.at(builtin.type).type);
    WITC_CHECK(resource != nullptr);
    made.resource = scope.substitution.find(*resource);
    if (!made.resource) return unsupported(scope, "a canonical built-in names a resource that nothing gives");
  } else if (made.opcode >= kStreamNew && made.opcode <= kFutureDropWritable) {
    TRY(set_type(builtin.type));
  } else if (made.opcode == kTaskReturn && builtin.result) {
    if (const auto* ref = std::get_if<ast::TypeRef>(&*builtin.result)) {
      TRY(set_type(ref->index));
    } else {
      made.type = std::get<PrimValType>(*builtin.result);
    }
  }
  ast::CanonOpts opts = builtin.opts;
  if (made.opcode == kWaitableSetWait || made.opcode == kWaitableSetPoll) opts.memory = builtin.memory;
  made.options = TRY(intern_options(scope, opts));
  scope.core_funcs.emplace_back(plan_.builtins.push(std::move(made)));
  return {};
}

}  // namespace witc::linker
