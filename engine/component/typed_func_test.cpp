// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls with C++ types (engine/typed_func.h): the same results, checks and traps as by Val, in both directions.
#include "engine/typed_func.h"

#include <fmt/format.h>

#include "engine/component/testing.h"

namespace witc::engine::testing {
namespace {

using abi::Val;

/// A component that exports `f: type` by `core`, with everything a lift can have.
std::string exporting(std::string_view type, std::string_view core, std::string_view more = "", std::string_view memory = kMemory) {
  return fmt::format(R"((component
    (core module $M {} {})
    (core instance $m (instantiate $M))
    (func (export "f") {}
      (canon lift (core func $m "f") (memory $m "memory") (realloc (func $m "realloc")) {}))))",
                     memory, core, type, more);
}

/// One that imports `g: type`, and exports `f` of `outer` whose code calls it.
std::string importing(std::string_view type, std::string_view core_type, std::string_view core, std::string_view outer,
                      std::string_view more = "") {
  return fmt::format(R"((component
    (import "g" (func $g {0}))
    (core module $Libc {1})
    (core instance $libc (instantiate $Libc))
    (core func $g' (canon lower (func $g) (memory $libc "memory") (realloc (func $libc "realloc")) {5}))
    (core module $M (import "" "g" (func $g {2})) (import "libc" "memory" (memory 1)) {3})
    (core instance $m (instantiate $M (with "" (instance (export "g" (func $g')))) (with "libc" (instance $libc))))
    (func (export "f") {4}
      (canon lift (core func $m "f") (memory $libc "memory") (realloc (func $libc "realloc")) {5}))))",
                     type, kMemory, core_type, core, outer, more);
}

template <class Signature>
TypedFunc<Signature> find(ComponentWorld& world, std::string_view name = "f") {
  auto found = TypedFunc<Signature>::find(world.instance, "", name);
  if (!found) FAIL(found.error().message);
  return *std::move(found);
}
template <class T>
std::string trap_of(const std::expected<T, Trap>& result) {
  return result ? "no trap" : result.error().message;
}

constexpr std::string_view kEcho =
    R"((func (export "f") (param i32 i32) (result i32)
         (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)))";
constexpr std::string_view kStringToString = R"((param "s" string) (result string))";

TEST_CASE("typed calls of exports: scalars, strings in every encoding, what is spilled") {
  ComponentWorld scalars(exporting(R"((param "a" s8) (param "b" u64) (result s16))",
                                   R"((func (export "f") (param i32 i64) (result i32)
                                        (i32.add (local.get 0) (i32.wrap_i64 (local.get 1)))))"));
  auto add = find<std::int16_t(std::int8_t, std::uint64_t)>(scalars);
  CHECK(*add(-3, 2) == -1);
  CHECK(*add(-128, 0x1'0000'0000) == -128);
  for (std::string_view encoding : {"utf8", "utf16", "latin1+utf16"}) {
    CAPTURE(encoding);
    ComponentWorld strings(exporting(kStringToString, kEcho, fmt::format("string-encoding={}", encoding)));
    auto echo = find<std::string(std::string_view)>(strings);
    for (const char* text : {"", "plain", "grüße", "Ωμέγα", "\U0001F3AD and more than one"}) CHECK(*echo(text) == text);
  }
  std::string type;
  for (int i = 0; i < 9; ++i) type += fmt::format(R"((param "p{}" string) )", i);
  ComponentWorld spilled(exporting(type + "(result u32)", R"((func (export "f") (param i32) (result i32)
    (i32.add (i32.load offset=4 (local.get 0)) (i32.load offset=68 (local.get 0)))))"));
  using S = std::string_view;
  CHECK(*find<std::uint32_t(S, S, S, S, S, S, S, S, S)>(spilled)("four", "", "", "", "", "", "", "", "seven..") == 11);
}

TEST_CASE("typed and untyped calls of a hostile guest end in the same trap") {
  struct Case {
    std::string_view type, core, more;
    std::string_view realloc = "";
  };
  const std::string_view to_list = R"((param "s" string) (result (list u32)))";
  const Case cases[] = {
      {kStringToString, R"((func (export "f") (param i32 i32) (result i32) unreachable))", ""},
      {kStringToString, R"((func (export "f") (param i32 i32) (result i32) (i32.const 6)))", ""},
      {kStringToString, R"((func (export "f") (param i32 i32) (result i32) (i32.const -4)))", ""},
      {kStringToString, R"((func (export "f") (param i32 i32) (result i32) (i32.store (i32.const 12) (i32.const -1)) (i32.const 8)))", ""},
      {kStringToString, R"((func (export "f") (param i32 i32) (result i32) (i32.store (i32.const 8) (i32.const 131070)) (i32.store (i32.const 12) (i32.const 9)) (i32.const 8)))", ""},
      {kStringToString, R"((data (i32.const 4) "\ff") (func (export "f") (param i32 i32) (result i32) (i32.store (i32.const 8) (i32.const 4)) (i32.store (i32.const 12) (i32.const 1)) (i32.const 8)))", ""},
      {to_list, R"((func (export "f") (param i32 i32) (result i32) (i32.store (i32.const 8) (i32.const 2)) (i32.store (i32.const 12) (i32.const 1)) (i32.const 8)))", ""},
      {to_list, R"((func (export "f") (param i32 i32) (result i32) (i32.store (i32.const 12) (i32.const 0x4000001)) (i32.const 8)))", ""},
      {kStringToString, kEcho, "", "(i32.const 131069)"},
      {kStringToString, kEcho, "", "(i32.const -1)"},
      {kStringToString, kEcho, "", "unreachable"},
      {kStringToString, R"((func (export "f") (param i32 i32) (result i32) (i32.const 8)) (func (export "post") (param i32) unreachable))",
       R"((post-return (func $m "post")))"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.core);
    const std::string memory =
        c.realloc.empty() ? std::string(kMemory)
                          : fmt::format(R"((memory (export "memory") 2)
                              (func (export "realloc") (param i32 i32 i32 i32) (result i32) {}))", c.realloc);
    ComponentWorld untyped(exporting(c.type, c.core, c.more, memory));
    ComponentWorld typed(exporting(c.type, c.core, c.more, memory));
    const std::string wanted = untyped.trap_of("f", {Val::string("text")});
    CHECK(wanted != "no trap");
    if (c.type == to_list) {
      CHECK(trap_of(find<std::vector<std::uint32_t>(std::string_view)>(typed)("text")) == wanted);
    } else {
      CHECK(trap_of(find<std::string(std::string_view)>(typed)("text")) == wanted);
    }
    CHECK(typed.trap_of("f", {Val::string("text")}) == "cannot enter component instance");  // closed
  }
}

TEST_CASE("a trap of a typed call has its wasm frames, and exceptions stay inside") {
  ComponentWorld world(exporting("", R"((func $boom (export "f") unreachable))"));
  auto trapped = find<void()>(world)();
  REQUIRE(!trapped);
  CHECK(trapped.error().kind == TrapKind::kUnreachable);
  REQUIRE(trapped.error().frames.size() == 1);
  CHECK(trapped.error().frames[0].func_name == "boom");
}

TEST_CASE("post-return gets the result, once, and may not leave") {
  ComponentWorld world(exporting(R"((result string))", R"(
    (global $calls (mut i32) (i32.const 0))
    (func (export "f") (result i32) (i32.store (i32.const 8) (i32.const 16)) (i32.store (i32.const 12) (global.get $calls)) (i32.const 8))
    (func (export "post") (param i32)
      (global.set $calls (i32.add (global.get $calls) (i32.eq (local.get 0) (i32.const 8))))))",
                                 R"((post-return (func $m "post")))"));
  auto func = find<std::string()>(world);
  CHECK(func()->empty());
  CHECK(func()->size() == 1);
  CHECK(func()->size() == 2);
}

TEST_CASE("values that are none of their type do not close the instance") {
  ComponentWorld world(exporting(kStringToString, kEcho));
  auto echo = find<std::string(std::string_view)>(world);
  CHECK(trap_of(echo("\xff")) == "a value is not of the type the host's interface gives it");
  CHECK(*echo("fine") == "fine");
}

TEST_CASE("typed host functions: scalars, strings in every encoding, results through memory, traps") {
  constexpr std::string_view core = R"((func (export "f") (param i32 i32) (result i32)
    (call $g (local.get 0) (local.get 1) (i32.const 8)) (i32.const 8)))";
  for (std::string_view encoding : {"utf8", "utf16", "latin1+utf16"}) {
    CAPTURE(encoding);
    ComponentWorld world(
        importing(kStringToString, "(param i32 i32 i32)", core, kStringToString, fmt::format("string-encoding={}", encoding)),
        [](Linker& linker) {
          define_typed<std::string(std::string_view)>(
              linker, "", "g", [](std::string_view text) -> std::expected<std::string, abi::Trap> {
                if (text == "no") return std::unexpected(abi::Trap{abi::TrapKind::kHost, "the host says no"});
                if (text == "bye") return std::unexpected(abi::Trap::exit(7));
                return "<" + std::string(text) + ">";
              });
        });
    auto func = find<std::string(std::string_view)>(world);
    CHECK(*func("grüße") == "<grüße>");
    CHECK(*func("") == "<>");
    CHECK(world.call("f", {Val::string("by Val")}) == Val::string("<by Val>"));
    CHECK(trap_of(func("no")) == "the host says no");
    CHECK(trap_of(func("x")) == "cannot enter component instance");
  }
}

