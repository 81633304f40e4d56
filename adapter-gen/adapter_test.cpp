// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plans and modules of adapters: every random one is a valid module of bounded size. That they do what the interpreter
// does is tested by running them (tests/abi/).
#include "adapter-gen/adapter.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "adapter-gen/random.h"
#include "base/render.h"
#include "wasm/core/validate.h"

namespace witc::abi {
namespace {

AdapterSide side(std::uint32_t instance, StringEncoding encoding, PtrType ptr_type = PtrType::kI32) {
  AdapterSide out;
  out.instance = instance;
  out.string_encoding = encoding;
  out.ptr_type = ptr_type;
  out.has_memory = out.has_realloc = true;
  return out;
}

AdapterRequest request(const Types& types, FuncTypeId type) {
  AdapterRequest out;
  out.types = &types;
  out.type = type;
  out.name = "caller -> callee: f";
  out.lower = side(1, StringEncoding::kUtf8);
  out.lift = side(2, StringEncoding::kUtf8);
  return out;
}

std::string why_invalid(const wasm::Module& module) {
  SourceMap sources;
  Result<void> valid = wasm::validate_module(sources, module, wasm::Features::runnable());
  return valid ? std::string() : render_text(valid.error(), sources);
}

FuncTypeId func(Types& types, std::vector<ValType> params, std::optional<ValType> result = std::nullopt) {
  component::FuncType out;
  for (const ValType& param : params) out.params.push_back({"p" + std::to_string(out.params.size()), param});
  out.result = result;
  return types.intern(std::move(out));
}

constexpr StringEncoding kEncodings[] = {StringEncoding::kUtf8, StringEncoding::kUtf16, StringEncoding::kLatin1Utf16};

}  // namespace

TEST_CASE("adapter: random function types give valid modules") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Random random(seed);
    Types types;
    RandomTypeOptions options;
    options.resources = {types.add_resource({"a:b/c#r"}), types.add_resource({"a:b/c#s"})};
    AdapterRequest made = request(types, random_func_type(random, types, options, 6));
    PtrType ptr_types[] = {PtrType::kI32, PtrType::kI64};
    made.lower.string_encoding = kEncodings[random.below(3)];
    made.lift.string_encoding = kEncodings[random.below(3)];
    made.lower.ptr_type = ptr_types[random.below(2)];
    made.lift.ptr_type = ptr_types[random.below(2)];
    made.lift.has_post_return = random.one_in(2);
    made.lift.guard_may_leave = random.one_in(2);
    made.lower.guard_may_leave = random.one_in(2);
    if (random.one_in(2)) made.entering_set = {2, 3};
    made.guard_lends = random.one_in(2);
    made.resource_instances = {1, 2};
    CAPTURE(seed);
    CAPTURE(types.to_string(made.type));
    Result<AdapterPlan> plan = plan_adapter(made);
    REQUIRE(plan);
    CHECK(!to_string(*plan).empty());
    CHECK(why_invalid(emit_adapter(*plan)) == "");
  }
}

TEST_CASE("adapter: a borrow scope only where the callee is given a handle, or a loan can be told") {
  Types types;
  const component::ResourceId callees = types.add_resource({"a:b/c#r"}), others = types.add_resource({"a:b/c#s"});
  auto type = [&](auto handle) { return ValType(types.intern(handle)); };
  const ValType own = type(component::OwnType{callees}), borrow = type(component::BorrowType{callees});
  const ValType other_own = type(component::OwnType{others}), other_borrow = type(component::BorrowType{others});
  auto plan = [&](std::vector<ValType> params, std::optional<ValType> result, bool guard_lends) {
    AdapterRequest made = request(types, func(types, std::move(params), result));
    made.resource_instances = {made.lift.instance, 7};
    made.guard_lends = guard_lends;
    Result<AdapterPlan> plan = plan_adapter(made);
    REQUIRE(plan);
    return std::pair(plan->has_borrow_scope, plan->counts_lends);
  };
  CHECK(plan({borrow}, {}, false) == std::pair(false, false));
  CHECK(plan({borrow}, own, false) == std::pair(false, false));
  CHECK(plan({borrow, other_own}, {}, false) == std::pair(false, false));
  CHECK(plan({borrow, own}, {}, false) == std::pair(true, true));
  CHECK(plan({borrow}, {}, true) == std::pair(true, true));
  CHECK(plan({other_borrow}, {}, false) == std::pair(true, false));
  CHECK(plan({other_borrow, borrow}, {}, true) == std::pair(true, true));
  CHECK(plan({own}, other_own, true) == std::pair(false, false));
}

