// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The memory that an adapter has for itself, and the way from there to the main module's (linker/new/encoder.h).
//
// An adapter inside the main module's memory has to grow it, and allocators do not agree on what that means: some take
// everything below `memory.size` when they first look, some take it that memory grows where they saw it end. So the
// built-in adapter works in a memory of its own. C++ compiled for wasm knows one memory; a module made here has both,
// and two functions that copy.
#include "linker/new/encoder.h"
#include "wasm/core/builder.h"

namespace witc::linker {
namespace {

/// A function (to, from, size) that copies between memories.
void export_copy(wasm::ModuleBuilder& module, const std::string& name, wasm::MemoryIndex to, wasm::MemoryIndex from) {
  const wasm::ValType i32 = wasm::ValType::i32();
  wasm::FuncIndex func = module.declare_func({{i32, i32, i32}, {}}, name);
  {
    wasm::FunctionBuilder f = module.define(func);
    f.local_get(f.param(0)).local_get(f.param(1)).local_get(f.param(2)).memory_copy(to, from);
  }
  module.export_(name, func);
}

wasm::Module guest_memory_module(const wasm::MemoryType& own_type) {
  wasm::ModuleBuilder module;
  module.name("witc-guest-memory");
  wasm::MemoryIndex guest = module.import_memory("", "guest", {}), own = module.memory(own_type, kAdapterMemoryName);
  module.export_(kAdapterMemoryName, own);
  export_copy(module, "read", own, guest);
  export_copy(module, "write", guest, own);
  return std::move(module).build();
}

}  // namespace

std::uint32_t Encoder::guest_memory(std::size_t adapter) {
  auto [it, fresh] = guest_memories_.try_emplace(adapter, 0);
  if (!fresh) return it->second;
  std::uint32_t module = out_.core_module(guest_memory_module(*in_.module(adapter).use.adapter_memory()), "guest-memory");
  std::uint32_t args = out_.core_instance({{"guest", {component::CoreSort::kMemory, memory()}}});
  return it->second = out_.core_instantiate(module, {{"", args}});
}

}  // namespace witc::linker
