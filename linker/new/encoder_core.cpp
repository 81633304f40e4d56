// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Core modules, their instances, and the shim and fixup modules between them (linker/new/encoder.h).
#include "linker/new/encoder.h"
#include "wasm/core/builder.h"
#include "wit-parser/binary/encode.h"

namespace witc::linker {
namespace {

using component::CoreSort;
using wasm::ValType;

constexpr const char* kTable = "$imports";

wasm::TableType table_of(std::size_t size) {
  wasm::TableType type;
  type.element = ValType::funcref().ref;
  type.limits.min = size;
  type.limits.max = size;
  return type;
}

/// `realloc` by whole pages, for adapters of modules that export no allocator: memory is never given back.
wasm::Module allocator_module() {
  wasm::ModuleBuilder module;
  module.name("witc-allocator");
  wasm::MemoryIndex memory = module.import_memory("", "memory", {});
  const ValType i32 = ValType::i32();
  wasm::FuncIndex realloc = module.declare_func({{i32, i32, i32, i32}, {i32}}, "realloc");
  {
    wasm::FunctionBuilder f = module.define(realloc);
    wasm::LocalIndex at = f.local(i32, "at");
    f.local_get(f.param(3)).i32_const(0xffff).i32_add().i32_const(16).i32_shr_u().memory_grow(memory).local_set(at);
    {
      wasm::Block grown = f.block();
      f.local_get(at).i32_const(-1).i32_ne().br_if(grown);
      f.unreachable();
    }
    f.local_get(at).i32_const(16).i32_shl().local_set(at);
    // The smaller of the old and the new size; nothing is copied for a first allocation.
    f.local_get(at).local_get(f.param(0)).local_get(f.param(1)).local_get(f.param(3));
    f.local_get(f.param(1)).local_get(f.param(3)).i32_lt_u().select().memory_copy(memory, memory);
    f.local_get(at);
  }
  module.export_("realloc", realloc);
  return std::move(module).build();
}

}  // namespace

ast::Component Encoder::run() {
  imports();             // what the world imports, as far as it is used
  core_modules();        // the main module and the adapters, as they are
  plan_shims();          // which imports have to go through the table
  shim_instance();       // the functions that call through it
  exported_resources();  // their destructors may be among those
  for (std::size_t i = 0; i < in_.module_count(); ++i) instantiate(i);  // main first: it has the memory
  fixup_instance();      // fills the table; runs `_initialize`
  exports();             // lifts, and a wrapping component for each exported interface
  out_.custom("producers", wit::producers_section());
  return std::move(out_).take();
}

void Encoder::core_modules() {
  module_indices_.push_back(out_.core_module(std::move(in_.main.module), "main"));
  for (PreparedModule& adapter : in_.adapters) {
    module_indices_.push_back(out_.core_module(std::move(adapter.module), "adapter:" + adapter.name));
  }
  instance_indices_.resize(in_.module_count());
}

bool Encoder::is_indirect(const CoreImport& import) const {
  if (import.kind == CoreImport::Kind::kAdapterFunc) return true;
  if (import.kind != CoreImport::Kind::kFunc) return false;
  Needs needs = in_.abi->import_needs(*import.function);
  return needs.memory || needs.realloc;
}

void Encoder::plan_shims() {
  for (std::size_t module = 0; module < in_.module_count(); ++module) {
    const ModuleUse& use = in_.module(module).use;
    for (const CoreImport& import : use.imports) {
      if (!is_indirect(import)) continue;
      bool lower = import.kind == CoreImport::Kind::kFunc;
      shim_of_import_[{module, import.module, import.name}] = shims_.size();
      shims_.push_back({lower ? Shim::Kind::kLower : Shim::Kind::kAdapterFunc, module, &import, {}, import.type});
    }
    for (const auto& [resource, dtor] : use.exports.dtors) {
      shim_of_dtor_[resource] = shims_.size();
      shims_.push_back({Shim::Kind::kDtor, module, nullptr, dtor, {{ValType::i32()}, {}}});
    }
  }
}

void Encoder::shim_instance() {
  if (shims_.empty()) return;
  wasm::ModuleBuilder module;
  module.name("witc-shim");
  wasm::TableIndex table = module.table(table_of(shims_.size()));
  for (std::size_t i = 0; i < shims_.size(); ++i) {
    const Shim& shim = shims_[i];
    std::string name = shim.import != nullptr ? shim.import->module + "#" + shim.import->name : shim.dtor;
    wasm::FuncIndex func = module.declare_func(shim.type, std::move(name));
    wasm::FunctionBuilder f = module.define(func);
    for (std::size_t p = 0; p < shim.type.params.size(); ++p) f.local_get(f.param(p));
    f.i32_const(static_cast<std::int32_t>(i)).call_indirect(shim.type, table);
    module.export_(std::to_string(i), func);
  }
  module.export_(kTable, table);
  std::uint32_t index = out_.core_module(std::move(module).build(), "shim");
  shim_instance_ = out_.core_instantiate(index, {});
}

std::uint32_t Encoder::shim_func(std::size_t index) {
  return out_.alias_core(CoreSort::kFunc, shim_instance_, std::to_string(index));
}

void Encoder::exported_resources() {
  for (const auto& [key, item] : in_.world().exports) {
    const auto* interface = std::get_if<wit::WorldInterface>(&item);
    if (interface == nullptr) continue;
    for (const auto& [name, id] : resolve_.interfaces[interface->id].types) {
      if (!std::holds_alternative<wit::Resource>(resolve_.types[id].kind) || exported_resources_.contains(id)) continue;
      ast::ResourceType type;
      if (auto dtor = shim_of_dtor_.find(id); dtor != shim_of_dtor_.end()) type.dtor = shim_func(dtor->second);
      exported_resources_[id] = out_.type(ast::Type{type});
    }
  }
}

std::uint32_t Encoder::core_export(std::size_t module, const std::string& name) {
  auto [it, fresh] = core_exports_.try_emplace({module, name}, 0);
  if (fresh) it->second = out_.alias_core(CoreSort::kFunc, instance_indices_[module], name);
  return it->second;
}

std::uint32_t Encoder::memory() {
  if (!memory_) {
    memory_ = out_.alias_core(CoreSort::kMemory, instance_indices_[0], in_.main.use.exports.memory.value_or("memory"));
  }
  return *memory_;
}

std::uint32_t Encoder::allocator() {
  if (!allocator_) {
    std::uint32_t module = out_.core_module(allocator_module(), "allocator");
    std::uint32_t env = out_.core_instance({{"memory", {CoreSort::kMemory, memory()}}});
    std::uint32_t instance = out_.core_instantiate(module, {{"", env}});
    allocator_ = out_.alias_core(CoreSort::kFunc, instance, "realloc");
  }
  return *allocator_;
}

Options Encoder::lower_options(std::size_t module, const CoreImport& import) {
  Options options;
  Needs needs = in_.abi->import_needs(*import.function);
  if (needs.memory) options.memory = memory();
  if (needs.realloc) {
    const std::optional<std::string>& own = in_.module(module).use.exports.realloc_for_imports();
    const std::optional<std::string>& main = in_.main.use.exports.realloc_for_imports();
    options.realloc = own ? core_export(module, *own) : main ? core_export(0, *main) : allocator();
  }
  if (needs.string_encoding) {
    options.encoding = in_.metadata.encoding(/*import=*/true, import.key, import.function->name);
  }
  return options;
}

std::uint32_t Encoder::core_func_for(std::size_t module, const CoreImport& import) {
  if (auto shim = shim_of_import_.find({module, import.module, import.name}); shim != shim_of_import_.end()) {
    return shim_func(shim->second);
  }
  using Kind = CoreImport::Kind;
  switch (import.kind) {
    case Kind::kFunc: return out_.lower(imported_func(import), lower_options(module, import).canon());
    case Kind::kImportResourceDrop: {
      root_.set_interface(std::nullopt);
      return out_.resource_builtin(ast::kResourceDrop, root_.encode_id(import.resource));
    }
    case Kind::kExportResourceDrop: return out_.resource_builtin(ast::kResourceDrop, exported_resources_[import.resource]);
    case Kind::kExportResourceNew: return out_.resource_builtin(ast::kResourceNew, exported_resources_[import.resource]);
    case Kind::kExportResourceRep: return out_.resource_builtin(ast::kResourceRep, exported_resources_[import.resource]);
    case Kind::kMainFunc: return core_export(0, import.main_export);
    case Kind::kAllocator: return allocator();
    case Kind::kAdapterFunc:
    case Kind::kMainMemory: break;  // a shim, and not a function
  }
  return 0;
}

void Encoder::instantiate(std::size_t module) {
  std::vector<std::string> order;  // import modules as they first appear
  std::map<std::string, std::vector<ast::CoreInlineExport>> items;
  for (const CoreImport& import : in_.module(module).use.imports) {
    if (!items.contains(import.module)) order.push_back(import.module);
    ast::CoreSortIndex item;
    if (import.kind == CoreImport::Kind::kMainMemory) {
      item = {CoreSort::kMemory, memory()};
    } else {
      item = {CoreSort::kFunc, core_func_for(module, import)};
    }
    items[import.module].push_back({import.name, item});
  }
  std::vector<ast::CoreInstantiateArg> args;
  for (const std::string& name : order) args.push_back({name, out_.core_instance(std::move(items[name]))});
  instance_indices_[module] = out_.core_instantiate(module_indices_[module], std::move(args));
}

std::uint32_t Encoder::actual_func(const Shim& shim) {
  switch (shim.kind) {
    case Shim::Kind::kLower: return out_.lower(imported_func(*shim.import), lower_options(shim.module, *shim.import).canon());
    case Shim::Kind::kDtor: return core_export(shim.module, shim.dtor);
    case Shim::Kind::kAdapterFunc:
      for (std::size_t i = 1; i < in_.module_count(); ++i) {
        if (in_.module(i).name == shim.import->module) return core_export(i, shim.import->name);
      }
  }
  return 0;
}

void Encoder::fixup_instance() {
  const std::optional<std::string>& initialize = in_.main.use.exports.initialize;
  if (shims_.empty() && !initialize) return;
  wasm::ModuleBuilder module;
  module.name("witc-fixup");
  std::vector<ast::CoreInlineExport> args;
  std::vector<wasm::FuncIndex> funcs;
  for (std::size_t i = 0; i < shims_.size(); ++i) {
    funcs.push_back(module.import_func("", std::to_string(i), shims_[i].type));
    args.push_back({std::to_string(i), {CoreSort::kFunc, actual_func(shims_[i])}});
  }
  if (!shims_.empty()) {
    wasm::TableIndex table = module.import_table("", kTable, table_of(shims_.size()));
    args.push_back({kTable, {CoreSort::kTable, out_.alias_core(CoreSort::kTable, shim_instance_, kTable)}});
    module.active_elements(table, wasm::Const::i32(0), std::move(funcs));
  }
  if (initialize) {
    // The start function runs after the table is filled: `_initialize` may call imports.
    wasm::FuncIndex start = module.import_func("", *initialize, {});
    args.push_back({*initialize, {CoreSort::kFunc, core_export(0, *initialize)}});
    module.start(start);
  }
  std::uint32_t index = out_.core_module(std::move(module).build(), "fixup");
  std::uint32_t arg = out_.core_instance(std::move(args));
  out_.core_instantiate(index, {{"", arg}});
}

}  // namespace witc::linker
