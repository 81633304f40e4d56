// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The embedding API: typed calls both ways, linking at run time, every kind of item, errors, and instances made and
// dropped in numbers, on several threads.
#include "engine/api.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

namespace witc::api {
namespace {

template <class T>
T take(Expected<T> value) {
  if (!value) FAIL(value.error().message);
  return *std::move(value);
}

constexpr const char* kMath = R"((module $math
  (memory (export "memory") 1 2)
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (table (export "table") 4 funcref)
  (func $add (export "add") (param i32 i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.add (local.get 0) (local.get 1)))
  (func (export "divide") (param i32 i32) (result i32 i32)
    (i32.div_u (local.get 0) (local.get 1)) (i32.rem_u (local.get 0) (local.get 1)))
  (func (export "through") (param i32 i32) (result i32)
    (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)))
  (func (export "pass") (param f32 f64 i64 externref) (result f32 f64 i64 externref)
    (local.get 0) (local.get 1) (local.get 2) (local.get 3))))";

constexpr const char* kUser = R"((module $user
  (import "math" "add" (func $add (param i32 i32) (result i32)))
  (import "math" "memory" (memory 1))
  (import "math" "table" (table 4 funcref))
  (import "env" "log" (func $log (param i32)))
  (elem (i32.const 2) $twice)
  (func $twice (param i32) (result i32) (call $add (local.get 0) (local.get 0)))
  (func (export "run") (param i32) (result i32)
    (call $log (local.get 0))
    (i32.store (i32.const 8) (local.get 0))
    (call $twice (local.get 0)))))";

TEST_CASE("modules of proposals that are not executed are refused, and the proposal is named") {
  Engine engine;
  const std::pair<const char*, const char*> kCases[] = {
      {"stack-switching", "((type $f (func)) (type (cont $f)))"},
      {"custom-descriptors", "((type $s (struct)) (func (param (ref (exact $s)))))"},
      {"memory-control", "((memory 1) (func (memory.discard (i32.const 0) (i32.const 0))))"},
      {"shared-everything-threads", "((global (shared i32) (i32.const 0)))"},
  };
  for (auto [feature, fields] : kCases) {
    const Expected<Module> module = Module::load(engine, "(module " + std::string(fields).substr(1));
    REQUIRE_FALSE(module.has_value());
    CHECK(module.error().message.find("`" + std::string(feature) + "` support is not enabled") != std::string::npos);
  }
}

TEST_CASE("typed calls, several results, values of every kind") {
  Engine engine;
  Module module = take(Module::load(engine, kMath));
  Store store(engine);
  Instance math = take(Linker().instantiate(store, module));
  auto add = take(math.func<std::int32_t(std::int32_t, std::int32_t)>("add"));
  CHECK(add(40, 2).value() == 42);
  auto divide = take(math.func<std::tuple<std::uint32_t, std::uint32_t>(std::uint32_t, std::uint32_t)>("divide"));
  CHECK(divide(17, 5).value() == std::tuple(3u, 2u));
  auto failed = divide(1, 0);
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().kind == TrapKind::kDivideByZero);
  CHECK(store.describe(failed.error()).find("math!divide") != std::string::npos);

  const Val args[] = {Val::f32(1.5F), Val::f64(2.5), Val::i64(-3), Val::of(ExternRef{77})};
  std::vector<Val> results = take(math.func("pass")->call(args));
  REQUIRE(results.size() == 4);
  CHECK(results[0].f32() == 1.5F);
  CHECK(results[1].f64() == 2.5);
  CHECK(results[2].i64() == -3);
  CHECK(results[3].word() == 77);
  CHECK_FALSE(math.func("pass")->call(std::span(args, 3)).has_value());
  const Val wrong[] = {Val::i32(1), Val::f64(2.5), Val::i64(-3), Val::of(ExternRef{77})};
  CHECK_FALSE(math.func("pass")->call(wrong).has_value());
  CHECK_FALSE(math.func<void()>("add").has_value());
  CHECK_FALSE(math.func<void()>("none").has_value());
}

TEST_CASE("an instance made later works on the memory, table and functions of an earlier one") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    Engine engine({.opt_level = level});
    Store store(engine);
    Instance math = take(Linker().instantiate(store, take(Module::load(engine, kMath))));
    auto through = take(math.func<std::int32_t(std::int32_t, std::int32_t)>("through"));
    CHECK(through(2, 5).error().kind == TrapKind::kUninitializedElement);

    std::vector<std::int32_t> log;
    Linker linker;
    linker.instance("math", math).func("env", "log", [&log](std::int32_t value) { log.push_back(value); });
    Instance user = take(linker.instantiate(store, take(Module::load(engine, kUser))));
    auto run = take(user.func<std::int32_t(std::int32_t)>("run"));
    CHECK(run(21).value() == 42);
    CHECK(log == std::vector<std::int32_t>{21});
    CHECK(math.memory("memory")->bytes()[8] == 21);
    CHECK(math.global("calls")->get().i32() == 1);
    CHECK(through(2, 5).value() == 10);  // the old instance's code calls the new one's

    // And one more of the same, with an own log.
    std::vector<std::int32_t> other;
    linker.func("env", "log", [&other](std::int32_t value) { other.push_back(value); });
    Instance again = take(linker.instantiate(store, take(Module::load(engine, kUser))));
    CHECK(take(again.func<std::int32_t(std::int32_t)>("run"))(4).value() == 8);
    CHECK(other == std::vector<std::int32_t>{4});
    CHECK(log.size() == 1);
  }
}

