// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <doctest/doctest.h>

#include "linker/graph.h"
#include "linker/substitution.h"

namespace witc::linker {
namespace {

using namespace component;

TEST_CASE("versions on one track stand for each other") {
  CHECK(names_match("wasi:io/streams@0.2.0", "wasi:io/streams@0.2.9"));
  CHECK(names_match("a:b/c@1.0.0", "a:b/c@1.7.0"));
  CHECK_FALSE(names_match("a:b/c@1.0.0", "a:b/c@2.0.0"));
  CHECK_FALSE(names_match("a:b/c@0.2.0", "a:b/c@0.3.0"));
  CHECK_FALSE(names_match("a:b/c@1.0.0-rc.1", "a:b/c@1.0.0-rc.2"));
  CHECK_FALSE(names_match("a:b/c", "a:b/d"));
  CHECK(names_match("plain", "plain"));
}

TEST_CASE("types are carried over with their resources replaced") {
  Types from, to;
  ResourceId r = from.add_resource({"r"});
  ResourceId s = to.add_resource({"s"});
  ValType own = from.intern(ValueType(OwnType{r}));
  ValType list = from.intern(ValueType(ListType{own, std::nullopt}));
  FuncTypeId func = from.intern(FuncType{false, {{"x", list}}, PrimValType::kU8});
  Substitution substitution(from, to);
  auto unbound = substitution.func(func);
  REQUIRE_FALSE(unbound);
  CHECK(unbound.error()->code == DiagCode::kPlanUnsupported);
  substitution.bind(r, s);
  auto made = substitution.func(func);
  REQUIRE(made);
  CHECK(to.to_string(*made) == "func(x: list<own<s>>) -> u8");
  CHECK(*substitution.func(func) == *made);
}

TEST_CASE("types that nest too deep are refused") {
  Types from, to;
  ValType type = PrimValType::kU8;
  for (int i = 0; i < 1000; ++i) type = from.intern(ValueType(ListType{type, std::nullopt}));
  Substitution substitution(from, to);
  auto made = substitution.value(type);
  REQUIRE_FALSE(made);
  CHECK(made.error()->code == DiagCode::kPlanLimit);
}

}  // namespace
}  // namespace witc::linker
