// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Nanoseconds per call, guest to guest and guest to host: see README.md beside it.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "engine/engine.h"
#include "wasm/core/builder.h"

namespace witc {
namespace {

using engine::HostCall;
using engine::InstanceId;
using engine::InstanceItem;
using wasm::FuncIndex;
using wasm::FunctionBuilder;
using wasm::GlobalIndex;
using wasm::ModuleBuilder;
using wasm::ValType;

const wasm::FuncType kScalar{{ValType::i32()}, {ValType::i32()}};

/// x * 1664525 + count++, and as much more of the like as asked for, to be too large for inlining.
FuncIndex add_work(ModuleBuilder& module, const char* name, GlobalIndex count, int rounds) {
  FuncIndex func = module.declare_func(kScalar, name);
  FunctionBuilder f = module.define(func);
  f.global_get(count).i32_const(1).i32_add().global_set(count);
  f.local_get(f.param(0)).i32_const(1664525).i32_mul().global_get(count).i32_add();
  for (int i = 0; i < rounds; ++i) f.i32_const(i).i32_xor().i32_const(0).i32_add();
  return func;
}

wasm::Module callee_module() {
  ModuleBuilder module;
  GlobalIndex count = module.global({ValType::i32(), true}, wasm::Const::i32(0));
  module.export_("small", add_work(module, "small", count, 0));
  module.export_("large", add_work(module, "large", count, 50));
  return std::move(module).build();
}

/// What is left of an adapter for a scalar function with its guards: may_leave is checked, cleared and set again.
wasm::Module adapter_module() {
  ModuleBuilder module;
  for (const char* name : {"small", "large"}) module.import_func("callee", name, kScalar);
  GlobalIndex may_leave = module.global({ValType::i32(), true}, wasm::Const::i32(1));
  for (std::uint32_t target : {0u, 1u}) {
    FuncIndex func = module.declare_func(kScalar);
    {
      FunctionBuilder f = module.define(func);
      f.global_get(may_leave).i32_eqz();
      {
        wasm::Block closed = f.if_();
        f.unreachable();
      }
      f.i32_const(0).global_set(may_leave);
      f.local_get(f.param(0)).call(FuncIndex(target));
      f.i32_const(1).global_set(may_leave);
    }
    module.export_(target == 0 ? "small" : "large", func);
  }
  return std::move(module).build();
}

/// A loop around a call for each way to call; returns the sum of the results.
wasm::Module caller_module() {
  ModuleBuilder module;
  std::vector<std::pair<std::string, FuncIndex>> ways;
  for (const char* name : {"direct", "adapted", "adapted-large", "host"}) {
    ways.emplace_back(name, module.import_func("x", name, kScalar));
  }
  GlobalIndex count = module.global({ValType::i32(), true}, wasm::Const::i32(0));
  ways.emplace_back("inside", add_work(module, "work", count, 0));
  wasm::TableIndex table = module.table({{true, {}}, {1, 1}});
  module.active_elements(table, wasm::Const::i32(0), {ways.back().second});
  ways.emplace_back("indirect", FuncIndex(0));
  for (const auto& [name, target] : ways) {
    FuncIndex func = module.declare_func(kScalar, name);
    {
      FunctionBuilder f = module.define(func);
      wasm::LocalIndex sum = f.local(ValType::i32());
      {
        wasm::Block loop = f.loop();
        f.local_get(sum);
        f.local_get(f.param(0));
        if (name == "indirect") f.i32_const(0).call_indirect(kScalar, table);
        else f.call(target);
        f.i32_add().local_set(sum);
        f.local_get(f.param(0)).i32_const(1).i32_sub().local_tee(f.param(0)).br_if(loop);
      }
      f.local_get(sum);
    }
    module.export_(name, func);
  }
  module.export_("work", ways[4].second);
  return std::move(module).build();
}

double seconds(const auto& work) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

Result<void> run() {
  const wasm::Module callee = callee_module();
  const wasm::Module adapter = adapter_module();
  const wasm::Module caller = caller_module();
  engine::Program program;
  engine::HostSlot host = program.hosts.push({"host", kScalar});
  InstanceId b = program.instances.push({&callee, "callee", {}, false});
  InstanceId x = program.instances.push({&adapter, "adapter", {InstanceItem{b, 0}, InstanceItem{b, 1}}, true});
  InstanceId a = program.instances.push(
      {&caller, "caller", {InstanceItem{b, 0}, InstanceItem{x, 2}, InstanceItem{x, 3}, host}, false});
  engine::Engine engine;
  engine::CompiledProgram code = TRY(engine.compile(program));
  const engine::HostFunc hosts[] = {{[](HostCall& call) {
                                       call.slots[0] = static_cast<std::uint32_t>(call.slots[0] * 1664525);
                                       return true;
                                     },
                                     nullptr}};
  engine::Instance instance = TRY(engine.instantiate(code, hosts));
  if (!instance.instantiate_all()) return error(DiagCode::kEngineResource, "a module trapped");
  auto report = [&](const char* text, const char* name, std::uint64_t count) {
    const double best = seconds([&] {
      std::uint64_t slot = count;
      (void)instance.call(a, name, {&slot, 1}, {&slot, 1});
    });
    fmt::print("{:48} {:8.3f} ns\n", text, best * 1e9 / static_cast<double>(count));
  };
  constexpr std::uint64_t kMany = 50'000'000;
  report("in one module, an ordinary call", "inside", kMany);
  report("in one module, through a table", "indirect", kMany);
  report("in another instance, directly", "direct", kMany);
  report("in another instance, through an adapter", "adapted", kMany);
  report("the same, too large to inline", "adapted-large", kMany);
  report("guest to host (C++)", "host", kMany / 10);
  const double entry = seconds([&] {
    for (int i = 0; i < 1'000'000; ++i) {
      std::uint64_t slot = 7;
      (void)instance.call(a, "work", {&slot, 1}, {&slot, 1});
    }
  });
  fmt::print("{:48} {:8.3f} ns\n", "host (C++) to guest", entry * 1e3);
  return {};
}

}  // namespace
}  // namespace witc

int main() {
  auto done = witc::run();
  if (!done) fmt::print(stderr, "{}\n", done.error()->message);
  return done ? 0 : 1;
}
