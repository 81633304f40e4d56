// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which instances share their code, and that exceptions pass through code that is shared. Compositions: tests/growth.
#include "engine/sharing.h"

#include "engine/runtime/store.h"
#include "engine/testing.h"
#include "wasm/core/encode.h"

namespace witc::engine::testing {
namespace {

/// Large enough to be worth it, and has bytes, as what is read from a file.
std::string library(std::string_view more) {
  std::string text = R"((module (import "" "f" (func $f (result i32)))
    (func (export "g") (result i32) (i32.add (call $f) (i32.const 1))))";
  for (int i = 0; i < 600; ++i) text += "(func (drop (i32.const 1)))";
  return text + std::string(more) + ")";
}

/// A library twice, once over what throws and once over what does not, and one who catches what comes out of both.
struct Fixture {
  World world;
  wasm::Module module;
  InstanceId thrower, quiet, over_first, over_second, catcher;

  Fixture(bool throws_first, CompileMode mode, std::string_view more = "") {
    SourceMap& sources = world.sources;
    module = load(sources, "text", library(more), SourceKind::kText);
    const std::vector<std::uint8_t> bytes = wasm::encode_module(module);
    module = load(sources, "binary", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
    world.options.compile_mode = mode;
    thrower = world.add_text(R"((module (tag $t) (func (export "f") (result i32) (throw $t))))");
    quiet = world.add_text(R"((module (func (export "f") (result i32) (i32.const 7))))");
    over_first = world.program.instances.push({&module, "first", {InstanceItem{throws_first ? thrower : quiet, 0}}});
    over_second = world.program.instances.push({&module, "second", {InstanceItem{throws_first ? quiet : thrower, 0}}});
    catcher = world.add_text(R"((module
        (import "" "a" (func $a (result i32))) (import "" "b" (func $b (result i32)))
        (func (export "a") (result i32)
          (block $h (return (try_table (result i32) (catch_all $h) (call $a)))) (i32.const 99))
        (func (export "b") (result i32)
          (block $h (return (try_table (result i32) (catch_all $h) (call $b)))) (i32.const 99))))",
                             {InstanceItem{over_first, 1}, InstanceItem{over_second, 1}});
  }
  static wasm::Module load(SourceMap& sources, std::string name, std::string text, SourceKind kind) {
    Result<wasm::Module> loaded = wasm::load_module(sources, sources.add(std::move(name), std::move(text), kind));
    if (!loaded) FAIL(loaded.error()->message);
    if (auto valid = wasm::validate_module(sources, *loaded, wasm::Features::wasm3()); !valid) FAIL(valid.error()->message);
    return *std::move(loaded);
  }
};

TEST_CASE("exceptions pass through code that is shared with instances which none passes through") {
  for (CompileMode mode : {CompileMode::kEager, CompileMode::kLazy}) {
    for (bool throws_first : {false, true}) {
      Fixture fixture(throws_first, mode);
      const CompiledProgram code = fixture.world.compile();
      CHECK(code.impl()->layout.code_of(fixture.over_second) == fixture.over_first);
      Instance instance = fixture.world.instantiate(code);
      CHECK(call(instance, fixture.catcher, throws_first ? "a" : "b", {}) == std::vector<std::uint64_t>{99});
      CHECK(call(instance, fixture.catcher, throws_first ? "b" : "a", {}) == std::vector<std::uint64_t>{8});
    }
  }
}

TEST_CASE("modules with tags, and those of open programs, do not share") {
  Fixture tagged(false, CompileMode::kLazy, "(tag)"), plain(false, CompileMode::kLazy);
  CHECK(sharing_classes(tagged.world.program)[tagged.over_first] == 0);
  CHECK(sharing_classes(plain.world.program)[plain.over_first] != 0);
  plain.world.program.is_open = true;
  CHECK(sharing_classes(plain.world.program)[plain.over_first] == 0);
}

}  // namespace
}  // namespace witc::engine::testing
