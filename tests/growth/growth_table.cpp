// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the cost of a composition grows with the number of its components: time of each stage and memory, a line for each
// size. A program for people; no test runs it.
//
//     growth_table [SHAPE [FUNCTIONS [LINKS...]]]
//
// GROWTH_LAZY=1: compiled as it runs; GROWTH_APART=1: equal modules do not share code.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "engine/component.h"
#include "engine/component/program.h"
#include "linker/plan_component.h"
#include "tests/growth/generator.h"
#include "wasm/component/decode.h"
#include "wasm/component/encode.h"
#include "wasm/component/parse.h"
#include "wasm/component/validate.h"

namespace {

using namespace witc;

template <class T>
T good(Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "{}\n", result.error()->message);
  std::exit(1);
}

/// Milliseconds since the last call.
class Timer {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const double passed = std::chrono::duration<double, std::milli>(now - last_).count();
    last_ = now;
    return passed;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// Resident, in MiB.
double resident() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, pages = 0;
  file >> total >> pages;
  return static_cast<double>(pages) * 4096 / (1 << 20);
}

void measure(const growth::Composition& composition, engine::CompileMode mode) {
  SourceMap sources;
  const double before = resident();
  auto text = good(component::parse_component(sources, sources.add("text", compose_text(composition), SourceKind::kText)));
  const std::vector<std::uint8_t> binary = component::encode(text);
  SourceId source = sources.add("binary", std::string(reinterpret_cast<const char*>(binary.data()), binary.size()), SourceKind::kBinary);
  Timer timer;
  auto ast = good(component::decode_component(sources, sources.whole(source)));
  const double decode = timer.lap();
  component::Types types;
  auto validated = good(component::validate_component(sources, ast, types));
  const double validate = timer.lap();
  linker::Plan plan = good(linker::plan_component(sources, ast, validated, types));
  const double planning = timer.lap();
  engine::ComponentProgram program = good(engine::build_program(plan));
  const double adapters = timer.lap();
  engine::EngineOptions options;
  options.compile_mode = mode;
  options.threads = 1;
  options.share_code = std::getenv("GROWTH_APART") == nullptr;
  engine::Engine engine(options);
  timer.lap();
  engine::CompiledProgram code = good(engine.compile(program.program));
  const double compile = timer.lap();
  engine::Component whole = good(engine::Component::load(engine, sources, std::move(ast)));
  timer.lap();
  engine::Linker linker;
  engine::ComponentInstance instance = good(linker.instantiate(engine, whole));
  if (!instance.start()) std::exit(1);
  const double instantiate = timer.lap();
  auto result = instance.call(*whole.find_func("", "f"), std::vector<abi::Val>{abi::Val::unsigned_(5)});
  const double first = timer.lap();
  if (!result) fmt::print("{}\n", engine::to_string(result.error()));
  double call = first;  // the best
  for (int i = 0; i < 200; ++i) {
    timer.lap();
    (void)instance.call(*whole.find_func("", "f"), std::vector<abi::Val>{abi::Val::unsigned_(5)});
    call = std::min(call, timer.lap());
  }
  fmt::print("{:>6} {:>9} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f} {:>9.1f} {:>8.1f} {:>8.1f} {:>9.4f} {:>8.1f}\n", composition.links,
             binary.size(), decode, validate, planning, adapters, compile, instantiate, first, call, resident() - before);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  using growth::Shape;
  constexpr std::pair<std::string_view, Shape> kShapes[] = {{"chain", Shape::kChain},       {"copies", Shape::kCopies},
                                                            {"distinct", Shape::kDistinct}, {"fan", Shape::kFan},
                                                            {"nested", Shape::kNested}};
  const std::string_view wanted = argc > 1 ? argv[1] : "";
  const auto mode = std::getenv("GROWTH_LAZY") != nullptr ? engine::CompileMode::kLazy : engine::CompileMode::kEager;
  for (const auto& [name, shape] : kShapes) {
    if (!wanted.empty() && wanted != name) continue;
    fmt::print("{}\n{:>6} {:>9} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8} {:>8} {:>9} {:>8}\n", name, "links", "bytes", "decode", "validate",
               "plan", "adapters", "compile", "inst.", "first", "call ms", "MiB");
    std::vector<std::size_t> sizes{2, 10, 100, 1000};
    if (shape == Shape::kNested) sizes = {2, 10, 64};
    if (argc > 3) sizes.clear();
    for (int i = 3; i < argc; ++i) sizes.push_back(std::strtoul(argv[i], nullptr, 10));
    for (std::size_t links : sizes) measure({shape, links, argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 4}, mode);
  }
}
