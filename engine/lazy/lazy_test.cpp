// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs compiled as they run do what they do when compiled before.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "engine/lazy/lazy_code.h"
#include "engine/runtime/store.h"
#include "engine/testing.h"

using namespace witc;
using namespace witc::engine;
using namespace witc::engine::testing;

namespace {

/// With one thread to compile nothing is compiled ahead.
World lazy_world(OptLevel level = OptLevel::kNone, unsigned threads = 1) {
  World world;
  world.options.threads = threads;
  world.options.compile_mode = CompileMode::kLazy;
  world.options.opt_level = level;
  return world;
}

LazyCode::Stats stats(const CompiledProgram& code) { return code.impl()->image.lazy->stats(); }

/// f0 calls f1 calls ... calls the last, which does `last` to its argument: more functions than a batch has.
std::string chain(int count, const std::string& last, const std::string& call = "call") {
  std::string text = "(module (memory 1)";
  for (int i = 0; i < count; ++i) {
    const std::string body =
        i + 1 == count ? last : fmt::format("({} $f{} (i32.add (local.get 0) (i32.const 1)))", call, i + 1);
    text += fmt::format("(func $f{} (export \"f{}\") (param i32) (result i32) {})\n", i, i, body);
  }
  return text + ")";
}

}  // namespace

TEST_CASE("only what is called is compiled, batch by batch") {
  World world = lazy_world();
  const InstanceId id = world.add_text(chain(200, "(i32.mul (local.get 0) (i32.const 3))"));
  const CompiledProgram code = world.compile();
  CHECK(stats(code).compiled == 0);
  Instance instance = world.instantiate(code);
  CHECK(call(instance, id, "f199", {5}) == std::vector<std::uint64_t>{15});
  CHECK(stats(code).compiled == 2);  // its batch and the trampoline
  CHECK(call(instance, id, "f0", {1}) == std::vector<std::uint64_t>{600});
  CHECK(stats(code).compiled == 5);  // 64 functions are a batch
  CHECK(call(instance, id, "f0", {2}) == std::vector<std::uint64_t>{603});
  CHECK(stats(code).compiled == 5);
}

TEST_CASE("arguments of all kinds reach a function that is compiled meanwhile") {
  const std::string types = "i32 i64 i32 i64 i32 i64 i32 i64 f32 f64 f64 f64 f64 f64 f64 f64 f64";
  std::string sum = "(i64.const 0)";
  std::string args;
  std::vector<std::uint64_t> values;
  std::uint64_t expected = 0;
  const char* kinds[] = {"i32", "i64", "f32", "f64"};
  for (int i = 0; i < 17; ++i) {
    const char* kind = kinds[types[i * 4] == 'i' ? (types[i * 4 + 1] == '6') : 2 + (types[i * 4 + 1] == '6')];
    const std::string widen = kind[0] == 'f'   ? fmt::format("(i64.trunc_{}_s (local.get {}))", kind, i)
                              : kind[1] == '3' ? fmt::format("(i64.extend_i32_s (local.get {}))", i)
                                               : fmt::format("(local.get {})", i);
    sum = fmt::format("(i64.add (i64.mul {} (i64.const 3)) {})", sum, widen);
    args += fmt::format("({}.const {})", kind, i + 1);
    expected = expected * 3 + static_cast<std::uint64_t>(i) + 1;
  }
  World world = lazy_world();
  const std::string func = fmt::format("(param {}) (result i64) {}", types, sum);
  const InstanceId callee = world.add_text(fmt::format("(module (func (export \"f\") {}))", func));
  const InstanceId caller = world.add_text(
      fmt::format(
          "(module (import \"a\" \"f\" (func $f (param {}) (result i64))) (table 1 funcref) (elem (i32.const 0) $f)"
          "(type $t (func (param {}) (result i64)))"
          "(func (export \"direct\") (result i64) (call $f {}))"
          "(func (export \"indirect\") (result i64) (call_indirect (type $t) {} (i32.const 0))))",
          types, types, args, args),
      {InstanceItem{callee, 0}});
  const CompiledProgram code = world.compile();
  for (const char* name : {"direct", "indirect"}) {
    Instance instance = world.instantiate(code);
    CHECK(call(instance, caller, name, {}) == std::vector<std::uint64_t>{expected});
  }
}

