// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs of small modules, run: values in and out, calls between instances, the host, memories and tables.
#include <cstring>
#include <thread>

#include "engine/testing.h"

namespace witc::engine::testing {
namespace {

using wasm::FuncIndex;
using wasm::FunctionBuilder;
using wasm::MemoryIndex;
using wasm::ModuleBuilder;
using Values = std::vector<std::uint64_t>;

/// (func (export "f") (param i32 i32) (result i32) a op b)
ModuleBuilder binary(wasm::Op op) {
  ModuleBuilder module;
  FuncIndex func = module.declare_func({{i32, i32}, {i32}}, "f");
  {
    FunctionBuilder f = module.define(func);
    f.local_get(f.param(0)).local_get(f.param(1)).op(op);
  }
  module.export_("f", func);
  return module;
}

TEST_CASE("arithmetic at both levels") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    World world;
    world.options.opt_level = level;
    InstanceId id = world.add(binary(wasm::Op::kI32Add));
    Instance instance = world.run();
    CHECK(call(instance, id, "f", {40, 2}) == Values{42});
    CHECK(call(instance, id, "f", {0xffffffff, 2}) == Values{1});
  }
}

TEST_CASE("a loop") {
  World world;
  ModuleBuilder module;
  FuncIndex func = module.declare_func({{i64}, {i64}}, "sum");
  {
    FunctionBuilder f = module.define(func);
    wasm::TempLocal sum = f.temp(i64);
    f.i64_const(0).local_set(sum);
    {
      wasm::Block loop = f.loop();
      f.local_get(sum).local_get(f.param(0)).i64_add().local_set(sum);
      f.local_get(f.param(0)).i64_const(1).i64_sub().local_tee(f.param(0)).i64_eqz().i32_eqz().br_if(loop);
    }
    f.local_get(sum);
  }
  module.export_("sum", func);
  InstanceId id = world.add(std::move(module));
  Instance instance = world.run();
  CHECK(call(instance, id, "sum", {100}) == Values{5050});
}

TEST_CASE("many results go through a buffer") {
  World world;
  ModuleBuilder module;
  const wasm::FuncType type{{i32}, {i32, i64, f32, i32, i32, i32, f64}};
  FuncIndex inner = module.declare_func(type, "inner");
  FuncIndex outer = module.declare_func(type, "outer");
  {
    FunctionBuilder f = module.define(inner);
    f.local_get(f.param(0)).i64_const(-1).f32_const(1.5F).i32_const(3).i32_const(-4).i32_const(5).f64_const(2.5);
  }
  {
    FunctionBuilder f = module.define(outer);
    f.local_get(f.param(0)).call(inner);
  }
  module.export_("outer", outer);
  InstanceId id = world.add(std::move(module));
  Instance instance = world.run();
  CHECK(call(instance, id, "outer", {~0ull >> 32}) ==
        Values{0xffffffff, ~0ull, 0x3fc00000, 3, 0xfffffffc, 5, 0x4004000000000000});
}

/// A callee with a global and a memory, an adapter in between, a caller with its own.
struct Pair {
  World world;
  InstanceId callee, adapter, caller;

  Pair() {
    world.options.keep_ir = true;
    ModuleBuilder inner;
    wasm::GlobalIndex count = inner.global({i32, true}, wasm::Const::i32(7), "count");
    FuncIndex next = inner.declare_func({{i32}, {i32}}, "next");
    {
      FunctionBuilder f = inner.define(next);
      f.global_get(count).local_get(f.param(0)).i32_add().global_set(count).global_get(count);
    }
    inner.export_("next", next);
    callee = world.add(std::move(inner), {}, "callee");

    ModuleBuilder between;
    FuncIndex to = between.import_func("callee", "next", {{i32}, {i32}});
    FuncIndex pass = between.declare_func({{i32}, {i32}}, "pass");
    {
      FunctionBuilder f = between.define(pass);
      f.local_get(f.param(0)).call(to);
    }
    between.export_("pass", pass);
    adapter = world.add(std::move(between), {InstanceItem{callee, 0}}, "adapter", true);

    ModuleBuilder outer;
    FuncIndex import = outer.import_func("adapter", "pass", {{i32}, {i32}});
    FuncIndex twice = outer.declare_func({{i32}, {i32}}, "twice");
    {
      FunctionBuilder f = outer.define(twice);
      f.local_get(f.param(0)).call(import).call(import);
    }
    outer.export_("twice", twice);
    outer.export_("through", import);
    caller = world.add(std::move(outer), {InstanceItem{adapter, 1}}, "caller");
  }
};