TEST_CASE("adapter: a type that unfolds exponentially gives a small module") {
  Types types;
  ValType in_memory = PrimValType::kString;
  ValType flat = PrimValType::kU8;
  for (int i = 0; i < 18; ++i) in_memory = types.intern(ValueType(component::TupleType{{in_memory, in_memory}}));
  for (int i = 0; i < 12; ++i) {
    flat = types.intern(ValueType(component::VariantType{{{"a", flat}, {"b", flat}, {"c", flat}, {"d", flat}}}));
  }
  Result<AdapterPlan> plan = plan_adapter(request(types, func(types, {in_memory}, flat)));
  REQUIRE(plan);
  CHECK(plan->ops.size() < 2000);
  CHECK(why_invalid(emit_adapter(*plan)) == "");
  plan = plan_adapter(request(types, func(types, {flat})));
  REQUIRE(plan);
  CHECK(plan->ops.size() < 2000);
  CHECK(why_invalid(emit_adapter(*plan)) == "");
}

TEST_CASE("adapter: an absent option that the type needs, and types it cannot carry, are errors") {
  Types types;
  AdapterRequest made = request(types, func(types, {PrimValType::kString}));
  made.lift.has_realloc = false;
  Result<AdapterPlan> plan = plan_adapter(made);
  REQUIRE(!plan);
  CHECK(plan.error()->message == "canonical option `realloc` is needed by the lift side");
  made.lift.has_memory = false;
  plan = plan_adapter(made);
  REQUIRE(!plan);
  CHECK(plan.error()->message == "canonical option `memory` is needed by the lift side");
  ValType stream = types.intern(ValueType(component::StreamType{PrimValType::kU8}));
  plan = plan_adapter(request(types, func(types, {stream})));
  REQUIRE(!plan);
  CHECK(plan.error()->code == DiagCode::kAbiUnsupported);
  // Scalars need neither memory nor realloc.
  made = request(types, func(types, {PrimValType::kU32}, PrimValType::kF64));
  made.lift.has_memory = made.lift.has_realloc = made.lower.has_memory = made.lower.has_realloc = false;
  plan = plan_adapter(made);
  REQUIRE(plan);
  wasm::Module module = emit_adapter(*plan);
  CHECK(module.memories.empty());
  CHECK(why_invalid(module) == "");
}