TEST_CASE("a trap in code that came later has its whole stack") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    World world = lazy_world(level);
    const InstanceId id =
        world.add_text(chain(40, "(i32.div_u (i32.const 1) (i32.load (i32.mul (local.get 0) (i32.const 70000))))"));
    Instance instance = world.run();
    for (const auto& [argument, kind] : {std::pair(~std::uint64_t{38} & 0xffffffff, TrapKind::kDivideByZero),
                                         std::pair(std::uint64_t{1}, TrapKind::kMemoryOutOfBounds)}) {
      std::uint64_t result = 0;
      const CallResult done = instance.call(id, "f0", std::span(&argument, 1), std::span(&result, 1));
      REQUIRE(!done);
      CHECK(done.error().kind == kind);
      REQUIRE(done.error().frames.size() == 40);
      for (std::size_t i = 0; i < 40; ++i) CHECK(done.error().frames[i].func_name == fmt::format("f{}", 39 - i));
    }
  }
}

TEST_CASE("compiled code recurses to its limit and goes on") {
  World world = lazy_world();
  const InstanceId id = world.add_text(
      "(module (func $f (export \"f\") (param i32) (result i32) (i32.add (call $g (local.get 0)) (i32.const 1)))"
      "(func $g (param i32) (result i32) (if (result i32) (local.get 0) (then (call $f (i32.sub (local.get 0) "
      "(i32.const 1)))) (else (i32.const 0)))))");
  Instance instance = world.run();
  CHECK(trap_of(instance, id, "f", {100'000'000}) == "call stack exhausted");
  CHECK(call(instance, id, "f", {10}) == std::vector<std::uint64_t>{11});
}

TEST_CASE("tail calls from batch to batch take no stack") {
  World world = lazy_world(OptLevel::kFull);
  const InstanceId id = world.add_text(chain(150,
                                             "(if (result i32) (i32.lt_u (local.get 0) (i32.const 3000000)) (then "
                                             "(return_call $f0 (local.get 0))) (else (local.get 0)))",
                                             "return_call"));
  Instance instance = world.run();
  CHECK(call(instance, id, "f0", {0}).front() >= 3'000'000);
}

TEST_CASE("exceptions pass through what is compiled meanwhile") {
  World world = lazy_world();
  const InstanceId thrower = world.add_text(
      "(module (tag (export \"t\") (param i32)) (func (export \"f\") (param i32) (throw 0 (local.get 0))))");
  const InstanceId id = world.add_text(
      "(module (import \"a\" \"t\" (tag $t (param i32))) (import \"a\" \"f\" (func $f (param i32)))"
      "(func (export \"catch\") (param i32) (result i32) (block $b (result i32) (try_table (catch $t $b) (call $f "
      "(local.get 0))) (i32.const 0))))",
      {InstanceItem{thrower, 0}, InstanceItem{thrower, 0}});
  Instance instance = world.run();
  CHECK(call(instance, id, "catch", {7}) == std::vector<std::uint64_t>{7});
  CHECK(trap_of(instance, thrower, "f", {7}).find("uncaught exception") != std::string::npos);
}

