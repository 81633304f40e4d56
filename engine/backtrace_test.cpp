// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where traps and calls are: every kind of trap from deep recursion and from code that the host called, on several
// threads at once; the operator of every frame is looked at. And the guest's stack: its size, and room for the host.
#include <pthread.h>

#include <array>
#include <string>
#include <thread>

#include "engine/coredump.h"
#include "engine/runtime/entry.h"
#include "engine/testing.h"
#include "wasm/core/decode.h"
#include "wasm/core/load.h"
#include "wasm/core/operators.h"
#include "wasm/core/validate.h"

namespace witc::engine::testing {
namespace {

using Values = std::vector<std::uint64_t>;
using wasm::Op;

/// `deep` recurses and then does one thing that traps; `through` does so from as many calls by way of the host.
constexpr const char* kText = R"((module
  (type $i (func (result i32)))
  (type $one (struct (field i32)))
  (type $other (struct (field i64)))
  (import "h" "back" (func $back (param i32 i32)))
  (memory 1 1)
  (table $t 4 4 funcref)
  (elem (table $t) (i32.const 1) func $seven $wide)
  (func $seven (result i32) (i32.const 7))
  (func $wide (result i64) (i64.const 7))
  (tag $oops (param i32))
  (func $raise (param $kind i32)
    (block $13 (block $12 (block $11 (block $10 (block $9 (block $8 (block $7 (block $6 (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
      (br_table $0 $1 $2 $3 $4 $5 $6 $7 $8 $9 $10 $11 $12 $13 (local.get $kind)))
      (unreachable))
      (drop (i32.load offset=65533 (local.get $kind))) (return))
      (i64.store offset=65536 (i32.const -1) (i64.const 1)) (return))
      (drop (i32.div_s (local.get $kind) (i32.const 0))) (return))
      (drop (i64.rem_u (i64.const 5) (i64.extend_i32_u (i32.sub (local.get $kind) (i32.const 4))))) (return))
      (drop (i32.trunc_f64_s (f64.mul (f64.const 1e9) (f64.convert_i32_u (local.get $kind))))) (return))
      (drop (call_indirect $t (type $i) (i32.sub (local.get $kind) (i32.const 6)))) (return))
      (drop (call_indirect $t (type $i) (i32.sub (local.get $kind) (i32.const 5)))) (return))
      (drop (table.get $t (local.get $kind))) (return))
      (memory.fill (i32.const 65530) (local.get $kind) (i32.const 7)) (return))
      (drop (call_ref $i (ref.null $i))) (return))
      (drop (ref.as_non_null (table.get $t (i32.const 0)))) (return))
    (throw $oops (local.get $kind)))
    (drop (ref.cast (ref $one) (block (result (ref struct)) (struct.new_default $other)))))
  (func $deep (export "deep") (param $kind i32) (param $depth i32)
    (if (local.get $depth)
      (then (call $deep (local.get $kind) (i32.sub (local.get $depth) (i32.const 1))))
      (else (call $raise (local.get $kind))))
    (i32.store (i32.const 0) (local.get $depth)))
  (func $through (export "through") (param $kind i32) (param $depth i32)
    (if (local.get $depth)
      (then (call $back (local.get $kind) (i32.sub (local.get $depth) (i32.const 1))))
      (else (call $deep (local.get $kind) (i32.const 3)))))
  (func $forever (export "forever") (param $n i32) (result i32)
    (i32.add (call $forever (i32.add (local.get $n) (i32.const 1))) (i32.const 1)))
  (func $count (export "count") (param $n i32) (result i32)
    (if (result i32) (local.get $n)
      (then (i32.add (call $count (i32.sub (local.get $n) (i32.const 1))) (i32.const 1)))
      (else (i32.const 0))))))";

struct Case {
  std::uint64_t kind;
  const char* message;
  Op op;
};
constexpr std::array kCases = {
    Case{0, "unreachable", Op::kUnreachable},
    Case{1, "out of bounds memory access", Op::kI32Load},
    Case{2, "out of bounds memory access", Op::kI64Store},
    Case{3, "integer divide by zero", Op::kI32DivS},
    Case{4, "integer divide by zero", Op::kI64RemU},
    Case{5, "integer overflow", Op::kI32TruncF64S},
    Case{6, "uninitialized element", Op::kCallIndirect},
    Case{7, "indirect call type mismatch", Op::kCallIndirect},
    Case{8, "out of bounds table access", Op::kTableGet},
    Case{9, "out of bounds memory access", Op::kMemoryFill},
    Case{10, "null function reference", Op::kCallRef},
    Case{11, "null reference", Op::kRefAsNonNull},
    Case{12, "uncaught exception `oops`", Op::kThrow},
    Case{13, "cast failure", Op::kRefCast},
};

