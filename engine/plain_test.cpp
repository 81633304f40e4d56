// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// EngineOptions::modules_come_first: code that need not be ready for tail calls and exceptions.
#include <doctest/doctest.h>

#include "engine/api.h"
#include "wasm/core/encode.h"
#include "wasm/core/load.h"

using namespace witc;
using namespace witc::api;

namespace {

/// As bytes: of what comes as text no bodies are known.
std::vector<std::uint8_t> binary(std::string text) {
  SourceMap sources;
  auto module = wasm::load_module(sources, sources.add("m.wat", std::move(text), SourceKind::kText));
  REQUIRE(module);
  return wasm::encode_module(*module);
}

EngineOptions options() {
  EngineOptions options;
  options.compile_mode = engine::CompileMode::kLazy;
  options.modules_come_first = true;
  return options;
}

const char* const kPlain =
    "(module (import \"h\" \"h\" (func $h (param i32) (result i32))) (table 1 funcref) (elem (i32.const 0) $g)"
    "(type $t (func (param i32) (result i32)))"
    "(func $g (param i32) (result i32) (i32.add (local.get 0) (call $h (i32.const 1))))"
    "(func (export \"f\") (param i32) (result i32) (call_indirect (type $t) (local.get 0) (i32.const 0))))";
const char* const kThrows = "(module (tag $t) (func (export \"f\") (throw $t)))";
const char* const kTailCalls = "(module (func $f (export \"f\") (return_call $f)))";

Linker linker() {
  Linker linker;
  linker.func("h", "h", [](std::int32_t value) { return value + 10; });
  return linker;
}

}  // namespace

TEST_CASE("modules without tail calls and tags run, and others are refused once a store was made") {
  const Engine engine(options());
  auto plain = Module::load(engine, binary(kPlain), "plain");
  REQUIRE(plain);
  Store store(engine);
  auto instance = linker().instantiate(store, *plain);
  REQUIRE(instance);
  auto results = instance->func("f")->call(std::vector<Val>{Val::i32(5)});
  REQUIRE(results);
  CHECK(results->front().i32() == 16);
  for (const char* text : {kThrows, kTailCalls}) {
    auto late = Module::load(engine, binary(text), "late");
    REQUIRE(late);
    auto refused = Linker().instantiate(store, *late);
    REQUIRE(!refused);
    CHECK(refused.error().message.find("came after the first store") != std::string::npos);
  }
}

TEST_CASE("what a module has that came first is provided for") {
  for (const char* text : {kThrows, kPlain}) {
    const Engine engine(options());
    auto throws = Module::load(engine, binary(kThrows), "throws");
    auto other = Module::load(engine, binary(text), "other");
    REQUIRE(throws);
    REQUIRE(other);
    Store store(engine);
    REQUIRE(linker().instantiate(store, *other));
    auto instance = Linker().instantiate(store, *throws);
    REQUIRE(instance);
    auto results = instance->func("f")->call(std::vector<Val>{});
    REQUIRE(!results);
    CHECK(results.error().trap.value().kind == TrapKind::kUncaughtException);
  }
}
