// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every kind of trap that core code can raise, the stack's end, and traps on several threads. After each the instance
// and the process go on.
#include <pthread.h>

#include <functional>
#include <thread>

#include "engine/testing.h"

namespace witc::engine::testing {
namespace {

using wasm::FuncIndex;
using wasm::FunctionBuilder;
using wasm::MemoryIndex;
using wasm::ModuleBuilder;
using wasm::TableIndex;
using Values = std::vector<std::uint64_t>;

FuncIndex add(ModuleBuilder& module, const char* name, const wasm::FuncType& type,
              const std::function<void(FunctionBuilder&)>& body) {
  FuncIndex func = module.declare_func(type, name);
  {
    FunctionBuilder f = module.define(func);
    body(f);
  }
  module.export_(name, func);
  return func;
}

void add_binary(ModuleBuilder& module, const char* name, wasm::ValType type, wasm::Op op) {
  add(module, name, {{type, type}, {type}},
      [&](FunctionBuilder& f) { f.local_get(f.param(0)).local_get(f.param(1)).op(op); });
}

/// One module with a function for each way to trap.
struct Traps {
  World world;
  InstanceId id;

  explicit Traps(OptLevel level = OptLevel::kFull) {
    world.options.opt_level = level;
    ModuleBuilder module;
    MemoryIndex memory = module.memory({{1, 3}});
    TableIndex table = module.table({{true, {}}, {4, 4}});
    add(module, "unreachable", {}, [](FunctionBuilder& f) { f.unreachable(); });
    add(module, "load", {{i32}, {i32}}, [](FunctionBuilder& f) { f.local_get(f.param(0)).i32_load({2, {}, 4}); });
    add(module, "dead_load", {{i32}, {}},
        [](FunctionBuilder& f) { f.local_get(f.param(0)).i32_load({2, {}, 0}).drop(); });
    add(module, "load_far", {{i32}, {i32}},
        [](FunctionBuilder& f) { f.local_get(f.param(0)).i32_load8_u({0, {}, 0xffffffff}); });
    add(module, "store", {{i32}, {}}, [](FunctionBuilder& f) { f.local_get(f.param(0)).i64_const(-1).i64_store({0, {}, 0}); });
    add(module, "grow", {{i32}, {i32}}, [&](FunctionBuilder& f) { f.local_get(f.param(0)).memory_grow(memory); });
    add(module, "size", {{}, {i32}}, [&](FunctionBuilder& f) { f.memory_size(memory); });
    add(module, "copy", {{i32, i32, i32}, {}}, [&](FunctionBuilder& f) {
      f.local_get(f.param(0)).local_get(f.param(1)).local_get(f.param(2)).memory_copy(memory, memory);
    });
    add(module, "fill", {{i32, i32, i32}, {}}, [&](FunctionBuilder& f) {
      f.local_get(f.param(0)).local_get(f.param(1)).local_get(f.param(2)).memory_fill(memory);
    });
    add(module, "table_get", {{i32}, {i32}},
        [&](FunctionBuilder& f) { f.local_get(f.param(0)).table_get(table).ref_is_null(); });
    add_binary(module, "div_s", i32, wasm::Op::kI32DivS);
    add_binary(module, "rem_s", i32, wasm::Op::kI32RemS);
    add_binary(module, "div_u", i64, wasm::Op::kI64DivU);
    add(module, "trunc", {{f64}, {i32}}, [](FunctionBuilder& f) { f.local_get(f.param(0)).i32_trunc_f64_s(); });
    FuncIndex seven = add(module, "seven", {{}, {i32}}, [](FunctionBuilder& f) { f.i32_const(7); });
    FuncIndex wide = add(module, "wide", {{}, {i64}}, [](FunctionBuilder& f) { f.i64_const(8); });
    module.active_elements(table, wasm::Const::i32(1), {seven, wide});
    add(module, "indirect", {{i32}, {i32}},
        [&](FunctionBuilder& f) { f.local_get(f.param(0)).call_indirect({{}, {i32}}, table); });
    FuncIndex forever = module.declare_func({{i32}, {i32}}, "forever");
    {
      FunctionBuilder f = module.define(forever);
      f.local_get(f.param(0)).i32_const(1).i32_add().call(forever).i32_const(1).i32_add();
    }
    module.export_("forever", forever);
    FuncIndex deep = module.declare_func({{i32}, {i32}}, "deep");
    {
      FunctionBuilder f = module.define(deep);
      f.local_get(f.param(0)).i32_eqz();
      wasm::Block done = f.if_({{}, {i32}});
      f.i32_const(0);
      done.else_();
      f.local_get(f.param(0)).i32_const(1).i32_sub().call(deep).i32_const(1).i32_add();
      done.end();
    }
    module.export_("deep", deep);
    id = world.add(std::move(module));
  }
};

void check_all(Instance& instance, InstanceId id) {
  auto trap = [&](std::string_view name, Values args) { return trap_of(instance, id, name, std::move(args)); };
  const std::string memory = "out of bounds memory access";
  CHECK(trap("unreachable", {}) == "unreachable");
  CHECK(trap("load", {65528}) == "no trap");
  CHECK(trap("load", {65529}) == memory);
  CHECK(trap("load", {0xffffffff}) == memory);
  CHECK(trap("dead_load", {65536}) == memory);
  CHECK(trap("load_far", {0}) == memory);
  CHECK(trap("load_far", {0xffffffff}) == memory);
  CHECK(trap("store", {65529}) == memory);
  CHECK(call(instance, id, "load", {65524}) == Values{0});
  CHECK(trap("copy", {0, 65530, 7}) == memory);
  CHECK(trap("copy", {65530, 0, 7}) == memory);
  CHECK(trap("copy", {65536, 0, 0}) == "no trap");
  CHECK(trap("fill", {65537, 0, 0}) == memory);
  CHECK(trap("table_get", {4}) == "out of bounds table access");
  CHECK(call(instance, id, "table_get", {0}) == Values{1});
  CHECK(trap("div_s", {1, 0}) == "integer divide by zero");
  CHECK(trap("div_s", {0x80000000, 0xffffffff}) == "integer overflow");
  CHECK(call(instance, id, "rem_s", {0x80000000, 0xffffffff}) == Values{0});
  CHECK(trap("div_u", {1, 0}) == "integer divide by zero");
  CHECK(trap("trunc", {0x7ff8000000000000}) == "invalid conversion to integer");
  CHECK(trap("trunc", {0x41e0000000000000}) == "integer overflow");
  CHECK(call(instance, id, "trunc", {0xc1e0000000000000}) == Values{0x80000000});
  CHECK(call(instance, id, "indirect", {1}) == Values{7});
  CHECK(trap("indirect", {0}) == "uninitialized element");
  CHECK(trap("indirect", {2}) == "indirect call type mismatch");
  CHECK(trap("indirect", {4}) == "undefined element");
  CHECK(trap("forever", {0}) == "call stack exhausted");
  CHECK(call(instance, id, "deep", {1000}) == Values{1000});
}

TEST_CASE("every kind of trap") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    Traps traps(level);
    Instance instance = traps.world.run();
    check_all(instance, traps.id);
    check_all(instance, traps.id);
  }
}

