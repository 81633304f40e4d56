// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/validate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "wasm/core/builder.h"

namespace witc::wasm {
namespace {

const ValType i32 = ValType::i32();

/// Validates one function of the type, written by `fill`.
template <class Fill>
std::string check(const FuncType& type, Fill&& fill, Features features = Features::defaults()) {
  ModuleBuilder module;
  module.memory({});
  FuncIndex func = module.declare_func(type);
  {
    FunctionBuilder f = module.define(func);
    fill(f);
  }
  Module built = std::move(module).build();
  Result<void> result = validate_module(SourceMap(), built, features);
  return result ? "valid" : result.error()->message;
}

TEST_CASE("types of operands") {
  CHECK(check({{i32}, {i32}}, [](FunctionBuilder& f) { f.local_get(f.param(0)).i32_const(1).i32_add(); }) == "valid");
  CHECK(check({{}, {i32}}, [](FunctionBuilder& f) { f.i64_const(1); }) == "type mismatch: expected i32, found i64");
  CHECK(check({{}, {i32}}, [](FunctionBuilder&) {}) == "type mismatch: expected i32 but nothing on stack");
  CHECK(check({}, [](FunctionBuilder& f) { f.i32_const(1); }) ==
        "type mismatch: values remaining on stack at end of block");
}

TEST_CASE("unreachable code is polymorphic, not unchecked") {
  CHECK(check({{}, {i32}}, [](FunctionBuilder& f) { f.unreachable().i32_add(); }) == "valid");
  CHECK(check({{}, {i32}}, [](FunctionBuilder& f) { f.unreachable().i64_const(0).i32_add(); }) ==
        "type mismatch: expected i32, found i64");
}

TEST_CASE("blocks and branches") {
  CHECK(check({{i32}, {i32}}, [](FunctionBuilder& f) {
          Block block = f.block({{}, {i32}});
          f.i32_const(1).local_get(f.param(0)).br_if(block);
        }) == "valid");
  CHECK(check({{i32}, {}}, [](FunctionBuilder& f) {
          Block block = f.block({{}, {i32}});
          f.br(block);
        }) == "type mismatch: expected i32 but nothing on stack");
}

TEST_CASE("indices, alignment and features") {
  CHECK(check({}, [](FunctionBuilder& f) { f.local_get(LocalIndex(7)); }).starts_with("unknown local 7"));
  CHECK(check({{i32}, {i32}}, [](FunctionBuilder& f) { f.local_get(f.param(0)).i32_load({.align = 3}); }) ==
        "alignment must not be larger than natural");
  CHECK(check(
            {{i32}, {i32}}, [](FunctionBuilder& f) { f.local_get(f.param(0)).i32_extend8_s(); }, Features()) ==
        "`sign-extension` support is not enabled");
}

TEST_CASE("a compiler may follow the stacks") {
  ModuleBuilder module;
  FuncIndex func = module.declare_func({{}, {i32}});
  {
    FunctionBuilder f = module.define(func);
    f.i32_const(1).return_();
    f.unreachable();
  }
  Module built = std::move(module).build();
  Result<ModuleContext> context = validate_declarations(built);
  REQUIRE(context.has_value());
  FunctionValidator validator(*context, FuncIndex(0));
  OperatorReader reader(built.source, built.funcs[FuncIndex(0)].body);
  REQUIRE(validator.step(**reader.next()).has_value());
  CHECK(validator.operands().size() == 1);
  CHECK(validator.reachable());
  REQUIRE(validator.step(**reader.next()).has_value());
  CHECK(!validator.reachable());
}

/// So many that several threads share them.
TEST_CASE("of many bodies the first that is wrong is told of") {
  constexpr unsigned kFunctions = 4000;
  constexpr unsigned kOperators = 100;
  for (const std::vector<unsigned>& wrong : {std::vector<unsigned>{}, {3900}, {1000, 1001, 3900}, {0, 2500}}) {
    ModuleBuilder module;
    for (unsigned i = 0; i < kFunctions; ++i) {
      FunctionBuilder f = module.define(module.declare_func({{}, {i32}}));
      for (unsigned j = 0; j < kOperators; ++j) f.i32_const(static_cast<std::int32_t>(j)).op(Op::kDrop);
      if (std::ranges::find(wrong, i) == wrong.end()) f.i32_const(1);
    }
    const Module built = std::move(module).build();
    const SourceMap sources;
    const Result<void> valid = validate_module(sources, built);
    CHECK(valid.has_value() == wrong.empty());
    if (!valid) CHECK(valid.error()->contexts.front() == "while validating function " + std::to_string(wrong.front()));
  }
}

}  // namespace
}  // namespace witc::wasm
