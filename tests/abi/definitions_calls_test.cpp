// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A test for each function of the specification's definitions.py that is about calls: who may enter and leave what,
// when realloc and post-return run and what they may do. As definitions_instances_test.cpp: by an adapter and from the
// host.
#include <fmt/format.h>

#include <cmath>

#include "engine/component/testing.h"

namespace witc::engine::testing {
namespace {

using abi::Val;

constexpr const char* kNoEnter = "cannot enter component instance";
constexpr const char* kNoLeave = "cannot leave component instance";

/// $C is a child of the root and calls up into it; the root calls back down, if it was told `again`.
constexpr std::string_view kFamily = R"((component
  (component $C
    (import "up" (func $up))
    (core func $up' (canon lower (func $up)))
    (core module $M (import "" "up" (func $up)) (func (export "down") (call $up)) (func (export "idle")))
    (core instance $m (instantiate $M (with "" (instance (export "up" (func $up'))))))
    (func (export "down") (canon lift (core func $m "down")))
    (func (export "idle") (canon lift (core func $m "idle"))))
  (core module $T (table (export "t") 1 funcref) (type $v (func)) (global $again (mut i32) (i32.const 0))
    (func (export "again") (global.set $again (i32.const 1)))
    (func (export "up") (if (global.get $again) (then (call_indirect (type $v) (i32.const 0))))))
  (core instance $t (instantiate $T))
  (func $up (canon lift (core func $t "up")))
  (instance $c (instantiate $C (with "up" (func $up))))
  (core func $idle (canon lower (func $c "idle")))
  (core func $down (canon lower (func $c "down")))
  (core func $own-up (canon lower (func $up)))
  (core module $P (import "" "t" (table 1 funcref)) (import "" "idle" (func $idle)) (import "" "down" (func $down))
    (import "" "own-up" (func $own-up))
    (func (export "run") (call $down)) (func (export "self") (call $own-up)) (elem (i32.const 0) func $idle))
  (core instance $p (instantiate $P (with "" (instance (export "t" (table $t "t")) (export "idle" (func $idle))
    (export "down" (func $down)) (export "own-up" (func $own-up))))))
  (export "down" (func $c "down"))
  (export "idle" (func $c "idle"))
  (func (export "again") (canon lift (core func $t "again")))
  (func (export "self") (canon lift (core func $p "self")))
  (func (export "run") (canon lift (core func $p "run")))))";

/// $A echoes a string. Its realloc and its post-return do what they were told: nothing; call the host, or $S; make,
/// drop or look at a handle; trap. $B passes on to $A.
std::string doing() {
  std::string does = R"((func $do (param $what i32)
        (if (i32.eq (local.get $what) (i32.const 1)) (then (call $ping)))
        (if (i32.eq (local.get $what) (i32.const 2)) (then (drop (call $new (i32.const 5)))))
        (if (i32.eq (local.get $what) (i32.const 3)) (then (call $drop (i32.const 1))))
        (if (i32.eq (local.get $what) (i32.const 4)) (then (if (i32.ne (call $rep (i32.const 1)) (i32.const 5)) (then unreachable))))
        (if (i32.eq (local.get $what) (i32.const 5)) (then (unreachable)))
        (if (i32.eq (local.get $what) (i32.const 6)) (then (call $idle)))))";
  return R"((component
  (import "ping" (func $ping))
  (component $S (core module $M (func (export "idle"))) (core instance $m (instantiate $M))
    (func (export "idle") (canon lift (core func $m "idle"))))
  (instance $s (instantiate $S))
  (component $A
    (import "ping" (func $ping))
    (import "idle" (func $idle))
    (type $r (resource (rep i32)))
    (core func $ping' (canon lower (func $ping)))
    (core func $idle' (canon lower (func $idle)))
    (core func $new (canon resource.new $r))
    (core func $rep (canon resource.rep $r))
    (core func $drop (canon resource.drop $r))
    (core module $M
      (import "" "ping" (func $ping)) (import "" "idle" (func $idle))
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "rep" (func $rep (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (memory (export "memory") 1)
      (global $next (mut i32) (i32.const 1024))
      (global $in-realloc (mut i32) (i32.const 0)) (global $in-post (mut i32) (i32.const 0))
      (global $reallocs (mut i32) (i32.const 0)) (global $posts (mut i32) (i32.const 0))
      )" +
         does + R"(
      (func (export "tell") (param i32 i32)
        (if (i32.eqz (call $new (i32.const 5))) (then unreachable))
        (global.set $in-realloc (local.get 0)) (global.set $in-post (local.get 1)))
      (func (export "count") (result i32) (i32.add (i32.mul (global.get $reallocs) (i32.const 100)) (global.get $posts)))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $reallocs (i32.add (global.get $reallocs) (i32.const 1)))
        (call $do (global.get $in-realloc))
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (local.get 3))))
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (call $idle) (i32.const 8))
      (func (export "post") (param i32)
        (if (i32.ne (local.get 0) (i32.const 8)) (then unreachable))
        (i32.store (i32.const 12) (i32.const 0))
        (global.set $posts (i32.add (global.get $posts) (i32.const 1)))
        (call $do (global.get $in-post))))
    (core instance $m (instantiate $M (with "" (instance (export "ping" (func $ping')) (export "idle" (func $idle'))
      (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
    (func (export "tell") (param "r" u32) (param "p" u32) (canon lift (core func $m "tell")))
    (func (export "count") (result u32) (canon lift (core func $m "count")))
    (func (export "echo") (param "x" string) (result string)
      (canon lift (core func $m "echo") (memory $m "memory") (realloc (func $m "realloc")) (post-return (func $m "post")))))
  (component $B
    (import "echo" (func $echo (param "x" string) (result string)))
    (core module $Libc )" +
         std::string(kMemory) + R"()
    (core instance $libc (instantiate $Libc))
    (core func $echo' (canon lower (func $echo) (memory $libc "memory") (realloc (func $libc "realloc"))))
    (core module $M (import "" "echo" (func $echo (param i32 i32 i32)))
      (func (export "echo") (param i32 i32) (result i32)
        (call $echo (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16)))
    (core instance $m (instantiate $M (with "" (instance (export "echo" (func $echo'))))))
    (func (export "echo") (param "x" string) (result string)
      (canon lift (core func $m "echo") (memory $libc "memory") (realloc (func $libc "realloc")))))
  (instance $a (instantiate $A (with "ping" (func $ping)) (with "idle" (func $s "idle"))))
  (instance $b (instantiate $B (with "echo" (func $a "echo"))))
  (export "tell" (func $a "tell"))
  (export "count" (func $a "count"))
  (export "host" (func $a "echo"))
  (export "adapter" (func $b "echo"))))";
}

enum Deed : std::uint64_t { kNothing, kPing, kNew, kDrop, kRep, kTrap, kSibling };

/// What comes of an echo while realloc and post-return do that: the text, or the trap's message.
std::string echo(const char* way, Deed in_realloc, Deed in_post) {
  ComponentWorld world(doing(), [](Linker& linker) {
    linker.func("", "ping", [](HostContext&, std::span<const Val>) -> HostResult { return std::nullopt; });
  });
  world.call("tell", {Val::unsigned_(in_realloc), Val::unsigned_(in_post)});
  std::string trap;
  auto out = world.run(way, {Val::string("text")}, trap);
  if (!out) {
    CHECK(world.trap_of("count") == kNoEnter);
    return trap;
  }
  CHECK(world.call("count") == Val::unsigned_(101));
  return out->get_if<Val::String>()->text;
}
constexpr const char* kWays[] = {"host", "adapter"};

}  // namespace

TEST_CASE("ComponentInstance.entering_set") {
  ComponentWorld world(kFamily);
  // Nothing is entered that the caller is in: a child calls its parent, an instance itself.
  world.call("down");
  world.call("run");
  world.call("self");
}

TEST_CASE("ComponentInstance.may_enter_from") {
  for (const char* way : {"down", "run"}) {  // by the host, by the parent
    ComponentWorld world(kFamily);
    world.call("again");
    CHECK(world.trap_of(way) == kNoEnter);
  }
  ComponentWorld world(kFamily);
  world.call("again");
  world.call("self");  // the child was not entered before
}

TEST_CASE("ComponentInstance.self_and_ancestors") {
  // The host's call of the child enters the parent too: what traps closes both.
  ComponentWorld world(kFamily);
  world.call("again");
  CHECK(world.trap_of("down") == kNoEnter);
  for (const char* name : {"idle", "down", "run", "again", "self"}) CHECK(world.trap_of(name) == kNoEnter);
}

TEST_CASE("ComponentInstance.enter_from") {
  ComponentWorld world(kFamily);
  world.call("again");
  for (int i = 0; i < 3; ++i) world.call("self");
  CHECK(world.trap_of("run") == kNoEnter);
}

TEST_CASE("ComponentInstance.leave_to") {
  ComponentWorld world(kFamily);
  for (int i = 0; i < 3; ++i) {
    for (const char* name : {"down", "run", "self", "idle"}) world.call(name);
  }
}

TEST_CASE("LiftLowerContext.reallocate") {
  for (const char* way : kWays) {
    CAPTURE(std::string(way));
    CHECK(echo(way, kNothing, kNothing) == "text");
    CHECK(echo(way, kRep, kNothing) == "text");  // resource.rep does not leave
    for (Deed deed : {kPing, kNew, kDrop, kSibling}) CHECK(echo(way, deed, kNothing) == kNoLeave);
    CHECK(echo(way, kTrap, kNothing) == "unreachable");
  }
}

TEST_CASE("LiftLowerContext.allocate") {
  for (const char* way : kWays) CHECK(echo(way, kNothing, kNothing) == "text");  // and counts one call
}

TEST_CASE("canon_lift") {
  for (const char* way : kWays) {
    CAPTURE(std::string(way));
    CHECK(echo(way, kNothing, kRep) == "text");  // post-return: once, with the core results, after they were lifted
    for (Deed deed : {kPing, kNew, kDrop, kSibling}) CHECK(echo(way, kNothing, deed) == kNoLeave);
    CHECK(echo(way, kNothing, kTrap) == "unreachable");
  }
}

TEST_CASE("canon_lower") {
  for (const char* way : kWays) {
    CHECK(echo(way, kPing, kNothing) == kNoLeave);  // of a function of the host
    CHECK(echo(way, kSibling, kNothing) == kNoLeave);
  }
}

TEST_CASE("call_and_trap_on_throw") {
  constexpr std::string_view kThrows = R"((component
    (component $A
      (core module $M (tag $e) (func (export "f") (throw $e)))
      (core instance $m (instantiate $M))
      (func (export "f") (canon lift (core func $m "f"))))
    (component $B
      (import "f" (func $f))
      (core func $f' (canon lower (func $f)))
      (core module $M (import "" "f" (func $f)) (func (export "f") (block (try_table (catch_all 0) (call $f)))))
      (core instance $m (instantiate $M (with "" (instance (export "f" (func $f'))))))
      (func (export "f") (canon lift (core func $m "f"))))
    (instance $a (instantiate $A))
    (instance $b (instantiate $B (with "f" (func $a "f"))))
    (export "host" (func $a "f"))
    (export "adapter" (func $b "f"))))";
  for (const char* way : kWays) {
    CHECK(ComponentWorld(kThrows).trap_of(way).find("exception") != std::string::npos);  // $B's catch_all sees none
  }
}

TEST_CASE("canonicalize_nan32") {
  // A NaN stays one, whatever its bits; that is all the specification says. Everything else keeps its bits.
  constexpr std::string_view kText = R"((component
    (component $A
      (core module $M (func (export "f") (param f32 f64) (result i32)
        (i32.or (f32.ne (local.get 0) (local.get 0)) (i32.shl (f64.ne (local.get 1) (local.get 1)) (i32.const 1))))
        (func (export "g") (param i64) (result f32) (f32.reinterpret_i32 (i32.wrap_i64 (local.get 0))))
        (func (export "h") (param i64) (result f64) (f64.reinterpret_i64 (local.get 0))))
      (core instance $m (instantiate $M))
      (func (export "f") (param "a" f32) (param "b" f64) (result u32) (canon lift (core func $m "f")))
      (func (export "g") (param "a" u64) (result f32) (canon lift (core func $m "g")))
      (func (export "h") (param "a" u64) (result f64) (canon lift (core func $m "h"))))
    (instance $a (instantiate $A))
    (export "f" (func $a "f")) (export "g" (func $a "g")) (export "h" (func $a "h"))))";
  ComponentWorld world(kText);
  for (std::uint64_t bits : {0x7fc00000ull, 0x7f800001ull, 0xffffffffull, 0xffc12345ull}) {
    CHECK(world.call("g", {Val::unsigned_(bits)}) == Val::f32(std::nanf("")));
  }
  for (std::uint64_t bits : {0x7ff8000000000000ull, 0x7ff0000000000001ull, ~0ull}) {
    CHECK(world.call("h", {Val::unsigned_(bits)}) == Val::f64(std::nan("")));
  }
  CHECK(world.call("f", {Val::f32(std::nanf("1")), Val::f64(std::nan("2"))}) == Val::unsigned_(3));
  CHECK(world.call("f", {Val::f32(INFINITY), Val::f64(-0.0)}) == Val::unsigned_(0));
  CHECK(world.call("g", {Val::unsigned_(0x80000000)}) == Val::f32(-0.0f));
}

}  // namespace witc::engine::testing
