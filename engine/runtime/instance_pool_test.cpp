// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Instances made of what others left: nothing of theirs may be seen, all must be as if they were the first.
#include <cstring>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "engine/runtime/store.h"
#include "engine/testing.h"

namespace witc::engine::testing {
namespace {

using Values = std::vector<std::uint64_t>;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kCountsMemory = false;
#elif defined(__has_feature)
constexpr bool kCountsMemory = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool kCountsMemory = true;
#endif

/// A guest that writes everything it can reach, and one that tells what it finds there. `address` is i32 or i64, `memory`
/// what follows in the memory's definition.
std::string hostile_guest(std::string_view address, std::string_view memory, std::uint64_t bytes) {
  std::string text = R"((module
    (type $word (func (result i32)))
    (memory (export "memory") @MEMORY@)
    (memory $plain 1)
    (global $number (export "number") (mut i64) (i64.const 77))
    (global $ref (mut funcref) (ref.func $one))
    (table $open (export "open") 6 funcref)
    (table $bounded 3 9 funcref)
    (table $fixed 2 2 funcref)
    (func $one (export "one") (type $word) (i32.const 1))
    (func $two (type $word) (i32.const 2))
    (elem (table $open) (i32.const 1) func $one $two)
    (elem (table $bounded) (i32.const 0) func $two)
    (elem (table $fixed) (i32.const 0) func $one $two)
    (elem $passive func $one $two)
    (data (@A@.const 100) "first")
    (data (@A@.const 102) "overlaps")
    (data (@A@.const 60000) "near the end")
    (data $later "passive")

    (func (export "spoil") (param $pages i32) (result i32)
      (local $grown i32)
      (global.set $number (i64.const 0x5ec2e7))
      (global.set $ref (ref.null func))
      (local.set $grown (@WRAP@ (memory.grow (@EXTEND@ (local.get $pages)))))
      (memory.fill (@A@.const 0) (i32.const 0xee) (memory.size_in_bytes))
      (drop (memory.grow $plain (i32.const 3)))
      (memory.fill $plain (i32.const 0) (i32.const 0xdd) (i32.const 262144))
      (data.drop $later)
      (elem.drop $passive)
      (table.fill $open (i32.const 0) (ref.null func) (i32.const 6))
      (drop (table.grow $open (ref.func $two) (i32.const 1000)))
      (table.fill $bounded (i32.const 0) (ref.func $one) (i32.const 3))
      (drop (table.grow $bounded (ref.func $one) (i32.const 6)))
      (local.get $grown))

    (func (export "sum") (result i64)
      (local $at @A@) (local $sum i64)
      (loop $next
        (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31)) (i64.load8_u (local.get $at))))
        (local.set $at (@A@.add (local.get $at) (@A@.const 1)))
        (br_if $next (@A@.lt_u (local.get $at) (@A@.const @BYTES@))))
      (local.get $sum))
    (func (export "plain") (result i64)
      (local $at i32) (local $sum i64)
      (loop $next
        (local.set $sum (i64.or (local.get $sum) (i64.load $plain (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $next (i32.lt_u (local.get $at) (i32.const 65536))))
      (local.get $sum))
    (func (export "sizes") (result i32 i32 i32 i32)
      (@WRAP@ (memory.size)) (memory.size $plain) (table.size $open) (table.size $bounded))
    (func (export "calls") (param i32) (result i32) (call_indirect $open (type $word) (local.get 0)))
    (func (export "bounded") (param i32) (result i32) (call_indirect $bounded (type $word) (local.get 0)))
    (func (export "fixed") (param i32) (result i32) (call_indirect $fixed (type $word) (local.get 0)))
    (func (export "is-null") (result i32) (ref.is_null (global.get $ref)))
    (func (export "init") (memory.init $later (@A@.const 9) (i32.const 0) (i32.const 7))
                          (table.init $open $passive (i32.const 4) (i32.const 0) (i32.const 2)))
    (func (export "load") (param i64) (result i32) (i32.load8_u (@TO@ (local.get 0))))
    (func (export "load-plain") (param i32) (result i32) (i32.load8_u $plain (local.get 0)))
  ))";
  const bool is_64 = address == "i64";
  const std::string page = fmt::format("{}.const {}", address, bytes == 65536 || bytes == 131072 ? 65536 : 1);
  const auto replace = [&](const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) text.replace(at, from.size(), to);
  };
  replace("(memory.size_in_bytes)", fmt::format("({}.mul (memory.size) ({}))", address, page));
  if (!is_64) {
    replace("(@WRAP@ (memory.grow (@EXTEND@ (local.get $pages))))", "(memory.grow (local.get $pages))");
    replace("(@WRAP@ (memory.size))", "(memory.size)");
  }
  replace("@WRAP@", "i32.wrap_i64");
  replace("@EXTEND@", "i64.extend_i32_u");
  if (is_64) replace("(@TO@ (local.get 0))", "(local.get 0)");
  replace("@TO@", "i32.wrap_i64");
  replace("@A@", std::string(address));
  replace("@MEMORY@", std::string(memory));
  replace("@BYTES@", std::to_string(bytes));
  return text;
}

