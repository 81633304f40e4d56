// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The machine code of adapters of large types stays bounded: each heavy type is one function of the adapter, however
// often it is met (adapter-gen/plan.cpp). Counted in bytes, which are the same in every run.
#include <fmt/format.h>

#include <ctime>

#include "running.h"

namespace witc::abi::testing {
namespace {

AdapterPlan plan_of(const Types& types, FuncTypeId type) {
  AdapterRequest request;
  request.types = &types;
  request.type = type;
  request.name = "caller -> callee";
  request.lower.instance = 1;
  request.lift.instance = 2;
  for (AdapterSide* side : {&request.lower, &request.lift}) side->has_memory = side->has_realloc = true;
  Result<AdapterPlan> plan = plan_adapter(request);
  REQUIRE(plan);
  return *std::move(plan);
}

FuncTypeId func(Types& types, const ValType& param, const ValType& result) {
  component::FuncType out;
  out.params.push_back({"p", param});
  out.result = result;
  return types.intern(std::move(out));
}

/// Bytes of the adapter of `param -> result`, compiled at both levels.
std::size_t code_bytes(Types& types, const ValType& param, const ValType& result, std::string_view what) {
  const AdapterPlan plan = plan_of(types, func(types, param, result));
  std::size_t largest = 0;
  for (engine::OptLevel level : {engine::OptLevel::kNone, engine::OptLevel::kFull}) {
    const std::clock_t start = std::clock();
    RunningGuests guests({&plan}, level);
    const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    fmt::print("abi/size: {}, -O{}: {} bytes, {:.2f} s of processor time\n", what, level == engine::OptLevel::kFull ? 2 : 0,
               guests.code_bytes(), took);
    CHECK(guests.code_bytes() > 0);
    largest = std::max(largest, guests.code_bytes());
  }
  return largest;
}

ValType record_of(Types& types, std::size_t count, auto field) {
  component::RecordType record;
  for (std::size_t i = 0; i < count; ++i) record.fields.push_back({"f" + std::to_string(i), field(i)});
  return types.intern(ValueType(record));
}

constexpr std::size_t kBound = 200'000;

}  // namespace

TEST_CASE("a record of 500 fields of 50 nested variants") {
  Types types;
  std::vector<ValType> variants = {PrimValType::kU32};
  for (int i = 0; i < 50; ++i) {
    variants.push_back(types.intern(ValueType(
        component::VariantType{{{"inner", variants.back()}, {"text", PrimValType::kString}, {"real", PrimValType::kF64}, {"none", {}}}})));
  }
  const ValType record = record_of(types, 500, [&](std::size_t i) { return variants[1 + i % 50]; });
  CHECK(code_bytes(types, record, record, "500 fields of 50 nested variants") < kBound);
}

TEST_CASE("a record of 500 fields of 50 variants of 10 cases") {
  Types types;
  std::vector<ValType> variants;
  for (int i = 0; i < 50; ++i) {
    component::VariantType variant;
    for (int j = 0; j < 10; ++j) {
      const ValType payloads[] = {PrimValType::kU32, PrimValType::kString, PrimValType::kBool, PrimValType::kChar,
                                  variants.empty() ? ValType(PrimValType::kU8) : variants.back()};
      variant.cases.push_back({fmt::format("c{}-{}", i, j), payloads[(i + j) % 5]});
    }
    variants.push_back(types.intern(ValueType(variant)));
  }
  const ValType record = record_of(types, 500, [&](std::size_t i) { return variants[i % 50]; });
  CHECK(code_bytes(types, record, record, "500 fields of 50 variants of 10 cases") < kBound);
}

TEST_CASE("records of primitives, and of many small variants") {
  Types types;
  const ValType option = types.intern(ValueType(component::OptionType{PrimValType::kU32}));
  const ValType options = record_of(types, 500, [&](std::size_t) { return option; });
  CHECK(code_bytes(types, options, options, "500 options") < kBound);
  const ValType mixed = record_of(types, 500, [&](std::size_t i) {
    return ValType(i % 3 == 0 ? PrimValType::kString : i % 3 == 1 ? PrimValType::kChar : PrimValType::kBool);
  });
  CHECK(code_bytes(types, mixed, mixed, "500 strings, chars and bools") < kBound);
}

TEST_CASE("a type that unfolds exponentially") {
  Types types;
  ValType pairs = PrimValType::kString;
  for (int i = 0; i < 14; ++i) pairs = types.intern(ValueType(component::TupleType{{pairs, pairs}}));
  ValType flat = PrimValType::kU8;
  for (int i = 0; i < 12; ++i) {
    flat = types.intern(ValueType(component::VariantType{{{"a", flat}, {"b", flat}, {"c", flat}, {"d", flat}}}));
  }
  CHECK(code_bytes(types, pairs, flat, "2^14 strings, 4^12 cases") < kBound);
}

}  // namespace witc::abi::testing
