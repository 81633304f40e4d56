// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fuel, interruption and the limits of EngineOptions.
#include <atomic>
#include <chrono>
#include <thread>

#include "engine/testing.h"

namespace witc::engine::testing {
namespace {

constexpr const char* kModule = R"(
  (module
    (import "host" "work" (func $work))
    (memory (export "memory") 1)
    (global $steps (export "steps") (mut i32) (i32.const 0))
    (func $step (global.set $steps (i32.add (global.get $steps) (i32.const 1))))
    (func (export "spin") (loop $again (call $step) (br $again)))
    (func (export "branches") (param $n i32)
      (loop $again
        (if (i32.and (local.get $n) (i32.const 1))
          (then (call $step) (i32.store8 (local.get $n) (i32.const 1)))
          (else (block (br_if 0 (i32.and (local.get $n) (i32.const 2))) (call $step) (call $step))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $again)))
    (func $recurse (export "recurse") (call $step) (return_call $recurse))
    (func $fibonacci (export "fibonacci") (param i32) (result i32)
      (call $step)
      (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
        (else (i32.add (call $fibonacci (i32.sub (local.get 0) (i32.const 1)))
                       (call $fibonacci (i32.sub (local.get 0) (i32.const 2)))))))
    (func (export "empty") (loop $again (br $again)))
    (func (export "host") (call $work) (call $step))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (table $t 1 funcref)
    (func (export "grow_table") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))
)";

struct Limited {
  World world;
  InstanceId id;

  explicit Limited(EngineOptions options, HostFunction work = [](HostCall&) { return true; }) {
    world.options = options;
    id = world.add_text(kModule, {world.host({}, work)});
  }
  static std::uint64_t steps(const Instance& instance, InstanceId id) {
    return instance.global(id, wasm::GlobalIndex(0));
  }
};

constexpr const char* kOver = "all fuel consumed by WebAssembly";

EngineOptions with_level(OptLevel level) {
  EngineOptions options;
  options.opt_level = level;
  return options;
}

/// Interrupts after some time, from another thread.
class Later {
 public:
  explicit Later(InterruptHandle handle) : thread_([handle] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    handle.interrupt();
  }) {}
  ~Later() { thread_.join(); }

 private:
  std::thread thread_;
};

}  // namespace

TEST_CASE("the same fuel ends at the same place, at every level of optimisation") {
  struct Place {
    std::uint64_t steps, written;
    bool operator==(const Place&) const = default;
  };
  std::vector<Place> places[2];
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    EngineOptions options = with_level(level);
    options.fuel = 0;
    Limited limited(options);
    const CompiledProgram code = limited.world.compile();
    for (std::uint64_t fuel = 0; fuel < 400; fuel += 7) {
      Instance instance = limited.world.instantiate(code);
      instance.set_fuel(fuel);
      CHECK(trap_of(instance, limited.id, "branches", {0}) == kOver);
      CHECK(instance.fuel() == 0);
      const auto bytes = instance.memory(limited.id, {});
      places[static_cast<int>(level)].push_back(
          {Limited::steps(instance, limited.id), static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), 1))});
    }
  }
  CHECK(places[0] == places[1]);
  CHECK(places[0].front() == Place{0, 0});
  CHECK(places[0].back().steps > 10);
}

TEST_CASE("fuel: what is left is the same as well, and loops and recursion are paid for") {
  std::uint64_t left[2] = {};
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    EngineOptions options = with_level(level);
    options.fuel = 1'000'000;
    Limited limited(options);
    Instance instance = limited.world.run();
    CHECK(call(instance, limited.id, "fibonacci", {15})[0] == 610);
    left[static_cast<int>(level)] = instance.fuel();
    CHECK(instance.fuel() < 1'000'000);
    CHECK(instance.fuel() > 900'000);
    for (const char* endless : {"spin", "recurse", "empty", "branches"}) {
      instance.set_fuel(10'000);
      CHECK(trap_of(instance, limited.id, endless, std::vector<std::uint64_t>(endless[0] == 'b' ? 1 : 0)) == kOver);
    }
    instance.set_fuel(1'000'000);
    CHECK(call(instance, limited.id, "fibonacci", {10})[0] == 55);
  }
  CHECK(left[0] == left[1]);
}

TEST_CASE("interruption from another thread: loops, recursion, and on with it") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    EngineOptions options = with_level(level);
    options.interruptible = true;
    Limited limited(options);
    Instance instance = limited.world.run();
    for (const char* endless : {"spin", "recurse", "empty"}) {
      const Later later(instance.interrupt_handle());
      CHECK(trap_of(instance, limited.id, endless, {}) == "interrupt");
      CHECK(trap_of(instance, limited.id, "fibonacci", {5}) == "interrupt");  // until it is cleared
      instance.clear_interrupt();
      CHECK(call(instance, limited.id, "fibonacci", {10})[0] == 55);
    }
  }
}

