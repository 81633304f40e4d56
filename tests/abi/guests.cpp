// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "guests.h"

#include <string>

namespace witc::abi::testing {
namespace {

using wasm::FuncIndex;
using wasm::FunctionBuilder;
using wasm::GlobalIndex;
using wasm::LocalIndex;
using wasm::MemArg;
using wasm::MemoryIndex;
using wasm::ModuleBuilder;

const wasm::ValType kI32 = wasm::ValType::i32();
constexpr MemoryIndex kMemory{};

/// Rounds the i32 on the stack up to the alignment in the third parameter.
void align_up(FunctionBuilder& f) {
  f.local_get(f.param(2)).i32_add().i32_const(1).i32_sub();
  f.i32_const(0).local_get(f.param(2)).i32_sub().i32_and();
}

void define_realloc(ModuleBuilder& module, FuncIndex func, GlobalIndex bump, GlobalIndex log) {
  FunctionBuilder f = module.define(func);
  LocalIndex out = f.local(kI32);
  for (std::uint32_t i = 0; i < 4; ++i) {
    f.global_get(log).local_get(f.param(i)).i64_extend_i32_u().i64_store(MemArg{3, kMemory, 8 * i});
  }
  f.global_get(log).i32_const(32).i32_add().global_set(log);
  f.local_get(f.param(0)).i32_const(0).i32_ne().local_get(f.param(3)).local_get(f.param(1)).i32_lt_u().i32_and();
  {
    wasm::Block shrink = f.if_();
    f.local_get(f.param(0));
    align_up(f);
    f.return_();
  }
  f.global_get(bump);
  align_up(f);
  f.local_tee(out).local_get(f.param(3)).i32_add().global_set(bump);
  f.global_get(bump).u32_const(kPages << 16).i32_gt_u().global_get(bump).local_get(out).i32_lt_u().i32_or();
  {
    wasm::Block full = f.if_();
    f.unreachable();
  }
  f.local_get(out).local_get(f.param(0)).local_get(f.param(1)).memory_copy(kMemory, kMemory);
  f.local_get(out);
}

void store(FunctionBuilder& f, CoreType type, const MemArg& memarg) {
  switch (type) {
    case CoreType::kI32: f.i32_store(memarg); return;
    case CoreType::kI64: f.i64_store(memarg); return;
    case CoreType::kF32: f.f32_store(memarg); return;
    case CoreType::kF64: f.f64_store(memarg); return;
  }
}
void load(FunctionBuilder& f, CoreType type, const MemArg& memarg) {
  switch (type) {
    case CoreType::kI32: f.i32_load(memarg); return;
    case CoreType::kI64: f.i64_load(memarg); return;
    case CoreType::kF32: f.f32_load(memarg); return;
    case CoreType::kF64: f.f64_load(memarg); return;
  }
}

void define_callee(ModuleBuilder& module, FuncIndex func, const CoreFuncType& type) {
  FunctionBuilder f = module.define(func);
  for (std::size_t i = 0; i < type.params.size(); ++i) {
    f.i32_const(0).local_get(f.param(i));
    store(f, type.params[i], MemArg{0, kMemory, kArgumentsAt + 8 * i});
  }
  if (type.results.empty()) return;
  f.i32_const(0);
  load(f, type.results[0], MemArg{0, kMemory, kResultAt});
}

}  // namespace

ModuleBuilder guest(const std::vector<CoreFuncType>& funcs) {
  ModuleBuilder module;
  wasm::MemoryType memory;
  memory.limits.min = kPages;
  module.export_("memory", module.memory(memory));
  GlobalIndex bump = module.global({kI32, true}, wasm::Const::i32(kHeapAt), "bump");
  GlobalIndex log = module.global({kI32, true}, wasm::Const::i32(kLogAt), "log");
  module.export_("bump", bump);
  module.export_("log", log);
  FuncIndex realloc = module.declare_func({{kI32, kI32, kI32, kI32}, {kI32}}, "realloc");
  module.export_("realloc", realloc);
  define_realloc(module, realloc, bump, log);
  for (std::size_t i = 0; i < funcs.size(); ++i) {
    FuncIndex func = module.declare_func(to_wasm(funcs[i]));
    module.export_("f" + std::to_string(i), func);
    define_callee(module, func, funcs[i]);
  }
  return module;
}

ModuleBuilder flags(std::uint32_t count) {
  ModuleBuilder module;
  for (std::uint32_t i = 0; i < count; ++i) {
    for (const char* name : {"may-leave.", "may-enter."}) {
      module.export_(name + std::to_string(i), module.global({kI32, true}, wasm::Const::i32(1)));
    }
  }
  return module;
}

}  // namespace witc::abi::testing
