// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Handles in tight places, in each way code is made: one that is lent and taken by the same call, drops within
// destructors, tables that grow during a call, instances that are entered again while they hold borrowed handles.
#include "engine/component/testing.h"

namespace witc::engine::testing {
namespace {

using abi::Val;

/// $A defines r; its destructor notes the representation, and of one from 1,000 on drops the handle of its own at what is
/// over. $B uses it.
constexpr std::string_view kTwo = R"((component
  (component $A
    (core module $D (type $drop (func (param i32))) (table (export "t") 1 funcref)
      (global $n (mut i64) (i64.const 0))
      (func (export "dtor") (param i32)
        (global.set $n (i64.add (i64.mul (global.get $n) (i64.const 31)) (i64.extend_i32_u (local.get 0))))
        (if (i32.ge_u (local.get 0) (i32.const 1000))
          (then (call_indirect (type $drop) (i32.sub (local.get 0) (i32.const 1000)) (i32.const 0)))))
      (func (export "dropped") (result i64) (global.get $n)))
    (core instance $d (instantiate $D))
    (type $r (resource (rep i32) (dtor (func $d "dtor"))))
    (core func $new (canon resource.new $r))
    (core func $rep (canon resource.rep $r))
    (core func $drop (canon resource.drop $r))
    (core module $M
      (import "d" "t" (table 1 funcref))
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "rep" (func $rep (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (elem (i32.const 0) func $drop)
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "get") (param i32) (result i32) (local.get 0))
      (func (export "both") (param i32 i32) (result i32)
        (i32.add (local.get 0) (call $rep (local.get 1))) (call $drop (local.get 1)))
      (func (export "many") (param i32 i32) (result i32) (local i32)
        (loop (local.set 2 (call $new (local.get 1)))
          (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
        (i32.add (local.get 0) (call $rep (local.get 2)))))
    (core instance $m (instantiate $M (with "d" (instance $d)) (with "" (instance
      (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
    (export $re "r" (type $r))
    (func (export "make") (param "n" u32) (result (own $re)) (canon lift (core func $m "make")))
    (func (export "keep") (param "n" u32) (result u32) (canon lift (core func $m "make")))
    (func (export "get") (param "self" (borrow $re)) (result u32) (canon lift (core func $m "get")))
    (func (export "both") (param "a" (borrow $re)) (param "b" (own $re)) (result u32) (canon lift (core func $m "both")))
    (func (export "many") (param "self" (borrow $re)) (param "n" u32) (result u32) (canon lift (core func $m "many")))
    (func (export "dropped") (result u64) (canon lift (core func $d "dropped"))))
  (component $B
    (import "a" (instance $a
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "n" u32) (result (own $r))))
      (export "get" (func (param "self" (borrow $r)) (result u32)))
      (export "both" (func (param "a" (borrow $r)) (param "b" (own $r)) (result u32)))
      (export "many" (func (param "self" (borrow $r)) (param "n" u32) (result u32)))))
    (alias export $a "r" (type $r))
    (core func $make (canon lower (func $a "make")))
    (core func $get (canon lower (func $a "get")))
    (core func $both (canon lower (func $a "both")))
    (core func $many (canon lower (func $a "many")))
    (core func $drop (canon resource.drop $r))
    (core module $M
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "get" (func $get (param i32) (result i32)))
      (import "" "both" (func $both (param i32 i32) (result i32)))
      (import "" "many" (func $many (param i32 i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "both-same") (result i32) (local i32)
        (local.set 0 (call $make (i32.const 5)))
        (call $both (local.get 0) (local.get 0)))
      (func (export "both") (param i32) (result i32) (local i32)
        (local.set 1 (call $make (local.get 0)))
        (call $both (local.get 1) (call $make (i32.const 7)))
        (call $drop (local.get 1)))
      (func (export "many") (param i32) (result i32) (local i32)
        (local.set 1 (call $make (i32.const 100)))
        (call $many (local.get 1) (local.get 0))
        (loop (drop (call $make (i32.const 1)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (i32.add (call $get (local.get 1)))
        (call $drop (local.get 1)))
      (func (export "end") (param i32) (result i32)
        (call $drop (call $make (local.get 0))) (i32.const 0))
      (func $drop-it (export "drop") (param i32) (result i32) (call $drop (local.get 0)) (i32.const 0)))
    (core instance $m (instantiate $M (with "" (instance (export "make" (func $make)) (export "get" (func $get))
      (export "both" (func $both)) (export "many" (func $many)) (export "drop" (func $drop))))))
    (func (export "both-same") (result u32) (canon lift (core func $m "both-same")))
    (func (export "both") (param "n" u32) (result u32) (canon lift (core func $m "both")))
    (func (export "many") (param "n" u32) (result u32) (canon lift (core func $m "many")))
    (func (export "end") (param "n" u32) (result u32) (canon lift (core func $m "end")))
    (func (export "drop") (param "n" u32) (result u32) (canon lift (core func $m "drop"))))
  (instance $a (instantiate $A))
  (instance $b (instantiate $B (with "a" (instance $a))))
  (export "a" (instance $a))
  (export "b" (instance $b))))";

/// $P holds two borrowed handles, 1 and 2, and lends the first to its child, which lends it to $P again, as handle 3: $P then
/// drops the one that it is told.
constexpr std::string_view kCircle = R"((component
  (component $A
    (type $r (resource (rep i32)))
    (core func $new (canon resource.new $r))
    (export $re "r" (type $r))
    (func (export "make") (param "n" u32) (result (own $re)) (canon lift (core func $new))))
  (component $P
    (import "a" (instance $a (export "r" (type $r (sub resource)))))
    (alias export $a "r" (type $r))
    (core func $drop (canon resource.drop $r))
    (core module $M1 (import "" "drop" (func $drop (param i32)))
      (func (export "f") (param i32 i32) (result i32) (call $drop (local.get 1)) (local.get 0)))
    (core instance $m1 (instantiate $M1 (with "" (instance (export "drop" (func $drop))))))
    (func $f (param "h" (borrow $r)) (param "n" u32) (result u32) (canon lift (core func $m1 "f")))
    (component $Child
      (import "r" (type $r (sub resource)))
      (import "f" (func $f (param "h" (borrow $r)) (param "n" u32) (result u32)))
      (core func $f' (canon lower (func $f)))
      (core func $drop (canon resource.drop $r))
      (core module $M (import "" "f" (func $f (param i32 i32) (result i32))) (import "" "drop" (func $drop (param i32)))
        (func (export "g") (param i32 i32) (result i32) (call $f (local.get 0) (local.get 1)) (call $drop (local.get 0))))
      (core instance $m (instantiate $M (with "" (instance (export "f" (func $f')) (export "drop" (func $drop))))))
      (func (export "g") (param "h" (borrow $r)) (param "n" u32) (result u32) (canon lift (core func $m "g"))))
    (instance $child (instantiate $Child (with "r" (type $r)) (with "f" (func $f))))
    (core func $g (canon lower (func $child "g")))
    (core module $M2 (import "" "g" (func $g (param i32 i32) (result i32))) (import "" "drop" (func $drop (param i32)))
      (func (export "go") (param i32 i32 i32) (result i32)
        (call $g (local.get 0) (local.get 2))
        (call $drop (local.get 1)) (call $drop (local.get 0))))
    (core instance $m2 (instantiate $M2 (with "" (instance (export "g" (func $g)) (export "drop" (func $drop))))))
    (func (export "go") (param "x" (borrow $r)) (param "y" (borrow $r)) (param "n" u32) (result u32)
      (canon lift (core func $m2 "go"))))
  (component $B
    (import "a" (instance $a (export "r" (type $r (sub resource))) (export "make" (func (param "n" u32) (result (own $r))))))
    (alias export $a "r" (type $r))
    (import "go" (func $go (param "x" (borrow $r)) (param "y" (borrow $r)) (param "n" u32) (result u32)))
    (core func $make (canon lower (func $a "make")))
    (core func $go' (canon lower (func $go)))
    (core func $drop (canon resource.drop $r))
    (core module $M
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "go" (func $go (param i32 i32 i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "run") (param i32) (result i32) (local i32 i32)
        (local.set 1 (call $make (i32.const 5)))
        (local.set 2 (call $make (i32.const 6)))
        (call $go (local.get 1) (local.get 2) (local.get 0))
        (call $drop (local.get 1)) (call $drop (local.get 2))))
    (core instance $m (instantiate $M (with "" (instance
      (export "make" (func $make)) (export "go" (func $go')) (export "drop" (func $drop))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))
  (instance $a (instantiate $A))
  (instance $p (instantiate $P (with "a" (instance $a))))
  (instance $b (instantiate $B (with "a" (instance $a)) (with "go" (func $p "go"))))
  (export "run" (func $b "run"))))";

std::vector<EngineOptions> all_options() {
  std::vector<EngineOptions> out;
  for (OptLevel level : {OptLevel::kFull, OptLevel::kNone}) {
    for (CompileMode mode : {CompileMode::kEager, CompileMode::kLazy}) {
      out.emplace_back();
      out.back().opt_level = level;
      out.back().compile_mode = mode;
    }
  }
  return out;
}

TEST_CASE("lift_borrow and lift_own: the same handle in one call, and others") {
  for (const EngineOptions& options : all_options()) {
    ComponentWorld world(kTwo, {}, options);
    CHECK(world.call("b#both", {Val::unsigned_(5)}) == Val::unsigned_(12));
    CHECK(world.call("b#both", {Val::unsigned_(9)}) == Val::unsigned_(16));
    CHECK(world.trap_of("b#both-same").starts_with("cannot remove owned resource while borrowed: handle index 1 of "));
  }
}

TEST_CASE("canon_resource_drop: a destructor drops, and tables grow while a handle is lent") {
  for (const EngineOptions& options : all_options()) {
    ComponentWorld world(kTwo, {}, options);
    CHECK(world.call("a#keep", {Val::unsigned_(8)}) == Val::unsigned_(1));
    CHECK(world.call("a#keep", {Val::unsigned_(1001)}) == Val::unsigned_(2));
    CHECK(world.call("b#end", {Val::unsigned_(1002)}) == Val::unsigned_(0));
    CHECK(world.call("a#dropped") == Val::unsigned_((1002 * 31 + 1001) * 31 + 8));
    CHECK(world.call("b#many", {Val::unsigned_(700)}) == Val::unsigned_(100 + 1 + 100));
    CHECK(world.call("a#keep", {Val::unsigned_(3)}) == Val::unsigned_(701));
  }
}

TEST_CASE("resource.drop in an instance that is entered again: each handle belongs to its own call") {
  for (const EngineOptions& options : all_options()) {
    auto trap_of = [&](std::uint32_t n) { return ComponentWorld(kCircle, {}, options).trap_of("run", {Val::unsigned_(n)}); };
    ComponentWorld world(kCircle, {}, options);
    for (int i = 0; i < 3; ++i) CHECK(world.call("run", {Val::unsigned_(3)}) == Val::unsigned_(3));
    CHECK(trap_of(1).starts_with("cannot remove owned resource while borrowed: handle index 1 of "));
    CHECK(trap_of(2).starts_with(std::string(message(TrapKind::kBorrowsRemain)) + ": `"));
    CHECK(trap_of(4).starts_with("unknown handle index 4, where one of "));
  }
}

TEST_CASE("the frames of a handle's trap are the guest's") {
  for (const EngineOptions& options : all_options()) {
    ComponentWorld world(kTwo, {}, options);
    auto result = world.instance.call(*world.instance.component().find_func("b", "drop"), std::vector{Val::unsigned_(3)});
    REQUIRE(!result.has_value());
    CHECK(result.error().message.starts_with("unknown handle index 3, where one of "));
    REQUIRE(result.error().frames.size() == 1);
    CHECK(result.error().frames[0].func_name == "drop-it");
  }
}

}  // namespace
}  // namespace witc::engine::testing
