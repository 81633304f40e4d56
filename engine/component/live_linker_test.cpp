// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Linking once and instantiating often, and linking a live instance's exports to another's imports.
#include <fmt/format.h>

#include "adapter-gen/wave.h"
#include "engine/component/testing.h"

namespace witc::engine::testing {
namespace {

using abi::Val;

/// Exports `store`: a resource `item`, whose destructor counts, and functions on it.
constexpr std::string_view kStore = R"((component $Store
  (core module $D (global $n (mut i32) (i32.const 0))
    (func (export "dtor") (param i32)
      (if (i32.eq (local.get 0) (i32.const 13)) (then unreachable))
      (global.set $n (i32.add (global.get $n) (local.get 0))))
    (func (export "dropped") (result i32) (global.get $n)))
  (core instance $d (instantiate $D))
  (type $item' (resource (rep i32) (dtor (func $d "dtor"))))
  (core func $new (canon resource.new $item'))
  (core module $M
    (import "" "new" (func $new (param i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "get") (param i32) (result i32) (local.get 0))
    (func (export "shout") (param i32 i32) (result i32)
      (i32.store8 (i32.const 64) (i32.const 33))
      (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))
    (func (export "trap") unreachable))
  (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
  (component $Iface
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (param "n" u32) (result (own $r))))
    (import "get" (func $get (param "self" (borrow $r)) (result u32)))
    (import "shout" (func $shout (param "s" string) (result string)))
    (export $item "item" (type $r))
    (export "make" (func $make) (func (param "n" u32) (result (own $item))))
    (export "get" (func $get) (func (param "self" (borrow $item)) (result u32)))
    (export "shout" (func $shout)))
  (func $make (param "n" u32) (result (own $item')) (canon lift (core func $m "make")))
  (func $get (param "self" (borrow $item')) (result u32) (canon lift (core func $m "get")))
  (func $shout (param "s" string) (result string) (canon lift (core func $m "shout")
    (memory $m "memory") (realloc (func $m "realloc"))))
  (instance $iface (instantiate $Iface (with "r" (type $item')) (with "make" (func $make)) (with "get" (func $get))
    (with "shout" (func $shout))))
  (export "test:store/items@1.0.0" (instance $iface))
  (func (export "dropped") (result u32) (canon lift (core func $d "dropped")))
  (func (export "trap") (canon lift (core func $m "trap")))))";

/// Imports it under another version of its track, and more.
std::string user(std::string_view get_type = "u32") {
  return fmt::format(R"((component $User
  (import "test:store/items@1.1.0" (instance $items
    (export "item" (type $item (sub resource)))
    (export "make" (func (param "n" u32) (result (own $item))))
    (export "get" (func (param "self" (borrow $item)) (result {})))
    (export "shout" (func (param "s" string) (result string)))))
  (import "trap" (func $trap))
  (alias export $items "item" (type $item))
  (core func $make (canon lower (func $items "make")))
  (core func $get (canon lower (func $items "get")))
  (core func $trap' (canon lower (func $trap)))
  (core func $drop (canon resource.drop $item))
  (core module $M
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "get" (func $get (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "trap" (func $trap))
    (func (export "use") (param i32) (result i32) (local i32)
      (local.set 1 (call $make (local.get 0)))
      (call $get (local.get 1))
      (call $drop (local.get 1)))
    (func (export "keep") (param i32) (result i32) (call $make (local.get 0)))
    (func (export "give") (param i32) (result i32) (call $make (local.get 0)))
    (func (export "take") (param i32) (result i32) (call $get (local.get 0)) (call $drop (local.get 0)))
    (func (export "trap") (call $trap)))
  (core instance $m (instantiate $M (with "" (instance
    (export "make" (func $make)) (export "get" (func $get)) (export "drop" (func $drop)) (export "trap" (func $trap'))))))
  (func (export "use") (param "n" u32) (result u32) (canon lift (core func $m "use")))
  (func (export "keep") (param "n" u32) (result u32) (canon lift (core func $m "keep")))
  (func (export "give") (param "n" u32) (result (own $item)) (canon lift (core func $m "give")))
  (func (export "take") (param "i" (own $item)) (result u32) (canon lift (core func $m "take")))
  (func (export "trap") (canon lift (core func $m "trap")))
  (export "again" (instance $items))))",
                     get_type);
}

struct Machine {
  Engine engine;
  SourceMap sources;

  Component load(std::string_view text) {
    SourceId source = sources.add("test.wat", std::string(text), SourceKind::kText);
    auto ast = component::parse_component(sources, source);
    if (!ast) FAIL(ast.error()->message);
    auto made = Component::load(engine, sources, *std::move(ast));
    if (!made) FAIL(made.error()->message);
    return *std::move(made);
  }
  ComponentInstance start(Result<ComponentInstance> made) {
    if (!made) FAIL(made.error()->message);
    auto started = made->start();
    if (!started) FAIL(to_string(started.error()));
    return *std::move(made);
  }
  ComponentInstance start(const Linker& linker, const Component& component) { return start(linker.instantiate(engine, component)); }
};

/// The result in WAVE, or the trap's message.
std::string call(ComponentInstance& instance, std::string_view interface, std::string_view name, const std::vector<Val>& args = {}) {
  auto func = instance.component().find_func(interface, name);
  if (!func) FAIL(name);
  auto result = instance.call(*func, args);
  if (!result) return result.error().message;
  if (!*result) return "()";
  const component::Types& types = instance.component().types();
  return abi::to_wave(**result, types, *types[func->type].result);
}

TEST_CASE("instantiate_pre: linked once, instances of their own") {
  Machine machine;
  Component store = machine.load(kStore);
  auto pre = Linker().instantiate_pre(machine.engine, store);
  REQUIRE(pre.has_value());
  std::vector<ComponentInstance> instances;
  for (int i = 0; i < 3; ++i) instances.push_back(machine.start(pre->instantiate()));
  auto make = instances[0].component().find_func("items", "make");
  REQUIRE(make.has_value());
  auto item = instances[1].call(*make, std::vector{Val::unsigned_(4)});
  REQUIRE(item.has_value());
  CHECK(instances[1].drop(*store.find_resource("items", "item"), (*item)->get_if<Val::Handle>()->rep).has_value());
  CHECK(call(instances[0], "", "dropped") == "0");
  CHECK(call(instances[1], "", "dropped") == "4");
  auto missing = Linker().instantiate_pre(machine.engine, machine.load(user()));
  CHECK(!missing.has_value());
}

TEST_CASE("Linker::instances: another instance's exports, and its resources") {
  Machine machine;
  Component store = machine.load(kStore), importer = machine.load(user());
  ComponentInstance live = machine.start(Linker(), store);
  Linker linker;
  linker.instances(live);
  ComponentInstance one = machine.start(linker, importer), two = machine.start(linker, importer);
  CHECK(call(one, "", "use", {Val::unsigned_(5)}) == "5");
  CHECK(call(live, "", "dropped") == "5");
  CHECK(call(two, "", "use", {Val::unsigned_(6)}) == "6");
  CHECK(call(live, "", "dropped") == "11");
  CHECK(call(one, "again", "shout", {Val::string("hé")}) == "\"!é\"");  // a re-export, straight through

  // An own handle through the host, from one importer to the other, and to the live instance itself.
  auto given = one.call(*importer.find_func("", "give"), std::vector{Val::unsigned_(30)});
  REQUIRE(given.has_value());
  const std::uint64_t rep = (*given)->get_if<Val::Handle>()->rep;
  CHECK(call(live, "items", "get", {Val::borrow(rep)}) == "30");
  CHECK(call(two, "", "take", {Val::own(rep)}) == "30");
  CHECK(call(live, "", "dropped") == "41");
}

TEST_CASE("Linker::instance: under a name of the linker's choice") {
  Machine machine;
  ComponentInstance live = machine.start(Linker(), machine.load(kStore));
  Linker linker;
  linker.instance("live", live);
  ComponentInstance importer = machine.start(linker, machine.load(R"((component
    (import "live" (instance $live
      (export "dropped" (func (result u32)))
      (export "test:store/items@1.0.0" (instance
        (export "item" (type $item (sub resource)))
        (export "make" (func (param "n" u32) (result (own $item))))))))
    (export "x" (instance $live))))"));
  CHECK(call(importer, "x", "dropped") == "0");
}

TEST_CASE("what an importer still owns is given back with it, and the live instance is kept until then") {
  Machine machine;
  Component store = machine.load(kStore), importer = machine.load(user());
  std::optional<ComponentInstance> live(machine.start(Linker(), store));
  std::optional<Linker> linker(std::in_place);
  linker->instances(*live);
  {
    ComponentInstance one = machine.start(*linker, importer);
    CHECK(call(one, "", "keep", {Val::unsigned_(7)}) == "1");
    CHECK(call(*live, "", "dropped") == "0");
  }
  CHECK(call(*live, "", "dropped") == "7");
  ComponentInstance two = machine.start(*linker, importer);
  live.reset();
  linker.reset();
  CHECK(call(two, "", "use", {Val::unsigned_(8)}) == "8");
}

TEST_CASE("a trap of a live instance goes on into its caller, and closes both") {
  Machine machine;
  Component store = machine.load(kStore), importer = machine.load(user());
  ComponentInstance live = machine.start(Linker(), store);
  Linker linker;
  linker.instances(live);
  ComponentInstance one = machine.start(linker, importer), two = machine.start(linker, importer);
  SUBCASE("of a function") { CHECK(call(one, "", "trap") == "unreachable"); }
  SUBCASE("of a destructor") { CHECK(call(one, "", "use", {Val::unsigned_(13)}) == "unreachable"); }
  CHECK(call(one, "", "use", {Val::unsigned_(1)}) == "cannot enter component instance");
  CHECK(call(live, "", "dropped") == "cannot enter component instance");
  CHECK(call(two, "", "use", {Val::unsigned_(1)}) == "cannot enter component instance");
}

TEST_CASE("types are compared when linking") {
  Machine machine;
  ComponentInstance live = machine.start(Linker(), machine.load(kStore));
  Linker linker;
  linker.instances(live);
  auto made = linker.instantiate(machine.engine, machine.load(user("s32")));
  REQUIRE(!made.has_value());
  CHECK(made.error()->message == "`test:store/items@1.1.0#get` is linked to a function of another type");
  REQUIRE(made.error()->notes.size() == 2);
  CHECK(made.error()->notes[0].text == "the component imports `func(self: borrow<test:store/items@1.1.0#item>) -> s32`");
  CHECK(made.error()->notes[1].text == "the instance exports `func(self: borrow<test:store/items@1.0.0#item>) -> u32`");

  // Two live instances of one component have two resources.
  ComponentInstance other = machine.start(Linker(), live.component());
  Linker mixed;
  mixed.instance("a", live);
  mixed.instance("b", other);
  auto mismatch = mixed.instantiate(machine.engine, machine.load(R"((component
    (import "a" (instance $a (export "test:store/items@1.0.0" (instance (export "item" (type (sub resource)))))))
    (alias export $a "test:store/items@1.0.0" (instance $ai))
    (alias export $ai "item" (type $item))
    (import "b" (instance (export "test:store/items@1.0.0" (instance (export "item" (type (eq $item)))))))))"));
  REQUIRE(!mismatch.has_value());
  CHECK(mismatch.error()->message.starts_with("mismatched resource types"));
}

}  // namespace
}  // namespace witc::engine::testing
