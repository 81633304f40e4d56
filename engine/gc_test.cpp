// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The heap under compiled code and a host: limits, roots of the host, references across instances and host calls.
#include <string>

#include "base/source.h"
#include "engine/testing.h"
#include "wasm/core/load.h"
#include "wasm/core/validate.h"

namespace witc::engine {
namespace {

using testing::call;
using testing::trap_of;

/// Modules from text; each imports from host functions or from instances before it.
struct TextWorld {
  SourceMap sources;
  testing::World world;
  std::deque<wasm::Module> modules;

  InstanceId add(std::string text, std::vector<ImportBinding> imports = {}) {
    auto module = wasm::load_module(sources, sources.add("test.wat", std::move(text), SourceKind::kText));
    if (!module) FAIL(module.error()->message);
    modules.push_back(*std::move(module));
    auto valid = wasm::validate_module(sources, modules.back(), wasm::Features::wasm3());
    if (!valid) FAIL(valid.error()->message);
    return world.program.instances.push({&modules.back(), "test", std::move(imports), false});
  }
};

constexpr const char* kLists = R"((module
  (type $cell (struct (field (mut i32)) (field (mut (ref null $cell)))))
  (global $kept (mut (ref null $cell)) (ref.null $cell))
  (func (export "make") (param i32) (result (ref $cell)) (struct.new $cell (local.get 0) (ref.null $cell)))
  (func (export "value") (param (ref null $cell)) (result i32) (struct.get $cell 0 (local.get 0)))
  (func (export "keep") (param (ref null $cell)) (global.set $kept (local.get 0)))
  (func (export "kept") (result i32) (struct.get $cell 0 (global.get $kept)))
  (func (export "churn") (param $n i32)
    (loop $more
      (drop (struct.new $cell (i32.const -1) (ref.null $cell)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "exhaust")
    (loop $more
      (global.set $kept (struct.new $cell (i32.const 1) (global.get $kept)))
      (br $more)))))";

}  // namespace

TEST_CASE("a heap has a limit, is full with a trap, and can be used again") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    TextWorld text;
    text.world.options.opt_level = level;
    text.world.options.max_gc_heap_bytes = 8u << 20;
    const InstanceId id = text.add(kLists);
    Instance instance = text.world.run();
    CHECK(instance.heap_use().committed == 0);  // nothing is reserved before it is needed
    CHECK(trap_of(instance, id, "exhaust", {}) == "GC heap out of memory");
    CHECK(instance.heap_use().committed <= 8u << 20);
    call(instance, id, "keep", {0});
    call(instance, id, "churn", {2'000'000});
    CHECK(instance.heap_use().live < 1u << 20);
  }
}

TEST_CASE("a small live set under endless allocation needs bounded memory") {
  TextWorld text;
  const InstanceId id = text.add(kLists);
  Instance instance = text.world.run();
  call(instance, id, "keep", call(instance, id, "make", {7}));
  call(instance, id, "churn", {20'000'000});  // 480 MB
  CHECK(call(instance, id, "kept", {})[0] == 7);
  CHECK(instance.heap_use().collections > 20);
  CHECK(instance.heap_use().committed <= 16u << 20);
}

TEST_CASE("a host roots what it keeps between calls") {
  TextWorld text;
  const InstanceId id = text.add(kLists);
  Instance instance = text.world.run();
  const std::uint64_t kept = call(instance, id, "make", {41})[0];
  instance.add_root(kept);
  call(instance, id, "churn", {3'000'000});
  instance.collect_garbage();
  CHECK(instance.heap_use().live > 0);
  CHECK(call(instance, id, "value", {kept})[0] == 41);
  instance.remove_root(kept);
  instance.collect_garbage();
  CHECK(instance.heap_use().live == 0);
  CHECK(trap_of(instance, id, "value", {0}) == "null structure reference");
}

TEST_CASE("references live in the arguments of a host function that collects, and in the frames around it") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    TextWorld text;
    text.world.options.opt_level = level;
    const wasm::ValType anyref = wasm::ValType::of({true, {wasm::HeapType::kAny, {}}});
    const HostSlot host = text.world.host({{anyref}, {testing::i64}}, [](HostCall& host_call) {
      host_call.instance.collect_garbage();
      const std::uint64_t args[1] = {host_call.slots[0]};
      return host_call.instance.call(InstanceId(0), "nested", args, host_call.slots).has_value();
    });
    const InstanceId id = text.add(R"((module
      (import "host" "call" (func $host (param anyref) (result i64)))
      (type $box (struct (field i64)))
      (func (export "nested") (param anyref) (result i64)
        (local $n i32)
        (loop $more
          (drop (struct.new $box (i64.const -1)))
          (br_if $more (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 2000000))))
        (struct.get $box 0 (ref.cast (ref $box) (local.get 0))))
      (func (export "run") (result i64)
        (local $outer (ref null $box))
        (local.set $outer (struct.new $box (i64.const 30)))
        (i64.add (call $host (struct.new $box (i64.const 12))) (struct.get $box 0 (local.get $outer))))))",
                                   {host});
    Instance instance = text.world.run();
    CHECK(call(instance, id, "run", {})[0] == 42);
    CHECK(instance.heap_use().collections > 2);
  }
}