bool back(HostCall& call) {
  const std::uint64_t args[] = {call.slots[0], call.slots[1]};
  CallResult done = call.instance.call(InstanceId(0), "through", args, {});
  return done ? true : call.trap(std::move(done).error());
}

struct Recursion {
  World world;
  InstanceId id;

  explicit Recursion(OptLevel level = OptLevel::kFull) {
    world.options.opt_level = level;
    const HostSlot host = world.host({{i32, i32}, {}}, back);
    id = world.add_text(kText, {host});
  }
};

Trap trap_from(Instance& instance, InstanceId id, std::string_view name, const Values& args, std::size_t results = 0) {
  Values out(results);
  CallResult done = instance.call(id, name, args, out);
  REQUIRE_FALSE(done.has_value());
  return std::move(done).error();
}

/// The operator that a frame stands at.
Op op_at(const Instance& instance, const Frame& frame) {
  const wasm::Module& module = *instance.program().instances[frame.instance].module;
  wasm::OperatorReader reader(module.source, module.funcs[frame.func].body);
  while (!reader.at_end()) {
    Result<const wasm::Operator*> op = reader.next();
    REQUIRE(op.has_value());
    if ((*op)->position == frame.offset - frame.body_offset) return (*op)->op;
  }
  FAIL("no operator stands there");
  return Op::kNop;
}

void check_frames(const Instance& instance, const Trap& trap, const Case& expected, std::size_t deep) {
  CHECK(trap.message == expected.message);
  REQUIRE(trap.frames.size() >= deep + 2);
  CHECK(trap.frames[0].func_name == "raise");
  CHECK(op_at(instance, trap.frames[0]) == expected.op);
  for (std::size_t i = 1; i < deep + 2; ++i) {
    CHECK(trap.frames[i].func_name == "deep");
    CHECK(op_at(instance, trap.frames[i]) == Op::kCall);
  }
}

void check_all(Instance& instance, InstanceId id) {
  for (const Case& expected : kCases) {
    Trap deep = trap_from(instance, id, "deep", {expected.kind, 20});
    check_frames(instance, deep, expected, 20);
    CHECK(deep.frames.size() == 22);
    // The host puts the frames of the inner entry before those of the outer.
    Trap through = trap_from(instance, id, "through", {expected.kind, 6});
    if (expected.op == Op::kThrow) {  // is thrown on by each call of the host: what is shown is where it went at last
      CHECK(through.message == expected.message);
      CHECK(through.frames.at(0).func_name == "through");
      continue;
    }
    check_frames(instance, through, expected, 3);
    REQUIRE(through.frames.size() == 1 + 4 + 7);
    for (std::size_t i = 5; i < through.frames.size(); ++i) {
      CHECK(through.frames[i].func_name == "through");
      CHECK(op_at(instance, through.frames[i]) == Op::kCall);
    }
  }
  Trap overflow = trap_from(instance, id, "forever", {0}, 1);
  CHECK(overflow.message == "call stack exhausted");
  REQUIRE(overflow.frames.size() == Entry::kMaxFrames);
  for (const Frame& frame : overflow.frames) CHECK(frame.func_name == "forever");
  CHECK(op_at(instance, overflow.frames[1]) == Op::kCall);
  Trap nested = trap_from(instance, id, "through", {0, 1'000'000});
  CHECK(nested.message == "call stack exhausted");
}

TEST_CASE("every kind of trap knows its operator and its callers") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    Recursion recursion(level);
    Instance instance = recursion.world.run();
    check_all(instance, recursion.id);
  }
}

TEST_CASE("every kind of trap on several threads at once") {
  Recursion recursion;
  CompiledProgram code = recursion.world.compile();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Instance instance = recursion.world.instantiate(code);
      for (int round = 0; round < 3; ++round) check_all(instance, recursion.id);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("inlined callees and adapters are frames of their own") {
  World world;
  const InstanceId callee = world.add_text(R"((module
    (func $fail (export "fail") (param i32) (drop (i32.div_u (i32.const 1) (local.get 0))))))", {}, "callee");
  const InstanceId adapter = world.add_text(R"((module (import "callee" "fail" (func $fail (param i32)))
    (func $pass (export "pass") (param i32) (call $fail (local.get 0)))))", {InstanceItem{callee, 0}}, "adapter", true);
  const InstanceId caller = world.add_text(R"((module (import "adapter" "pass" (func $pass (param i32)))
    (func $run (export "run") (call $pass (i32.const 1)) (call $pass (i32.const 0)) (call $pass (i32.const 2)))))",
                                           {InstanceItem{adapter, 1}}, "caller");
  Instance instance = world.run();
  Trap trap = trap_from(instance, caller, "run", {});
  REQUIRE(trap.frames.size() == 3);
  CHECK(trap.frames[0].instance_name == "callee");
  CHECK(op_at(instance, trap.frames[0]) == Op::kI32DivU);
  CHECK(trap.frames[1].instance_name == "adapter");
  CHECK(op_at(instance, trap.frames[1]) == Op::kCall);
  CHECK(trap.frames[2].func_name == "run");
  CHECK(trap.frames[2].offset - trap.frames[2].body_offset == 6);  // after `i32.const 1`, `call`, `i32.const 0`: 2 bytes each
}

