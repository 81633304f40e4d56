// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <doctest/doctest.h>

#include "base/render.h"
#include "base/result.h"

namespace witc {
namespace {

Result<int> half(int x) {
  if (x % 2 != 0) return error(DiagCode::kWaveType, "odd");
  return x / 2;
}

Result<int> quarter(int x) {
  int once = TRY(half(x));
  return TRY(half(once));
}

TEST_CASE("TRY unwraps or returns the diagnostic") {
  CHECK(quarter(8).value() == 2);
  CHECK(quarter(6).error()->message == "odd");
}

TEST_CASE("render_text underlines the place and keeps tabs") {
  SourceMap sources;
  SourceId id = sources.add("a.wit", "one\n\tf: func(\xC3\xA9: foo);\n", SourceKind::kText);
  Diagnostic diagnostic =
      error(DiagCode::kWitResolve, {id, 17, 20}, "type `foo` is not defined").label("not found").hint("define it");
  CHECK(render_text(diagnostic, sources) ==
        "error[wit-resolve]: type `foo` is not defined\n"
        "     --> a.wit:2:13\n"
        "       |\n"
        "     2 | \tf: func(\xC3\xA9: foo);\n"
        "       | \t           ^-- not found\n"
        "hint: define it\n");
}

TEST_CASE("binary places are byte offsets, control characters are escaped") {
  SourceMap sources;
  SourceId id = sources.add("a.wasm", std::string(600, '\0'), SourceKind::kBinary);
  Diagnostic diagnostic = error(DiagCode::kWasmMalformed, {id, 0x1c4, 0x1c5}, "bad \x1b[2J");
  CHECK(render_text(diagnostic, sources) ==
        "error[wasm-malformed]: bad \\u{1b}[2J\n     --> a.wasm @0x1c4\n");
}

TEST_CASE("render_json is one line") {
  SourceMap sources;
  SourceId id = sources.add("a.wit", "x y\n", SourceKind::kText);
  std::string json = render_json(error(DiagCode::kWitSyntax, {id, 2, 3}, "bad"), sources);
  CHECK(json.find("\"column\":3") != std::string::npos);
  CHECK(json.find('\n') == json.size() - 1);
}

}  // namespace
}  // namespace witc
