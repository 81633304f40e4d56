// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Core modules, their instances, and the shim and fixup modules between them (linker/new/encoder.h).
#include "linker/new/encoder.h"
#include "wasm/core/builder.h"
#include "wit-parser/binary/encode.h"

namespace witc::linker {
namespace {

using component::CoreSort;
using wasm::ValType;

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
  plan_shims();          // which imports have to go through the table
  plan_hooks();          // which exports are entered through the task hook
  core_modules();        // the main module and the adapters, as they are
  shim_instance();       // the functions that call through it
  exported_resources();  // their destructors may be among those
  for (std::size_t i = 0; i < in_.module_count(); ++i) instantiate(i);  // main first: it has the memory
  fixup_instance();      // fills the table; runs `_initialize`
  linked_instances();    // libraries, where the main module is what they share
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

void Encoder::exported_resources() {
  root_.set_interface(std::nullopt);
  for (const auto& [key, item] : in_.world().imports) {
    if (const auto* type = std::get_if<wit::WorldType>(&item)) exported_types_.set_type(type->id, root_.encode_id(type->id));
  }
  for (const auto& [key, item] : in_.world().exports) {
    const auto* interface = std::get_if<wit::WorldInterface>(&item);
    if (interface == nullptr) continue;
    for (const auto& [name, id] : resolve_.interfaces[interface->id].types) {
      if (!std::holds_alternative<wit::Resource>(resolve_.types[id].kind) || exported_resources_.contains(id)) continue;
      ast::ResourceType type;
      if (auto dtor = shim_of_dtor_.find(id); dtor != shim_of_dtor_.end()) type.dtor = shim_func(dtor->second);
      exported_resources_[id] = out_.type(ast::Type{type});
      exported_types_.set_type(id, exported_resources_[id]);
    }
  }
}

std::uint32_t Encoder::core_export(std::size_t module, const std::string& name) {
  auto [it, fresh] = core_exports_.try_emplace({module, name}, 0);
  if (!fresh) return it->second;
  std::uint32_t instance = instance_indices_[module];
  auto linked = in_.linked_exports.find(name);
  if (module == 0 && !linked_instances_.empty() && linked != in_.linked_exports.end()) instance = linked_instances_[linked->second];
  return it->second = out_.alias_core(CoreSort::kFunc, instance, name);
}

std::uint32_t Encoder::memory() {
  if (!memory_ && has_early_memory_) memory_ = out_.alias_core(CoreSort::kMemory, shim_instance_, kShimMemory);
  if (!memory_) {
    memory_ = out_.alias_core(CoreSort::kMemory, instance_indices_[0], in_.main.use.exports.memory.value_or("memory"));
  }
  return *memory_;
}

std::uint32_t Encoder::memory_of(std::size_t module) {
  if (in_.module(module).use.adapter_memory() == nullptr) return memory();
  return out_.alias_core(CoreSort::kMemory, guest_memory(module), kAdapterMemoryName);
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

/// The allocator that values for the module go through: its own, else the main module's. None: `allocator`.
std::optional<Encoder::ModuleExport> Encoder::realloc_of(std::size_t module, bool for_imports) const {
  for (std::size_t owner : {module, std::size_t(0)}) {
    const ModuleExports& exports = in_.module(owner).use.exports;
    const std::optional<std::string>& name = for_imports ? exports.realloc_for_imports() : exports.realloc_for_exports();
    if (name) return ModuleExport(owner, *name);
  }
  return std::nullopt;
}

std::uint32_t Encoder::core_func_for(std::size_t module, const CoreImport& import) {
  if (auto shim = shim_of_import_.find({module, import.module, import.name}); shim != shim_of_import_.end()) {
    return shim_func(shim->second);
  }
  using Kind = CoreImport::Kind;
  switch (import.kind) {
    case Kind::kFunc:
    case Kind::kBuiltin: return canon(module, import);
    case Kind::kTlsBaseGet:
    case Kind::kTlsBaseSet: return tls_base(import);
    case Kind::kImportResourceDrop: {
      root_.set_interface(std::nullopt);
      return out_.resource_builtin(ast::kResourceDrop, root_.encode_id(import.resource));
    }
    case Kind::kExportResourceDrop: return out_.resource_builtin(ast::kResourceDrop, exported_resources_[import.resource]);
    case Kind::kExportResourceNew: return out_.resource_builtin(ast::kResourceNew, exported_resources_[import.resource]);
    case Kind::kExportResourceRep: return out_.resource_builtin(ast::kResourceRep, exported_resources_[import.resource]);
    case Kind::kMainFunc: return core_export(0, import.export_name);
    case Kind::kAllocator: return allocator();
    case Kind::kGuestCopy: return out_.alias_core(CoreSort::kFunc, guest_memory(module), import.name);
    case Kind::kAdapterFunc:
    case Kind::kMainMemory:
    case Kind::kAdapterMemory:
    case Kind::kOwnMemory: break;  // a shim, and what is not a function
  }
  return 0;
}

void Encoder::instantiate(std::size_t module) {
  std::vector<std::string> order;  // import modules as they first appear
  std::map<std::string, std::vector<ast::CoreInlineExport>> items;
  for (const CoreImport& import : in_.module(module).use.imports) {
    if (!items.contains(import.module)) order.push_back(import.module);
    ast::CoreSortIndex item;
    if (import.is_memory()) {
      item = {CoreSort::kMemory, import.kind == CoreImport::Kind::kAdapterMemory ? memory_of(module) : memory()};
    } else {
      item = {CoreSort::kFunc, core_func_for(module, import)};
    }
    items[import.module].push_back({import.name, item});
  }
  std::vector<ast::CoreInstantiateArg> args;
  for (const std::string& name : order) args.push_back({name, out_.core_instance(std::move(items[name]))});
  instance_indices_[module] = out_.core_instantiate(module_indices_[module], std::move(args));
}

}  // namespace witc::linker
