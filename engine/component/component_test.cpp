// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Components written as text, run through the embedding API: what crosses between two component instances and the
// host, and every trap of the canonical ABI that needs more than one instance, a host or a handle table to show.
#include <fmt/format.h>

#include "engine/component/testing.h"

namespace witc::engine::testing {
namespace {

using abi::Val;

/// A component that implements `f: type` by `core`, whose canonical options use `encoding`.
std::string callee(std::string_view type, std::string_view core, std::string_view encoding = "utf8") {
  return fmt::format(R"((component $Callee
    (core module $M {} {})
    (core instance $m (instantiate $M))
    (func (export "f") {}
      (canon lift (core func $m "f") (memory $m "memory") (realloc (func $m "realloc")) string-encoding={})))
  )",
                     kMemory, core, type, encoding);
}

/// A component that imports `f: type` and exports it again. In its own code both go through memory, so that `in` of
/// the parameters stay as they are, and the result lies at 16.
std::string caller(std::string_view type, std::string_view in, std::string_view pass,
                   std::string_view encoding = "utf8") {
  return fmt::format(R"((component $Caller
    (import "f" (func $f {0}))
    (core module $Libc {1})
    (core instance $libc (instantiate $Libc))
    (core func $f' (canon lower (func $f) (memory $libc "memory") (realloc (func $libc "realloc")) string-encoding={4}))
    (core module $M
      (import "" "f" (func $f {2} (param i32)))
      (func (export "f") {2} (result i32) (call $f {3} (i32.const 16)) (i32.const 16)))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f'))))))
    (func (export "f") {0}
      (canon lift (core func $m "f") (memory $libc "memory") (realloc (func $libc "realloc")) string-encoding={4})))
  )",
                     type, kMemory, in, pass, encoding);
}

std::string linked(const std::string& callee, const std::string& caller) {
  return "(component " + callee + caller + R"(
    (instance $callee (instantiate $Callee))
    (instance $caller (instantiate $Caller (with "f" (func $callee "f"))))
    (export "f" (func $caller "f"))
    (export "direct" (func $callee "f"))))";
}

constexpr std::string_view kEcho =
    R"((func (export "f") (param i32 i32) (result i32)
         (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)))";
constexpr std::string_view kStringToString = R"((param "s" string) (result string))";
constexpr std::string_view kTwo = "(param i32 i32)";
constexpr std::string_view kPassTwo = "(local.get 0) (local.get 1)";

TEST_CASE("strings between every two encodings") {
  for (std::string_view from : {"utf8", "utf16", "latin1+utf16"}) {
    for (std::string_view to : {"utf8", "utf16", "latin1+utf16"}) {
      CAPTURE(from);
      CAPTURE(to);
      ComponentWorld world(linked(callee(kStringToString, kEcho, to), caller(kStringToString, kTwo, kPassTwo, from)));
      for (const char* text :
           {"", "plain", "grüße", "Ωμέγα", "grüße, Ω", "\U0001F3AD and more than one", "\xC3\xBF\xC4\x80"}) {
        CHECK(world.call("f", {Val::string(text)}) == Val::string(text));
      }
    }
  }
}