TEST_CASE("interruption: waits, host functions, stores that are gone") {
  World world;
  const InstanceId id = world.add_text(R"((module (memory 1 1 shared)
    (func (export "wait") (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))");
  std::optional<Instance> instance = world.run();  // not made interruptible: a wait is all the same
  {
    const Later later(instance->interrupt_handle());
    CHECK(trap_of(*instance, id, "wait", {}) == "interrupt");
  }
  CHECK(trap_of(*instance, id, "wait", {}) == "interrupt");
  const InterruptHandle handle = instance->interrupt_handle();
  instance.reset();
  handle.interrupt();

  Limited limited({}, [](HostCall& call) {
    call.instance.interrupt_handle().interrupt();
    return true;
  });
  Instance other = limited.world.run();
  const int fd = other.interrupt_fd();
  CHECK(fd >= 0);
  CHECK(trap_of(other, limited.id, "host", {}) == "interrupt");
  CHECK(Limited::steps(other, limited.id) == 0);
}

TEST_CASE("a timeout") {
  EngineOptions options;
  options.timeout = std::chrono::milliseconds(50);
  Limited limited(options);
  const CompiledProgram code = limited.world.compile();
  Instance instance = limited.world.instantiate(code);
  const auto start = std::chrono::steady_clock::now();
  CHECK(trap_of(instance, limited.id, "spin", {}) == "interrupt");
  CHECK(std::chrono::steady_clock::now() - start > std::chrono::milliseconds(20));
  Instance quick = limited.world.instantiate(code);
  CHECK(call(quick, limited.id, "fibonacci", {5})[0] == 5);
}

TEST_CASE("nobody asked: no code for fuel or interruption") {
  EngineOptions options;
  options.keep_ir = true;
  Limited plain(options);
  const std::string without = plain.world.compile().ir();
  CHECK(without.find("monotonic") == std::string::npos);
  options.interruptible = true;
  CHECK(Limited(options).world.compile().ir().find("monotonic") != std::string::npos);
}

TEST_CASE("memories, tables, instances") {
  EngineOptions options;
  options.max_memory_bytes = 3 * 65536;
  options.max_table_elements = 5;
  Limited limited(options);
  Instance instance = limited.world.run();
  CHECK(call(instance, limited.id, "grow", {3})[0] == 0xffffffff);
  CHECK(call(instance, limited.id, "grow", {2})[0] == 1);
  CHECK(call(instance, limited.id, "grow", {1})[0] == 0xffffffff);
  CHECK(call(instance, limited.id, "grow_table", {5})[0] == 0xffffffff);
  CHECK(call(instance, limited.id, "grow_table", {4})[0] == 1);

  World large;
  large.options = options;
  large.add_text("(module (memory 4))");
  Result<Instance> made = Engine(options).instantiate(large.compile(), {});
  REQUIRE(made.has_value());
  CallResult started = made->instantiate_all();
  REQUIRE(!started.has_value());
  CHECK(started.error().message == "memory minimum size of 4 pages exceeds memory limits");

  World two;
  two.options.max_instances = 1;
  two.add_text("(module)");
  CHECK(Engine(two.options).instantiate(two.compile(), {}).has_value());
  two.add_text("(module)");
  Result<Instance> refused = Engine(two.options).instantiate(two.compile(), {});
  REQUIRE(!refused.has_value());
  CHECK(refused.error()->message == "2 core instances are over the limit of 1");
}

}  // namespace witc::engine::testing