struct Guest {
  const char* address;
  const char* memory;
  std::uint64_t bytes;
  std::uint32_t pages;  // to grow by
};

std::uint64_t expected_sum(std::uint64_t bytes) {
  std::vector<std::uint8_t> memory(bytes);
  std::memcpy(memory.data() + 100, "first", 5);
  std::memcpy(memory.data() + 102, "overlaps", 8);
  std::memcpy(memory.data() + 60000, "near the end", 12);
  std::uint64_t sum = 0;
  for (std::uint8_t byte : memory) sum = sum * 31 + byte;
  return sum;
}

void check_untouched(Instance& instance, InstanceId id, const Guest& guest) {
  CHECK(call(instance, id, "sum", {}) == Values{expected_sum(guest.bytes)});
  CHECK(call(instance, id, "plain", {}) == Values{0});
  CHECK(instance.global(id, wasm::GlobalIndex(std::size_t{0})) == 77);
  CHECK(call(instance, id, "is-null", {}) == Values{0});
  const std::uint64_t pages = instance.memory(id, wasm::MemoryIndex(std::size_t{0})).size();
  CHECK(pages == guest.bytes);
  CHECK(call(instance, id, "sizes", {})[1] == 1);
  CHECK(call(instance, id, "sizes", {})[2] == 6);
  CHECK(call(instance, id, "sizes", {})[3] == 3);
  CHECK(trap_of(instance, id, "calls", {0}) == "uninitialized element");
  CHECK(call(instance, id, "calls", {1}) == Values{1});
  CHECK(call(instance, id, "calls", {2}) == Values{2});
  CHECK(trap_of(instance, id, "calls", {4}) == "uninitialized element");
  CHECK(trap_of(instance, id, "calls", {6}) == "undefined element");
  CHECK(call(instance, id, "bounded", {0}) == Values{2});
  CHECK(trap_of(instance, id, "bounded", {1}) == "uninitialized element");
  CHECK(trap_of(instance, id, "bounded", {3}) == "undefined element");
  CHECK(call(instance, id, "fixed", {1}) == Values{2});
  // What an earlier instance grew by is out of bounds again.
  for (std::uint64_t address : {guest.bytes, guest.bytes + 1, guest.bytes + 70000}) {
    CHECK(trap_of(instance, id, "load", {address}) == "out of bounds memory access");
  }
  CHECK(trap_of(instance, id, "load-plain", {65536}) == "out of bounds memory access");
  call(instance, id, "init", {});  // passive segments are there again
  CHECK(call(instance, id, "load", {9}) == Values{'p'});
  CHECK(call(instance, id, "calls", {5}) == Values{2});
}

