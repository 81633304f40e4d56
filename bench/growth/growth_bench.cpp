// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How does the cost of a composition grow with the number of its components? 2 to 1,000 of them in chains, of which each
// calls the one before, and in fans, where one calls all others (tests/growth/generator.h): composed of packages as
// `witc compose` does it, then loaded stage by stage. README.md beside it.
//
//     growth_bench [--only SHAPE] [--most N] [--functions N] [--json FILE]
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/render.h"
#include "bench/harness.h"
#include "engine/api.h"
#include "engine/component.h"
#include "engine/component/program.h"
#include "linker/plan_component.h"
#include "tests/growth/generator.h"
#include "tests/peer/wasmtime_component.h"
#include "wasm/component/decode.h"
#include "wasm/component/validate.h"

namespace witc::bench {
namespace {

using growth::Composition;
using growth::Shape;

constexpr struct {
  const char* name;
  Shape shape;
  const char* kind;  // as tables and the chart say it
} kShapes[] = {{"distinct", Shape::kDistinct, "each its own code"},
               {"equal", Shape::kCopies, "all the same code"},
               {"fan", Shape::kDistinctFan, "one calls all"}};

template <class T>
T good(const SourceMap& sources, Result<T> result) {
  if (!result) fail(render_text(result.error(), sources));
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// Processor time since the last lap, of all threads, in milliseconds.
class Laps {
 public:
  double lap() {
    const double now = process_cpu_ns();
    return (now - std::exchange(last_, now)) / 1e6;
  }

 private:
  double last_ = process_cpu_ns();
};

component::ast::Component decode(SourceMap& sources, std::span<const std::uint8_t> bytes) {
  const SourceId binary = sources.add("composed.wasm", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
  return good(sources, component::decode_component(sources, sources.whole(binary)));
}

std::uint64_t call(SourceMap& sources, engine::Engine& engine, const engine::Component& component) {
  auto instance = good(sources, engine::Linker().instantiate(engine, component));
  if (!instance.start()) fail("instantiation traps");
  const abi::Val argument = abi::Val::unsigned_(5);
  auto result = instance.call(*component.find_func("", "f"), {&argument, 1});
  if (!result) fail(result.error().message);
  return *(*result)->get_if<std::uint64_t>();
}

/// All stages; every stage keeps what it made. What it gives back is printed by the parent.
nlohmann::json measure_stages(const Composition& composition) {
  SourceMap sources;
  const growth::Parts parts = growth::parts_of(composition);
  auto packages = good(sources, growth::load_packages(sources, parts));
  const double memory_before = static_cast<double>(memory().resident);
  Laps laps;
  const auto bytes = good(sources, growth::compose(sources, parts, std::move(packages)));
  const double compose = laps.lap();
  auto ast = decode(sources, bytes);
  component::Types types;
  auto validated = good(sources, component::validate_component(sources, ast, types));
  const double validate = laps.lap();
  linker::Plan plan = good(sources, linker::plan_component(sources, ast, validated, types));
  const double planning = laps.lap();
  engine::ComponentProgram program = good(sources, engine::build_program(plan));
  const double adapters = laps.lap();
  engine::Engine engine;
  auto code = good(sources, engine.compile(program.program));
  const double compile = laps.lap();
  return {{"components", composition.links},
          {"bytes", bytes.size()},
          {"compose_ms", compose},
          {"validate_ms", validate},
          {"plan_ms", planning},
          {"adapters_ms", adapters},
          {"compile_ms", compile},
          {"memory_mib", (static_cast<double>(memory().peak) - memory_before) / (1 << 20)}};
}

/// From the composition's bytes to the result of a call, compiled as it runs.
nlohmann::json measure_run(const Composition& composition) {
  SourceMap sources;
  const auto bytes = good(sources, growth::compose(sources, composition));
  engine::EngineOptions options;
  options.compile_mode = engine::CompileMode::kLazy;
  Laps laps;
  engine::Engine engine(options);
  auto component = good(sources, engine::Component::load(engine, sources, decode(sources, bytes)));
  call(sources, engine, component);
  return {{"run_ms", laps.lap()}};
}

/// The same bytes compiled by wasmtime, and called on both, here in both modes: results must agree.
nlohmann::json measure_peer(const Composition& composition) {
  SourceMap sources;
  const auto bytes = good(sources, growth::compose(sources, composition));
  std::vector<std::uint64_t> results;
  for (const auto mode : {engine::CompileMode::kEager, engine::CompileMode::kLazy}) {
    engine::EngineOptions options;
    options.compile_mode = mode;
    engine::Engine engine(options);
    results.push_back(
        call(sources, engine, good(sources, engine::Component::load(engine, sources, decode(sources, bytes)))));
  }
  if (results[0] != results[1]) fail("results differ");
  const auto theirs = peer::ComponentEngine::load({.concurrency = false});
  if (theirs == nullptr) return nlohmann::json::object();
  Laps laps;
  auto loaded = theirs->compile(bytes);
  const double compile = laps.lap();
  if (!loaded) return nlohmann::json::object();  // it has limits of its own: 1,000 modules and components
  auto made = loaded->instantiate();
  if (!made) return {{"wasmtime_compile_ms", compile}};
  peer::ComponentValue given, got;
  given.of.u32 = 5;
  if (auto error = made->call(*made->find("f"), {&given, 1}, {&got, 1})) fail(*error);
  if (got.of.u32 != results[0]) fail("results differ");
  return {{"wasmtime_compile_ms", compile}};
}

/// Core modules made one by one in one store, each of which imports from the one before; one for all but the first. At the
/// end the last is called.
nlohmann::json measure_open(std::size_t count) {
  auto good = []<class T>(api::Expected<T> result) {
    if (!result) fail(result.error().message);
    return *std::move(result);
  };
  const double memory_before = static_cast<double>(memory().resident);
  Laps laps;
  api::Engine engine;
  api::Store store(engine);
  const api::Module first = good(api::Module::load(engine, R"((module (memory 1)
      (func (export "f") (param i32) (result i32) (local.get 0))))"));
  const api::Module link = good(api::Module::load(engine, R"((module
      (import "before" "f" (func $f (param i32) (result i32)))
      (memory 1)
      (func (export "f") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1)))))"));
  api::Instance last = good(api::Linker().instantiate(store, first));
  for (std::size_t i = 1; i < count; ++i) last = good(api::Linker().instance("before", last).instantiate(store, link));
  const double all = laps.lap();
  auto called = good(last.func<std::int32_t(std::int32_t)>("f"))(0);
  if (!called || *called != static_cast<std::int32_t>(count - 1)) fail("a wrong result");
  return {{"instances", count},
          {"make_ms", all},
          {"call_ms", laps.lap()},
          {"memory_mib", (static_cast<double>(memory().peak) - memory_before) / (1 << 20)}};
}

/// In a process of its own, so that memory is that of this size alone. Nothing if it fails, or takes ten minutes.
nlohmann::json in_child(const std::function<nlohmann::json()>& work) {
  int ends[2];
  if (pipe(ends) != 0) fail("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    alarm(600);
    const std::string text = work().dump();
    const bool is_written = write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    _exit(is_written ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  char part[4096];
  for (ssize_t got = 0; (got = read(ends[0], part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? nlohmann::json::parse(text) : nlohmann::json();
}

std::string cell(const nlohmann::json& row, const char* key) {
  return row.contains(key) ? fmt::format("{:.1f}", row[key].get<double>()) : "-";
}

void grow(const char* kind, Composition composition, std::size_t most, nlohmann::json& report) {
  Table table({{kind, 18},
               {"kB", 7},
               {"compose", 9},
               {"validate", 9},
               {"plan", 9},
               {"adapters", 9},
               {"compile", 10},
               {"MiB", 8},
               {"ms each", 9},
               {"as it runs", 11},
               {"wasmtime compile", 17}});
  for (const std::size_t count : {2, 10, 100, 1000, 3000}) {
    if (count > most) continue;
    composition.links = count;
    nlohmann::json row = in_child([&] { return measure_stages(composition); });
    const nlohmann::json runs = row.is_null() ? row : in_child([&] { return measure_run(composition); });
    const nlohmann::json theirs = runs.is_null() ? runs : in_child([&] { return measure_peer(composition); });
    if (theirs.is_null()) {
      table.row({std::to_string(count), "failed"});
      report["failed"].push_back(count);
      continue;
    }
    row["kind"] = kind;
    row.update(runs);
    row.update(theirs);
    double all = 0;
    for (const char* stage : {"compose_ms", "validate_ms", "plan_ms", "adapters_ms", "compile_ms"})
      all += row[stage].get<double>();
    row["each_ms"] = all / static_cast<double>(count);
    table.row({std::to_string(count), fmt::format("{:.0f}", row["bytes"].get<double>() / 1e3), cell(row, "compose_ms"),
               cell(row, "validate_ms"), cell(row, "plan_ms"), cell(row, "adapters_ms"), cell(row, "compile_ms"),
               cell(row, "memory_mib"), cell(row, "each_ms"), cell(row, "run_ms"), cell(row, "wasmtime_compile_ms")});
    report["rows"].push_back(row);
  }
  fmt::print("\n");
}

void grow_open(std::size_t most, nlohmann::json& report) {
  Table table({{"one store that grows", 21}, {"make", 9}, {"us each", 9}, {"first call", 11}, {"MiB", 8}});
  for (const std::size_t count : {2, 10, 100, 1000, 3000}) {
    if (count > most) continue;
    nlohmann::json row = in_child([&] { return measure_open(count); });
    if (row.is_null()) {
      table.row({std::to_string(count), "failed"});
      report["failed"].push_back(count);
      continue;
    }
    table.row({std::to_string(count), cell(row, "make_ms"),
               fmt::format("{:.1f}", row["make_ms"].get<double>() * 1e3 / static_cast<double>(count)), cell(row, "call_ms"),
               cell(row, "memory_mib")});
    report["open"].push_back(row);
  }
  fmt::print("\n");
}

}  // namespace
}  // namespace witc::bench

int main(int argc, char** argv) {
  using namespace witc::bench;
  std::size_t most = 1000, functions = 4;
  const Options options = parse_options(argc, argv, WITC_REPORT, [&](std::string_view option, const char* value) {
    if (option != "--most" && option != "--functions") return false;
    (option == "--most" ? most : functions) = value == nullptr ? 0 : std::strtoull(value, nullptr, 10);
    return true;
  });
  nlohmann::json report = {{"rows", nlohmann::json::array()}};
  if (options.check) most = 10;
  for (const auto& [name, shape, kind] : kShapes) {
    if (options.wants(name)) grow(kind, {shape, 0, functions, false}, most, report);
  }
  if (options.wants("open")) grow_open(most, report);
  if (options.check) return report.contains("failed") ? 1 : 0;
  write_report(options, report);
  return 0;
}
