// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interpreter against the specification's own tests (design/mvp/canonical-abi/run_tests.py), case by case; then
// random values through it and back.
#include "adapter-gen/interpreter.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>

#include "adapter-gen/fake_guest.h"
#include "adapter-gen/random.h"
#include "adapter-gen/transcode.h"

namespace witc::abi {
namespace {

using testing::HandleList;
using testing::Heap;
using Prim = PrimValType;

constexpr StringEncoding kEncodings[] = {StringEncoding::kUtf8, StringEncoding::kUtf16, StringEncoding::kLatin1Utf16};

struct Bench {
  Types types;
  Layout layout32{types, PtrType::kI32};
  Layout layout64{types, PtrType::kI64};

  ValType type(ValueType seen) { return types.intern(std::move(seen)); }
  ValType list(ValType element, std::optional<std::uint32_t> length = std::nullopt) {
    return type(component::ListType{element, length});
  }
  ValType tuple(std::vector<ValType> fields) { return type(component::TupleType{std::move(fields)}); }
  ValType flags(int count) {
    component::FlagsType out;
    for (int i = 0; i < count; ++i) out.labels.push_back("f" + std::to_string(i));
    return type(out);
  }
  const Layout& layout(PtrType ptr_type) { return ptr_type == PtrType::kI32 ? layout32 : layout64; }

  OrTrap<Val> lift(const ValType& type, std::vector<CoreValue> values, std::vector<std::uint8_t> memory = {},
                   PtrType ptr_type = PtrType::kI32, StringEncoding encoding = StringEncoding::kUtf8) {
    Heap heap(std::move(memory));
    LiftLowerContext cx{layout(ptr_type), encoding, &heap, nullptr};
    CoreValueIter vi{values};
    OrTrap<Val> out = lift_flat(cx, vi, type);
    if (out) CHECK(vi.i == values.size());
    return out;
  }