TEST_CASE("typed and untyped host functions see the same of a hostile guest") {
  struct Case {
    std::string_view args;
  };
  const Case cases[] = {{"(i32.const 131070) (i32.const 9) (i32.const 8)"},
                        {"(i32.const 0) (i32.const -1) (i32.const 8)"},
                        {"(i32.const 0) (i32.const 4) (i32.const 6)"},
                        {"(i32.const 0) (i32.const 4) (i32.const 131068)"},
                        {"(i32.const 4) (i32.const 1) (i32.const 8)"}};
  for (const Case& c : cases) {
    CAPTURE(c.args);
    const std::string core = fmt::format(
        R"((data (i32.const 4) "\ff") (func (export "f") (call $g {})))", c.args);
    const std::string text = importing(kStringToString, "(param i32 i32 i32)", core, "");
    ComponentWorld untyped(text, [](Linker& linker) {
      linker.func("", "g", [](HostContext&, std::span<const Val> args) -> HostResult { return args[0]; });
    });
    ComponentWorld typed(text, [](Linker& linker) {
      define_typed<std::string(std::string_view)>(linker, "", "g", [](std::string_view s) { return std::string(s); });
    });
    const std::string wanted = untyped.trap_of("f");
    CHECK(wanted != "no trap");
    CHECK(trap_of(find<void()>(typed)()) == wanted);
  }
}

