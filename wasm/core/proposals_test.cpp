// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Proposals that are off unless asked for: what validates with their feature, and is refused without it by its name; and
// forms of text and binary that must survive a round trip.
#include <doctest/doctest.h>

#include "wasm/core/decode.h"
#include "wasm/core/encode.h"
#include "wasm/core/parse.h"
#include "wasm/core/print.h"
#include "wasm/core/validate.h"

namespace witc::wasm {
namespace {

Module parsed(SourceMap& sources, std::string text) {
  const SourceId source = sources.add("test", std::move(text), SourceKind::kText);
  Result<Module> module = parse_module(sources, source);
  if (!module) FAIL(module.error()->message);
  return *std::move(module);
}

std::string check(std::string text, Features features) {
  SourceMap sources;
  const Module module = parsed(sources, std::move(text));
  Result<void> valid = validate_module(sources, module, features);
  return valid ? "valid" : valid.error()->message;
}

Features with(Feature feature) {
  Features features = Features::runnable();
  features.set(feature);
  return features;
}

/// Text, binary, and text again.
std::string round_trip(std::string text) {
  SourceMap sources;
  const Module module = parsed(sources, std::move(text));
  const std::vector<std::uint8_t> first = encode_module(module);
  const SourceId binary = sources.add("binary", std::string(first.begin(), first.end()), SourceKind::kBinary);
  Result<Module> decoded = decode_module(sources, sources.whole(binary));
  if (!decoded) FAIL(decoded.error()->message);
  CHECK(encode_module(*decoded) == first);
  Result<std::string> printed = print_module(*decoded);
  if (!printed) FAIL(printed.error()->message);
  CHECK(encode_module(parsed(sources, *printed)) == first);
  return *printed;
}

struct Case {
  Feature feature;
  const char* text;
};

TEST_CASE("a proposal's feature turns it on, and what runs does without") {
  const Case kCases[] = {
      {Feature::kStackSwitching, R"((type $f (func)) (type $c (cont $f)) (tag $t)
         (func (param (ref $c)) (block $on (result (ref $c)) (resume $c (on $t $on) (local.get 0)) (return)) (drop)))"},
      {Feature::kCustomDescriptors, R"((rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct)))
         (func (param (ref (exact $a))) (result (ref (exact $b))) (ref.get_desc $a (local.get 0))))"},
      {Feature::kMemoryControl, "(memory 1) (func (memory.discard (i32.const 0) (i32.const 0)))"},
      {Feature::kSharedEverything, R"((global $g (shared mut i32) (i32.const 0))
         (func (result i32) (global.atomic.rmw.add acq_rel $g (i32.const 1))))"},
  };
  for (const Case& item : kCases) {
    const std::string name(to_string(item.feature));
    CAPTURE(name);
    CHECK(check(item.text, with(item.feature)) == "valid");
    CHECK(check(item.text, Features::all()) == "valid");
    CHECK(check(item.text, Features::runnable()).find("`" + name + "` support is not enabled") != std::string::npos);
    CHECK_FALSE(round_trip(item.text).empty());
  }
}

TEST_CASE("an exact type is below its type, below the supertypes of that, and no other exact one") {
  auto func = [](std::string_view from, std::string_view to) {
    std::string text = "(type $a (sub (struct))) (type $b (sub $a (struct (field i32)))) (func (param ";
    return check(text.append(from).append(") (result ").append(to).append(") (local.get 0))"),
                 with(Feature::kCustomDescriptors));
  };
  CHECK(func("(ref (exact $b))", "(ref $b)") == "valid");
  CHECK(func("(ref (exact $b))", "(ref $a)") == "valid");
  CHECK(func("(ref (exact $b))", "structref") == "valid");
  CHECK(func("(ref (exact $b))", "(ref null (exact $b))") == "valid");
  CHECK(func("nullref", "(ref null (exact $a))") == "valid");
  CHECK(func("(ref $b)", "(ref (exact $b))").starts_with("type mismatch"));
  CHECK(func("(ref (exact $b))", "(ref (exact $a))").starts_with("type mismatch"));
}

TEST_CASE("shared and unshared hierarchies are apart") {
  auto func = [](std::string_view from, std::string_view to) {
    std::string text = "(type $s (shared (struct))) (type $u (struct)) (func (param ";
    return check(text.append(from).append(") (result ").append(to).append(") (local.get 0))"),
                 with(Feature::kSharedEverything));
  };
  CHECK(func("(ref $s)", "(ref (shared any))") == "valid");
  CHECK(func("(ref null (shared none))", "(ref null $s)") == "valid");
  CHECK(func("(ref $s)", "(ref any)").starts_with("type mismatch"));
  CHECK(func("(ref $u)", "(ref (shared any))").starts_with("type mismatch"));
  CHECK(func("nullref", "(ref null $s)").starts_with("type mismatch"));
}

TEST_CASE("types that differ in a proposal's part only are different types") {
  auto same = [](std::string_view a, std::string_view b) {
    std::string text = "(type $f (func)) ";
    text.append(a).append(b).append("(func (param (ref $x)) (result (ref $y)) (local.get 0))");
    return check(text, Features::all());
  };
  CHECK(same("(type $x (cont $f)) ", "(type $y (cont $f)) ") == "valid");
  CHECK(same("(type $x (shared (struct))) ", "(type $y (struct)) ").starts_with("type mismatch"));
  CHECK(same("(rec (type $x (descriptor $d) (struct)) (type $d (describes $x) (struct))) ",
             "(rec (type $y (struct)) (type $e (struct))) ")
            .starts_with("type mismatch"));
}

TEST_CASE("groups of imports keep their form") {
  const std::string text = round_trip(R"((import "m" (item "a" (func $a)) (item "b" (global i32)))
                                         (import "m" (item "c") (item "d") (func (param i32)))
                                         (import "m" "e" (memory 1)))");
  CHECK(text.find("(item \"b\" (global (;0;) i32))") != std::string::npos);
  CHECK(text.find("(item \"c\")\n    (item \"d\")\n    (func (type 1))") != std::string::npos);
  CHECK(check("(import \"m\" (item \"a\" (func)))", Features::wasm3()).find("`compact-imports`") != std::string::npos);
}

TEST_CASE("what an edit leaves of a group of imports is encoded as what it is") {
  SourceMap sources;
  Module module = parsed(sources, R"((import "m" (item "a") (item "b") (item "c") (global i32)))");
  module.imports.erase(module.imports.begin());
  module.imports.back().type = GlobalType{ValType::i64(), false};
  CHECK(import_groups(module).size() == 2);
}

TEST_CASE("what is said although it is usual is kept") {
  CHECK(round_trip("(rec (type (func)))").find("(rec\n") != std::string::npos);
  CHECK(round_trip("(memory 1 (pagesize 65536))").find("(pagesize 0x10000)") != std::string::npos);
  CHECK(round_trip("(table 1 funcref) (elem (table 0) (i32.const 0) func)").find("(table 0) (i32") != std::string::npos);
}

TEST_CASE("sets of features") {
  CHECK(check("(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))", Features::lime1()) == "valid");
  CHECK(check("(memory 1) (data \"\")", Features::lime1()) == "`bulk-memory` support is not enabled");
  CHECK(check("(func (param f32))", *parse_features("-floats")) == "`floats` support is not enabled");
  CHECK(check("(func (drop (f64.const 0)))", *parse_features("-floats")) == "`floats` support is not enabled");
  CHECK(check("(type (struct))", *parse_features("-gc-types")) == "`gc-types` support is not enabled");
  CHECK_FALSE(parse_features("-bulk-memory")->has(Feature::kBulkMemoryOpt));
}

}  // namespace
}  // namespace witc::wasm
