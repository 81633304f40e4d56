// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A do-nothing implementation of a world (linker/new/dummy_module.h).
#include "linker/new/dummy_module.h"

#include "linker/new/module_names.h"
#include "linker/new/world_abi.h"
#include "wasm/core/builder.h"

namespace witc::linker {
namespace {

const wasm::ValType kI32 = wasm::ValType::i32();

class Dummy {
 public:
  Dummy(const wit::Resolve& resolve, wit::WorldId world) : resolve_(resolve), world_(resolve.worlds[world]), abi_(resolve) {}

  wasm::Module run() {
    for (const auto& [key, item] : world_.imports) import(key, item);
    // Imports come before definitions: the built-ins of exported resources, then the functions.
    for (const auto& [key, item] : world_.exports) {
      if (const auto* interface = std::get_if<wit::WorldInterface>(&item)) import_builtins(key, interface->id);
    }
    for (const auto& [key, item] : world_.exports) export_(key, item);
    wasm::MemoryType memory;
    module_.export_("memory", module_.memory(memory));
    define("cabi_realloc", {{kI32, kI32, kI32, kI32}, {kI32}});
    return std::move(module_).build();
  }

 private:
  bool is_resource(wit::TypeId id) const { return std::holds_alternative<wit::Resource>(resolve_.types[id].kind); }

  void import(const wit::WorldKey& key, const wit::WorldItem& item) {
    if (const auto* function = std::get_if<wit::Function>(&item)) {
      module_.import_func("$root", function->name, abi_.import_signature(*function));
    } else if (const auto* type = std::get_if<wit::WorldType>(&item)) {
      if (is_resource(type->id)) {
        module_.import_func("$root", "[resource-drop]" + resolve_.world_key_name(key), {{kI32}, {}});
      }
    } else {
      std::string path = resolve_.world_key_name(key);
      const wit::Interface& def = resolve_.interfaces[std::get<wit::WorldInterface>(item).id];
      for (const auto& [name, function] : def.functions) module_.import_func(path, name, abi_.import_signature(function));
      for (const auto& [name, id] : def.types) {
        if (is_resource(id)) module_.import_func(path, "[resource-drop]" + name, {{kI32}, {}});
      }
    }
  }

  void import_builtins(const wit::WorldKey& key, wit::InterfaceId id) {
    std::string path = "[export]" + resolve_.world_key_name(key);
    for (const auto& [name, type] : resolve_.interfaces[id].types) {
      if (!is_resource(type)) continue;
      module_.import_func(path, "[resource-drop]" + name, {{kI32}, {}});
      module_.import_func(path, "[resource-new]" + name, {{kI32}, {kI32}});
      module_.import_func(path, "[resource-rep]" + name, {{kI32}, {kI32}});
    }
  }

  void export_(const wit::WorldKey& key, const wit::WorldItem& item) {
    std::string path = resolve_.world_key_name(key);
    if (const auto* function = std::get_if<wit::Function>(&item)) {
      function_pair(path, *function, /*at_root=*/true);
    } else if (const auto* interface = std::get_if<wit::WorldInterface>(&item)) {
      const wit::Interface& def = resolve_.interfaces[interface->id];
      for (const auto& [name, function] : def.functions) function_pair(path, function, /*at_root=*/false);
      for (const auto& [name, type] : def.types) {
        if (is_resource(type)) define(legacy_names().dtor(path, name), {{kI32}, {}});
      }
    }
  }

  void function_pair(const std::string& path, const wit::Function& function, bool at_root) {
    std::string name = legacy_names().func(path, function.name, at_root);
    wasm::FuncType type = abi_.export_signature(function);
    define(legacy_names().post_return(name), {type.results, {}});
    define(name, type);
  }

  void define(const std::string& name, const wasm::FuncType& type) {
    wasm::FuncIndex func = module_.declare_func(type, name);
    { module_.define(func).unreachable(); }
    module_.export_(name, func);
  }

  const wit::Resolve& resolve_;
  const wit::World& world_;
  WorldAbi abi_;
  wasm::ModuleBuilder module_;
};

}  // namespace

wasm::Module dummy_module(const wit::Resolve& resolve, wit::WorldId world) { return Dummy(resolve, world).run(); }

}  // namespace witc::linker
