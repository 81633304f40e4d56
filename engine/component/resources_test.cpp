// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resources and who may enter whom, in components written as text: handles between two component instances and the
// host, their traps, and calls that come round in a circle (CanonicalABI.md, "Resource State", "Component Invariants").
#include "engine/component/testing.h"

namespace witc::engine::testing {
namespace {

using abi::Val;

/// $A defines r, whose handles stand for a number; $B uses it; $C lends one of its own to $B.
constexpr std::string_view kThree = R"((component
  (component $A
    (core module $D (global $n (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $n (i32.add (global.get $n) (local.get 0))))
      (func (export "dropped") (result i32) (global.get $n)))
    (core instance $d (instantiate $D))
    (type $r (resource (rep i32) (dtor (func $d "dtor"))))
    (core func $new (canon resource.new $r))
    (core module $M (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "get") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
    (export $re "r" (type $r))
    (func (export "make") (param "n" u32) (result (own $re)) (canon lift (core func $m "make")))
    (func (export "get") (param "self" (borrow $re)) (result u32) (canon lift (core func $m "get")))
    (func (export "dropped") (result u32) (canon lift (core func $d "dropped"))))
  (component $B
    (import "a" (instance $a
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "n" u32) (result (own $r))))
      (export "get" (func (param "self" (borrow $r)) (result u32)))))
    (alias export $a "r" (type $r))
    (core func $make (canon lower (func $a "make")))
    (core func $get (canon lower (func $a "get")))
    (core func $drop (canon resource.drop $r))
    (core module $M
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "get" (func $get (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "round") (param i32) (result i32) (local i32)
        (local.set 1 (call $make (local.get 0)))
        (call $get (local.get 1))
        (call $drop (local.get 1)))
      (func (export "get-at") (param i32) (result i32) (call $get (local.get 0)))
      (func (export "drop-at") (param i32) (call $drop (local.get 0)))
      (func (export "make-own") (param i32) (result i32) (call $make (local.get 0)))
      (func (export "keep") (param i32) (result i32) (call $get (local.get 0)))
      (func (export "let-go") (param i32) (result i32) (call $get (local.get 0)) (call $drop (local.get 0)))
      (func (export "end") (param i32) (result i32) (call $get (local.get 0)) (call $drop (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance
      (export "make" (func $make)) (export "get" (func $get)) (export "drop" (func $drop))))))
    (func (export "round") (param "n" u32) (result u32) (canon lift (core func $m "round")))
    (func (export "get-at") (param "i" u32) (result u32) (canon lift (core func $m "get-at")))
    (func (export "drop-at") (param "i" u32) (canon lift (core func $m "drop-at")))
    (func (export "make-own") (param "n" u32) (result (own $r)) (canon lift (core func $m "make-own")))
    (func (export "keep") (param "r" (borrow $r)) (result u32) (canon lift (core func $m "keep")))
    (func (export "let-go") (param "r" (borrow $r)) (result u32) (canon lift (core func $m "let-go")))
    (func (export "end") (param "r" (own $r)) (result u32) (canon lift (core func $m "end"))))
  (component $C
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (param "n" u32) (result (own $r))))
    (import "keep" (func $keep (param "r" (borrow $r)) (result u32)))
    (import "let-go" (func $let-go (param "r" (borrow $r)) (result u32)))
    (import "end" (func $end (param "r" (own $r)) (result u32)))
    (core func $make' (canon lower (func $make)))
    (core func $keep' (canon lower (func $keep)))
    (core func $let-go' (canon lower (func $let-go)))
    (core func $end' (canon lower (func $end)))
    (core module $M
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "keep" (func $keep (param i32) (result i32)))
      (import "" "let-go" (func $let-go (param i32) (result i32)))
      (import "" "end" (func $end (param i32) (result i32)))
      (func (export "lend-kept") (result i32) (call $keep (call $make (i32.const 30))))
      (func (export "lend") (param i32) (result i32) (local i32)
        (local.set 1 (call $make (local.get 0)))
        (drop (call $let-go (local.get 1)))
        (i32.add (call $let-go (local.get 1)) (call $end (local.get 1))))
      (func (export "give-twice") (result i32) (local i32)
        (local.set 0 (call $make (i32.const 40)))
        (drop (call $end (local.get 0)))
        (call $end (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance (export "make" (func $make'))
      (export "keep" (func $keep')) (export "let-go" (func $let-go')) (export "end" (func $end'))))))
    (func (export "lend-kept") (result u32) (canon lift (core func $m "lend-kept")))
    (func (export "lend") (param "n" u32) (result u32) (canon lift (core func $m "lend")))
    (func (export "give-twice") (result u32) (canon lift (core func $m "give-twice"))))
  (instance $a (instantiate $A))
  (instance $b (instantiate $B (with "a" (instance $a))))
  (alias export $a "r" (type $r))
  (instance $c (instantiate $C (with "r" (type $r)) (with "make" (func $a "make"))
    (with "keep" (func $b "keep")) (with "let-go" (func $b "let-go")) (with "end" (func $b "end"))))
  (export "a" (instance $a))
  (export "b" (instance $b))
  (export "c" (instance $c))))";

std::uint64_t rep_of(const std::optional<Val>& val) {
  REQUIRE(val.has_value());
  const auto* handle = val->get_if<Val::Handle>();
  REQUIRE(handle != nullptr);
  return handle->rep;
}

TEST_CASE("a resource of one component, used by another") {
  ComponentWorld world(kThree);
  CHECK(world.call("b#round", {Val::unsigned_(5)}) == Val::unsigned_(5));
  CHECK(world.call("a#dropped") == Val::unsigned_(5));
  CHECK(world.call("c#lend", {Val::unsigned_(20)}) == Val::unsigned_(40));
  CHECK(world.call("a#dropped") == Val::unsigned_(25));
}

TEST_CASE("a resource of a component, held by the host") {
  ComponentWorld world(kThree);
  std::uint64_t rep = rep_of(world.call("b#make-own", {Val::unsigned_(8)}));
  CHECK(world.call("a#get", {Val::borrow(rep)}) == Val::unsigned_(8));
  CHECK(world.call("b#let-go", {Val::borrow(rep)}) == Val::unsigned_(8));
  CHECK(world.call("a#dropped") == Val::unsigned_(0));
  SUBCASE("and given away") { CHECK(world.call("b#end", {Val::own(rep)}) == Val::unsigned_(8)); }
  SUBCASE("and dropped") {
    auto resource = world.instance.component().find_resource("a", "r");
    REQUIRE(resource.has_value());
    CHECK(world.instance.drop(*resource, rep).has_value());
  }
  CHECK(world.call("a#dropped") == Val::unsigned_(8));
}

TEST_CASE("traps of handles") {
  auto trap_of = [](std::string_view name, const std::vector<Val>& args) {
    return ComponentWorld(kThree).trap_of(name, args);
  };
  CHECK(trap_of("b#get-at", {Val::unsigned_(1)}) == "unknown handle index 1, where one of `a#r` of `a` is expected");
  CHECK(trap_of("b#get-at", {Val::unsigned_(0)}) == "unknown handle index 0, where one of `a#r` of `a` is expected");
  CHECK(trap_of("b#drop-at", {Val::unsigned_(0xffffffff)}) == "unknown handle index 4294967295, where one of `a#r` of `a` is expected");
  CHECK(trap_of("c#give-twice", {}) == "unknown handle index 1, where one of `a#r` of `a` is expected");
  CHECK(trap_of("c#lend-kept", {}) == "borrow handles still remain at the end of the call: `b` keeps one of `a#r` of `a`");
  CHECK(trap_of("b#keep", {Val::borrow(1)}) == "borrow handles still remain at the end of the call: `b` keeps one of `a#r` of `a`");
}

TEST_CASE("a resource of the host") {
  constexpr std::string_view kText = R"((component
    (import "h" (instance $h
      (export "r" (type $r (sub resource)))
      (export "make" (func (result (own $r))))
      (export "look" (func (param "r" (borrow $r))))))
    (alias export $h "r" (type $r))
    (core func $make (canon lower (func $h "make")))
    (core func $look (canon lower (func $h "look")))
    (core func $drop (canon resource.drop $r))
    (core module $M
      (import "" "make" (func $make (result i32)))
      (import "" "look" (func $look (param i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "hold") (result i32) (call $make))
      (func (export "look-at") (param i32) (call $look (local.get 0)))
      (func (export "drop-at") (param i32) (call $drop (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance
      (export "make" (func $make)) (export "look" (func $look)) (export "drop" (func $drop))))))
    (func (export "hold") (result u32) (canon lift (core func $m "hold")))
    (func (export "look-at") (param "i" u32) (canon lift (core func $m "look-at")))
    (func (export "drop-at") (param "i" u32) (canon lift (core func $m "drop-at")))))";
  std::uint64_t next = 1ull << 40;  // a host's reps have 64 bits
  std::vector<std::uint64_t> dropped, seen;
  auto supply = [&](Linker& linker) {
    linker.func("h", "make", [&](HostContext&, std::span<const Val>) -> HostResult { return Val::own(next++); });
    linker.func("h", "look", [&](HostContext&, std::span<const Val> args) -> HostResult {
      seen.push_back(args[0].get_if<Val::Handle>()->rep);
      return std::nullopt;
    });
    linker.resource("h", "r", [&](std::uint64_t rep) { dropped.push_back(rep); });
  };
  {
    ComponentWorld world(kText, supply);
    const std::uint64_t first = next;
    for (std::uint64_t i = 1; i <= 3; ++i) CHECK(world.call("hold") == Val::unsigned_(i));
    world.call("look-at", {Val::unsigned_(2)});
    CHECK(seen == std::vector<std::uint64_t>{first + 1});
    world.call("drop-at", {Val::unsigned_(2)});
    CHECK(dropped == std::vector<std::uint64_t>{first + 1});
    CHECK(world.call("hold") == Val::unsigned_(2));  // the index is used again
    CHECK(world.trap_of("look-at", {Val::unsigned_(4)}) == "unknown handle index 4, where one of `h#r` of the host is expected");
    CHECK(dropped.size() == 1);
  }
  CHECK(dropped.size() == 4);
}

/// $A calls its parent, which calls back into $A: by a function, or by dropping a handle of $A's resource.
constexpr std::string_view kCircle = R"((component
  (component $A
    (import "g" (func $g))
    (type $r (resource (rep i32)))
    (core func $new (canon resource.new $r))
    (core func $g' (canon lower (func $g)))
    (core module $M (import "" "g" (func $g)) (import "" "new" (func $new (param i32) (result i32)))
      (func (export "f") (call $g)) (func (export "idle"))
      (func (export "make") (result i32) (call $new (i32.const 1))))
    (core instance $m (instantiate $M (with "" (instance (export "g" (func $g')) (export "new" (func $new))))))
    (export $re "r" (type $r))
    (func (export "f") (canon lift (core func $m "f")))
    (func (export "idle") (canon lift (core func $m "idle")))
    (func (export "make") (result (own $re)) (canon lift (core func $m "make"))))
  (core module $T (table (export "t") 2 funcref) (type $v (func)) (global $which (mut i32) (i32.const 0))
    (func (export "choose") (param i32) (global.set $which (local.get 0)))
    (func (export "g") (call_indirect (type $v) (global.get $which))))
  (core instance $t (instantiate $T))
  (func $g (canon lift (core func $t "g")))
  (instance $a (instantiate $A (with "g" (func $g))))
  (alias export $a "r" (type $r))
  (core func $idle (canon lower (func $a "idle")))
  (core func $f (canon lower (func $a "f")))
  (core func $make (canon lower (func $a "make")))
  (core func $drop (canon resource.drop $r))
  (core module $Fill (import "" "t" (table 2 funcref)) (import "" "idle" (func $idle)) (import "" "f" (func $f))
    (import "" "make" (func $make (result i32))) (import "" "drop" (func $drop (param i32)))
    (func $drop-one (call $drop (i32.const 1)))
    (func (export "make") (drop (call $make)))
    (func (export "drop") (call $drop-one))
    (func (export "through") (call $f))
    (elem (i32.const 0) func $idle $drop-one))
  (core instance $p (instantiate $Fill (with "" (instance (export "t" (table $t "t")) (export "idle" (func $idle))
    (export "f" (func $f)) (export "make" (func $make)) (export "drop" (func $drop))))))
  (export "f" (func $a "f"))
  (func (export "choose") (param "i" u32) (canon lift (core func $t "choose")))
  (func (export "make") (canon lift (core func $p "make")))
  (func (export "drop") (canon lift (core func $p "drop")))
  (func (export "through") (canon lift (core func $p "through")))))";

TEST_CASE("a call cannot come back into an instance, by whatever way") {
  for (const char* entry : {"f", "through"}) {  // from the host, from the parent
    CAPTURE(std::string(entry));
    CHECK(ComponentWorld(kCircle).trap_of(entry) == "cannot enter component instance");
    ComponentWorld world(kCircle);
    world.call("make");
    world.call("choose", {Val::unsigned_(1)});
    CHECK(world.trap_of(entry) == "cannot enter component instance");  // a destructor enters too
  }
  ComponentWorld world(kCircle);
  world.call("make");
  world.call("drop");
  world.call("make");
  world.call("drop");
}

TEST_CASE("a host function cannot enter the instance that called it, not even while it starts") {
  constexpr std::string_view kText = R"((component
    (import "f" (func $f))
    (core func $f' (canon lower (func $f)))
    (core module $M (import "" "f" (func $f)) (func (export "g")) (func (export "h") (call $f)) (start $f))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f'))))))
    (func (export "g") (canon lift (core func $m "g")))
    (func (export "h") (canon lift (core func $m "h")))))";
  std::vector<std::string> answers;
  ComponentWorld world(kText, [&](Linker& linker) {
    linker.func("", "f", [&](HostContext& context, std::span<const Val>) -> HostResult {
      auto result = context.instance.call(*context.instance.component().find_func("", "g"), {});
      answers.push_back(result ? "entered" : result.error().message);
      return std::nullopt;
    });
  });
  world.call("h");
  world.call("g");
  CHECK(answers == std::vector<std::string>(2, "cannot enter component instance"));
}

}  // namespace
}  // namespace witc::engine::testing