TEST_CASE("the guest's stack has the size that was asked for, on every thread") {
  auto depth = [](std::uint64_t bytes) {
    Recursion recursion;
    recursion.world.options.max_wasm_stack = bytes;
    Instance instance = recursion.world.run();
    std::uint64_t low = 0;
    std::uint64_t high = 10'000'000;
    while (low + 1 < high) {
      const std::uint64_t middle = (low + high) / 2;
      (trap_of(instance, recursion.id, "count", {middle}) == "no trap" ? low : high) = middle;
    }
    return low;
  };
  const std::uint64_t small = depth(64 * 1024);
  const std::uint64_t large = depth(64 * 1024 * 1024);  // more than a thread's own stack
  CHECK(small > 500);
  CHECK(large > small * 1000);
  CHECK(large < small * 1100);
  std::uint64_t on_thread = 0;
  std::thread([&] { on_thread = depth(64 * 1024); }).join();
  CHECK(on_thread == small);
}

TEST_CASE("host functions have their thread's stack, however deep the guest is") {
  World world;
  const HostSlot hungry = world.host({{}, {i32}}, [](HostCall& call) {
    volatile char large[128 * 1024];
    large[0] = 1;
    large[sizeof large - 1] = 2;
    call.slots[0] = static_cast<std::uint64_t>(large[0] + large[sizeof large - 1]);
    return true;
  });
  const InstanceId id = world.add_text(R"((module (import "h" "hungry" (func $hungry (result i32)))
    (func $down (export "down") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add (call $down (i32.sub (local.get 0) (i32.const 1))) (call $hungry)))
        (else (call $hungry))))))", {hungry});
  world.options.max_wasm_stack = 64 * 1024;
  Instance instance = world.run();
  std::uint64_t depth = 1;
  while (trap_of(instance, id, "down", {depth}) == "no trap") depth += 1 + depth / 8;
  CHECK(trap_of(instance, id, "down", {depth}) == "call stack exhausted");
  CHECK(call(instance, id, "down", {100}) == Values{303});
}

TEST_CASE("a core dump has the memory, the globals and the stack as they were") {
  World world;
  const InstanceId id = world.add_text(R"((module $dumped
    (memory 2 3) (global $g (mut i64) (i64.const 1)) (global $v (mut v128) (v128.const i64x2 0 0)) (global $f (mut funcref) (ref.func $run))
    (func $run (export "run") (local i32 i64)
      (i32.store (i32.const 70000) (i32.const 0x11223344)) (global.set $g (i64.const -5))
      (global.set $v (v128.const i64x2 3 4)) (unreachable))))", {});
  Instance instance = world.run();
  const Trap trap = trap_from(instance, id, "run", {});
  const std::vector<std::uint8_t> dump = make_coredump(instance, trap, "a.wasm");
  SourceMap sources;
  const SourceId source = sources.add("core", std::string(dump.begin(), dump.end()), SourceKind::kBinary);
  Result<wasm::Module> module = wasm::load_module(sources, source);
  REQUIRE(module.has_value());
  CHECK(wasm::validate_module(sources, *module, wasm::Features::wasm3()).has_value());
  REQUIRE(module->memories.size() == 1);
  CHECK(module->memories[wasm::MemoryIndex(0)].type.limits.min == 2);
  REQUIRE(module->data.size() == 1);
  const auto& bytes = module->data[wasm::DataIndex(0)].bytes;
  CHECK(std::vector<std::uint8_t>(bytes.begin(), bytes.end()) == std::vector<std::uint8_t>{0x44, 0x33, 0x22, 0x11});
  CHECK(module->globals.size() == 3);
  std::string names;
  for (const wasm::CustomSection& section : module->customs) names += section.name + " ";
  CHECK(names == "core coremodules coreinstances corestack ");
  const wasm::CustomSection& stack = module->customs.back();
  // thread-info, one frame: instance 0, function 0, offset of `unreachable` from the function's start, nothing else
  CHECK(std::vector<std::uint8_t>(stack.bytes.begin(), stack.bytes.end()).size() > 8);
  CHECK(stack.bytes[6] == 1);
  CHECK(stack.bytes[7] == 0);
}

}  // namespace
}  // namespace witc::engine::testing