TEST_CASE("scalars between two components are wrapped to their width") {
  ComponentWorld world(R"((component
    (component $A
      (core module $M (func (export "f") (param i32 i64) (result i32) (i32.add (local.get 0) (i32.wrap_i64 (local.get 1)))))
      (core instance $m (instantiate $M))
      (func (export "f") (param "a" s8) (param "b" u64) (result u8) (canon lift (core func $m "f"))))
    (component $B
      (import "f" (func $f (param "a" s8) (param "b" u64) (result u8)))
      (core func $f' (canon lower (func $f)))
      (core module $M (import "" "f" (func $f (param i32 i64) (result i32)))
        (func (export "f") (param i32 i64) (result i32) (call $f (i32.add (local.get 0) (i32.const 256)) (local.get 1))))
      (core instance $m (instantiate $M (with "" (instance (export "f" (func $f'))))))
      (func (export "f") (param "a" s8) (param "b" u64) (result u8) (canon lift (core func $m "f"))))
    (instance $a (instantiate $A))
    (instance $b (instantiate $B (with "f" (func $a "f"))))
    (export "f" (func $b "f"))))");
  CHECK(world.call("f", {Val::signed_(-3), Val::unsigned_(10)}) == Val::unsigned_(7));
  CHECK(world.call("f", {Val::signed_(-3), Val::unsigned_(2)}) == Val::unsigned_(255));
  CHECK(world.call("f", {Val::signed_(127), Val::unsigned_(0x1'0000'0102)}) == Val::unsigned_(129));
  CHECK(world.trap_of("f", {Val::signed_(128), Val::unsigned_(0)}) ==
        "the arguments do not match the parameters of `f`");
}

TEST_CASE("more parameters and results than are passed flat") {
  std::string type;
  std::vector<Val> args;
  for (std::uint64_t i = 0; i < 20; ++i) {
    type += fmt::format(R"((param "p{}" {}) )", i, i % 2 == 0 ? "u8" : "u32");
    args.push_back(Val::unsigned_(i * 10));
  }
  type += R"((result (tuple u8 string u64)))";
  // Where they lie: each u8 and the u32 behind it take 8 bytes.
  std::string_view core = R"((data (i32.const 512) "spilled")
    (func (export "f") (param i32) (result i32)
      (i32.store8 (i32.const 32) (i32.load8_u offset=8 (local.get 0)))
      (i32.store (i32.const 36) (i32.const 512))
      (i32.store (i32.const 40) (i32.const 7))
      (i64.store (i32.const 48) (i64.load32_u offset=76 (local.get 0)))
      (i32.const 32)))";
  ComponentWorld world(linked(callee(type, core), caller(type, "(param i32)", "(local.get 0)")));
  const Val wanted = Val::tuple({Val::unsigned_(20), Val::string("spilled"), Val::unsigned_(190)});
  CHECK(world.call("direct", args) == wanted);
  CHECK(world.call("f", args) == wanted);
}

TEST_CASE("what realloc answers is checked") {
  struct Case {
    std::string_view body;
    std::string_view trap;
  };
  for (const Case& c :
       {Case{"(i32.const 65533)", "realloc return: result not aligned"},
        Case{"(i32.const 65536)", "realloc return: beyond end of memory"},
        Case{"(i32.const -8)", "realloc return: beyond end of memory"}, Case{"unreachable", "unreachable"}}) {
    CAPTURE(c.body);
    constexpr std::string_view kType = R"((param "l" (list u32)) (result (list u32)))";
    std::string bad = fmt::format(R"((component $Callee
      (core module $M (memory (export "memory") 1) {}
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) {}))
      (core instance $m (instantiate $M))
      (func (export "f") {} (canon lift (core func $m "f") (memory $m "memory") (realloc (func $m "realloc"))))))",
                                  kEcho, c.body, kType);
    std::string text = linked(bad, caller(kType, kTwo, kPassTwo));
    const Val list = Val::list({Val::unsigned_(1), Val::unsigned_(2)});
    CHECK(ComponentWorld(text).trap_of("direct", {list}) == c.trap);
    CHECK(ComponentWorld(text).trap_of("f", {list}) == c.trap);
  }
}

TEST_CASE("post-return runs once for each call, after the result was read") {
  ComponentWorld world(R"((component
    (component $A
      (core module $M (memory (export "memory") 1) (data (i32.const 16) "text")
        (global $n (mut i32) (i32.const 0))
        (func (export "f") (result i32)
          (i32.store (i32.const 8) (i32.const 16)) (i32.store (i32.const 12) (i32.const 4)) (i32.const 8))
        (func (export "post") (param i32)
          (i32.store (local.get 0) (i32.const 0)) (global.set $n (i32.add (global.get $n) (i32.const 1))))
        (func (export "count") (result i32) (global.get $n)))
      (core instance $m (instantiate $M))
      (func (export "f") (result string) (canon lift (core func $m "f") (memory $m "memory") (post-return (func $m "post"))))
      (func (export "count") (result u32) (canon lift (core func $m "count"))))
    (instance $a (instantiate $A))
    (component $B
      (import "f" (func $f (result string)))
)" +
                       fmt::format(R"((core module $Libc {})
      (core instance $libc (instantiate $Libc))
      (core func $f' (canon lower (func $f) (memory $libc "memory") (realloc (func $libc "realloc"))))
      (core module $M (import "" "f" (func $f (param i32)))
        (func (export "f") (result i32) (call $f (i32.const 16)) (i32.const 16)))
      (core instance $m (instantiate $M (with "" (instance (export "f" (func $f'))))))
      (func (export "f") (result string) (canon lift (core func $m "f") (memory $libc "memory")))))",
                                   kMemory) +
                       R"(
    (instance $b (instantiate $B (with "f" (func $a "f"))))
    (export "f" (func $b "f"))
    (export "direct" (func $a "f"))
    (export "count" (func $a "count"))))");
  CHECK(world.call("direct") == Val::string("text"));
  CHECK(world.call("count") == Val::unsigned_(1));
  CHECK(world.call("f") == Val::string("text"));
  CHECK(world.call("count") == Val::unsigned_(2));
}

TEST_CASE("a host function's result is checked") {
  constexpr std::string_view kText = R"((component
    (import "f" (func $f (result u8)))
    (core func $f' (canon lower (func $f)))
    (core module $M (import "" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))
    (core instance $m (instantiate $M (with "" (instance (export "f" (func $f'))))))
    (func (export "g") (result u8) (canon lift (core func $m "g")))))";
  std::optional<Val> result;
  ComponentWorld world(kText, [&](Linker& linker) {
    linker.func("", "f", [&](HostContext&, std::span<const Val>) -> HostResult { return result; });
  });
  result = Val::unsigned_(200);
  CHECK(world.call("g") == Val::unsigned_(200));
  SUBCASE("out of range") { result = Val::unsigned_(256); }
  SUBCASE("another type") { result = Val::string("x"); }
  SUBCASE("none at all") { result.reset(); }
  CAPTURE(result.has_value());
  if (result != Val::unsigned_(200)) {
    CHECK(world.trap_of("g") == "host function `f` returned a value of another type");
    CHECK(world.trap_of("g") == "cannot enter component instance");
  }
}

TEST_CASE("interfaces are found by version") {
  auto exporting = [](std::string_view names) {
    std::string text = R"((component
      (core module $M (func (export "f") (result i32) (i32.const 7)))
      (core instance $m (instantiate $M))
      (func $f (result u32) (canon lift (core func $m "f")))
      (instance $i (export "f" (func $f))))";
    for (std::string_view name : std::vector<std::string_view>{names, "a:b/other@0.2.1"}) {
      text += fmt::format(R"( (export "{}" (instance $i)))", name);
    }
    return text;
  };
  ComponentWorld one(exporting("a:b/c@1.2.0") + ")");
  const Component& component = one.instance.component();
  for (const char* found : {"a:b/c@1.2.0", "a:b/c@1.0.0", "a:b/c@1.9.3", "a:b/c", "c", "a:b/other@0.2.9"}) {
    CAPTURE(found);
    CHECK(component.find_func(found, "f").has_value());
    CHECK_FALSE(component.find_func(found, "g").has_value());
  }
  for (const char* missing : {"a:b/c@2.0.0", "a:b/c@0.1.2", "b/c", "x:b/c@1.2.0", "", "a:b/other@0.3.0"}) {
    CAPTURE(missing);
    CHECK_FALSE(component.find_func(missing, "f").has_value());
  }
  ComponentWorld two(exporting("a:b/c@1.2.0") + R"((export "a:b/c@2.0.0" (instance $i))))");
  CHECK(two.instance.component().find_func("a:b/c@2.1.0", "f")->name == "a:b/c@2.0.0.f");
  CHECK_FALSE(two.instance.component().find_func("c", "f").has_value());
  CHECK(two.instance.component().funcs().size() == 3);
}

}  // namespace
}  // namespace witc::engine::testing
