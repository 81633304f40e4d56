// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Branch hints reach LLVM as the weights of branches.
#include <doctest/doctest.h>

#include "engine/engine.h"
#include "wasm/core/load.h"
#include "wasm/core/validate.h"

namespace witc::engine {
namespace {

std::string ir_of(std::string text) {
  SourceMap sources;
  Result<wasm::Module> module = wasm::load_module(sources, sources.add("a.wat", std::move(text), SourceKind::kText));
  REQUIRE(module);
  REQUIRE(wasm::validate_module(sources, *module));
  Program program;
  program.instances.push({&*module, "test", {}, false});
  EngineOptions options;
  options.opt_level = OptLevel::kNone;
  options.keep_ir = true;
  Result<CompiledProgram> code = Engine(options).compile(std::move(program));
  REQUIRE(code);
  return code->ir();
}

std::string branch(std::string annotation) {
  return "(module (memory 1) (func (export \"f\") (param i32) (local.get 0) " + annotation +
         " if (i32.store (i32.const 0) (i32.const 1)) end))";
}

TEST_CASE("branch hints are branch weights") {
  const std::string likely = "i32 2000, i32 1", unlikely = "i32 1, i32 2000";
  std::string ir = ir_of(branch("(@metadata.code.branch_hint \"\\01\")"));
  CHECK(ir.find(likely) != std::string::npos);
  CHECK(ir.find(unlikely) == std::string::npos);
  ir = ir_of(branch("(@metadata.code.branch_hint \"\\00\")"));
  CHECK(ir.find(unlikely) != std::string::npos);
  CHECK(ir_of(branch("")).find(likely) == std::string::npos);
}

}  // namespace
}  // namespace witc::engine
