// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Prints the optimised IR of a component in text form. Functions are called `f<core instance>_<index>`; core instance 0 holds
// the flags of the canonical ABI, the others follow in the order in which they are made, each adapter before its caller.
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "engine/component.h"
#include "wasm/component/parse.h"

int main(int argc, char** argv) {
  using namespace witc;
  if (argc != 2) return 2;
  std::ifstream file(argv[1]);
  SourceMap sources;
  SourceId source = sources.add(argv[1], std::string(std::istreambuf_iterator<char>(file), {}), SourceKind::kText);
  engine::EngineOptions options;
  options.keep_ir = true;
  options.threads = 1;
  engine::Engine engine(options);
  Result<component::ast::Component> ast = component::parse_component(sources, source);
  if (ast) {
    Result<engine::Component> component = engine::Component::load(engine, sources, *std::move(ast));
    if (component) {
      fmt::print("{}", component->ir());
      return 0;
    }
    fmt::print(stderr, "{}\n", component.error()->message);
    return 1;
  }
  fmt::print(stderr, "{}\n", ast.error()->message);
  return 1;
}