TEST_CASE("a load whose value is not chosen still traps") {
  World world;
  ModuleBuilder module;
  module.memory({{1, 1}});
  add(module, "choose", {{i32, i32}, {f64}}, [](FunctionBuilder& f) {
    f.local_get(f.param(0)).f64_load({0, {}, 0}).f64_const(1).local_get(f.param(1)).select();
  });
  InstanceId id = world.add(std::move(module));
  Instance instance = world.run();
  CHECK(call(instance, id, "choose", {65528, 0}) == Values{0x3ff0000000000000});
  CHECK(trap_of(instance, id, "choose", {65529, 0}) == "out of bounds memory access");
  CHECK(trap_of(instance, id, "choose", {65529, 1}) == "out of bounds memory access");
}

TEST_CASE("tail calls take no stack") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    World world;
    world.options.opt_level = level;
    ModuleBuilder module;
    const wasm::FuncType type{{i64, i32, i32, i32, i32, i32}, {i64}};
    FuncIndex down = module.declare_func(type, "down");
    FuncIndex other = module.declare_func({{i64}, {i64}}, "other");
    {
      FunctionBuilder f = module.define(down);
      f.local_get(f.param(0)).op(wasm::Op::kI64Eqz);
      {
        wasm::Block done = f.if_();
        f.i64_const(42).return_();
      }
      f.local_get(f.param(0)).i64_const(1).i64_sub().return_call(other);
    }
    {
      FunctionBuilder f = module.define(other);
      f.local_get(f.param(0));
      for (int i = 0; i < 5; ++i) f.i32_const(i);
      f.return_call(down);
    }
    module.export_("other", other);
    InstanceId id = world.add(std::move(module));
    Instance instance = world.run();
    CHECK(call(instance, id, "other", {10'000'000}) == Values{42});
  }
}

