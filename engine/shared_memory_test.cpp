// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One shared memory in several stores, on several threads at once.
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "engine/testing.h"

namespace witc::engine::testing {
namespace {

const wasm::MemoryType kType = {{1, 4}, true};

constexpr const char* kModule = R"(
  (module
    (memory (import "host" "memory") 1 4 shared)
    (func (export "count") (param $times i32)
      (loop $again
        (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
        (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
    (func (export "wait") (param i32 i32 i64) (result i32)
      (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
    (func (export "notify") (param i32 i32) (result i32)
      (memory.atomic.notify (local.get 0) (local.get 1)))
    (func (export "store") (param i32 i32) (i32.atomic.store (local.get 0) (local.get 1)))
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "size") (result i32) (memory.size))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2))))
)";

/// The module with the host's memory, compiled once.
struct Shared {
  World world;
  InstanceId id;
  SharedMemory memory;
  CompiledProgram code;

  explicit Shared(OptLevel level = OptLevel::kFull)
      : id(world.add_text(kModule, {world.program.memories.push(kType)})),
        memory(*SharedMemory::make(kType)),
        code(world.compile_at(level)) {}

  Instance make() const {
    Result<Instance> made = Engine().instantiate(code, {}, {&memory, 1});
    REQUIRE(made.has_value());
    Instance instance = *std::move(made);
    REQUIRE(instance.instantiate_all().has_value());
    return instance;
  }
  std::uint32_t word(std::size_t at) const {
    return __atomic_load_n(reinterpret_cast<std::uint32_t*>(memory.bytes().data() + at), __ATOMIC_SEQ_CST);
  }
};

void wait_until(const std::function<bool()>& is_so) {
  while (!is_so()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace

TEST_CASE("counting on several threads loses nothing") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    const Shared shared(level);
    constexpr std::uint32_t kTimes = 20'000;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        Instance instance = shared.make();
        call(instance, shared.id, "count", {kTimes});
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(shared.word(8) == 4 * kTimes);
  }
}

TEST_CASE("what waits is woken, in order, as many as asked for") {
  const Shared shared;
  Instance here = shared.make();
  std::atomic<int> woken = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      Instance instance = shared.make();
      const bool was_notified = call(instance, shared.id, "wait", {16, 0, ~0ull})[0] == 0;
      if (was_notified) ++woken;
    });
  }
  std::uint64_t notified = 0;
  wait_until([&] { return (notified += call(here, shared.id, "notify", {16, 2})[0]) >= 2; });
  wait_until([&] { return woken == static_cast<int>(notified); });
  wait_until([&] { return (notified += shared.memory.notify(16, ~0u)) == 3; });
  for (std::thread& thread : threads) thread.join();
  CHECK(woken == 3);
  CHECK(call(here, shared.id, "notify", {16, 1})[0] == 0);
  CHECK(call(here, shared.id, "notify", {20, ~0u & 0xffffffff})[0] == 0);
}

TEST_CASE("waiting: another value, a timeout, what is not there") {
  const Shared shared;
  Instance instance = shared.make();
  call(instance, shared.id, "store", {4, 7});
  CHECK(call(instance, shared.id, "wait", {4, 8, ~0ull})[0] == 1);
  const auto start = std::chrono::steady_clock::now();
  CHECK(call(instance, shared.id, "wait", {4, 7, 20'000'000})[0] == 2);
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(20));
  CHECK(trap_of(instance, shared.id, "wait", {5, 7, 0}) == "unaligned atomic");
  CHECK(trap_of(instance, shared.id, "wait", {65536, 7, 0}) == "out of bounds memory access");
  CHECK(trap_of(instance, shared.id, "notify", {65536, 1}) == "out of bounds memory access");
}

TEST_CASE("one grows, all see it") {
  const Shared shared;
  Instance one = shared.make();
  Instance other = shared.make();
  CHECK(trap_of(other, shared.id, "load", {65536}) == "out of bounds memory access");
  CHECK(trap_of(other, shared.id, "fill", {65530, 1, 10}) == "out of bounds memory access");
  CHECK(call(one, shared.id, "grow", {1})[0] == 1);
  CHECK(call(other, shared.id, "size", {})[0] == 2);
  CHECK(call(other, shared.id, "load", {65536})[0] == 0);
  call(other, shared.id, "fill", {65530, 1, 10});
  CHECK(call(one, shared.id, "load", {65536})[0] == 0x01010101);
  CHECK(shared.memory.bytes().size() == 2 * 65536);
  CHECK(one.memory(shared.id, {}).size() == 2 * 65536);
  CHECK(call(one, shared.id, "grow", {3})[0] == 0xffffffff);  // its maximum is 4
  std::vector<std::thread> threads;
  std::atomic<int> grown = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Instance instance = shared.make();
      if (call(instance, shared.id, "grow", {1})[0] != 0xffffffff) ++grown;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(grown == 2);
}

TEST_CASE("the memory outlives the store that made it") {
  World world;
  const InstanceId id = world.add_text(R"((module (memory (export "memory") 1 1 shared)
    (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))))");
  std::optional<SharedMemory> memory;
  {
    Instance instance = world.run();
    call(instance, id, "store", {0, 99});
    memory = instance.shared_memory(id, {});
    REQUIRE(memory);
  }
  CHECK(memory->bytes()[0] == 99);
  CHECK(memory->type().is_shared);
}

}  // namespace witc::engine::testing