TEST_CASE("a typed host function cannot enter the instance that calls it, nor be called by its post-return") {
  std::string seen;
  std::function<void()> again;
  ComponentWorld world(importing(R"((param "n" u32))", "(param i32)", R"((func (export "f") (call $g (i32.const 1))))", ""),
                       [&](Linker& linker) { define_typed<void(std::uint32_t)>(linker, "", "g", [&](std::uint32_t) { again(); }); });
  auto func = find<void()>(world);
  again = [&] { seen = trap_of(func()); };
  CHECK(trap_of(func()) == "no trap");
  CHECK(seen == "cannot enter component instance");
  CHECK(trap_of(func()) == "no trap");

  ComponentWorld leaving(R"((component
      (import "g" (func $g (param "n" u32)))
      (core func $g' (canon lower (func $g)))
      (core module $M (import "" "g" (func $g (param i32)))
        (func (export "f")) (func (export "post") (call $g (i32.const 1))))
      (core instance $m (instantiate $M (with "" (instance (export "g" (func $g'))))))
      (func (export "f") (canon lift (core func $m "f") (post-return (func $m "post"))))))",
                         [](Linker& linker) { define_typed<void(std::uint32_t)>(linker, "", "g", [](std::uint32_t) {}); });
  CHECK(trap_of(find<void()>(leaving)()) == "cannot leave component instance");
}

TEST_CASE("types are compared when a function is found, and when one is linked") {
  ComponentWorld world(exporting(kStringToString, kEcho));
  CHECK(trap_of(TypedFunc<std::string(std::uint32_t)>::find(world.instance, "", "f")) ==
        "`f` is of another type, or cannot be called directly: func(s: string) -> string");
  CHECK(trap_of(TypedFunc<void()>::find(world.instance, "", "absent")) == "the component does not export `absent`");

  Engine engine;
  SourceMap sources;
  SourceId source = sources.add("test.wat", importing("(param \"n\" u32)", "(param i32)", R"((func (export "f")))", ""), SourceKind::kText);
  auto parsed = component::parse_component(sources, source);
  REQUIRE(parsed);
  auto component = Component::load(engine, sources, *std::move(parsed));
  REQUIRE(component);
  Linker linker;
  define_typed<void(std::uint64_t)>(linker, "", "g", [](std::uint64_t) {});
  auto linked = linker.instantiate(engine, *component);
  REQUIRE(!linked);
  CHECK(linked.error()->message ==
        "the host's function `g` is not of the type that the component imports: func(n: u32)");
}

}  // namespace
}  // namespace witc::engine::testing