TEST_CASE("nothing of an instance is seen by the next") {
  const Guest guests[] = {{"i32", "1", 65536, 2},          {"i32", "1 100", 65536, 99},
                          {"i32", "2", 131072, 80},  // beyond the room that the image's file has
                          {"i64", "i64 1", 65536, 2},      {"i32", "70001 (pagesize 1)", 70001, 5000},
                          {"i64", "i64 70001 (pagesize 1)", 70001, 100000}};
  for (const Guest& guest : guests) {
    for (std::uint64_t resident : {std::uint64_t{0}, std::uint64_t{8192}, std::uint64_t{1} << 20, std::uint64_t{64} << 20}) {
      CAPTURE(guest.memory);
      CAPTURE(resident);
      World world;
      world.options.max_kept_resident_bytes = resident;
      InstanceId id = world.add_text(hostile_guest(guest.address, guest.memory, guest.bytes));
      CompiledProgram code = world.compile();
      for (int turn = 0; turn < 5; ++turn) {
        CAPTURE(turn);
        Instance instance = world.instantiate(code);
        check_untouched(instance, id, guest);
        CHECK(call(instance, id, "spoil", {guest.pages})[0] != 0xffffffff);
        if (turn % 2 == 0) continue;
        CHECK(trap_of(instance, id, "load", {std::uint64_t{3} << 30}) == "out of bounds memory access");
      }
      // Two at once: one of them kept, one new.
      Instance a = world.instantiate(code);
      call(a, id, "spoil", {guest.pages});
      Instance b = world.instantiate(code);
      check_untouched(b, id, guest);
      a = std::move(b);
      CHECK(call(a, id, "calls", {5}) == Values{2});
    }
  }
}

TEST_CASE("segments of an instance after a start function wait for it") {
  for (int levels = 0; levels < 2; ++levels) {
    World world;
    world.options.opt_level = levels == 0 ? OptLevel::kNone : OptLevel::kFull;
    InstanceId first = world.add_text(R"((module
      (memory (export "memory") 1 4) (table (export "table") 2 funcref)
      (global $seen (export "seen") (mut i32) (i32.const 0))
      (data (i32.const 0) "abc")
      (type $f (func (result i32)))
      (func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0)))
      (func (export "byte") (param i32) (result i32) (i32.load8_u (local.get 0)))))");
    auto item = [&](std::uint32_t index) { return ImportBinding(InstanceItem{first, index}); };
    world.add_text(R"((module
      (import "" "memory" (memory 1)) (import "" "table" (table 2 funcref)) (import "" "seen" (global $seen (mut i32)))
      (func $start
        (global.set $seen (i32.load8_u (i32.const 1)))
        (global.set $seen (i32.or (global.get $seen) (i32.shl (ref.is_null (table.get (i32.const 0))) (i32.const 8))))
        (i32.store8 (i32.const 2) (i32.const 90))
        (i32.store8 (i32.const 3) (i32.const 91))
        (drop (memory.grow (i32.const 1))))
      (start $start)))", {item(0), item(0), item(0)});
    InstanceId last = world.add_text(R"((module
      (import "" "memory" (memory 2)) (import "" "table" (table 2 funcref)) (memory $own 1)
      (func $f (result i32) (i32.load8_u $own (i32.const 5)))
      (elem (table 0) (i32.const 0) func $f)
      (data (memory 0) (i32.const 3) "late") (data (memory $own) (i32.const 5) "o")
      (func (export "own") (param i32) (i32.store8 $own (i32.const 5) (local.get 0)))))", {item(0), item(0)});
    CompiledProgram code = world.compile();
    for (int turn = 0; turn < 4; ++turn) {
      CAPTURE(turn);
      Instance instance = world.instantiate(code);
      CHECK(instance.global(first, wasm::GlobalIndex(std::size_t{0})) == (0x100 | 'b'));
      CHECK(call(instance, first, "byte", {2}) == Values{90});
      CHECK(call(instance, first, "byte", {3}) == Values{'l'});
      CHECK(call(instance, first, "call", {0}) == Values{'o'});
      CHECK(instance.memory(first, wasm::MemoryIndex(std::size_t{0})).size() == 2 * 65536);
      call(instance, last, "own", {7});
    }
  }
}

