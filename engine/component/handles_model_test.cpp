// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resources by chance: programs of random operations, run by a component and by a small model of "Resource State"
// (CanonicalABI.md), which must agree on every result, every index, every destructor and every trap.
#include <fmt/format.h>

#include <map>
#include <random>

#include "engine/component/testing.h"

namespace witc::engine::testing {
namespace {

using abi::Val;

/// $A makes items; $B holds handles of them and of the host's tokens in one table, and does with them as it is told.
constexpr std::string_view kWorld = R"((component
  (import "h" (instance $h
    (export "token" (type $token (sub resource)))
    (export "mint" (func (param "n" u32) (result (own $token))))
    (export "burn" (func (param "t" (own $token))))))
  (component $A
    (core module $D (global $n (mut i64) (i64.const 0))
      (func (export "dtor") (param i32)  ;; a hash of what was destroyed, in its order
        (global.set $n (i64.add (i64.mul (global.get $n) (i64.const 31)) (i64.extend_i32_u (local.get 0)))))
      (func (export "dropped") (result i64) (global.get $n)))
    (core instance $d (instantiate $D))
    (type $item (resource (rep i32) (dtor (func $d "dtor"))))
    (core func $new (canon resource.new $item))
    (core module $M (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "get") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
    (core func $drop (canon resource.drop $item))
    (core module $N (import "" "drop" (func $drop (param i32))) (func (export "end") (param i32) (call $drop (local.get 0))))
    (core instance $n (instantiate $N (with "" (instance (export "drop" (func $drop))))))
    (export $e "item" (type $item))
    (func (export "make") (param "n" u32) (result (own $e)) (canon lift (core func $m "make")))
    (func (export "get") (param "self" (borrow $e)) (result u32) (canon lift (core func $m "get")))
    (func (export "end") (param "self" (own $e)) (canon lift (core func $n "end")))
    (func (export "dropped") (result u64) (canon lift (core func $d "dropped"))))
  (component $B
    (import "a" (instance $a
      (export "item" (type $item (sub resource)))
      (export "make" (func (param "n" u32) (result (own $item))))
      (export "get" (func (param "self" (borrow $item)) (result u32)))
      (export "end" (func (param "self" (own $item))))))
    (import "h" (instance $h
      (export "token" (type $token (sub resource)))
      (export "mint" (func (param "n" u32) (result (own $token))))
      (export "burn" (func (param "t" (own $token))))))
    (alias export $a "item" (type $item))
    (alias export $h "token" (type $token))
    (core func $make (canon lower (func $a "make")))
    (core func $get (canon lower (func $a "get")))
    (core func $end (canon lower (func $a "end")))
    (core func $mint (canon lower (func $h "mint")))
    (core func $burn (canon lower (func $h "burn")))
    (core func $drop-item (canon resource.drop $item))
    (core func $drop-token (canon resource.drop $token))
    (core module $M
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "get" (func $get (param i32) (result i32)))
      (import "" "end" (func $end (param i32)))
      (import "" "mint" (func $mint (param i32) (result i32)))
      (import "" "burn" (func $burn (param i32)))
      (import "" "drop-item" (func $drop-item (param i32)))
      (import "" "drop-token" (func $drop-token (param i32)))
      (func (export "make") (param i32) (result i32) (call $make (local.get 0)))
      (func (export "get") (param i32) (result i32) (call $get (local.get 0)))
      (func (export "end") (param i32) (result i32) (call $end (local.get 0)) (i32.const 0))
      (func (export "mint") (param i32) (result i32) (call $mint (local.get 0)))
      (func (export "burn") (param i32) (result i32) (call $burn (local.get 0)) (i32.const 0))
      (func (export "drop-item") (param i32) (result i32) (call $drop-item (local.get 0)) (i32.const 0))
      (func (export "drop-token") (param i32) (result i32) (call $drop-token (local.get 0)) (i32.const 0)))
    (core instance $m (instantiate $M (with "" (instance
      (export "make" (func $make)) (export "get" (func $get)) (export "end" (func $end)) (export "mint" (func $mint))
      (export "burn" (func $burn)) (export "drop-item" (func $drop-item)) (export "drop-token" (func $drop-token))))))
    (func (export "make") (param "n" u32) (result u32) (canon lift (core func $m "make")))
    (func (export "get") (param "n" u32) (result u32) (canon lift (core func $m "get")))
    (func (export "end") (param "n" u32) (result u32) (canon lift (core func $m "end")))
    (func (export "mint") (param "n" u32) (result u32) (canon lift (core func $m "mint")))
    (func (export "burn") (param "n" u32) (result u32) (canon lift (core func $m "burn")))
    (func (export "drop-item") (param "n" u32) (result u32) (canon lift (core func $m "drop-item")))
    (func (export "drop-token") (param "n" u32) (result u32) (canon lift (core func $m "drop-token"))))
  (instance $a (instantiate $A))
  (instance $b (instantiate $B (with "a" (instance $a)) (with "h" (instance $h))))
  (export "a" (instance $a))
  (export "b" (instance $b))))";

