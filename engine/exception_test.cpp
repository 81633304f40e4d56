// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exceptions as an embedder sees them: uncaught ones with tag, payload and frames, those that pass through a host
// function, and what a program without tags does not pay. The language's side is in tests/wast/exceptions.wast.
#include <atomic>
#include <thread>

#include "engine/testing.h"
#include "wasm/core/load.h"
#include "wasm/core/validate.h"

namespace witc::engine::testing {
namespace {

/// A Program of one text module, whose function imports are the hosts in order.
struct TextWorld {
  SourceMap sources;
  wasm::Module module;
  World world;
  InstanceId id;

  explicit TextWorld(std::string_view text, const std::vector<HostFunc>& hosts = {}, OptLevel level = OptLevel::kFull) {
    Result<wasm::Module> loaded =
        wasm::load_module(sources, sources.add("test.wat", std::string(text), SourceKind::kText));
    if (!loaded) FAIL(loaded.error()->message);
    module = *std::move(loaded);
    if (auto valid = wasm::validate_module(sources, module, wasm::Features::wasm3()); !valid) FAIL(valid.error()->message);
    std::vector<ImportBinding> imports;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      imports.emplace_back(world.host(module.func_type(wasm::FuncIndex(i)), hosts[i].function, hosts[i].user_data));
    }
    world.options.opt_level = level;
    id = world.program.instances.push({&module, "test", std::move(imports), false});
  }
  Trap trap(Instance& instance, std::string_view name, std::vector<std::uint64_t> args) const {
    std::vector<std::uint64_t> results(1);
    CallResult done = instance.call(id, name, args, results);
    REQUIRE(!done);
    return std::move(done).error();
  }
};

constexpr std::string_view kThrower = R"((module
  (tag $oops (export "exported") (param i32 f64))
  (tag (export "by-export"))
  (tag $silent (param i64))
  (func $leaf (param i32) (throw $oops (local.get 0) (f64.const 2.5)))
  (func $down (param i32 i32)
    (if (local.get 0)
      (then (call $down (i32.sub (local.get 0) (i32.const 1)) (local.get 1)))
      (else (call $leaf (local.get 1)))))
  (func (export "throw") (param i32 i32) (result i32) (call $down (local.get 0) (local.get 1)) (i32.const 1))
  (func (export "throw-exported") (result i32) (throw 1))
  (func (export "fine") (param i32) (result i32) (local.get 0))))";

TEST_CASE("an uncaught exception is a trap with tag, payload and the frames of the throw") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    TextWorld text(kThrower, {}, level);
    Instance instance = text.world.run();
    Trap trap = text.trap(instance, "throw", {5, 42});
    CHECK(trap.kind == TrapKind::kUncaughtException);
    CHECK(trap.message == "uncaught exception `oops`");
    REQUIRE(trap.exception != nullptr);
    CHECK(trap.exception->instance == text.id);
    CHECK(trap.exception->tag == wasm::TagIndex(0));
    CHECK(trap.exception->types == std::vector{i32, f64});
    CHECK(trap.exception->payload == std::vector<std::uint64_t>{42, 0x4004000000000000});
    REQUIRE(trap.frames.size() == 8);
    CHECK(trap.frames[0].func_name == "leaf");
    CHECK(trap.frames[6].func_name == "down");
    CHECK(trap.frames[7].func_name == "throw");
    trap = text.trap(instance, "throw-exported", {});
    CHECK(trap.message == "uncaught exception `by-export`");
    CHECK(call(instance, text.id, "fine", {7}) == std::vector<std::uint64_t>{7});
  }
}

/// Calls the export "inner"; an exception of it goes on, is counted, or is another trap, as user_data says.
struct Through {
  InstanceId id{0};
  enum What { kPass, kSwallow, kReplace } what = kPass;
  int seen = 0;
};
bool call_inner(HostCall& call) {
  auto& through = *static_cast<Through*>(call.user_data);
  std::uint64_t arg = call.slots[0];
  std::uint64_t result = 0;
  CallResult done = call.instance.call(through.id, "inner", {&arg, 1}, {&result, 1});
  call.slots[0] = result;
  if (done) return true;
  through.seen += done.error().exception != nullptr ? 1 : 0;
  switch (through.what) {
    case Through::kPass:
      return call.trap(std::move(done).error());
    case Through::kSwallow:
      call.slots[0] = 77;
      return true;
    case Through::kReplace:
      return call.trap(Trap::host("replaced"));
  }
  return true;
}