TEST_CASE("what traps when it is instantiated does so every time") {
  World world;
  InstanceId id = world.add_text(R"((module (memory (export "memory") 1) (data (i32.const 8) "there")
    (data (i32.const 65535) "no")))");
  CompiledProgram code = world.compile();
  for (int turn = 0; turn < 4; ++turn) {
    Result<Instance> made = Engine(world.options).instantiate(code, {});
    REQUIRE(made.has_value());
    CallResult done = made->instantiate_all();
    REQUIRE(!done.has_value());
    CHECK(done.error().kind == TrapKind::kMemoryOutOfBounds);
    CHECK(made->memory(id, wasm::MemoryIndex(std::size_t{0}))[8] == 't');
  }
  World starts;
  starts.add_text(R"((module (memory 1) (func $start (i32.store (i32.const 0) (i32.const 1)) unreachable) (start $start)))");
  CompiledProgram trapping = starts.compile();
  for (int turn = 0; turn < 4; ++turn) {
    Result<Instance> made = Engine(starts.options).instantiate(trapping, {});
    REQUIRE(made.has_value());
    CallResult done = made->instantiate_all();
    REQUIRE(!done.has_value());
    CHECK(done.error().kind == TrapKind::kUnreachable);
  }
}

TEST_CASE("objects, exceptions and interruptions end with their instance") {
  World world;
  world.options.interruptible = true;
  world.options.fuel = 100000;
  InstanceId id = world.add_text(R"((module
    (type $pair (struct (field (mut i32)) (field (mut (ref null $pair)))))
    (tag $error (export "error") (param i32))
    (global $kept (mut (ref null $pair)) (ref.null $pair))
    (func (export "keep") (param i32) (result i32)
      (global.set $kept (struct.new $pair (local.get 0) (global.get $kept)))
      (struct.get $pair 0 (global.get $kept)))
    (func (export "has") (result i32) (i32.eqz (ref.is_null (global.get $kept))))
    (func (export "throw") (throw $error (i32.const 5)))
    (func (export "loop") (loop (br 0)))))");
  CompiledProgram code = world.compile();
  std::vector<InterruptHandle> handles;
  std::shared_ptr<const Exception> exception;
  for (int turn = 0; turn < 5; ++turn) {
    CAPTURE(turn);
    Instance instance = world.instantiate(code);
    CHECK(instance.fuel() == 100000);
    CHECK(call(instance, id, "has", {}) == Values{0});
    for (InterruptHandle& handle : handles) handle.interrupt();  // of instances that are no more
    for (std::uint64_t i = 0; i < 50; ++i) CHECK(call(instance, id, "keep", {i}) == Values{i});
    CallResult thrown = instance.call(id, "throw", {}, {});
    REQUIRE(!thrown.has_value());
    if (turn % 2 == 1) exception = thrown.error().exception;  // lives longer than its instance
    handles.push_back(instance.interrupt_handle());
    if (turn % 2 == 0) {
      handles.back().interrupt();
      CHECK(trap_of(instance, id, "loop", {}) == "interrupt");
    } else {
      CHECK(trap_of(instance, id, "loop", {}) == "all fuel consumed by WebAssembly");
    }
  }
}

/// Lines of /proc/self/maps: what vm.max_map_count limits.
std::size_t mappings() {
  std::ifstream file("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) ++count;
  return count;
}
std::size_t resident_kb() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(line.find_first_of("0123456789")));
  }
  return 0;
}

/// Three instances with a memory each, the first page of a mebibyte of data written by each call.
InstanceId add_three(World& world) {
  const std::string data(1 << 20, 'x');
  InstanceId last;
  for (int i = 0; i < 3; ++i) {
    std::vector<ImportBinding> imports;
    if (i != 0) imports.emplace_back(InstanceItem{last, 0});
    last = world.add_text(fmt::format(R"((module {}
      (memory (export "memory") 17) (table 200 200 funcref) (elem (i32.const 0) func $run)
      (func $run (export "run") (param i32) (result i32)
        (i32.store (i32.const 4096) (i32.add (i32.load (i32.const 4096)) (local.get 0)))
        (i32.load (i32.const 4096)))
      (data (i32.const 0) "{}")))", i == 0 ? "" : "(import \"\" \"run\" (func (param i32) (result i32)))", data), imports);
  }
  return last;
}

