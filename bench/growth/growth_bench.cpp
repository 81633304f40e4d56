// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How does the cost of a composition grow with the number of its components? Chains of 2 to 1,000 components, each of
// which calls the one before: composed of packages as `witc compose` does it, then loaded stage by stage. README.md
// beside it.
//
//     growth_bench [--only distinct|equal] [--most N] [--json FILE]
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <deque>

#include "base/render.h"
#include "bench/harness.h"
#include "engine/component.h"
#include "engine/component/program.h"
#include "linker/encode_graph.h"
#include "linker/plan_component.h"
#include "tests/peer/wasmtime_component.h"
#include "wasm/component/decode.h"
#include "wasm/component/encode.h"
#include "wasm/component/parse.h"
#include "wasm/component/validate.h"

namespace witc::bench {
namespace {

template <class T>
T good(const SourceMap& sources, Result<T> result) {
  if constexpr (std::is_void_v<T>) {
    if (!result) fail(render_text(result.error(), sources));
  } else {
    if (!result) fail(render_text(result.error(), sources));
    return *std::move(result);
  }
}

/// A component with a core module of five functions, whose `f` calls the `f` that it imports, unless it is the first.
/// `seed` is what makes its code differ from others'.
std::string link_text(bool is_first, std::size_t seed) {
  std::string work, calls;
  for (std::size_t i = 0; i < 4; ++i) {
    work += fmt::format(R"((func $w{} (param $x i32) (result i32) (local $i i32)
        (local.set $i (i32.const {}))
        (loop $again
          (local.set $x (i32.rotl (i32.xor (i32.mul (local.get $x) (i32.const {})) (local.get $i)) (i32.const 7)))
          (br_if $again (i32.gt_s (local.tee $i (i32.sub (local.get $i) (i32.const 1))) (i32.const 0))))
        (local.get $x)))",
                        i, i + 3, 1664525 + 8 * seed + i);
    calls += fmt::format("(local.set $x (call $w{} (local.get $x)))", i);
  }
  return fmt::format(R"((component
    {}
    (core module $M {} (memory 1) {}
      (func (export "f") (param $x i32) (result i32) {} {}))
    (core instance $m (instantiate $M {}))
    (func (export "f") (param "x" u32) (result u32) (canon lift (core func $m "f")))))",
                     is_first ? "" : R"((import "before" (func $before (param "x" u32) (result u32)))
    (core func $lowered (canon lower (func $before))))",
                     is_first ? "" : R"((import "" "before" (func $before (param i32) (result i32))))", work, calls,
                     is_first ? "(local.get $x)" : "(call $before (local.get $x))",
                     is_first ? "" : R"((with "" (instance (export "before" (func $lowered)))))");
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

