// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes and flattenings, worked out by hand from CanonicalABI.md, and run_tests.py's `test_flatten`.
#include "adapter-gen/layout.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace witc::abi {
namespace {

using Prim = PrimValType;

struct Bench {
  Types types;
  Layout layout{types, PtrType::kI32};
  Layout layout64{types, PtrType::kI64};

  ValType type(ValueType seen) { return types.intern(std::move(seen)); }
  static std::string text(const std::vector<CoreType>& flat) {
    std::string out;
    for (CoreType item : flat) out += fmt::format("{}{}", out.empty() ? "" : " ", to_string(item));
    return out;
  }
  /// size/alignment: flattening
  std::string facts(const ValType& type, PtrType ptr_type = PtrType::kI32) {
    const Layout& at = ptr_type == PtrType::kI32 ? layout : layout64;
    return fmt::format("{}/{}: {}", at.elem_size(type), at.alignment(type), text(at.flatten_type(type).types));
  }
  FuncTypeId func(std::vector<ValType> params, std::optional<ValType> result = std::nullopt) {
    component::FuncType out;
    for (const ValType& param : params) out.params.push_back({"p" + std::to_string(out.params.size()), param});
    out.result = result;
    return types.intern(std::move(out));
  }
  std::string flatten(FuncTypeId id, Layout::Context context, PtrType ptr_type = PtrType::kI32) {
    CoreFuncType out = (ptr_type == PtrType::kI32 ? layout : layout64).flatten_functype(id, context);
    return text(out.params) + " -> " + text(out.results);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Bench, "elem_size, alignment, flatten_type") {
  CHECK(facts(Prim::kBool) == "1/1: i32");
  CHECK(facts(Prim::kU16) == "2/2: i32");
  CHECK(facts(Prim::kS64) == "8/8: i64");
  CHECK(facts(Prim::kF32) == "4/4: f32");
  CHECK(facts(Prim::kChar) == "4/4: i32");
  CHECK(facts(Prim::kString) == "8/4: i32 i32");
  CHECK(facts(Prim::kString, PtrType::kI64) == "16/8: i64 i64");
  ValType pair = type(component::TupleType{{Prim::kU16, Prim::kU8}});
  CHECK(facts(pair) == "4/2: i32 i32");
  CHECK(facts(type(component::TupleType{{pair, Prim::kU8}})) == "6/2: i32 i32 i32");
  CHECK(facts(type(component::ListType{pair, std::nullopt})) == "8/4: i32 i32");
  CHECK(facts(type(component::ListType{pair, 3})) == "12/2: i32 i32 i32 i32 i32 i32");
  CHECK(facts(type(component::MapType{Prim::kU8, pair})) == "8/4: i32 i32");
  CHECK(facts(type(component::OptionType{Prim::kU8})) == "2/1: i32 i32");
  CHECK(facts(type(component::OptionType{Prim::kU64})) == "16/8: i32 i64");
  CHECK(facts(type(component::ResultValType{})) == "1/1: i32");
  CHECK(facts(type(component::ResultValType{Prim::kF32, Prim::kString})) == "12/4: i32 i32 i32");
  CHECK(facts(type(component::ResultValType{Prim::kF32, Prim::kString}), PtrType::kI64) == "24/8: i32 i64 i64");
  CHECK(facts(type(component::FlagsType{{"a", "b", "c", "d", "e", "f", "g", "h", "i"}})) == "2/2: i32");
  ResourceId resource = types.add_resource({"r"});
  CHECK(facts(type(component::OwnType{resource})) == "4/4: i32");
}

TEST_CASE_FIXTURE(Bench, "discriminant_type") {
  CHECK(discriminant_type(1) == Prim::kU8);
  CHECK(discriminant_type(256) == Prim::kU8);
  CHECK(discriminant_type(257) == Prim::kU16);
  CHECK(discriminant_type(65536) == Prim::kU16);
  CHECK(discriminant_type(65537) == Prim::kU32);
}

TEST_CASE("join") {
  CHECK(join(CoreType::kF32, CoreType::kF32) == CoreType::kF32);
  CHECK(join(CoreType::kI32, CoreType::kF32) == CoreType::kI32);
  CHECK(join(CoreType::kF32, CoreType::kF64) == CoreType::kI64);
  CHECK(join(CoreType::kI32, CoreType::kI64) == CoreType::kI64);
}

TEST_CASE_FIXTURE(Bench, "copy_class: padding, bools and pointers are not bytes to copy") {
  CHECK(layout.copy_class(type(component::TupleType{{Prim::kU8, Prim::kU8, Prim::kU16}})) == CopyClass::kPod);
  CHECK(layout.copy_class(type(component::TupleType{{Prim::kU8, Prim::kU16}})) == CopyClass::kWalk);
  CHECK(layout.copy_class(type(component::TupleType{{Prim::kU32, Prim::kU8}})) == CopyClass::kWalk);
  CHECK(layout.copy_class(type(component::TupleType{{Prim::kBool}})) == CopyClass::kWalk);
  CHECK(layout.copy_class(type(component::ListType{Prim::kF64, 100})) == CopyClass::kPod);
  CHECK(layout.copy_class(type(component::ListType{Prim::kF64, std::nullopt})) == CopyClass::kWalk);
  CHECK(layout.copy_class(type(component::EnumType{{"a"}})) == CopyClass::kPodCheck);
  CHECK(layout.copy_class(Prim::kChar) == CopyClass::kPodCheck);
}

TEST_CASE_FIXTURE(Bench, "flatten_functype") {
  using enum Layout::Context;
  FuncTypeId plain = func({Prim::kU8, Prim::kF32, Prim::kF64}, Prim::kF32);
  CHECK(flatten(plain, kLift) == "i32 f32 f64 -> f32");
  CHECK(flatten(plain, kLower) == "i32 f32 f64 -> f32");
  CHECK(flatten(func({Prim::kU8}, type(component::TupleType{{Prim::kF32}})), kLift) == "i32 -> f32");
  FuncTypeId pair = func({Prim::kU8}, type(component::TupleType{{Prim::kF32, Prim::kF32}}));
  CHECK(flatten(pair, kLift) == "i32 -> i32");
  CHECK(flatten(pair, kLower) == "i32 i32 -> ");
  CHECK(flatten(pair, kLower, PtrType::kI64) == "i32 i64 -> ");
  std::vector<ValType> many(17, Prim::kU8);
  CHECK(flatten(func(many), kLift) == "i32 -> ");
  CHECK(flatten(func(many), kLift, PtrType::kI64) == "i64 -> ");
  CHECK(flatten(func(many, type(component::TupleType{{Prim::kU8, Prim::kU8}})), kLower) == "i32 i32 -> ");
  many.pop_back();
  CHECK(layout.flatten_functype(func(many), kLift).params.size() == 16);
}

TEST_CASE_FIXTURE(Bench, "types that unfold exponentially, or are huge, cost nothing") {
  ValType wide = Prim::kU64;
  for (int i = 0; i < 200; ++i) wide = type(component::TupleType{{wide, wide, wide}});
  CHECK(layout.flatten_type(wide).is_cut);
  CHECK(layout.elem_size(wide) == std::uint64_t{1} << 40);
  CHECK(layout.weight(wide) == 0xffff'ffff);
  CHECK(layout.depth(wide) == 201);
  ValType huge = Prim::kU8;
  for (int i = 0; i < 5; ++i) huge = type(component::ListType{huge, 0xffff'ffff});
  CHECK(layout.flatten_type(huge).is_cut);
}

}  // namespace witc::abi
