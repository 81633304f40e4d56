// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/branch_hints.h"

#include <doctest/doctest.h>

#include "wasm/core/encode.h"
#include "wasm/core/load.h"
#include "wasm/core/print.h"

namespace witc::wasm {
namespace {

Result<Module> parse(SourceMap& sources, std::string text) {
  return load_module(sources, sources.add("a.wat", std::move(text), SourceKind::kText));
}

/// From text to binary to text.
std::string printed(std::string text) {
  SourceMap sources;
  Result<Module> module = parse(sources, std::move(text));
  if (!module) return module.error()->message;
  std::vector<std::uint8_t> bytes = encode_module(*module);
  SourceId binary = sources.add("a.wasm", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
  Result<Module> decoded = load_module(sources, binary);
  REQUIRE(decoded);
  return *print_module(*decoded);
}

TEST_CASE("hints are placed by the byte, behind the locals") {
  SourceMap sources;
  Result<Module> module = parse(sources, R"((module (func (param i32) (local i64 i32)
    local.get 0
    (@metadata.code.branch_hint "\01") if (@metadata.code.branch_hint "\00") (br_if 0 (local.get 0)) end)))");
  REQUIRE(module);
  Result<BranchHints> hints = decode_branch_hints(*module);
  REQUIRE(hints);
  CHECK(hints->at(FuncIndex(0)) == std::vector<BranchHint>{{2, true}, {6, false}});
  CHECK(locals_size(module->funcs[FuncIndex(0)]) == 5);
  CHECK(validate_branch_hints(*module));
  REQUIRE(module->customs.size() == 1);
  CHECK(module->customs[0].bytes[3] == 7);  // an offset in the section counts the locals
}

TEST_CASE("hints print where they belong, or as bytes") {
  CHECK(printed("(module (func (param i32) local.get 0 (@metadata.code.branch_hint \"\\01\") if end))")
            .find("    (@metadata.code.branch_hint \"\\01\")\n    if") != std::string::npos);
  // Not before the code, not of a branch, not what the parser would write.
  const char* kWords = "(func (param i32) local.get 0 if end)";
  for (std::string section : {"(before func) \"\\01\\00\\01\\03\\01\\01\"", "(before code) \"\\01\\00\\01\\01\\01\\01\"",
                              "(before code) \"\\81\\00\\00\\01\\03\\01\\01\"", "(before code) \"\\01\\09\\00\""}) {
    std::string text = printed("(module (@custom \"metadata.code.branch_hint\" " + section + ") " + kWords + ")");
    CHECK(text.find("(@custom \"metadata.code.branch_hint\" ") != std::string::npos);
    CHECK(printed(text) == text);
  }
}

TEST_CASE("misplaced annotations") {
  CHECK(printed("(@metadata.code.branch_hint \"\\00\")").ends_with("not in a function"));
  CHECK(printed("(func (@metadata.code.branch_hint \"\\00\"))").ends_with("must precede an instruction"));
  CHECK(printed("(func (@metadata.code.branch_hint \"\\02\") nop)").ends_with("invalid value for branch hint"));
  CHECK(printed("(func (@metadata.code.branch_hint \"\\00\") (@metadata.code.branch_hint \"\\00\") nop)")
            .ends_with("duplicate annotation"));
}

}  // namespace
}  // namespace witc::wasm
