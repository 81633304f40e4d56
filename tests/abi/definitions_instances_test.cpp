// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A test for each function of the specification's definitions.py that is about instances, handles and calls, under its
// name there (a method has its class before it). A call goes from the host by the interpreter, between components by a
// compiled adapter; what both do is put to both.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "engine/component/testing.h"

namespace witc::engine::testing {
namespace {

using abi::Val;


Val u(std::uint64_t value) { return Val::unsigned_(value); }

/// $A defines `r` and takes it owned, borrowed, and both ways at once. The host does the same with `s`. $B holds
/// handles of both and passes on whatever index it is told: to $A by adapters, to the host by the interpreter.
constexpr std::string_view kHandles = R"((component
  (import "s" (type $s (sub resource)))
  (import "s-make" (func $s-make (param "n" u32) (result (own $s))))
  (import "s-own" (func $s-own (param "x" (own $s))))
  (import "s-borrow" (func $s-borrow (param "x" (borrow $s)) (result u32)))
  (import "s-borrow-own" (func $s-borrow-own (param "x" (borrow $s)) (param "y" (own $s))))
  (import "s-own-borrow" (func $s-own-borrow (param "x" (own $s)) (param "y" (borrow $s))))
  (component $A
    (core module $D (global $n (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $n (i32.add (global.get $n) (local.get 0))))
      (func (export "dropped") (result i32) (global.get $n)))
    (core instance $d (instantiate $D))
    (type $r (resource (rep i32) (dtor (func $d "dtor"))))
    (core func $new (canon resource.new $r))
    (core func $rep (canon resource.rep $r))
    (core func $drop (canon resource.drop $r))
    (core module $M
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "rep" (func $rep (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "new") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "rep") (param i32) (result i32) (call $rep (local.get 0)))
      (func (export "drop") (param i32) (call $drop (local.get 0)))
      (func (export "own") (param i32))
      (func (export "borrow") (param i32) (result i32) (local.get 0))
      (func (export "two") (param i32 i32)))
    (core instance $m (instantiate $M (with "" (instance (export "new" (func $new)) (export "rep" (func $rep))
      (export "drop" (func $drop))))))
    (export $re "r" (type $r))
    (func (export "make") (param "n" u32) (result (own $re)) (canon lift (core func $m "make")))
    (func (export "new") (param "n" u32) (result u32) (canon lift (core func $m "new")))
    (func (export "rep") (param "i" u32) (result u32) (canon lift (core func $m "rep")))
    (func (export "drop") (param "i" u32) (canon lift (core func $m "drop")))
    (func (export "own") (param "x" (own $re)) (canon lift (core func $m "own")))
    (func (export "borrow") (param "x" (borrow $re)) (result u32) (canon lift (core func $m "borrow")))
    (func (export "borrow-own") (param "x" (borrow $re)) (param "y" (own $re)) (canon lift (core func $m "two")))
    (func (export "own-borrow") (param "x" (own $re)) (param "y" (borrow $re)) (canon lift (core func $m "two")))
    (func (export "dropped") (result u32) (canon lift (core func $d "dropped"))))
  (instance $a (instantiate $A))
  (alias export $a "r" (type $r))
  (component $B
    (import "r" (type $r (sub resource)))
    (import "s" (type $s (sub resource)))
    (import "r-make" (func $r-make (param "n" u32) (result (own $r))))
    (import "r-own" (func $r-own (param "x" (own $r))))
    (import "r-borrow" (func $r-borrow (param "x" (borrow $r)) (result u32)))
    (import "r-borrow-own" (func $r-borrow-own (param "x" (borrow $r)) (param "y" (own $r))))
    (import "r-own-borrow" (func $r-own-borrow (param "x" (own $r)) (param "y" (borrow $r))))
    (import "s-make" (func $s-make (param "n" u32) (result (own $s))))
    (import "s-own" (func $s-own (param "x" (own $s))))
    (import "s-borrow" (func $s-borrow (param "x" (borrow $s)) (result u32)))
    (import "s-borrow-own" (func $s-borrow-own (param "x" (borrow $s)) (param "y" (own $s))))
    (import "s-own-borrow" (func $s-own-borrow (param "x" (own $s)) (param "y" (borrow $s))))
    {lower}
    (core func $r-drop' (canon resource.drop $r))
    (core func $s-drop' (canon resource.drop $s))
    (core module $M
      {import}
      (func (export "keep") (param i32) (result i32) (local.get 0))
      (func (export "r-end") (param i32) (result i32) (call $r-drop (local.get 0)) (local.get 0))
      (func (export "s-end") (param i32) (result i32) (call $s-drop (local.get 0)) (local.get 0))
      (func (export "r-steal") (param i32) (call $r-own (local.get 0)))
      (func (export "s-steal") (param i32) (call $s-own (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance {given}))))
    {lift}
    (func (export "r-keep") (param "x" (borrow $r)) (result u32) (canon lift (core func $m "keep")))
    (func (export "s-keep") (param "x" (borrow $s)) (result u32) (canon lift (core func $m "keep")))
    (func (export "r-hold") (param "x" (own $r)) (result u32) (canon lift (core func $m "keep")))
    (func (export "s-hold") (param "x" (own $s)) (result u32) (canon lift (core func $m "keep")))
    (func (export "r-end") (param "x" (borrow $r)) (result u32) (canon lift (core func $m "r-end")))
    (func (export "s-end") (param "x" (borrow $s)) (result u32) (canon lift (core func $m "s-end")))
    (func (export "r-steal") (param "x" (borrow $r)) (canon lift (core func $m "r-steal")))
    (func (export "s-steal") (param "x" (borrow $s)) (canon lift (core func $m "s-steal"))))
  (instance $b (instantiate $B (with "r" (type $r)) (with "s" (type $s))
    (with "r-make" (func $a "make")) (with "r-own" (func $a "own")) (with "r-borrow" (func $a "borrow"))
    (with "r-borrow-own" (func $a "borrow-own")) (with "r-own-borrow" (func $a "own-borrow"))
    (with "s-make" (func $s-make)) (with "s-own" (func $s-own)) (with "s-borrow" (func $s-borrow))
    (with "s-borrow-own" (func $s-borrow-own)) (with "s-own-borrow" (func $s-own-borrow))))
  (component $C
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (param "n" u32) (result (own $r))))
    (import "keep" (func $keep (param "x" (borrow $r)) (result u32)))
    (import "end" (func $end (param "x" (borrow $r)) (result u32)))
    (import "steal" (func $steal (param "x" (borrow $r))))
    (core func $make' (canon lower (func $make)))
    (core func $keep' (canon lower (func $keep)))
    (core func $end' (canon lower (func $end)))
    (core func $steal' (canon lower (func $steal)))
    (core func $drop (canon resource.drop $r))
    (core module $M
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "keep" (func $keep (param i32) (result i32)))
      (import "" "end" (func $end (param i32) (result i32)))
      (import "" "steal" (func $steal (param i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "keep") (drop (call $keep (call $make (i32.const 7)))))
      (func (export "end") (local i32)
        (local.set 0 (call $make (i32.const 7)))
        (drop (call $end (local.get 0))) (drop (call $end (local.get 0))) (call $drop (local.get 0)))
      (func (export "steal") (call $steal (call $make (i32.const 7)))))
    (core instance $m (instantiate $M (with "" (instance (export "make" (func $make')) (export "keep" (func $keep'))
      (export "end" (func $end')) (export "steal" (func $steal')) (export "drop" (func $drop))))))
    (func (export "keep") (canon lift (core func $m "keep")))
    (func (export "end") (canon lift (core func $m "end")))
    (func (export "steal") (canon lift (core func $m "steal"))))
  (instance $c (instantiate $C (with "r" (type $r)) (with "make" (func $a "make")) (with "keep" (func $b "r-keep"))
    (with "end" (func $b "r-end")) (with "steal" (func $b "r-steal"))))
  (export "a" (instance $a))
  (export "b" (instance $b))
  (export "c" (instance $c))))";

/// `kHandles` with the functions that $B passes on.
std::string handles_text() {
  struct Passed {
    const char* name;
    int params;
    bool has_result;
  };
  std::string lower, imports, funcs, given, lift;
  for (const char* resource : {"r", "s"}) {
    for (const Passed& item : {Passed{"make", 1, true},
                               {"own", 1, false},
                               {"borrow", 1, true},
                               {"borrow-own", 2, false},
                               {"own-borrow", 2, false},
                               {"drop", 1, false}}) {
      std::string name = fmt::format("{}-{}", resource, item.name);
      std::string_view params = item.params == 1 ? "(param i32)" : "(param i32 i32)";
      std::string_view args = item.params == 1 ? "(local.get 0)" : "(local.get 0) (local.get 1)";
      std::string_view result = item.has_result ? "(result i32)" : "";
      if (item.name != std::string_view("drop"))
        lower += fmt::format("(core func ${0}' (canon lower (func ${0})))\n    ", name);
      imports += fmt::format("(import \"\" \"{0}\" (func ${0} {1} {2}))\n      ", name, params, result);
      funcs += fmt::format("(func (export \"{0}\") {1} {2} (call ${0} {3}))\n      ", name, params, result, args);
      given += fmt::format("(export \"{0}\" (func ${0}'))", name);
      lift += fmt::format("(func (export \"{0}\") (param \"i\" u32) {1} {2} (canon lift (core func $m \"{0}\")))\n    ",
                          name, item.params == 2 ? "(param \"j\" u32)" : "", item.has_result ? "(result u32)" : "");
    }
  }
  std::string out(kHandles);
  auto put = [&](std::string_view mark, const std::string& text) { out.replace(out.find(mark), mark.size(), text); };
  put("{lower}", lower);
  put("{import}", imports + funcs);
  put("{given}", given);
  put("{lift}", lift);
  return out;
}

/// Compiled once, for all tests.
const Component& handles_component(Engine& engine) {
  static SourceMap sources;
  static std::optional<Component> component;
  if (!component) {
    SourceId source = sources.add("handles.wat", handles_text(), SourceKind::kText);
    auto parsed = component::parse_component(sources, source);
    if (!parsed) FAIL(parsed.error()->message);
    auto loaded = Component::load(engine, sources, *std::move(parsed));
    if (!loaded) FAIL(loaded.error()->message);
    component = *std::move(loaded);
  }
  return *component;
}

/// A new instance of it.
class Handles {
 public:
  Handles() : instance_(make()) { REQUIRE(instance_.start()); }

  /// The result's text: a number, `ok`, or the trap's message.
  std::string call(const std::string& name, const std::vector<Val>& args) {
    auto func = instance_.component().find_func(name.substr(0, 1), name.substr(2));
    if (!func) FAIL(name);
    auto got = instance_.call(*func, args);
    if (!got) return got.error().message;
    return *got ? fmt::format("{}", *(*got)->get_if<std::uint64_t>()) : "ok";
  }
  /// Calls $B's `r-name` (an adapter to $A) or `s-name` (the interpreter's, to the host).
  std::string b(char which, std::string_view name, const std::vector<std::uint64_t>& numbers) {
    std::vector<Val> args;
    for (std::uint64_t number : numbers) args.push_back(u(number));
    return call(fmt::format("b#{}-{}", which, name), args);
  }
  std::string lend(char which, std::string_view name) {
    return call(fmt::format("b#{}-{}", which, name), {Val::borrow(7)});
  }
  std::vector<std::uint64_t> dropped;  // reps of `s`

 private:
  ComponentInstance make() {
    Linker linker;
    linker.resource("", "s", [this](std::uint64_t rep) { dropped.push_back(rep); });
    linker.func("", "s-make", [](HostContext&, std::span<const Val> args) -> HostResult {
      return Val::own(*args[0].get_if<std::uint64_t>());
    });
    linker.func("", "s-borrow", [](HostContext&, std::span<const Val> args) -> HostResult {
      return u(args[0].get_if<Val::Handle>()->rep);
    });
    for (const char* name : {"s-own", "s-borrow-own", "s-own-borrow"}) {
      linker.func("", name, [](HostContext&, std::span<const Val>) -> HostResult { return std::nullopt; });
    }
    static Engine engine(EngineOptions{.opt_level = OptLevel::kNone});
    auto made = linker.instantiate(engine, handles_component(engine));
    if (!made) FAIL(made.error()->message);
    return *std::move(made);
  }

  ComponentInstance instance_;
};

/// The resources as traps name them: A's, and the host's.
std::string resource(char which) { return which == 'r' ? "`a#r` of `a`" : "`s` of the host"; }
std::string unknown(char which, std::uint64_t index) {
  return fmt::format("unknown handle index {}, where one of {} is expected", index, resource(which));
}
std::string not_own(char which) {
  return fmt::format("cannot lift a borrowed handle as an owned one: handle index 1 of {}", resource(which));
}
std::string remain(char which) {
  return fmt::format("borrow handles still remain at the end of the call: `b` keeps one of {}", resource(which));
}
std::string lent(char which, std::uint64_t index) {
  return fmt::format("cannot remove owned resource while borrowed: handle index {} of {}", index, resource(which));
}
constexpr char kBoth[] = {'r', 's'};
constexpr std::string_view kWrongType = "used with the wrong type";

}  // namespace

// -- Handle tables

TEST_CASE("Table.add") {
  for (char which : kBoth) {
    Handles handles;
    for (std::uint64_t i = 1; i <= 4; ++i) CHECK(handles.b(which, "make", {i}) == fmt::to_string(i));  // never 0
    // Freed indices are used again, the last one first.
    for (std::uint64_t i : {2, 4, 1}) CHECK(handles.b(which, "drop", {i}) == "ok");
    for (std::uint64_t i : {1, 4, 2, 5}) CHECK(handles.b(which, "make", {9}) == fmt::to_string(i));
  }
  // All kinds of an instance share one table; each instance has its own.
  Handles handles;
  CHECK(handles.b('r', "make", {7}) == "1");
  CHECK(handles.b('s', "make", {7}) == "2");
  CHECK(handles.b('r', "make", {7}) == "3");
  CHECK(handles.call("a#new", {u(7)}) == "1");
}

TEST_CASE("Table.get") {
  for (char which : kBoth) {
    for (std::uint64_t index : {0ull, 2ull, 3ull, 1ull << 28, 0xffff'ffffull}) {
      Handles handles;
      handles.b(which, "make", {7});
      handles.b(which, "make", {8});
      handles.b(which, "drop", {2});
      CHECK(handles.b(which, "borrow", {1}) == "7");
      CHECK(handles.b(which, "borrow", {index}) == unknown(which, index));
    }
  }
}

TEST_CASE("Table.remove") {
  for (char which : kBoth) {
    Handles handles;
    handles.b(which, "make", {7});
    CHECK(handles.b(which, "own", {1}) == "ok");
    CHECK(handles.b(which, "own", {1}) == unknown(which, 1));
  }
}

// -- Lifting and lowering handles

TEST_CASE("lift_own") {
  for (char which : kBoth) {
    for (std::uint64_t index : {0, 1, 99}) CHECK(Handles().b(which, "own", {index}) == unknown(which, index));
    {
      Handles wrong;
      wrong.b(which == 'r' ? 's' : 'r', "make", {7});
      CHECK(wrong.b(which, "own", {1}).find(kWrongType) != std::string::npos);
    }
    {  // own before borrow: it is gone already
      Handles handles;
      handles.b(which, "make", {7});
      CHECK(handles.b(which, "own-borrow", {1, 1}) == unknown(which, 1));
    }
    {  // borrow before own: it is lent
      Handles handles;
      handles.b(which, "make", {7});
      CHECK(handles.b(which, "borrow-own", {1, 1}) == lent(which, 1));
    }
    {
      Handles handles;
      handles.b(which, "make", {7});
      handles.b(which, "make", {8});
      CHECK(handles.b(which, "borrow-own", {1, 2}) == "ok");
      CHECK(handles.b(which, "borrow", {1}) == "7");
      CHECK(handles.b(which, "borrow", {2}) == unknown(which, 2));
    }
    CHECK(Handles().lend(which, "steal") == not_own(which));
  }
  CHECK(Handles().call("c#steal", {}) == not_own('r'));
}

TEST_CASE("lift_borrow") {
  for (char which : kBoth) {
    for (std::uint64_t index : {0, 1, 99}) CHECK(Handles().b(which, "borrow", {index}) == unknown(which, index));
    Handles handles;
    handles.b(which, "make", {7});
    for (int i = 0; i < 3; ++i) CHECK(handles.b(which, "borrow", {1}) == "7");  // it stays
    CHECK(handles.b(which == 'r' ? 's' : 'r', "borrow", {1}).find(kWrongType) != std::string::npos);
  }
}

TEST_CASE("lower_own") {
  for (char which : kBoth) {
    Handles handles;
    CHECK(handles.call(fmt::format("b#{}-hold", which), {Val::own(7)}) == "1");
    CHECK(handles.b(which, "make", {8}) == "2");
    CHECK(handles.b(which, "borrow", {1}) == "7");
    CHECK(handles.b(which, "borrow", {2}) == "8");
  }
}

TEST_CASE("lower_borrow") {
  // The instance that defined the resource gets the representation itself, and has nothing to drop.
  Handles handles;
  CHECK(handles.b('r', "make", {1234}) == "1");
  CHECK(handles.b('r', "borrow", {1}) == "1234");
  CHECK(handles.call("a#borrow", {Val::borrow(77)}) == "77");
  CHECK(handles.call("a#new", {u(7)}) == "1");
  // Any other gets a handle.
  for (char which : kBoth) {
    Handles others;
    CHECK(others.lend(which, "end") == "1");
    CHECK(others.b(which, "make", {7}) == "1");  // dropped, and used again
    CHECK(others.lend(which, "end") == "2");
  }
  CHECK(Handles().call("c#end", {}) == "ok");
}

TEST_CASE("Task.return_") {
  for (char which : kBoth) CHECK(Handles().lend(which, "keep") == remain(which));
  CHECK(Handles().call("c#keep", {}) == remain('r'));
}

TEST_CASE("Subtask.add_lender") {
  for (char which : kBoth) {
    Handles handles;
    handles.b(which, "make", {7});
    CHECK(handles.b(which, "borrow-own", {1, 1}) == lent(which, 1));
  }
}

TEST_CASE("Subtask.deliver_resolve") {
  for (char which : kBoth) {
    Handles handles;
    handles.b(which, "make", {7});
    for (int i = 0; i < 5; ++i) CHECK(handles.b(which, "borrow", {1}) == "7");
    CHECK(handles.b(which, "own", {1}) == "ok");  // every loan was given back
  }
}

// -- Traps

TEST_CASE("trap") {
  // It closes the instance that it came from and all its parts, and nothing else: not another of the same component.
  for (char which : kBoth) {
    Handles trapped, other;
    other.b(which, "make", {5});
    CHECK(trapped.b(which, "own", {1}) == unknown(which, 1));
    for (const char* name : {"a#dropped", "c#end"}) CHECK(trapped.call(name, {}) == "cannot enter component instance");
    CHECK(other.b(which, "borrow", {1}) == "5");
    CHECK(other.call("c#end", {}) == "ok");
    CHECK(Handles().b(which, "make", {5}) == "1");
  }
}

// -- Built-ins

TEST_CASE("canon_resource_new") {
  Handles handles;
  for (std::uint64_t i = 1; i <= 3; ++i) CHECK(handles.call("a#new", {u(100 + i)}) == fmt::to_string(i));
  CHECK(handles.call("a#rep", {u(2)}) == "102");
  CHECK(handles.call("a#new", {u(0xffff'ffff)}) == "4");
  CHECK(handles.call("a#rep", {u(4)}) == "4294967295");
}

TEST_CASE("canon_resource_rep") {
  for (std::uint64_t index : {0, 1, 7}) CHECK(Handles().call("a#rep", {u(index)}) == unknown('r', index));
  Handles handles;
  handles.call("a#new", {u(5)});
  CHECK(handles.call("a#rep", {u(1)}) == "5");
  CHECK(handles.call("a#rep", {u(1)}) == "5");
  handles.call("a#drop", {u(1)});
  CHECK(handles.call("a#rep", {u(1)}) == unknown('r', 1));
}

TEST_CASE("canon_resource_drop") {
  for (char which : kBoth) {
    for (std::uint64_t index : {0, 1, 99}) CHECK(Handles().b(which, "drop", {index}) == unknown(which, index));
    Handles wrong;
    wrong.b(which == 'r' ? 's' : 'r', "make", {7});
    CHECK(wrong.b(which, "drop", {1}).find(kWrongType) != std::string::npos);
  }
  Handles handles;
  handles.b('r', "make", {7});
  handles.call("a#new", {u(11)});
  CHECK(handles.call("a#dropped", {}) == "0");
  CHECK(handles.b('r', "drop", {1}) == "ok");
  CHECK(handles.call("a#dropped", {}) == "7");  // the destructor had the representation
  CHECK(handles.call("a#drop", {u(1)}) == "ok");
  CHECK(handles.call("a#dropped", {}) == "18");
  handles.b('s', "make", {1000});
  CHECK(handles.b('s', "drop", {1}) == "ok");
  CHECK(handles.dropped == std::vector<std::uint64_t>{1000});
  // A borrowed handle's drop destroys nothing.
  CHECK(handles.lend('r', "end") == "1");
  CHECK(handles.call("a#dropped", {}) == "18");
  CHECK(handles.b('r', "drop", {1}) == unknown('r', 1));
}

}  // namespace witc::engine::testing