constexpr std::string_view kThroughHost = R"((module
  (import "host" "call" (func $host (param i32) (result i32)))
  (tag $t (param i32))
  (func (export "inner") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (throw $t (i32.const 100))))
    (if (i32.eq (local.get 0) (i32.const 1)) (then (unreachable)))
    ;; Again through the host, with less to go.
    (i32.add (call $host (i32.sub (local.get 0) (i32.const 2))) (i32.const 1)))
  (func $middle (param i32) (result i32) (i32.add (call $host (local.get 0)) (i32.const 1000)))
  (func (export "outer") (param i32) (result i32)
    (block $on (result i32)
      (try_table (result i32) (catch $t $on) (call $middle (local.get 0)))))
  (func (export "uncaught") (param i32) (result i32) (call $middle (local.get 0)))
  (func (export "tail") (param i32) (result i32) (return_call $host (local.get 0)))
  (func (export "catch-tail") (param i32) (result i32)
    (block $on (result i32)
      (try_table (result i32) (catch $t $on) (call 5 (local.get 0)))))))";

TEST_CASE("a host function lets an exception pass") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    Through through;
    TextWorld text(kThroughHost, {{call_inner, &through}}, level);
    Instance instance = text.world.run();
    through.id = text.id;
    CHECK(call(instance, text.id, "outer", {0}) == std::vector<std::uint64_t>{100});
    CHECK(through.seen == 1);
    CHECK(call(instance, text.id, "outer", {20}) == std::vector<std::uint64_t>{100});
    CHECK(through.seen == 12);
    CHECK(call(instance, text.id, "catch-tail", {4}) == std::vector<std::uint64_t>{100});
    // A trap is none, however often it passes.
    CHECK(trap_of(instance, text.id, "outer", {21}) == "unreachable");
    Trap trap = text.trap(instance, "uncaught", {4});
    CHECK(trap.message == "uncaught exception `t`");
    REQUIRE(trap.exception != nullptr);
    CHECK(trap.exception->payload == std::vector<std::uint64_t>{100});
    CHECK(text.trap(instance, "tail", {0}).exception != nullptr);
    through.what = Through::kSwallow;
    CHECK(call(instance, text.id, "outer", {0}) == std::vector<std::uint64_t>{1077});
    through.what = Through::kReplace;
    CHECK(trap_of(instance, text.id, "outer", {0}) == "replaced");
    through.what = Through::kPass;
    CHECK(call(instance, text.id, "outer", {0}) == std::vector<std::uint64_t>{100});
  }
}

TEST_CASE("an exception of another store is a trap like others") {
  TextWorld thrower(kThrower);
  Instance other = thrower.world.run();
  struct Foreign {
    TextWorld& thrower;
    Instance& instance;
  } foreign{thrower, other};
  HostFunction pass = [](HostCall& call) {
    auto& from = *static_cast<Foreign*>(call.user_data);
    return call.trap(from.thrower.trap(from.instance, "throw", {0, 1}));
  };
  TextWorld text(R"((module
    (import "host" "call" (func $host))
    (tag $t (param i32 f64))
    (func (export "run") (result i32)
      (block $on (try_table (catch_all $on) (call $host)) (return (i32.const 1)))
      (i32.const 2))))",
                 {{pass, &foreign}});
  Instance instance = text.world.run();
  CHECK(trap_of(instance, text.id, "run", {}) == "uncaught exception `oops`");
}

TEST_CASE("code that cannot meet an exception does not look for one") {
  auto count = [](std::string_view text, std::string_view what) {
    TextWorld world(text);
    world.world.options.keep_ir = true;
    const std::string ir = world.world.compile().ir();
    std::size_t found = 0;
    for (std::size_t at = ir.find(what); at != std::string::npos; at = ir.find(what, at + 1)) ++found;
    return found;
  };
  constexpr std::string_view kBody = R"(
    (func $f (param i32) (result i32) (if (local.get 0) (then (THROW))) (local.get 0))
    (func $g (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1)))
    (func (export "h") (param i32) (result i32) (i32.add (call $g (local.get 0)) (call $g (i32.const 0))))))";
  auto with = [&](std::string_view module, std::string_view instruction) {
    std::string text = std::string(module) + std::string(kBody);
    return text.replace(text.find("THROW"), 5, instruction);
  };
  CHECK(count(with("(module", "unreachable"), "landing") == 0);
  CHECK(count(with("(module (tag $t)", "unreachable"), "landing") == 0);
  CHECK(count(with("(module (tag $t)", "throw $t"), "landing:") == 3);
  // What catches everything lets nothing out, and what throws into its own clause makes no object.
  CHECK(count(R"((module (tag $t)
    (func $f (block $on (try_table (catch $t $on) (throw $t))))
    (func (export "g") (call $f))))",
              "landing") == 0);
}

TEST_CASE("exceptions on several threads at once") {
  TextWorld text(kThrower);
  CompiledProgram code = text.world.compile();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (std::uint64_t n = 0; n < 4; ++n) {
    threads.emplace_back([&, n] {
      Instance instance = text.world.instantiate(code);
      for (std::uint64_t i = 0; i < 200; ++i) {
        const Trap trap = text.trap(instance, "throw", {i % 7, n * 1000 + i});
        if (trap.exception && trap.exception->payload[0] == n * 1000 + i && trap.frames.size() == i % 7 + 3) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 800);
}

}  // namespace
}  // namespace witc::engine::testing