/// All stages with `count` components; every stage keeps what it made. What it gives back is printed by the parent.
nlohmann::json measure_stages(std::size_t count, bool is_distinct) {
  SourceMap sources;
  linker::CompositionGraph graph;
  std::optional<linker::NodeId> before;
  std::deque<component::ast::Component> packages;
  for (std::size_t i = 0; i < count; ++i) {
    auto parsed =
        good(sources, component::parse_component(
                          sources, sources.add("link", link_text(i == 0, is_distinct ? i : 0), SourceKind::kText)));
    const auto bytes = component::encode(parsed);
    const SourceId binary = sources.add("link.wasm", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
    packages.push_back(good(sources, component::decode_component(sources, sources.whole(binary))));
  }
  const double memory_before = static_cast<double>(memory().resident);
  Laps laps;
  for (std::size_t i = 0; i < count; ++i) {
    const auto package =
        good(sources, graph.add_package(sources, fmt::format("bench:link{}", i), std::move(packages[i])));
    const auto node = graph.instantiate(package);
    if (before) good(sources, graph.set_argument(node, "before", *before));
    before = good(sources, graph.alias(node, "f"));
  }
  good(sources, graph.add_export(*before, "f"));
  const auto bytes = good(sources, linker::compose(sources, std::move(graph), "composed"));
  const double compose = laps.lap();
  const SourceId binary = sources.add("composed.wasm", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
  laps.lap();
  auto ast = good(sources, component::decode_component(sources, sources.whole(binary)));
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
  return {{"components", count},   {"bytes", bytes.size()},
          {"compose_ms", compose}, {"validate_ms", validate},
          {"plan_ms", planning},   {"adapters_ms", adapters},
          {"compile_ms", compile}, {"memory_mib", (static_cast<double>(memory().peak) - memory_before) / (1 << 20)}};
}

/// The same composition's bytes, compiled by wasmtime, and called on both: results must agree.
nlohmann::json measure_call(std::size_t count, bool is_distinct) {
  SourceMap sources;
  std::string text = "(component\n";
  for (std::size_t i = 0; i < count; ++i) {
    std::string link = link_text(i == 0, is_distinct ? i : 0);
    text += link.insert(std::string_view("(component").size(), fmt::format(" $C{}", i)) + "\n";
    text += fmt::format("(instance $i{} (instantiate $C{} {}))\n", i, i,
                        i == 0 ? "" : fmt::format("(with \"before\" (func $i{} \"f\"))", i - 1));
  }
  text += fmt::format("(export \"f\" (func $i{} \"f\")))", count - 1);
  auto parsed = good(sources, component::parse_component(sources, sources.add("composed", text, SourceKind::kText)));
  const auto bytes = component::encode(parsed);
  engine::Engine engine;
  auto component = good(sources, engine::Component::load(engine, sources, std::move(parsed)));
  auto instance = good(sources, engine::Linker().instantiate(engine, component));
  if (!instance.start()) fail("instantiation traps");
  const abi::Val argument = abi::Val::unsigned_(5);
  auto result = instance.call(*component.find_func("", "f"), {&argument, 1});
  if (!result) fail(result.error().message);
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
  if (got.of.u32 != *(*result)->get_if<std::uint64_t>()) fail("results differ");
  return {{"wasmtime_compile_ms", compile}};
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

void grow(bool is_distinct, std::size_t most, nlohmann::json& report) {
  const char* kind = is_distinct ? "each its own code" : "all the same code";
  Table table({{kind, 18},
               {"kB", 7},
               {"compose", 9},
               {"validate", 9},
               {"plan", 9},
               {"adapters", 9},
               {"compile", 10},
               {"MiB", 8},
               {"ms each", 9},
               {"wasmtime compile", 17}});
  for (const std::size_t count : {2, 10, 100, 1000}) {
    if (count > most) continue;
    nlohmann::json row = in_child([&] { return measure_stages(count, is_distinct); });
    if (row.is_null()) {
      table.row({std::to_string(count), "failed"});
      report["failed"].push_back(count);
      continue;
    }
    row["kind"] = kind;
    const nlohmann::json called = in_child([&] { return measure_call(count, is_distinct); });
    if (called.is_null())
      report["failed"].push_back(count);
    else
      row.update(called);
    double all = 0;
    for (const char* stage : {"compose_ms", "validate_ms", "plan_ms", "adapters_ms", "compile_ms"})
      all += row[stage].get<double>();
    row["each_ms"] = all / static_cast<double>(count);
    table.row({std::to_string(count), fmt::format("{:.0f}", row["bytes"].get<double>() / 1e3), cell(row, "compose_ms"),
               cell(row, "validate_ms"), cell(row, "plan_ms"), cell(row, "adapters_ms"), cell(row, "compile_ms"),
               cell(row, "memory_mib"), cell(row, "each_ms"), cell(row, "wasmtime_compile_ms")});
    report["rows"].push_back(row);
  }
  fmt::print("\n");
}

}  // namespace
}  // namespace witc::bench

int main(int argc, char** argv) {
  using namespace witc::bench;
  std::size_t most = 1000;
  const Options options = parse_options(argc, argv, WITC_REPORT, [&](std::string_view option, const char* value) {
    if (option != "--most") return false;
    most = std::strtoull(value, nullptr, 10);
    return true;
  });
  nlohmann::json report = {{"rows", nlohmann::json::array()}};
  if (options.check) most = 10;
  if (options.wants("distinct")) grow(true, most, report);
  if (options.wants("equal")) grow(false, most, report);
  if (options.check) return report.contains("failed") ? 1 : 0;
  write_report(options, report);
  return 0;
}
