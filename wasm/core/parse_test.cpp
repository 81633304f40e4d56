// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/parse.h"

#include <doctest/doctest.h>

#include "wasm/core/print.h"
#include "wasm/core/validate.h"

namespace witc::wasm {
namespace {

/// The module printed again, or the error with the place it points to.
std::string parsed(const std::string& text) {
  SourceMap sources;
  SourceId id = sources.add("a.wat", text, SourceKind::kText);
  Result<Module> module = parse_module(sources, id);
  Result<void> valid = module ? validate_module(sources, *module) : Result<void>(std::move(module).error());
  if (valid) return *print_module(*module);
  LineColumn at = sources.line_column(id, valid.error()->primary->span.begin);
  return std::to_string(at.line) + ":" + std::to_string(at.column) + " " + valid.error()->message;
}

TEST_CASE("abbreviations become what they stand for") {
  CHECK(parsed(R"((module
  (func $f (export "f") (import "m" "f") (param i32))
  (memory $m (data "abc"))
  (table funcref (elem $f $g))
  (func $g (param $x i32) (param (@name "y z") i32)
    (if (local.get $x) (then (call $f (local.get 1))) (else nop)))))") == R"((module
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32)))
  (import "m" "f" (func $f (;0;) (type 0)))
  (table (;0;) 2 2 funcref)
  (memory $m (;0;) 1 1)
  (export "f" (func $f))
  (elem (;0;) (table 0) (i32.const 0) func $f $g)
  (func $g (;1;) (type 1) (param $x i32) (param $"y z" i32)
    local.get $x
    if ;; label = @1
      local.get $"y z"
      call $f
    else
      nop
    end
  )
  (data (;0;) (i32.const 0) "abc")
))");
}

TEST_CASE("errors point into the text") {
  CHECK(parsed("(module\n  (func (result i32)\n    i64.const 1))") == "3:16 type mismatch: expected i32, found i64");
  CHECK(parsed("(func call $x)").starts_with("1:12 unknown function `$x`"));
  CHECK(parsed("(func (local $a i32) (local $a i32))").find("duplicate local") != std::string::npos);
  CHECK(parsed("(func block $a end $b)").ends_with("mismatching label"));
  CHECK(parsed("(func) (import \"a\" \"b\" (func))").ends_with("import after function"));
  CHECK(parsed("(func i32.const 4294967296 drop)").find("constant out of range") != std::string::npos);
}

TEST_CASE("nesting costs no stack") {
  std::string deep = "(func (result i32) ";
  for (int i = 0; i < 100'000; ++i) deep += "(i32.eqz ";
  deep += "(i32.const 0)" + std::string(100'001, ')');
  CHECK(parsed(deep).starts_with("(module"));
  CHECK(parsed(std::string(100'000, '(')).find("expected a module field") != std::string::npos);
}

}  // namespace
}  // namespace witc::wasm