TEST_CASE("types of two modules are one where they are equal, and references go between them") {
  TextWorld text;
  const std::string types = "(rec (type $a (sub (struct (field i32)))) (type $b (sub $a (struct (field i32 i64)))))";
  const InstanceId first = text.add("(module " + types + R"(
    (func (export "make") (result (ref $a)) (struct.new $b (i32.const 5) (i64.const 6)))))");
  const InstanceId second = text.add("(module (type $other (struct)) " + types + R"(
    (import "first" "make" (func $make (result (ref $a))))
    (func (export "get") (result i64) (struct.get $b 1 (ref.cast (ref $b) (call $make))))
    (func (export "fail") (drop (ref.cast (ref $other) (ref.as_non_null (block (result (ref any)) (call $make)))))))
    )",
                                     {InstanceItem{first, 0}});
  Instance instance = text.world.run();
  CHECK(call(instance, second, "get", {})[0] == 6);
  CHECK(trap_of(instance, second, "fail", {}) == "cast failure");
}

TEST_CASE("a host function may be of a type that names defined types of a module") {
  TextWorld text;
  const HostSlot host = text.world.host({}, [](HostCall& host_call) { return host_call.slots[0] != 0; });
  const InstanceId id = text.add(R"((module
    (type $first (func))
    (type $box (struct (field i64)))
    (import "host" "same" (func $same (param (ref $box)) (result (ref null $box))))
    (func (export "run") (result i64) (struct.get $box 0 (call $same (struct.new $box (i64.const 9)))))
    (elem declare func $same)
    (func (export "by-reference") (result i64)
      (struct.get $box 0 (call_ref $same-type (struct.new $box (i64.const 8)) (ref.func $same))))
    (type $same-type (func (param (ref $box)) (result (ref null $box))))))",
                                 {host});
  HostDecl& declared = text.world.program.hosts[host];
  declared.type = text.modules.back().func_type(wasm::FuncIndex(0));
  declared.module = &text.modules.back();
  Instance instance = text.world.run();
  CHECK(call(instance, id, "run", {})[0] == 9);
  CHECK(call(instance, id, "by-reference", {})[0] == 8);
}

TEST_CASE("conversions between any and extern keep words of the host and identities of objects") {
  TextWorld text;
  const InstanceId id = text.add(R"((module
    (func (export "internal") (param externref) (result anyref) (any.convert_extern (local.get 0)))
    (func (export "external") (param anyref) (result externref) (extern.convert_any (local.get 0)))
    (func (export "i31") (param i32) (result anyref) (ref.i31 (local.get 0)))
    (func (export "make") (result anyref) (array.new_default $bytes (i32.const 3)))
    (type $bytes (array i8))))");
  Instance instance = text.world.run();
  for (std::uint64_t word : {std::uint64_t{1}, std::uint64_t{2}, ~std::uint64_t{0}, reinterpret_cast<std::uint64_t>(&text)}) {
    const std::uint64_t any = call(instance, id, "internal", {word})[0];
    CHECK(instance.any_kind(any) == Instance::AnyKind::kHost);
    CHECK(call(instance, id, "external", {any})[0] == word);
  }
  const std::uint64_t object = call(instance, id, "make", {})[0];
  CHECK(instance.any_kind(object) == Instance::AnyKind::kArray);
  CHECK(call(instance, id, "internal", call(instance, id, "external", {object}))[0] == object);
  for (std::uint64_t value : {0u, 1u, 0x3fffffffu, 0x40000000u, 0x7fffffffu}) {
    const std::uint64_t i31 = call(instance, id, "i31", {value})[0];
    CHECK(instance.any_kind(i31) == Instance::AnyKind::kI31);
    const std::uint64_t word = call(instance, id, "external", {i31})[0];
    CHECK(word != i31);
    CHECK(call(instance, id, "internal", {word})[0] == i31);
  }
  CHECK(call(instance, id, "internal", {0})[0] == 0);
  CHECK(call(instance, id, "external", {0})[0] == 0);
}

}  // namespace witc::engine