TEST_CASE("calls between instances") {
  Pair pair;
  Instance instance = pair.world.run();
  CHECK(call(instance, pair.caller, "twice", {1}) == Values{16});
  CHECK(call(instance, pair.caller, "through", {4}) == Values{20});
  CHECK(instance.global(pair.callee, wasm::GlobalIndex(0)) == 20);
}

TEST_CASE("a scalar call through an adapter leaves no call") {
  Pair pair;
  CompiledProgram code = pair.world.compile();
  const std::string& ir = code.ir();
  const std::size_t begin = ir.find("@f2_1(");
  REQUIRE(begin != std::string::npos);
  const std::string body = ir.substr(begin, ir.find("\n}", begin) - begin);
  CHECK_MESSAGE(body.find("call ") == std::string::npos, body);
}

TEST_CASE("host functions: values, user data, traps, calls back") {
  World world;
  int calls = 0;
  HostSlot add = world.host(
      {{i32, i64, f64}, {i64}},
      [](HostCall& call) {
        ++*static_cast<int*>(call.user_data);
        double d = 0;
        std::memcpy(&d, &call.slots[2], sizeof d);
        call.slots[0] = static_cast<std::uint32_t>(call.slots[0]) + call.slots[1] + static_cast<std::uint64_t>(d);
        return true;
      },
      &calls);
  HostSlot fail = world.host({{}, {}}, [](HostCall& call) { return call.trap(Trap::exit(3)); });
  HostSlot back = world.host({{i32}, {i32}}, [](HostCall& call) {
    std::uint64_t args[] = {call.slots[0]};
    CallResult done = call.instance.call(InstanceId(0), "countdown", args, call.slots.first(1));
    return done ? true : call.trap(std::move(done).error());
  });
  ModuleBuilder module;
  FuncIndex host_add = module.import_func("h", "add", {{i32, i64, f64}, {i64}});
  FuncIndex host_fail = module.import_func("h", "fail", {{}, {}});
  FuncIndex host_back = module.import_func("h", "back", {{i32}, {i32}});
  FuncIndex exit = module.declare_func({{}, {}}, "exit");
  FuncIndex countdown = module.declare_func({{i32}, {i32}}, "countdown");
  {
    FunctionBuilder f = module.define(exit);
    f.call(host_fail);
  }
  {
    FunctionBuilder f = module.define(countdown);  // 0: unreachable; else back(n - 1) + 1
    f.local_get(f.param(0)).i32_eqz();
    {
      wasm::Block zero = f.if_();
      f.unreachable();
    }
    f.local_get(f.param(0)).i32_const(1).i32_sub().call(host_back).i32_const(1).i32_add();
  }
  module.export_("add", host_add);
  module.export_("exit", exit);
  module.export_("countdown", countdown);
  InstanceId id = world.add(std::move(module), {add, fail, back});
  Instance instance = world.run();
  CHECK(call(instance, id, "add", {1, 10, 0x4059000000000000}) == Values{111});
  CHECK(calls == 1);
  std::string trap;
  call(instance, id, "exit", {}, &trap);
  CHECK(trap == "exited\n  0: 0x0 - test!exit");
  call(instance, id, "countdown", {2}, &trap);
  CHECK(trap == "unreachable\n  0: 0x5 - test!countdown\n  1: 0xc - test!countdown\n  2: 0xc - test!countdown");
}

}  // namespace
}  // namespace witc::engine::testing