/// One table, as definitions.py has it.
struct Model {
  struct Handle {
    bool is_token;
    std::uint32_t rep;
  };
  std::map<std::uint32_t, Handle> handles;
  std::vector<std::uint32_t> free;
  std::uint32_t next = 1;
  std::uint64_t dropped = 0;          // items, hashed as the component does
  std::vector<std::uint64_t> tokens;  // given back to the host, in order

  std::uint32_t add(Handle handle) {
    std::uint32_t index = next;
    if (free.empty()) {
      ++next;
    } else {
      index = free.back();
      free.pop_back();
    }
    handles[index] = handle;
    return index;
  }
  /// The handle at the index, taken out; nothing if using it as this kind traps.
  std::optional<Handle> take(std::uint32_t index, bool is_token, bool removes) {
    auto found = handles.find(index);
    if (found == handles.end() || found->second.is_token != is_token) return std::nullopt;
    Handle handle = found->second;
    if (!removes) return handle;
    handles.erase(found);
    free.push_back(index);
    is_token ? tokens.push_back(handle.rep) : void(dropped = dropped * 31 + handle.rep);
    return handle;
  }
  /// The result of an operation, or nothing if it traps.
  std::optional<std::uint32_t> run(std::string_view op, std::uint32_t argument) {
    if (op == "make" || op == "mint") return add({op == "mint", argument});
    bool is_token = op == "burn" || op == "drop-token";
    std::optional<Handle> handle = take(argument, is_token, op != "get");
    if (!handle) return std::nullopt;
    return op == "get" ? handle->rep : 0;
  }
};

void run_program(std::uint32_t seed, Engine& engine, const Component& component) {
  std::mt19937 rng(seed);
  Model model;
  std::vector<std::uint64_t> tokens;
  {
    Linker linker;
    linker.resource("h", "token", [&](std::uint64_t rep) { tokens.push_back(rep); });
    linker.func("h", "mint", [](HostContext&, std::span<const Val> args) -> HostResult {
      return Val::own(*args[0].get_if<std::uint64_t>());
    });
    linker.func("h", "burn", [&](HostContext&, std::span<const Val> args) -> HostResult {
      tokens.push_back(args[0].get_if<Val::Handle>()->rep);
      return std::nullopt;
    });
    auto instance = linker.instantiate(engine, component);
    REQUIRE(instance.has_value());
    REQUIRE(instance->start().has_value());
    constexpr std::string_view kOps[] = {"make", "mint", "make", "mint", "get", "end", "burn", "drop-item", "drop-token"};
    bool has_trapped = false;
    for (int step = 0; step < 60 && !has_trapped; ++step) {
      std::string_view op = kOps[rng() % std::size(kOps)];
      bool makes = op == "make" || op == "mint";
      // Mostly an index of the right kind, now and then any.
      std::uint32_t argument = makes ? rng() % 1000 : rng() % (model.next + 1);
      if (!makes && rng() % 16 != 0) {
        std::vector<std::uint32_t> fitting;
        for (const auto& [index, handle] : model.handles) {
          if (handle.is_token == (op == "burn" || op == "drop-token")) fitting.push_back(index);
        }
        if (fitting.empty()) continue;
        argument = fitting[rng() % fitting.size()];
      }
      auto expected = model.run(op, argument);
      auto result = instance->call(*component.find_func("b", op), std::vector{Val::unsigned_(argument)});
      CAPTURE(op);
      CAPTURE(argument);
      REQUIRE(result.has_value() == expected.has_value());
      if (result) CHECK(**result == Val::unsigned_(*expected));
      has_trapped = !result.has_value();
      if (has_trapped) CHECK((result.error().kind == TrapKind::kUnknownHandle || result.error().kind == TrapKind::kHandleTypeMismatch));
      if (!has_trapped) {
        auto dropped = instance->call(*component.find_func("a", "dropped"), {});
        REQUIRE(dropped.has_value());
        CHECK(**dropped == Val::unsigned_(model.dropped));
      }
      CHECK(tokens == model.tokens);
    }
  }
  // What was left goes back to the host with the instance, trap or not: each token once.
  for (const auto& [index, handle] : model.handles) {
    if (handle.is_token) model.tokens.push_back(handle.rep);
  }
  CHECK(tokens == model.tokens);
}

TEST_CASE("canon_resource_new, canon_resource_drop, lift_own, lift_borrow, lower_own: random programs against a model") {
  Engine engine;
  SourceMap sources;
  auto ast = component::parse_component(sources, sources.add("model.wat", std::string(kWorld), SourceKind::kText));
  if (!ast) FAIL(ast.error()->message);
  auto component = Component::load(engine, sources, *std::move(ast));
  if (!component) FAIL(component.error()->message);
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    run_program(seed, engine, *component);
  }
}

}  // namespace
}  // namespace witc::engine::testing