  /// run_tests.py `test`: lifts, compares, lowers into a heap and lifts again.
  void test(const ValType& type, const std::vector<CoreValue>& values, const std::optional<Val>& expected,
            std::vector<std::uint8_t> memory = {}, PtrType ptr_type = PtrType::kI32,
            StringEncoding from = StringEncoding::kUtf8, StringEncoding to = StringEncoding::kUtf8) {
    CAPTURE(types.to_string(type));
    std::size_t size = memory.size();
    OrTrap<Val> got = lift(type, values, std::move(memory), ptr_type, from);
    REQUIRE(got.has_value() == expected.has_value());
    if (!expected) return;
    CHECK(*got == *expected);
    CHECK(matches(*got, types, type));
    Heap heap(5 * size + 8);
    LiftLowerContext cx{layout(ptr_type), to, &heap, nullptr};
    std::vector<CoreValue> lowered;
    REQUIRE(lower_flat(cx, *got, type, lowered));
    CoreValueIter vi{lowered};
    OrTrap<Val> again = lift_flat(cx, vi, type);
    REQUIRE(again);
    CHECK(vi.i == lowered.size());
    CHECK(*again == *expected);
  }
};

Val u(std::uint64_t value) { return Val::unsigned_(value); }
Val s(std::int64_t value) { return Val::signed_(value); }
Val us(std::vector<std::uint64_t> values) {
  std::vector<Val> out;
  for (std::uint64_t value : values) out.push_back(u(value));
  return Val::list(std::move(out));
}
Val ut(std::vector<std::uint64_t> values) { return Val::tuple(us(std::move(values)).get_if<Val::List>()->items); }

}  // namespace

TEST_CASE_FIXTURE(Bench, "lift_flat_record") {
  ValType record = type(component::RecordType{{{"x", Prim::kU8}, {"y", Prim::kU16}, {"z", Prim::kU32}}});
  test(record, {1, 2, 3}, ut({1, 2, 3}));
  test(tuple({tuple({Prim::kU8, Prim::kU8}), Prim::kU8}), {1, 2, 3}, Val::tuple({ut({1, 2}), u(3)}));
}

TEST_CASE_FIXTURE(Bench, "lift_flat_list of fixed length") {
  test(list(Prim::kU8, 3), {1, 2, 3}, us({1, 2, 3}));
  test(list(list(Prim::kU8, 2), 3), {1, 2, 3, 4, 5, 6}, Val::list({us({1, 2}), us({3, 4}), us({5, 6})}));
}

TEST_CASE_FIXTURE(Bench, "lift_flat_flags") {
  for (std::uint32_t bits : {0u, 2u, 3u}) test(flags(2), {bits}, Val::flags(bits));
  test(flags(2), {4}, Val::flags(0));
  test(flags(32), {0xffff'ffff}, Val::flags(0xffff'ffff));
  CHECK(check_supported(layout32, flags(32)));
  CHECK(!check_supported(layout32, flags(33)));
}

TEST_CASE_FIXTURE(Bench, "lift_flat_variant") {
  ValType variant = type(component::VariantType{{{"x", Prim::kU8}, {"y", Prim::kF32}, {"z", std::nullopt}}});
  test(variant, {0, 42}, Val::variant(0, u(42)));
  test(variant, {0, 256}, Val::variant(0, u(0)));
  test(variant, {1, 0x4048f5c3}, Val::variant(1, Val::f32(3.14f)));
  test(variant, {2, 0xffff'ffff}, Val::variant(2));
  test(variant, {3, 0}, std::nullopt);
  ValType option = type(component::OptionType{Prim::kF32});
  test(option, {0, std::bit_cast<std::uint32_t>(3.14f)}, Val::none());
  test(option, {1, std::bit_cast<std::uint32_t>(3.14f)}, Val::some(Val::f32(3.14f)));
  ValType result = type(component::ResultValType{Prim::kU8, Prim::kU32});
  test(result, {0, 42}, Val::ok(u(42)));
  test(result, {1, 1000}, Val::error(u(1000)));
  ValType wide = type(component::VariantType{{{"a", Prim::kF64}, {"b", Prim::kF32}, {"c", Prim::kS8}}});
  test(wide, {1, 0xdead'beef'4048'f5c3}, Val::variant(1, Val::f32(3.14f)));
  test(wide, {2, 0xdead'beef'0000'00ff}, Val::variant(2, s(-1)));
  test(type(component::EnumType{{"a", "b"}}), {1}, Val::enumeration(1));
  test(type(component::EnumType{{"a", "b"}}), {2}, std::nullopt);
}

TEST_CASE_FIXTURE(Bench, "lift_flat_unsigned and lift_flat_signed") {
  struct Case { Prim type; std::uint64_t in; Val out; };
  Case cases[] = {
      {Prim::kBool, 0, Val::boolean(false)}, {Prim::kBool, 2, Val::boolean(true)},
      {Prim::kBool, 0xffff'ffff, Val::boolean(true)},
      {Prim::kU8, 255, u(255)}, {Prim::kU8, 256, u(0)}, {Prim::kU8, 4294967168, u(128)}, {Prim::kU8, 4294967167, u(127)},
      {Prim::kS8, 127, s(127)}, {Prim::kS8, 128, s(-128)}, {Prim::kS8, 256, s(0)}, {Prim::kS8, 4294967167, s(127)},
      {Prim::kU16, 65536, u(0)}, {Prim::kU16, 0xffff'ffff - 32768, u(32767)},
      {Prim::kS16, 32768, s(-32768)}, {Prim::kS16, 0xffff'ffff, s(-1)},
      {Prim::kU32, 0xffff'ffff, u(0xffff'ffff)}, {Prim::kS32, 0x8000'0000, s(-2147483648)},
      {Prim::kU64, ~0ull, u(~0ull)}, {Prim::kS64, ~0ull, s(-1)}, {Prim::kS64, 1ull << 63, s(INT64_MIN)},
  };
  for (const Case& item : cases) test(item.type, {item.in}, item.out);
}

TEST_CASE_FIXTURE(Bench, "convert_i32_to_char") {
  for (std::uint32_t code : {0u, 65u, 0xd7ffu, 0xe000u, 0x10ffffu}) test(Prim::kChar, {code}, Val::character(code));
  for (std::uint32_t code : {0xd800u, 0xdfffu, 0x110000u, 0xffff'ffffu}) test(Prim::kChar, {code}, std::nullopt);
}

TEST_CASE_FIXTURE(Bench, "canonicalize_nan") {
  for (std::uint32_t bits : {0x7fc00000u, 0x7fc00001u, 0x7fe00000u, 0x7fffffffu, 0xffffffffu}) {
    test(Prim::kF32, {bits}, Val::f32(std::nanf("")));
  }
  test(Prim::kF32, {0x7f800000}, Val::f32(INFINITY));
  for (std::uint64_t bits : {0x7ff8000000000001ull, 0x7ffc000000000000ull, ~0ull}) {
    test(Prim::kF64, {bits}, Val::f64(std::nan("")));
  }
  CHECK(Val::f32(0.0f) != Val::f32(-0.0f));
}

TEST_CASE_FIXTURE(Bench, "load_list_from_range") {
  test(list(Prim::kBool), {0, 3}, Val::list({Val::boolean(true), Val::boolean(false), Val::boolean(true)}), {1, 0, 2});
  test(list(Prim::kU8), {0, 3}, us({1, 2, 3}), {1, 2, 3});
  test(list(Prim::kU8), {3, 3}, us({1, 2, 3}), {0xff, 0xff, 0xff, 1, 2, 3});
  test(list(Prim::kU8), {3, 3}, Val::bytes({1, 2, 3}), {0xff, 0xff, 0xff, 1, 2, 3});
  CHECK(us({1, 2}) == Val::bytes({1, 2}));
  CHECK(Val::bytes({1, 2}) == us({1, 2}));
  CHECK(Val::bytes({1, 2}) != us({1, 258}));
  CHECK(!matches(Val::bytes({1}), types, list(Prim::kU16)));
  CHECK(!matches(Val::bytes({1}), types, list(Prim::kU8, 1)));
  test(list(Prim::kU16), {0, 3}, us({1, 2, 3}), {1, 0, 2, 0, 3, 0});
  test(list(Prim::kU16), {1, 3}, std::nullopt, {0, 1, 0, 2, 0, 3, 0});
  test(list(Prim::kU32), {0, 2}, us({1, 2}), {1, 0, 0, 0, 2, 0, 0, 0});
  test(list(Prim::kU64), {0, 1}, us({1}), {1, 0, 0, 0, 0, 0, 0, 0});
  test(list(Prim::kS8), {0, 3}, Val::list({s(-1), s(-2), s(-3)}), {0xff, 0xfe, 0xfd});
  test(list(Prim::kS16), {0, 2}, Val::list({s(-1), s(-2)}), {0xff, 0xff, 0xfe, 0xff});
  test(list(Prim::kChar), {0, 2}, Val::list({Val::character('A'), Val::character('c')}), {65, 0, 0, 0, 99, 0, 0, 0});
  test(list(Prim::kString), {0, 2}, Val::list({Val::string("hi"), Val::string("wat")}),
       {16, 0, 0, 0, 2, 0, 0, 0, 21, 0, 0, 0, 3, 0, 0, 0, 'h', 'i', 0xf, 0xf, 0xf, 'w', 'a', 't'});
  test(list(Prim::kString), {0, 1}, Val::list({Val::string("hi")}),
       {16, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 'h', 'i'}, PtrType::kI64);
  test(list(list(Prim::kU8)), {0, 3}, Val::list({us({3, 4, 5}), us({}), us({6, 7})}),
       {24, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 27, 0, 0, 0, 2, 0, 0, 0, 3, 4, 5, 6, 7});
  test(list(list(Prim::kU16)), {0, 1}, Val::list({us({5, 6})}), {8, 0, 0, 0, 2, 0, 0, 0, 5, 0, 6, 0});
  test(list(list(Prim::kU16)), {0, 1}, std::nullopt, {9, 0, 0, 0, 2, 0, 0, 0, 0, 5, 0, 6, 0});
}

TEST_CASE_FIXTURE(Bench, "load_list_from_range of aggregates") {
  test(list(list(Prim::kU8, 2)), {0, 2}, Val::list({us({1, 2}), us({3, 4})}), {1, 2, 3, 4});
  test(list(list(Prim::kU32, 2)), {1, 2}, std::nullopt, std::vector<std::uint8_t>(17));
  test(list(tuple({Prim::kU8, Prim::kU8, Prim::kU16, Prim::kU32})), {0, 2}, Val::list({ut({6, 7, 8, 9}), ut({4, 5, 6, 7})}),
       {6, 7, 8, 0, 9, 0, 0, 0, 4, 5, 6, 0, 7, 0, 0, 0});
  test(list(tuple({Prim::kU8, Prim::kU16, Prim::kU8, Prim::kU32})), {0, 2}, Val::list({ut({6, 7, 8, 9}), ut({4, 5, 6, 7})}),
       {6, 0xff, 7, 0, 8, 0xff, 0xff, 0xff, 9, 0, 0, 0, 4, 0xff, 5, 0, 6, 0xff, 0xff, 0xff, 7, 0, 0, 0});
  test(list(tuple({Prim::kU16, Prim::kU8})), {0, 2}, Val::list({ut({6, 7}), ut({8, 9})}), {6, 0, 7, 0xff, 8, 0, 9, 0xff});
  test(list(tuple({tuple({Prim::kU16, Prim::kU8}), Prim::kU8})), {0, 2},
       Val::list({Val::tuple({ut({4, 5}), u(6)}), Val::tuple({ut({7, 8}), u(9)})}),
       {4, 0, 5, 0xff, 6, 0xff, 7, 0, 8, 0xff, 9, 0xff});
  test(list(flags(2)), {0, 3}, Val::list({Val::flags(0), Val::flags(2), Val::flags(0)}), {0, 2, 4});
  test(list(flags(9)), {0, 2}, Val::list({Val::flags(0x1ff), Val::flags(0)}), {0xff, 0x3, 0, 0});
  test(list(flags(17)), {0, 1}, Val::list({Val::flags(0x1ffff)}), {0xff, 0xff, 0x3, 0});
  test(list(flags(32)), {0, 1}, Val::list({Val::flags(~0u)}), {0xff, 0xff, 0xff, 0xff});
  test(type(component::MapType{Prim::kU8, Prim::kU16}), {0, 2}, Val::map({{u(42), u(83)}, {u(43), u(84)}}),
       {42, 0xff, 83, 0, 43, 0xff, 84, 0});
}

TEST_CASE_FIXTURE(Bench, "limits of lists and strings") {
  auto kind = [](const OrTrap<Val>& got) { return got ? std::string("no trap") : std::string(name_of(got.error().kind)); };
  CHECK(kind(lift(list(Prim::kU8), {0, 1 << 28})) == "ListTooLong");
  CHECK(kind(lift(list(Prim::kU8), {0, (1 << 28) - 1})) == "ListOutOfBounds");
  CHECK(kind(lift(list(Prim::kU64), {0, 1 << 25})) == "ListTooLong");
  CHECK(kind(lift(list(Prim::kU64), {0, ~0ull}, {}, PtrType::kI64)) == "ListTooLong");
  CHECK(kind(lift(list(Prim::kU8), {~0ull, 2}, {1, 2, 3}, PtrType::kI64)) == "ListOutOfBounds");
  CHECK(kind(lift(list(Prim::kU8), {4, 0}, {1, 2, 3})) == "ListOutOfBounds");
  CHECK(kind(lift(Prim::kString, {0, 1 << 28})) == "StringTooLong");
  CHECK(kind(lift(Prim::kString, {0, (1 << 28) - 1})) == "StringOutOfBounds");
  CHECK(kind(lift(Prim::kString, {0, 1 << 27}, {}, PtrType::kI32, StringEncoding::kUtf16)) == "StringTooLong");
  CHECK(kind(lift(Prim::kString, {1, 1}, {0, 0, 0}, PtrType::kI32, StringEncoding::kUtf16)) == "UnalignedPointer");
  CHECK(kind(lift(Prim::kString, {0, 1}, {0xff})) == "InvalidUtf8");
  CHECK(kind(lift(Prim::kString, {0, 1}, {0x00, 0xd8}, PtrType::kI32, StringEncoding::kUtf16)) == "InvalidUtf16");
  CHECK(kind(lift(Prim::kString, {0, 2}, {0x00, 0xdc, 0x00, 0xd8}, PtrType::kI32, StringEncoding::kUtf16)) == "InvalidUtf16");
}

TEST_CASE_FIXTURE(Bench, "load_string and store_string in all encodings") {
  const char* texts[] = {"", "a", "hi", "\x7f", "\u0080", "\u0080b", "ab\u00efc", "\u01ffy", "xy\u01ff",
                         "a\ud7ffb", "a\u02ff\u03ff\u04ffbc", "\uf123", "\uf123\uf123abc", "abcdef\uf123", "\U0001f30a!"};
  for (PtrType ptr_type : {PtrType::kI32, PtrType::kI64}) {
    std::uint64_t tag = std::uint64_t{1} << (ptr_size(ptr_type) * 8 - 1);
    for (StringEncoding from : kEncodings) {
      for (StringEncoding to : kEncodings) {
        for (const char* text : texts) {
          std::string utf8 = text;
          Bytes source(reinterpret_cast<const std::uint8_t*>(utf8.data()), utf8.size());
          std::vector<std::uint8_t> utf16(2 * utf8.size()), latin1(utf8.size());
          utf16.resize(2 * utf8_to_utf16(source, utf16).value());
          Latin1Prefix prefix = utf8_to_latin1(source, latin1).value();
          latin1.resize(prefix.written);
          if (from == StringEncoding::kUtf8) {
            test(Prim::kString, {0, utf8.size()}, Val::string(utf8), {source.begin(), source.end()}, ptr_type, from, to);
            continue;
          }
          std::uint64_t units = utf16.size() / 2;
          std::uint64_t tagged = from == StringEncoding::kUtf16 ? units : units | tag;
          test(Prim::kString, {0, tagged}, Val::string(utf8), utf16, ptr_type, from, to);
          if (from == StringEncoding::kLatin1Utf16 && prefix.read == utf8.size()) {
            test(Prim::kString, {0, latin1.size()}, Val::string(utf8), latin1, ptr_type, from, to);
          }
        }
      }
    }
  }
}

TEST_CASE_FIXTURE(Bench, "store_string_into_range: the sequence of reallocs") {
  using Calls = std::vector<Heap::Call>;
  auto calls = [&](const char* text, StringHint hint, StringEncoding to) {
    Heap heap(std::vector<std::uint8_t>(256), 16);
    LiftLowerContext cx{layout32, to, &heap, nullptr};
    REQUIRE(store_string_into_range(cx, {text, hint}));
    return heap.calls;
  };
  CHECK(calls("abc", StringHint::kUtf8, StringEncoding::kUtf8) == Calls{{0, 0, 1, 3}});
  CHECK(calls("", StringHint::kUtf8, StringEncoding::kUtf8) == Calls{{0, 0, 1, 0}});
  CHECK(calls("abc", StringHint::kUtf16, StringEncoding::kUtf8) == Calls{{0, 0, 1, 3}});
  CHECK(calls("ab\u00e9", StringHint::kUtf16, StringEncoding::kUtf8) == Calls{{0, 0, 1, 3}, {16, 3, 1, 9}, {19, 9, 1, 4}});
  CHECK(calls("\u00e9", StringHint::kLatin1, StringEncoding::kUtf8) == Calls{{0, 0, 1, 1}, {16, 1, 1, 2}});
  CHECK(calls("ab", StringHint::kUtf8, StringEncoding::kUtf16) == Calls{{0, 0, 2, 4}});
  CHECK(calls("\u00e9", StringHint::kUtf8, StringEncoding::kUtf16) == Calls{{0, 0, 2, 4}, {16, 4, 2, 2}});
  CHECK(calls("\u00e9", StringHint::kUtf8, StringEncoding::kLatin1Utf16) == Calls{{0, 0, 2, 2}, {16, 2, 2, 1}});
  CHECK(calls("a\u0100", StringHint::kUtf8, StringEncoding::kLatin1Utf16) == Calls{{0, 0, 2, 3}, {16, 3, 2, 6}, {20, 6, 2, 4}});
  CHECK(calls("a\u0100", StringHint::kUtf16, StringEncoding::kLatin1Utf16) == Calls{{0, 0, 2, 2}, {16, 2, 2, 4}});
  CHECK(calls("ab", StringHint::kTaggedUtf16, StringEncoding::kLatin1Utf16) == Calls{{0, 0, 2, 4}, {16, 4, 1, 2}});
  CHECK(calls("a\u0100", StringHint::kTaggedUtf16, StringEncoding::kLatin1Utf16) == Calls{{0, 0, 2, 4}});
}

TEST_CASE_FIXTURE(Bench, "hostile realloc") {
  struct Hostile : Heap {
    using Heap::Heap;
    OrTrap<std::uint64_t> realloc(std::uint64_t, std::uint64_t, std::uint32_t, std::uint64_t) override { return answer; }
    std::uint64_t answer = 0;
  };
  Hostile heap(64);
  LiftLowerContext cx{layout32, StringEncoding::kUtf8, &heap, nullptr};
  auto kind = [&](std::uint64_t answer, const Val& val, const ValType& type) {
    heap.answer = answer;
    std::vector<CoreValue> out;
    OrTrap<void> done = lower_flat(cx, val, type, out);
    return done ? std::string("no trap") : std::string(name_of(done.error().kind));
  };
  CHECK(kind(62, Val::string("ab"), Prim::kString) == "no trap");
  CHECK(kind(63, Val::string("ab"), Prim::kString) == "ReallocOutOfBounds");
  CHECK(kind(0xffff'ffff, Val::string("ab"), Prim::kString) == "ReallocOutOfBounds");
  CHECK(kind(2, us({1, 2}), list(Prim::kU32)) == "ReallocUnaligned");
  CHECK(kind(60, us({1, 2}), list(Prim::kU32)) == "ReallocOutOfBounds");
}

TEST_CASE_FIXTURE(Bench, "a string's limit counts bytes of the encoding it was lifted from") {
  struct Deaf : Heap {  // says no when it is asked, which is as far as this goes
    using Heap::Heap;
    OrTrap<std::uint64_t> realloc(std::uint64_t, std::uint64_t, std::uint32_t, std::uint64_t) override {
      return trap(TrapKind::kHost);
    }
  };
  Deaf heap(8);
  LiftLowerContext cx{layout32, StringEncoding::kUtf8, &heap, nullptr};
  std::string text;
  for (std::size_t i = 0; i < 1 << 20; ++i) text += "\u00e9";
  while (text.size() <= kMaxStringByteLength) text += text;
  auto kind = [&](StringHint hint) { return store_string_into_range(cx, {text, hint}).error().kind; };
  CHECK(kind(StringHint::kLatin1) == TrapKind::kHost);  // half as many bytes there
  CHECK(kind(StringHint::kUtf8) == TrapKind::kStringTooLong);
  CHECK(kind(StringHint::kUtf16) == TrapKind::kStringTooLong);
}

TEST_CASE_FIXTURE(Bench, "random values survive lowering and lifting, flat and spilled, in every encoding") {
  int cases = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Random random(seed);
    RandomTypeOptions options;
    ResourceId resource = types.add_resource({"r"});
    options.resources = {resource};
    std::vector<ValType> all;
    for (std::uint32_t i = 1 + random.below(4); i > 0; --i) all.push_back(random_type(random, types, options));
    std::vector<Val> vals;
    for (const ValType& type : all) vals.push_back(random_val(random, types, type));
    const Layout& at = layout(random.one_in(2) ? PtrType::kI64 : PtrType::kI32);
    Heap heap(std::vector<std::uint8_t>(1 << 20), 8);
    HandleList handles;
    LiftLowerContext cx{at, kEncodings[random.below(3)], &heap, &handles};
    CAPTURE(seed);
    for (std::size_t i = 0; i < all.size(); ++i) REQUIRE(matches(vals[i], types, all[i]));
    std::uint32_t max_flat = random.one_in(2) ? kMaxFlatParams : kMaxFlatResults;
    OrTrap<std::vector<CoreValue>> lowered = lower_flat_values(cx, max_flat, vals, all);
    REQUIRE(lowered);
    FlatTypes flat = at.flatten_types(all);
    CHECK(lowered->size() == (flat.exceeds(max_flat) ? 1 : flat.types.size()));
    CoreValueIter vi{*lowered};
    OrTrap<std::vector<Val>> lifted = lift_flat_values(cx, max_flat, vi, all);
    REQUIRE(lifted);
    CHECK(*lifted == vals);
    ++cases;
  }
  CHECK(cases == 3000);
}

TEST_CASE_FIXTURE(Bench, "random bytes lift to a value or a trap") {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Random random(seed);
    ValType type = random_type(random, types, {});
    std::vector<std::uint8_t> memory(512);
    for (std::uint8_t& byte : memory) byte = random.one_in(2) ? 0 : static_cast<std::uint8_t>(random.below(64));
    Heap heap(std::move(memory));
    LiftLowerContext cx{layout32, kEncodings[random.below(3)], &heap, nullptr};
    std::vector<CoreValue> values;
    for (std::size_t i = 0; i < layout32.flatten_type(type).types.size(); ++i) values.push_back(random.below(40));
    CoreValueIter vi{values};
    OrTrap<std::vector<Val>> got = lift_flat_values(cx, kMaxFlatParams, vi, std::span(&type, 1));
    if (got) CHECK(matches((*got)[0], types, type));
  }
}

}  // namespace witc::abi