TEST_CASE("memory grows in place and is bounded") {
  Traps traps;
  Instance instance = traps.world.run();
  std::uint8_t* base = instance.memory(traps.id, MemoryIndex(0)).data();
  CHECK(call(instance, traps.id, "grow", {1}) == Values{1});
  CHECK(call(instance, traps.id, "size", {}) == Values{2});
  CHECK(instance.memory(traps.id, MemoryIndex(0)).size() == 131072);
  CHECK(instance.memory(traps.id, MemoryIndex(0)).data() == base);
  CHECK(trap_of(instance, traps.id, "load", {131064}) == "no trap");
  CHECK(trap_of(instance, traps.id, "load", {131065}) == "out of bounds memory access");
  CHECK(call(instance, traps.id, "grow", {2}) == Values{0xffffffff});
  CHECK(instance.memory_grow(traps.id, MemoryIndex(0), 1) == 2);
  CHECK(call(instance, traps.id, "grow", {1}) == Values{0xffffffff});
  CHECK(call(instance, traps.id, "grow", {0}) == Values{3});
}

TEST_CASE("threads trap each for itself") {
  Traps traps;
  CompiledProgram code = traps.world.compile();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Instance instance = traps.world.instantiate(code);
      for (int round = 0; round < 5; ++round) check_all(instance, traps.id);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("the stack's end on a thread with a small stack") {
  Traps traps;
  Instance instance = traps.world.run();
  struct Job {
    Instance& instance;
    InstanceId id;
  } job{instance, traps.id};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1 << 20);
  pthread_t thread;
  REQUIRE(pthread_create(&thread, &attributes, [](void* data) -> void* {
            auto& given = *static_cast<Job*>(data);
            CHECK(trap_of(given.instance, given.id, "forever", {0}) == "call stack exhausted");
            CHECK(call(given.instance, given.id, "deep", {100}) == Values{100});
            return nullptr;
          }, &job) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST_CASE("recursion through the host ends too") {
  World world;
  HostSlot back = world.host({{}, {}}, [](HostCall& call) {
    CallResult done = call.instance.call(InstanceId(0), "again", {}, {});
    return done ? true : call.trap(std::move(done).error());
  });
  ModuleBuilder module;
  FuncIndex host = module.import_func("h", "back", {});
  add(module, "again", {}, [&](FunctionBuilder& f) { f.call(host); });
  InstanceId id = world.add(std::move(module), {back});
  Instance instance = world.run();
  CHECK(trap_of(instance, id, "again", {}) == "call stack exhausted");
}

TEST_CASE("large frames do not jump over the guard") {
  World world;
  ModuleBuilder module;
  FuncIndex big = module.declare_func({{}, {i64}}, "big");
  {
    FunctionBuilder f = module.define(big);
    std::vector<wasm::LocalIndex> locals;
    for (int i = 0; i < 4000; ++i) locals.push_back(f.local(i64));
    for (wasm::LocalIndex local : locals) f.call(big).local_set(local);
    f.i64_const(0);
    for (wasm::LocalIndex local : locals) f.local_get(local).i64_add();
  }
  module.export_("big", big);
  InstanceId id = world.add(std::move(module));
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    world.options.opt_level = level;
    Instance instance = world.run();
    CHECK(trap_of(instance, id, "big", {}) == "call stack exhausted");
  }
}

TEST_CASE("copies between memories, each with its own bounds") {
  World world;
  ModuleBuilder module;
  MemoryIndex from = module.memory({{1, 1}});
  MemoryIndex to = module.memory({{2, 2}});
  module.active_data(from, wasm::Const::i32(10), {'w', 'i', 't', 'c'});
  add(module, "copy", {{i32, i32, i32}, {}}, [&](FunctionBuilder& f) {
    f.local_get(f.param(0)).local_get(f.param(1)).local_get(f.param(2)).memory_copy(to, from);
  });
  add(module, "load", {{i32}, {i32}}, [&](FunctionBuilder& f) { f.local_get(f.param(0)).i32_load({0, to, 0}); });
  InstanceId id = world.add(std::move(module));
  Instance instance = world.run();
  call(instance, id, "copy", {70000, 10, 4});
  CHECK(call(instance, id, "load", {70000}) == Values{0x63746977});
  CHECK(trap_of(instance, id, "copy", {0, 65536, 1}) == "out of bounds memory access");
  CHECK(trap_of(instance, id, "copy", {65536, 0, 65536}) == "no trap");
}

}  // namespace
}  // namespace witc::engine::testing