std::uint64_t run_three(Instance& instance, InstanceId last) {
  const wasm::Module& module = *instance.program().instances[last].module;
  std::uint64_t argument = 1, result = 0;
  CallResult done = instance.call(last, wasm::FuncIndex(module.find_export("run")->index), {&argument, 1}, {&result, 1});
  CHECK(done.has_value());
  return result;
}

TEST_CASE("two thousand live instances of three take little, and give it back") {
  if (!kCountsMemory) return;
  World world;
  const InstanceId last = add_three(world);
  CompiledProgram code = world.compile();
  Engine engine(world.options);
  for (int i = 0; i < 3; ++i) CHECK(run_three(*std::make_unique<Instance>(world.instantiate(code)), last) == 0x78787879);
  const std::size_t resident = resident_kb(), mapped = mappings();
  std::vector<Instance> live;
  constexpr std::size_t kCount = 2000;
  for (std::size_t i = 0; i < kCount; ++i) {
    live.push_back(world.instantiate(code));
    CHECK(run_three(live.back(), last) == 0x78787879);
  }
  CHECK(resident_kb() - resident < kCount * 100);  // with copies of the data it would be 3 MiB each
  CHECK(mappings() - mapped < kCount * 3 * 2 + 200);
  live.clear();
  CHECK(code.impl()->pool->kept_instances == world.options.max_kept_instances);
  CHECK(mappings() < mapped + world.options.max_kept_instances * 6 + 200);
}

TEST_CASE("twenty thousand instances made and dropped leave nothing") {
  World world;
  const InstanceId last = add_three(world);
  CompiledProgram code = world.compile();
  for (int i = 0; i < 100; ++i) run_three(*std::make_unique<Instance>(world.instantiate(code)), last);
  const std::size_t resident = resident_kb(), mapped = mappings();
  for (int i = 0; i < 20000; ++i) {
    Instance instance = world.instantiate(code);
    if (run_three(instance, last) != 0x78787879) FAIL("another instance's memory");
  }
  CHECK(code.impl()->pool->kept_instances == 1);
  if (kCountsMemory) CHECK(resident_kb() < resident + 1024);
  if (kCountsMemory) CHECK(mappings() <= mapped + 2);
}

TEST_CASE("instances of many threads") {
  World world;
  const InstanceId last = add_three(world);
  const CompiledProgram code = world.compile();
  Engine engine(world.options);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        Result<Instance> instance = engine.instantiate(code, {});
        if (!instance || !instance->instantiate_all()) {
          ++wrong;
          continue;
        }
        for (std::uint64_t n = 1; n < 4; ++n) {
          if (run_three(*instance, last) != 0x78787878 + n) ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(code.impl()->pool->kept_instances <= 8);
}

TEST_CASE("kept instances are bounded, of all programs together, and none may be kept") {
  World world;
  world.options.max_kept_instances = 3;
  const InstanceId last = add_three(world);
  Engine engine(world.options);
  Result<CompiledProgram> a = engine.compile(world.program), b = engine.compile(world.program);
  REQUIRE((a.has_value() && b.has_value()));
  for (int turn = 0; turn < 2; ++turn) {
    std::vector<Instance> live;
    for (int i = 0; i < 5; ++i) {
      for (const CompiledProgram* code : {&*a, &*b}) {
        live.push_back(world.instantiate(*code));
        CHECK(run_three(live.back(), last) == 0x78787879);
      }
    }
    live.clear();
    CHECK(a->impl()->pool->kept_instances == 3);
  }
  auto pool = a->impl()->pool;
  a = error(DiagCode::kEngineResource, "");
  b = error(DiagCode::kEngineResource, "");
  CHECK(pool->kept_instances == 0);
  world.options.max_kept_instances = 0;
  CompiledProgram none = world.compile();
  for (int i = 0; i < 4; ++i) CHECK(run_three(*std::make_unique<Instance>(world.instantiate(none)), last) == 0x78787879);
  CHECK(none.impl()->pool->kept_instances == 0);
}

}  // namespace
}  // namespace witc::engine::testing
