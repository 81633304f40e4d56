// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/wave.h"

#include <doctest/doctest.h>

#include "adapter-gen/random.h"

namespace witc::abi {
namespace {

using Prim = PrimValType;

struct Bench {
  Types types;
  SourceMap sources;

  ValType type(ValueType seen) { return types.intern(std::move(seen)); }
  Result<Val> parse(std::string text, const ValType& type) {
    SourceId id = sources.add("<argument>", std::move(text), SourceKind::kText);
    return parse_wave(sources, sources.whole(id), types, type);
  }
  /// Reads and writes again; the message if it cannot be read.
  std::string again(std::string text, const ValType& type) {
    Result<Val> val = parse(std::move(text), type);
    if (!val) return "error: " + val.error()->message;
    CHECK(matches(*val, types, type));
    return to_wave(*val, types, type);
  }
  WaveCall call(std::string text) {
    SourceId id = sources.add("<call>", std::move(text), SourceKind::kText);
    Result<WaveCall> out = parse_wave_call(sources, sources.whole(id));
    REQUIRE(out);
    return *out;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Bench, "wave: primitives") {
  CHECK(again(" true // yes", Prim::kBool) == "true");
  CHECK(again("255", Prim::kU8) == "255");
  CHECK(again("256", Prim::kU8) == "error: `256` is not a value of type `u8`");
  CHECK(again("-1", Prim::kU64) == "error: `-1` is not a value of type `u64`");
  CHECK(again("18446744073709551615", Prim::kU64) == "18446744073709551615");
  CHECK(again("-9223372036854775808", Prim::kS64) == "-9223372036854775808");
  CHECK(again("-129", Prim::kS8) == "error: `-129` is not a value of type `s8`");
  CHECK(again("6.022e+23", Prim::kF64) == "602200000000000000000000");
  CHECK(again("-0.0e-0", Prim::kF32) == "-0");
  CHECK(again("1.5", Prim::kF32) == "1.5");
  CHECK(again("0.1", Prim::kF32) == "0.1");
  CHECK(again("-inf", Prim::kF64) == "-inf");
  CHECK(again("nan", Prim::kF32) == "nan");
  CHECK(again("'\\u{1F30A}'", Prim::kChar) == "'🌊'");
  CHECK(again("'ab'", Prim::kChar) == "error: a char literal holds exactly one character");
  CHECK(again("\"a\\tb\\u{0}\"", Prim::kString) == "\"a\\tb\\u{0}\"");
  CHECK(again("\"\"\"\n  a\n    b\n  \"\"\"", Prim::kString) == "\"a\\n  b\"");
  CHECK(again("1 2", Prim::kU8) == "error: unexpected `2` after the value");
  CHECK(again("", Prim::kU8) == "error: the end is not a value of type `u8`");
}

TEST_CASE_FIXTURE(Bench, "wave: aggregates") {
  ValType option = type(component::OptionType{Prim::kU8});
  ValType nested = type(component::OptionType{option});
  ValType list = type(component::ListType{option, std::nullopt});
  CHECK(again("[1, none, some(2),]", list) == "[some(1), none, some(2)]");
  CHECK(again("some(none)", nested) == "some(none)");
  CHECK(again("1", nested) == "error: `1` is not a value of type `option<option<u8>>`");
  ValType record = type(component::RecordType{{{"a", Prim::kU8}, {"b", option}}});
  CHECK(again("{b: 1, a: 2}", record) == "{a: 2, b: some(1)}");
  CHECK(again("{%a: 2}", record) == "{a: 2}");
  CHECK(again("{b: 1}", record) == "error: missing field `a`");
  CHECK(again("{a: 1, a: 1}", record) == "error: field `a` is given twice");
  CHECK(again("{c: 1}", record) == "error: the record has no field `c`");
  ValType tuple = type(component::TupleType{{Prim::kU8, Prim::kString}});
  CHECK(again("(1, \"x\",)", tuple) == "(1, \"x\")");
  CHECK(again("(1)", tuple) == "error: unexpected `)`, expected `,`");
  ValType flags = type(component::FlagsType{{"read", "write"}});
  CHECK(again("{write, read}", flags) == "{read, write}");
  CHECK(again("{}", flags) == "{}");
  CHECK(again("{read, read}", flags) == "error: flag `read` is given twice");
  ValType variant = type(component::VariantType{{{"err", Prim::kU8}, {"none", std::nullopt}}});
  CHECK(again("%err(1)", variant) == "%err(1)");
  CHECK(again("%none", variant) == "%none");
  CHECK(again("none", variant).starts_with("error: `none` is not a value of type"));
  ValType result = type(component::ResultValType{std::nullopt, Prim::kString});
  CHECK(again("ok", result) == "ok");
  CHECK(again("err(\"no\")", result) == "err(\"no\")");
  ValType fixed = type(component::ListType{Prim::kU8, 2});
  CHECK(again("[1]", fixed) == "error: 1 elements, expected 2");
  CHECK(again("[(1, \"a\")]", type(component::MapType{Prim::kU8, Prim::kString})) == "[(1, \"a\")]");
}

TEST_CASE_FIXTURE(Bench, "wave: calls") {
  WaveCall plain = call("f(1, \"x\")");
  CHECK(plain.interface == "");
  CHECK(plain.function == "f");
  CHECK(sources.text(plain.arguments) == "(1, \"x\")");
  component::FuncType type{false, {{"a", Prim::kU8}, {"b", Prim::kString}}, std::nullopt};
  Result<std::vector<Val>> arguments = parse_wave_arguments(sources, plain.arguments, types, type);
  REQUIRE(arguments);
  CHECK((*arguments)[1] == Val::string("x"));
  CHECK(call("ns:pkg/iface@1.0.0.f()").interface == "ns:pkg/iface@1.0.0");
  CHECK(call("ns:pkg/iface@1.0.0.f()").function == "f");
  CHECK(call("ns:pkg/iface.f@1.0.0()").interface == "ns:pkg/iface@1.0.0");
  CHECK(call("iface.f()").interface == "iface");
  CHECK(call("iface.[method]thing.get(1)").function == "[method]thing.get");
  CHECK(call("[method]thing.get(1)").interface == "");
  WaveCall open = call("f(");
  Result<std::vector<Val>> none = parse_wave_arguments(sources, open.arguments, types, {});
  REQUIRE(!none);
  CHECK(none.error()->message == "unexpected the end, expected `)`");
  SourceId id = sources.add("<call>", "f", SourceKind::kText);
  CHECK(!parse_wave_call(sources, sources.whole(id)));
}

TEST_CASE_FIXTURE(Bench, "wave: random values are read back") {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Random random(seed);
    ValType type = random_type(random, types, {});
    Val val = random_val(random, types, type);
    std::string text = to_wave(val, types, type);
    CAPTURE(text);
    Result<Val> back = parse(text, type);
    REQUIRE(back);
    CHECK(*back == val);
  }
}

TEST_CASE_FIXTURE(Bench, "wave: any text is read or refused") {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Random random(seed);
    ValType type = random_type(random, types, {});
    std::string text = to_wave(random_val(random, types, type), types, type);
    for (std::uint32_t i = 1 + random.below(3); i > 0 && !text.empty(); --i) {
      std::size_t at = random.below(static_cast<std::uint32_t>(text.size()));
      random.one_in(2) ? text.erase(at, 1 + random.below(4)) : text.insert(at, 1, "()[]{},:'\"\\%-\xff"[random.below(14)]);
    }
    Result<Val> back = parse(text, type);
    if (back) CHECK(matches(*back, types, type));
  }
  std::string deep(100'000, '[');
  CHECK(!parse(deep, type(component::ListType{Prim::kU8, std::nullopt})));
}

}  // namespace witc::abi