TEST_CASE("fuel is the same, compiled before or as it runs") {
  std::vector<std::uint64_t> left;
  for (CompileMode mode : {CompileMode::kEager, CompileMode::kLazy}) {
    World world;
    world.options.compile_mode = mode;
    world.options.fuel = 100'000;
    const InstanceId id = world.add_text(chain(150, "(local.get 0)"));
    Instance instance = world.run();
    for (std::uint64_t i = 0; i < 20; ++i) call(instance, id, "f0", {i});
    left.push_back(instance.fuel());
    instance.set_fuel(100);
    CHECK(trap_of(instance, id, "f0", {0}) == "all fuel consumed by WebAssembly");
  }
  CHECK(left[0] == left[1]);
  CHECK(left[0] < 100'000);
}

TEST_CASE("host functions, adapters and start functions") {
  World world = lazy_world();
  int calls = 0;
  const HostSlot slot = world.host(
      {{i32}, {i32}},
      [](HostCall& call) {
        ++*static_cast<int*>(call.user_data);
        call.slots[0] += 100;
        return call.slots[0] != 113 || call.trap(Trap::host("unlucky"));
      },
      &calls);
  const InstanceId adapter = world.add_text(
      "(module (import \"h\" \"h\" (func $h (param i32) (result i32))) (func (export \"f\") (param i32) (result i32) "
      "(call $h (local.get 0))))",
      {slot}, "adapter", true);
  const InstanceId id = world.add_text(
      "(module (import \"a\" \"f\" (func $f (param i32) (result i32))) (func $start (drop (call $f (i32.const 1)))) "
      "(start $start)"
      "(func (export \"f\") (param i32) (result i32) (call $f (local.get 0))))",
      {InstanceItem{adapter, 1}});
  Instance instance = world.run();
  CHECK(calls == 1);
  CHECK(call(instance, id, "f", {5}) == std::vector<std::uint64_t>{105});
  CHECK(trap_of(instance, id, "f", {13}) == "unlucky");
}

TEST_CASE("threads share what is compiled, each with an instance of its own") {
  for (unsigned compiling : {1u, 4u}) {
    World world = lazy_world(OptLevel::kFull, compiling);
    const InstanceId id =
        world.add_text(chain(400, "(i32.div_u (local.get 0) (i32.ne (local.get 0) (i32.const 399)))"));
    const CompiledProgram code = world.compile();
    constexpr int kThreads = 6;
    std::vector<Instance> instances;
    for (int i = 0; i < kThreads; ++i) instances.push_back(world.instantiate(code));
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int round = 0; round < 200; ++round) {
          for (int first : {399 - 50 * thread, 30 * thread, 0}) {
            const std::uint64_t argument = static_cast<std::uint64_t>(round);
            std::uint64_t result = 0;
            const CallResult done =
                instances[thread].call(id, fmt::format("f{}", first), std::span(&argument, 1), std::span(&result, 1));
            const std::uint64_t expected = argument + 399 - static_cast<std::uint64_t>(first);
            if (expected == 399 ? done || done.error().frames.size() < 2u - (first == 399)
                                : !done || result != expected)
              ++wrong;
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(stats(code).compiled == 8);  // seven batches and the trampoline, each once
  }
}

TEST_CASE("what is called often is compiled again, well") {
  World world = lazy_world(OptLevel::kFull);
  const InstanceId id = world.add_text(
      "(module (func $f (export \"f\") (param i32) (result i32) (i32.div_u (i32.const 1000) (local.get 0)))"
      "(func (export \"often\") (param i32) (result i32) (local i32) (loop (local.set 1 (i32.add (local.get 1) (call "
      "$f (i32.const 10))))"
      "  (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1)))");
  const CompiledProgram code = world.compile();
  Instance instance = world.instantiate(code);
  CHECK(call(instance, id, "often", {20000}) == std::vector<std::uint64_t>{2'000'000});
  for (int i = 0; i < 1000 && stats(code).improved == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(stats(code).improved == 1);
  CHECK(call(instance, id, "often", {20000}) == std::vector<std::uint64_t>{2'000'000});
  CHECK(trap_of(instance, id, "f", {0}) == "integer divide by zero");
}

TEST_CASE("what cannot be compiled says so, each time") {
  class Failing final : public BatchCompiler {
   public:
    Result<CodeBlob> compile(std::span<const CodeItem>, const std::atomic<bool>&) override {
      return error(DiagCode::kEngineResource, "no");
    }
  };
  auto lazy = LazyCode::make(CodeNumbers::kAlign, 1 << 20, 1);
  REQUIRE(lazy);
  LazySource source;
  source.items = {TrampolineId(0)};
  source.contexts = {0};
  source.batches = {{0}};
  source.batch_bytes = {0};
  source.make_compiler = []() -> Result<std::unique_ptr<BatchCompiler>> { return std::make_unique<Failing>(); };
  REQUIRE((*lazy)->add(std::move(source)));
  for (int i = 0; i < 2; ++i) {
    auto code = (*lazy)->code(0);
    REQUIRE(!code);
    CHECK(code.error() == "no");
  }
}

namespace {

/// Items are trampolines or functions, each a batch of its own and of 16 bytes that nobody runs; which calls which is
/// given.
class CallsCompiler final : public BatchCompiler {
 public:
  using Calls = std::map<std::uint32_t, std::vector<CodeNumber>>;
  explicit CallsCompiler(const Calls& calls) : calls_(calls) {}
  Result<CodeBlob> compile(std::span<const CodeItem> items, const std::atomic<bool>&) override {
    const CodeNumber number = std::get<DefinedFunc>(items[0]).func.value;
    CodeBlob blob;
    blob.code.assign(64, 0xcc);
    blob.entries.push_back({number, 0, 64, 0, 0});
    if (auto found = calls_.find(number); found != calls_.end()) {
      for (CodeNumber callee : found->second)
        blob.fixups.push_back({static_cast<std::uint32_t>(1 + 5 * blob.fixups.size()), callee});
    }
    return blob;
  }

 private:
  const Calls& calls_;
};

std::shared_ptr<LazyCode> fake_code(const CallsCompiler::Calls& calls, std::uint32_t functions, unsigned threads) {
  auto lazy = LazyCode::make(CodeNumbers::kAlign, 1 << 20, threads);
  REQUIRE(lazy);
  LazySource source;
  for (std::uint32_t i = 0; i < functions; ++i) {
    source.items.emplace_back(DefinedFunc{InstanceId(0), wasm::FuncIndex(i)});
    source.contexts.push_back(0);
    source.batches.push_back({i});
    source.batch_bytes.push_back(16);
  }
  source.make_compiler = [&calls]() -> Result<std::unique_ptr<BatchCompiler>> {
    return std::make_unique<CallsCompiler>(calls);
  };
  REQUIRE((*lazy)->add(std::move(source)));
  return *lazy;
}

void wait_for(const LazyCode& code, std::uint64_t compiled) {
  for (int i = 0; i < 2000 && code.stats().compiled < compiled; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace

TEST_CASE("what the functions that were entered call is compiled before it is asked for, and not what those call") {
  const CallsCompiler::Calls calls = {{0, {1, 2}}, {1, {3}}, {3, {4}}};
  const auto code = fake_code(calls, 5, 2);
  REQUIRE(code->code(0));
  wait_for(*code, 3);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(code->stats().compiled == 3);  // 0, and ahead 1 and 2
  CHECK(code->stats().ahead == 2);
  CHECK(code->stats().ahead_used == 0);
  REQUIRE(code->code(1));  // leads on to 3
  CHECK(code->stats().ahead_used == 1);
  wait_for(*code, 4);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(code->stats().compiled == 4);
  CHECK(code->stats().ahead == 3);
}

TEST_CASE("nothing is compiled ahead by the only thread") {
  const CallsCompiler::Calls calls = {{0, {1, 2}}};
  const auto code = fake_code(calls, 3, 1);
  REQUIRE(code->code(0));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(code->stats().compiled == 1);
}

TEST_CASE("who calls what is being compiled ahead waits for it") {
  CallsCompiler::Calls calls;
  for (CodeNumber i = 0; i < 99; ++i) calls[i] = {i + 1};
  const auto code = fake_code(calls, 100, 3);
  for (CodeNumber i = 0; i < 100; ++i) REQUIRE(code->code(i));
  CHECK(code->stats().compiled == 100);
}