TEST_CASE("items made by the host, and functions as values") {
  Engine engine;
  Store store(engine);
  Memory memory = take(Memory::make(store, 1, 3));
  Table table = take(Table::make(store, 2));
  Global global = take(Global::make(store, Val::i64(5), true));
  Func triple = take(Func::wrap(store, [](std::int32_t value) { return value * 3; }));
  CHECK(table.set(1, Val::of(triple)));
  CHECK_FALSE(table.set(2, Val::of(triple)));
  CHECK_FALSE(table.set(0, Val::i32(1)));
  CHECK(global.set(Val::i64(6)));
  CHECK_FALSE(global.set(Val::i32(6)));
  Linker linker;
  linker.define("h", "memory", memory).define("h", "table", table).define("h", "global", global).define("h", "f", triple);
  Instance instance = take(linker.instantiate(store, take(Module::load(engine, R"((module
    (import "h" "memory" (memory 1 3)) (import "h" "table" (table 2 funcref)) (import "h" "global" (global (mut i64)))
    (import "h" "f" (func $f (param i32) (result i32)))
    (func (export "run") (result i64)
      (i32.store (i32.const 0) (call $f (i32.const 5)))
      (drop (memory.grow (i32.const 1)))
      (global.set 0 (i64.add (global.get 0) (i64.const 1)))
      (i64.extend_i32_u (call_indirect (param i32) (result i32) (i32.const 7) (i32.const 1))))))"))));
  CHECK(take(instance.func<std::int64_t()>("run"))().value() == 21);
  CHECK(memory.bytes()[0] == 15);
  CHECK(memory.size() == 2);
  CHECK(memory.grow(1) == 2);
  CHECK_FALSE(memory.grow(1).has_value());
  CHECK(global.get().i64() == 7);
  const Val three[] = {Val::i32(3)};
  CHECK(take(table.func(1)->call(three))[0].i32() == 9);
  CHECK_FALSE(static_cast<bool>(*table.func(0)));
  CHECK_FALSE(table.get(9).has_value());
}

TEST_CASE("host functions see their caller, trap, throw and call back") {
  Engine engine;
  Store store(engine);
  Linker linker;
  linker.func("h", "length", [](Caller& caller, std::uint32_t start) -> std::expected<std::uint32_t, Trap> {
    std::span<std::uint8_t> bytes = caller.instance().memory("memory")->bytes();
    if (start >= bytes.size()) return std::unexpected(Trap::host("no string there"));
    std::uint32_t count = 0;
    while (bytes[start + count] != 0) ++count;
    return count;
  });
  linker.func("h", "throw", [] { throw std::runtime_error("thrown"); });
  linker.func("h", "back", [](Caller& caller, std::uint32_t depth) -> std::expected<void, Trap> {
    auto run = caller.instance().func<void(std::uint32_t)>("down");
    if (!run) return std::unexpected(Trap::host(run.error().message));
    return (*run)(depth);
  });
  Instance instance = take(linker.instantiate(store, take(Module::load(engine, R"((module $m
    (import "h" "length" (func $length (param i32) (result i32))) (import "h" "throw" (func $throw))
    (import "h" "back" (func $back (param i32)))
    (memory (export "memory") 1) (data (i32.const 16) "witc\00")
    (func (export "length") (param i32) (result i32) (call $length (local.get 0)))
    (func (export "throw") (call $throw))
    (func (export "down") (param i32)
      (if (local.get 0) (then (call $back (i32.sub (local.get 0) (i32.const 1)))) (else (unreachable))))))"))));
  auto length = take(instance.func<std::uint32_t(std::uint32_t)>("length"));
  CHECK(length(16).value() == 4);
  CHECK(length(1u << 20).error().message == "no string there");
  CHECK(take(instance.func<void()>("throw"))().error().message == "thrown");
  const Trap trap = take(instance.func<void(std::uint32_t)>("down"))(3).error();
  CHECK(trap.kind == TrapKind::kUnreachable);
  CHECK(trap.frames.size() == 4);
}

TEST_CASE("what does not fit is an error that says so") {
  Engine engine;
  Store store(engine);
  Store other(engine);
  auto failure = [&](const Linker& linker, const char* text) {
    Expected<Module> module = Module::load(engine, text);
    if (!module) return module.error().message;
    Expected<Instance> made = linker.instantiate(store, *module);
    return made ? std::string("no error") : made.error().message;
  };
  CHECK(failure({}, "(module (func").find("error[") == 0);
  CHECK(failure({}, "(module (func (result i32)))").find("error[") == 0);
  CHECK(failure({}, R"((module (import "a" "b" (func))))") == "import `a` `b`: nothing of that name is defined");
  Linker linker;
  linker.func("a", "b", [](std::int32_t) {});
  CHECK(failure(linker, R"((module (import "a" "b" (func))))") == "import `a` `b`: the host function is of another type");
  CHECK(failure(linker, R"((module (import "a" "b" (memory 1))))") ==
        "import `a` `b`: a function is defined, something else is imported");
  CHECK(failure(linker, R"((module (import "a" "b" (func (param i32)))))") == "no error");
  Instance math = take(Linker().instantiate(other, take(Module::load(engine, kMath))));
  linker.instance("math", math);
  CHECK(failure(linker, R"((module (import "math" "memory" (memory 1))))") ==
        "import `math` `memory`: the instance is in another store");
  CHECK(failure({}, R"((module (func $f (unreachable)) (start $f)))").find("unreachable\n  0: ") == 0);
}

TEST_CASE("a later module may have deeper types, tail calls and other signatures") {
  Engine engine;
  Store store(engine);
  Instance first = take(Linker().instantiate(store, take(Module::load(engine, R"((module
    (table (export "t") 2 funcref)
    (func (export "call") (param i32) (result i64) (call_indirect (param) (result i64) (local.get 0)))))"))));
  Linker linker;
  linker.instance("first", first);
  Instance second = take(linker.instantiate(store, take(Module::load(engine, R"((module
    (import "first" "t" (table 2 funcref)) (import "first" "call" (func $call (param i32) (result i64)))
    (elem (i32.const 0) $count $wide)
    (func $count (result i64) (return_call $down (i64.const 1000000)))
    (func $down (param i64) (result i64)
      (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 9)) (else (return_call $down (i64.sub (local.get 0) (i64.const 1))))))
    (func $wide (param f32 f32 f32 f32 f32) (result f64) (f64.const 1))
    (func (export "again") (result i64) (return_call $call (i32.const 0)))))"))));
  CHECK(take(first.func<std::int64_t(std::int32_t)>("call"))(0).value() == 9);
  CHECK(take(first.func<std::int64_t(std::int32_t)>("call"))(1).error().kind == TrapKind::kIndirectCallTypeMismatch);
  CHECK(take(second.func<std::int64_t()>("again"))().value() == 9);
}

#if defined(__has_feature)
constexpr bool kHasAsan = __has_feature(address_sanitizer);
#elif defined(__SANITIZE_ADDRESS__)
constexpr bool kHasAsan = true;
#else
constexpr bool kHasAsan = false;
#endif

struct Usage {
  std::size_t resident = 0;  // pages
  std::size_t mappings = 0;
};
Usage usage() {
  Usage out;
  std::size_t size = 0;
  std::ifstream("/proc/self/statm") >> size >> out.resident;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) ++out.mappings;
  return out;
}

/// Makes and drops stores with an instance of a module with memory, table and data, and calls it.
void make_and_drop(const Engine& engine, const Module& module, int count) {
  Linker linker;
  linker.func("env", "twice", [](std::int32_t value) { return value * 2; });
  for (int i = 0; i < count; ++i) {
    Store store(engine);
    Expected<Instance> instance = linker.instantiate(store, module);
    if (!instance) FAIL(instance.error().message);
    auto run = instance->func<std::int32_t(std::int32_t)>("run");
    if ((*run)(i).value() != 2 * i + 7) FAIL("another result");
  }
}

TEST_CASE("instances by the hundred thousand, without growth") {
  Engine engine;
  const Module module = take(Module::load(engine, R"((module
    (import "env" "twice" (func $twice (param i32) (result i32)))
    (memory 1) (data (i32.const 100) "\07") (table 10 funcref) (elem (i32.const 3) $twice)
    (func (export "run") (param i32) (result i32)
      (i32.store8 (i32.const 100) (i32.load8_u (i32.const 100)))
      (i32.add (call_indirect (param i32) (result i32) (local.get 0) (i32.const 3)) (i32.load8_u (i32.const 100))))))"));
  make_and_drop(engine, module, 1000);
  const Usage before = usage();
  const auto start = std::chrono::steady_clock::now();
  int count = 0;
  while (count < 1'000'000 && std::chrono::steady_clock::now() - start < std::chrono::seconds(20)) {
    make_and_drop(engine, module, 1000);
    count += 1000;
  }
  const Usage after = usage();
  const double micros = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  MESSAGE(count << " stores, " << micros / count << " us each");
  if (!kHasAsan) CHECK(after.resident < before.resident + 512);  // it keeps back what is freed
  CHECK(after.mappings < before.mappings + 20);
}

TEST_CASE("one engine and module, a store on each thread") {
  Engine engine;
  const Module math = take(Module::load(engine, kMath));
  const Module user = take(Module::load(engine, kUser));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        Store store(engine);
        Linker linker;
        int logged = 0;
        linker.func("env", "log", [&logged](std::int32_t) { ++logged; });
        linker.instance("math", take(linker.instantiate(store, math)));
        Instance instance = take(linker.instantiate(store, user));
        CHECK(take(instance.func<std::int32_t(std::int32_t)>("run"))(round).value() == 2 * round);
        CHECK(logged == 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace witc::api
