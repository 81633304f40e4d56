// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vectors across the boundary with C++, and what the code generator makes of them. What each operator computes is
// tested by the specification's suite (tests/wast).
#include <string>

#include "base/source.h"
#include "engine/testing.h"
#include "wasm/core/load.h"
#include "wasm/core/validate.h"

namespace witc::engine {
namespace {

using testing::call;
using Values = std::vector<std::uint64_t>;

struct TextWorld {
  SourceMap sources;
  testing::World world;
  wasm::Module module;

  InstanceId add(const std::string& fields, std::vector<ImportBinding> imports = {}) {
    auto read = wasm::load_module(sources, sources.add("test.wat", "(module " + fields + ")", SourceKind::kText));
    if (!read) FAIL(read.error()->message);
    module = *std::move(read);
    auto valid = wasm::validate_module(sources, module, wasm::Features::runnable());
    if (!valid) FAIL(valid.error()->message);
    return world.program.instances.push({&module, "test", std::move(imports), false});
  }
};

TEST_CASE("a vector takes two slots, low half first: arguments, results, host calls, globals") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    TextWorld t;
    t.world.options.opt_level = level;
    const wasm::ValType v128 = wasm::ValType::v128();
    const HostSlot swap = t.world.host({{testing::i32, v128, testing::f32}, {v128, testing::i32}}, [](HostCall& call) {
      REQUIRE(call.slots.size() == 4);
      const std::uint64_t number = call.slots[0];
      std::swap(call.slots[0], call.slots[2]);
      CHECK(call.slots[3] == 0x40000000);
      call.slots[2] = number + 1;
      return true;
    });
    const InstanceId id = t.add(R"(
        (import "h" "swap" (func $swap (param i32 v128 f32) (result v128 i32)))
        (global (export "one") (mut i32) (i32.const 1))
        (global $v (export "v") (mut v128) (v128.const i64x2 5 6))
        (func (export "f") (param v128 i32) (result v128 i32)
          (call $swap (local.get 1) (local.get 0) (f32.const 2)))
        (func (export "many") (param v128) (result i32 v128 i32 i32 i32 i32 v128)
          i32.const 1 local.get 0 i32.const 2 i32.const 3 i32.const 4 i32.const 5 global.get $v))",
                                {swap});
    Instance instance = t.world.run();
    CHECK(call(instance, id, "f", {10, 20, 30}) == Values{20, 10, 31});
    const std::span<std::uint64_t> global = instance.global_slots(id, wasm::GlobalIndex(1));
    CHECK(Values(global.begin(), global.end()) == Values{5, 6});
    CHECK(reinterpret_cast<std::uintptr_t>(global.data()) % 16 == 0);
    global[1] = 7;
    CHECK(call(instance, id, "many", {10, 20}) == Values{1, 10, 20, 2, 3, 4, 5, 5, 7});
  }
}

TEST_CASE("canonical NaNs on demand") {
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    TextWorld t;
    t.world.options = {.opt_level = level, .canonical_nans = true};
    const InstanceId id = t.add(R"(
        (func (export "add") (param f64 f64) (result f64) (f64.add (local.get 0) (local.get 1)))
        (func (export "div") (param f32 f32) (result f32) (f32.div (local.get 0) (local.get 1)))
        (func (export "sqrt") (param v128) (result v128) (f32x4.sqrt (local.get 0)))
        (func (export "neg") (param f32) (result f32) (f32.neg (local.get 0))))");
    Instance instance = t.world.run();
    CHECK(call(instance, id, "add", {0xfff8000000000123, 0}) == Values{0x7ff8000000000000});
    CHECK(call(instance, id, "div", {0, 0}) == Values{0x7fc00000});
    CHECK(call(instance, id, "sqrt", {0xbf800000'40800000, 0xffc00001'00000000}) ==
          Values{0x7fc00000'40000000, 0x7fc00000'00000000});
    CHECK(call(instance, id, "neg", {0x7fc00001}) == Values{0xffc00001});
  }
}

TEST_CASE("relaxed operations give the same at every level") {
  Values results[2];
  for (OptLevel level : {OptLevel::kNone, OptLevel::kFull}) {
    TextWorld t;
    t.world.options.opt_level = level;
    const InstanceId id = t.add(R"(
        (func (export "f") (param v128 v128 v128) (result v128 v128 v128 v128 v128 v128)
          (f32x4.relaxed_madd (local.get 0) (local.get 1) (local.get 2))
          (f64x2.relaxed_nmadd (local.get 0) (local.get 1) (local.get 2))
          (i8x16.relaxed_swizzle (local.get 0) (local.get 1))
          (i32x4.relaxed_trunc_f32x4_s (local.get 0))
          (f32x4.relaxed_min (local.get 0) (local.get 1))
          (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get 0) (local.get 1) (local.get 2))))");
    Instance instance = t.world.run();
    results[level == OptLevel::kFull] =
        call(instance, id, "f", {0x7fc00000'40490fdb, 0x4f800001'80402010, 0xff80ff80'3eaaaaab, 0x7f7f8081'402df854,
                                 0x3f800000'bf800001, 0x12345678'9abcdef0});
  }
  CHECK(results[0] == results[1]);
}

TEST_CASE("what common operators become") {
  TextWorld t;
  t.world.options.keep_ir = true;
  t.add(R"(
      (func (param v128 v128) (result v128) (f32x4.mul (f32x4.add (local.get 0) (local.get 1)) (local.get 1)))
      (func (param v128 v128) (result v128) (i8x16.swizzle (local.get 0) (local.get 1)))
      (func (param v128) (result v128) (f32x4.mul (local.get 0) (v128.const f32x4 2 3 4 5)))
      (func (param v128 v128) (result v128) (i32x4.dot_i16x8_s (local.get 0) (local.get 1))))");
  const CompiledProgram code = t.world.compile();
  auto body = [&](const char* name) {
    const std::size_t begin = code.ir().find(name);
    REQUIRE(begin != std::string::npos);
    return code.ir().substr(begin, code.ir().find("\n}", begin) - begin);
  };
  auto count = [](const std::string& text, std::string_view word) {
    std::size_t found = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
    return found;
  };
  const std::string floats = body("@f0_0(");
  CHECK_MESSAGE(count(floats, "fadd <4 x float>") == 1, floats);
  CHECK_MESSAGE(count(floats, "fence") == 0, floats);
  const std::string swizzle = body("@f0_1(");
  CHECK_MESSAGE(count(swizzle, "call ") == 2, swizzle);  // a saturating addition and a shuffle of bytes
  const std::string constant = body("@f0_2(");
  CHECK_MESSAGE(count(constant, "fence") == 0, constant);  // none of these constants is folded with
  const std::string dot = body("@f0_3(");
  CHECK_MESSAGE(count(dot, "call ") == 1, dot);
}

}  // namespace
}  // namespace witc::engine