TEST_CASE("adapter: the plan as text") {
  Types types;
  ValType point = types.intern(
      ValueType(component::RecordType{{{"x", PrimValType::kU32}, {"ok", PrimValType::kBool}, {"y", PrimValType::kU32}}}));
  ValType list = types.intern(ValueType(component::ListType{point, std::nullopt}));
  ValType bytes = types.intern(ValueType(component::ListType{PrimValType::kU8, std::nullopt}));
  AdapterRequest made = request(types, func(types, {list, PrimValType::kString, bytes}, PrimValType::kChar));
  made.lift.string_encoding = StringEncoding::kUtf16;
  made.lift.has_post_return = true;
  made.entering_set = {2};
  Result<AdapterPlan> plan = plan_adapter(made);
  REQUIRE(plan);
  CHECK(to_string(*plan) ==
        R"(adapter caller -> callee: f
  func(p0: list<record { x: u32, ok: bool, y: u32 }>, p1: string, p2: list<u8>) -> char
  lower  instance 1, utf-8, i32 memory, realloc, may_leave guarded
  lift   instance 2, utf-16, i32 memory, realloc, post-return, may_leave guarded
  trap_if(not may_leave 1)  CannotLeave
  enter 2  CannotEnter
  params: core values (i32 i32 i32 i32 i32 i32) -> (i32 i32 i32 i32 i32 i32)
    0 -> 0  lift_flat_list / lower_flat_list  elements of 12 -> 12 bytes: one by one
      0 -> 0  load_record / store_record
        0 -> 0  load_int / store_int  u32
        4 -> 4  convert_int_to_bool / store_int  bool
        8 -> 8  load_int / store_int  u32
    2 -> 2  lift_flat_string / lower_flat_string  string: utf-8 -> utf-16
    4 -> 4  lift_flat_list / lower_flat_list  elements of 1 -> 1 bytes: one copy
  call callee (i32 i32 i32 i32 i32 i32) -> (i32)
  result: core values (i32) -> (i32)
    0 -> 0  convert_i32_to_char / char_to_i32  char, checked
  call post_return
  leave 2
)");
}

TEST_CASE("adapter: which lists one kernel carries over, and which bytes of their elements") {
  Types types;
  auto intern = [&](auto type) { return ValType(types.intern(ValueType(std::move(type)))); };
  auto first = [&](const ValType& type) {
    Result<AdapterPlan> plan = plan_adapter(request(types, func(types, {type})));
    REQUIRE(plan);
    REQUIRE(why_invalid(emit_adapter(*plan)) == "");
    return plan->ops[plan->params.roots[0]];
  };
  auto list = [&](const ValType& element) { return first(intern(component::ListType{element, std::nullopt})); };
  auto tuple = [&](std::vector<ValType> parts) { return intern(component::TupleType{std::move(parts)}); };
  const ValType u8 = PrimValType::kU8, u16 = PrimValType::kU16, u32 = PrimValType::kU32, u64 = PrimValType::kU64;
  auto written = [](const PlanOp& op) {
    return op.written ? op.written->cases : std::vector<std::uint64_t>();
  };
  using Masks = std::vector<std::uint64_t>;

  CHECK(written(list(intern(component::OptionType{u32}))) == Masks{1, 0xf1});
  CHECK(written(list(intern(component::ResultValType{tuple({u8, u16}), u64}))) == Masks{0xd01, 0xff01});
  CHECK(written(list(tuple({u8, tuple({u16, u8}), u64}))) == Masks{0xff1d});
  CHECK(written(list(tuple({u8, intern(component::ListType{tuple({u8, u16}), 2})}))) == Masks{0b1101'1101'01});
  CHECK(written(first(intern(component::MapType{PrimValType::kU16, u64}))) == Masks{0xff03});
  const WrittenBytes::Lanes lanes = list(intern(component::OptionType{u16})).written->lanes();
  CHECK(lanes.low == 0x0202'0003'0202'0022);
  CHECK(lanes.high == 0x0202'0003'0202'0003);

  CHECK(list(tuple({u32, u32})).kind == OpKind::kListCopy);
  CHECK(first(intern(component::MapType{PrimValType::kU8, intern(component::ListType{u8, 4})})).kind == OpKind::kListCopy);
  // Too large, a part that must be looked at, more cases than a byte has bits.
  CHECK(list(intern(component::OptionType{tuple({u64, u64})})).kind == OpKind::kListLoop);
  CHECK(list(tuple({u64, u64, u64, u64, u64, u64, u64, u64, u8})).kind == OpKind::kListLoop);
  CHECK(list(tuple({u32, PrimValType::kBool})).kind == OpKind::kListLoop);
  CHECK(list(intern(component::OptionType{PrimValType::kChar})).kind == OpKind::kListLoop);
  component::VariantType many;
  for (int i = 0; i < 9; ++i) many.cases.push_back({"c" + std::to_string(i), u32});
  CHECK(list(intern(many)).kind == OpKind::kListLoop);
}

}  // namespace witc::abi
