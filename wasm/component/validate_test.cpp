// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What validation gives to later stages, and that hostile types stay cheap. Which components are valid is
// tested against the public suites (tests/component/).
#include "wasm/component/validate.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "wasm/component/encode.h"
#include "wasm/component/parse.h"
#include "wasm/component/print.h"

namespace witc::component {
namespace {

struct Validated {
  SourceMap sources;
  Types types;
  ast::Component component;
  std::optional<ValidatedComponent> result;
  std::string error;
  DiagCode code = DiagCode::kComponentInvalid;

  explicit Validated(std::string text) {
    SourceId source = sources.add("test.wat", std::move(text), SourceKind::kText);
    auto parsed = parse_component(sources, source);
    if (!parsed) {
      error = parsed.error()->message;
      return;
    }
    component = std::move(*parsed);
    auto validated = validate_component(sources, component, types);
    if (validated) {
      result = std::move(*validated);
    } else {
      error = validated.error()->message;
      code = validated.error()->code;
    }
  }
  ResourceId resource(std::size_t index) { return std::get<ResourceId>(result->types.at(index).type); }
};

TEST_CASE("index spaces") {
  Validated v(R"((component
    (import "a:b/c" (instance $i (export "r" (type $r (sub resource))) (export "f" (func (param "x" (borrow $r))))))
    (alias export $i "f" (func $f))
    (core module $m (memory (export "m") 1) (func (export "g") (param i32)))
    (core instance $c (instantiate $m))
    (core func $low (canon lower (func $f)))
    (alias core export $c "m" (core memory))
    (alias export $i "r" (type $r2))
    (func (export "g") (param "x" (own $r2)) (canon lift (core func $c "g")))))");
  REQUIRE_MESSAGE(v.result, v.error);
  CHECK(v.result->instances.size() == 1);
  CHECK(v.result->funcs.size() == 3);  // aliased, lifted, exported
  CHECK(v.result->core_funcs.size() == 2);
  CHECK(v.result->core_funcs[0] == wasm::FuncType{{wasm::ValType::i32()}, {}});
  CHECK(v.result->core_memories.size() == 1);
  CHECK(v.result->core_instances.at(0).size() == 2);
  CHECK(v.types.to_string(v.result->funcs[1]) == "func(x: own<a:b/c#r>)");
  CHECK(v.types[v.result->type].imported_resources.size() == 1);
  CHECK(v.types[v.result->type].defined_resources.empty());
}

TEST_CASE("each instantiation brings resources of its own") {
  Validated v(R"((component
    (component $C (type $t (resource (rep i32))) (export "t" (type $t)))
    (instance $a (instantiate $C))
    (instance $b (instantiate $C))
    (alias export $a "t" (type))
    (alias export $b "t" (type))))");
  REQUIRE_MESSAGE(v.result, v.error);
  CHECK(v.resource(0) != v.resource(1));
  REQUIRE(v.result->children.size() == 1);
  CHECK(v.result->children[0].local_resources.size() == 1);
}

TEST_CASE("what is supplied takes the place of an imported resource") {
  Validated v(R"((component
    (type $mine (resource (rep i32)))
    (component $C (import "t" (type $t (sub resource))) (export "u" (type $t)))
    (instance $a (instantiate $C (with "t" (type $mine))))
    (alias export $a "u" (type))))");
  REQUIRE_MESSAGE(v.result, v.error);
  CHECK(v.resource(0) == v.resource(1));
  CHECK(v.result->local_resources.at(v.resource(0)) == 0);
}

TEST_CASE("signatures must be exact") {
  Validated v(R"((component
    (core module $m (func (export "g") (param i64)))
    (core instance $c (instantiate $m))
    (func (param "x" u32) (canon lift (core func $c "g")))))");
  CHECK(v.error == "lowered parameter types `[i32]` do not match parameter types `[i64]` of core function 0");
}

TEST_CASE("types that double at each step are turned down quickly") {
  std::string text = "(component (type $t0 (tuple u8 u8))";
  for (int i = 1; i < 60; ++i) text += fmt::format("(type $t{} (tuple $t{} $t{}))", i, i - 1, i - 1);
  Validated values(text + ")");
  CHECK(values.code == DiagCode::kComponentLimit);

  text = "(component (component $c0 (type $t (resource (rep i32))) (export \"t\" (type $t)))";
  for (int i = 1; i < 40; ++i) {
    text += fmt::format(
        "(component $c{0} (alias outer 1 $c{1} (component $c)) (instance $a (instantiate $c)) "
        "(instance $b (instantiate $c)) (export \"a\" (instance $a)) (export \"b\" (instance $b)))",
        i, i - 1);
  }
  Validated components(text + ")");
  CHECK(components.code == DiagCode::kComponentLimit);
  CHECK_FALSE(components.result);
}

TEST_CASE("features gate") {
  Features features = Features::none();
  CHECK_FALSE(features.async);
  CHECK(features.set("cm-async", true));
  CHECK(features.async);
  CHECK_FALSE(features.set("cm-nothing", true));
}

TEST_CASE("abbreviations print as what they stand for") {
  Validated v(R"((component $c
    (import "i" (instance $i (export "f" (func (result (list u8))))))
    (export "f" (func $i "f"))))");
  REQUIRE_MESSAGE(v.result, v.error);
  CHECK(print_component(v.component).value_or("") == R"((component $c
  (type (;0;)
    (instance
      (type (;0;) (list u8))
      (type (;1;) (func (result 0)))
      (export (;0;) "f" (func (type 1)))
    )
  )
  (import "i" (instance $i (;0;) (type 0)))
  (alias export $i "f" (func (;0;)))
  (export (;1;) "f" (func 0))
))");
}

}  // namespace
}  // namespace witc::component
