// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A do-nothing implementation of a world (linker/new/dummy_module.h).
#include "linker/new/dummy_module.h"

#include "linker/new/builtins.h"
#include "linker/new/module_names.h"
#include "linker/new/world_abi.h"
#include "wasm/core/builder.h"

namespace witc::linker {
namespace {

const wasm::ValType kI32 = wasm::ValType::i32();

class Dummy {
 public:
  Dummy(const wit::Resolve& resolve, wit::WorldId world, DummyOptions options)
      : resolve_(resolve),
        world_(resolve.worlds[world]),
        options_(options),
        names_(options.standard_names ? standard_names() : legacy_names()),
        is_async_(options.abi != LiftAbi::kSync),
        abi_(resolve) {}

  wasm::Module run() {
    for (const auto& [key, item] : world_.imports) import(key, item);
    // Imports come before definitions: the built-ins of exported resources, then the functions.
    for (const auto& [key, item] : world_.exports) import_for_export(key, item);
    for (const auto& [key, item] : world_.exports) export_(key, item);
    wasm::MemoryType memory;
    module_.export_(options_.standard_names ? "cm32p2_memory" : "memory", module_.memory(memory));
    define(options_.standard_names ? "cm32p2_realloc" : "cabi_realloc", {{kI32, kI32, kI32, kI32}, {kI32}});
    if (options_.standard_names) define("cm32p2_initialize", {{}, {}});
    return std::move(module_).build();
  }

 private:
  bool is_resource(wit::TypeId id) const { return std::holds_alternative<wit::Resource>(resolve_.types[id].kind); }

  void import(const wit::WorldKey& key, const wit::WorldItem& item) {
    const std::string root = names_.import_module(std::nullopt);
    if (const auto* function = std::get_if<wit::Function>(&item)) {
      import_func(root, *function);
    } else if (const auto* type = std::get_if<wit::WorldType>(&item)) {
      if (is_resource(type->id)) module_.import_func(root, names_.resource_drop_of(resolve_.world_key_name(key)), {{kI32}, {}});
    } else {
      std::string path = names_.import_module(names_.spelling(resolve_, key));
      const wit::Interface& def = resolve_.interfaces[std::get<wit::WorldInterface>(item).id];
      for (const auto& [name, function] : def.functions) import_func(path, function);
      for (const auto& [name, id] : def.types) {
        if (is_resource(id)) module_.import_func(path, names_.resource_drop_of(name), {{kI32}, {}});
      }
    }
  }
  void import_func(const std::string& module, const wit::Function& function) {
    bool is_async = is_async_ && function.is_async;
    std::string prefix(is_async ? kAsyncLowerPrefix : "");
    module_.import_func(module, prefix + function.name, abi_.import_signature(function, is_async));
    if (is_async_) channels(module, function);
  }

  /// The built-ins of exported functions and resources.
  void import_for_export(const wit::WorldKey& key, const wit::WorldItem& item) {
    if (const auto* function = std::get_if<wit::Function>(&item)) return task(names_.export_module(std::nullopt), *function);
    const auto* interface = std::get_if<wit::WorldInterface>(&item);
    if (interface == nullptr) return;
    std::string path = names_.export_module(names_.spelling(resolve_, key));
    const wit::Interface& def = resolve_.interfaces[interface->id];
    for (const auto& [name, type] : def.types) {
      if (!is_resource(type)) continue;
      module_.import_func(path, names_.resource_drop_of(name), {{kI32}, {}});
      module_.import_func(path, names_.resource_new_of(name), {{kI32}, {kI32}});
      module_.import_func(path, names_.resource_rep_of(name), {{kI32}, {kI32}});
    }
    for (const auto& [name, function] : def.functions) task(path, function);
  }
  void task(const std::string& module, const wit::Function& function) {
    if (!is_async_) return;
    if (function.is_async) module_.import_func(module, "[task-return]" + function.name, abi_.task_return_signature(function));
    channels(module, function);
  }

  /// Every built-in of every stream and future in the function's type.
  void channels(const std::string& module, const wit::Function& function) {
    std::vector<wit::TypeId> all = futures_and_streams(resolve_, function);
    for (std::size_t i = 0; i < all.size(); ++i) {
      bool is_stream = std::holds_alternative<wit::Stream>(resolve_.types[all[i]].kind);
      for (unsigned opcode = 0; opcode < 0x100; ++opcode) {
        const component::CanonInfo* info = component::find_canon(static_cast<std::uint8_t>(opcode));
        if (info == nullptr || !is_channel(info->op) || info->name.starts_with("stream") != is_stream) continue;
        bool moves_data = info->immediates == component::CanonImmediates::kTypeOpts;
        std::string name = builtin_import_name(*info, i, function.name);
        if (moves_data) name = std::string(kAsyncLowerPrefix) + name;
        module_.import_func(module, name, builtin_signature(*parse_builtin_name(name)));
      }
    }
  }

  void export_(const wit::WorldKey& key, const wit::WorldItem& item) {
    std::string path = names_.spelling(resolve_, key);
    if (const auto* function = std::get_if<wit::Function>(&item)) {
      export_func(path, *function, /*at_root=*/true);
    } else if (const auto* interface = std::get_if<wit::WorldInterface>(&item)) {
      const wit::Interface& def = resolve_.interfaces[interface->id];
      for (const auto& [name, function] : def.functions) export_func(path, function, /*at_root=*/false);
      for (const auto& [name, type] : def.types) {
        if (is_resource(type)) define(names_.dtor(path, name), {{kI32}, {}});
      }
    }
  }

  void export_func(const std::string& path, const wit::Function& function, bool at_root) {
    std::string name = names_.func(path, function.name, at_root);
    LiftAbi abi = function.is_async ? options_.abi : LiftAbi::kSync;
    wasm::FuncType type = abi_.export_signature(function, abi);
    switch (abi) {
      case LiftAbi::kSync:
        define(names_.post_return(name), {type.results, {}});
        return define(name, type);
      case LiftAbi::kAsync:
        define("[callback][async-lift]" + name, {{kI32, kI32, kI32}, {kI32}});
        return define("[async-lift]" + name, type);
      case LiftAbi::kAsyncStackful: return define("[async-lift-stackful]" + name, type);
    }
  }

  void define(const std::string& name, const wasm::FuncType& type) {
    wasm::FuncIndex func = module_.declare_func(type, name);
    { module_.define(func).unreachable(); }
    module_.export_(name, func);
  }

  const wit::Resolve& resolve_;
  const wit::World& world_;
  DummyOptions options_;
  const NameScheme& names_;
  bool is_async_;
  WorldAbi abi_;
  wasm::ModuleBuilder module_;
};

}  // namespace

wasm::Module dummy_module(const wit::Resolve& resolve, wit::WorldId world, DummyOptions options) {
  return Dummy(resolve, world, options).run();
}

}  // namespace witc::linker
