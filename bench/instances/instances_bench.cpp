// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an instance of a component costs, in time and in memory: README.md.
//
//     instances_bench [--rounds N] [--only linking|making|living|churning] [--live N] [--churn N] [--json FILE]
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/render.h"
#include "bench/components.h"
#include "bench/harness.h"
#include "engine/component.h"

namespace witc::bench {
namespace {

constexpr int kFuncs = 40;

/// Imports kFuncs functions and a resource of one interface; two core instances, one of them with a memory.
std::string many_imports() {
  std::string imports, lowers, exports, core;
  for (int i = 0; i < kFuncs; ++i) {
    imports += fmt::format("(export \"f{}\" (func (param \"x\" u32) (result u32)))\n", i);
    lowers += fmt::format("(core func $f{0} (canon lower (func $host \"f{0}\")))\n", i);
    exports += fmt::format("(export \"f{0}\" (func $f{0}))\n", i);
    core += fmt::format("(import \"\" \"f{0}\" (func $f{0} (param i32) (result i32)))\n", i);
  }
  return fmt::format(R"((component
    (import "bench:host/api@0.2.0" (instance $host (export "r" (type (sub resource))) {}))
    {}
    (core module $Libc (memory (export "memory") 2) (data (i32.const 8) "hello"))
    (core instance (instantiate $Libc))
    (core module $M {} (func (export "run") (param i32) (result i32) (call $f0 (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance {}))))
    (func (export "run") (param "x" u32) (result u32) (canon lift (core func $m "run")))))",
                     imports, lowers, core, exports);
}

/// Core fields: a memory of 2 MiB with `image` bytes in it, a table of 200 functions, and a function "run" that reads
/// and writes here and there and calls through the table.
std::string core_program(std::size_t image) {
  std::string data, elements;
  for (std::size_t i = 0; i < image; ++i) data += static_cast<char>('a' + i % 23);
  for (int i = 0; i < 200; ++i) elements += " $double";
  return fmt::format(R"((memory (export "memory") 32)
      (data (i32.const 0) "{}")
      (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
      (table 200 funcref)
      (elem (i32.const 0){})
      (type $unary (func (param i32) (result i32)))
      (func (export "run") (param $x i32) (result i32)
        (i32.store (i32.const 4096) (i32.add (i32.load (i32.const 500000)) (local.get $x)))
        (i32.store (i32.const 1500000) (local.get $x))
        (call_indirect (type $unary) (i32.load (i32.const 4096)) (i32.const 77))))",
                     data, elements);
}

std::string one_image() {
  return fmt::format(R"((component
    (core module $M {})
    (core instance $m (instantiate $M))
    (func (export "run") (param "x" u32) (result u32) (canon lift (core func $m "run")))))",
                     core_program(1u << 20));
}

/// Three components, each with a memory of its own; each calls the next.
std::string three() {
  const std::string leaf = core_program(2000);
  const std::string between = R"(
    (import "run" (func $next (param "x" u32) (result u32)))
    (core func $next (canon lower (func $next)))
    (core module $M
      (import "" "next" (func $next (param i32) (result i32)))
      (memory 32) (data (i32.const 0) "some of its own")
      (func (export "run") (param $x i32) (result i32)
        (i32.store (i32.const 64) (call $next (local.get $x)))
        (i32.add (i32.load (i32.const 64)) (i32.load8_u (i32.const 3)))))
    (core instance $m (instantiate $M (with "" (instance (export "next" (func $next))))))
    (func (export "run") (param "x" u32) (result u32) (canon lift (core func $m "run"))))";
  return fmt::format(R"((component
    (component $Leaf
      (core module $M {})
      (core instance $m (instantiate $M))
      (func (export "run") (param "x" u32) (result u32) (canon lift (core func $m "run"))))
    (component $Between {})
    (instance $a (instantiate $Leaf))
    (instance $b (instantiate $Between (with "run" (func $a "run"))))
    (instance $c (instantiate $Between (with "run" (func $b "run"))))
    (export "run" (func $c "run"))))",
                     leaf, between);
}

/// A component on our engine, linked; `f0` ... are the host's.
class Ours {
 public:
  explicit Ours(const std::string& text) : component_(load(text)) {
    linker.resource("bench:host/api@0.2.0", "r", [](std::uint64_t) {});
    for (int i = 0; i < kFuncs; ++i) {
      linker.func("bench:host/api@0.2.0", fmt::format("f{}", i),
                  [](engine::HostContext&, std::span<const abi::Val> args) -> engine::HostResult { return args[0]; });
    }
    pre_.emplace(good(link()));
    run_ = component_.find_func("", "run");
  }
  Result<engine::InstancePre> link() { return linker.instantiate_pre(engine_, component_); }
  Result<engine::ComponentInstance> make_unlinked() { return linker.instantiate(engine_, component_); }
  engine::ComponentInstance make() { return good(try_make()); }
  Result<engine::ComponentInstance> try_make() { return pre_->instantiate(); }
  engine::ComponentInstance start() {
    engine::ComponentInstance instance = make();
    if (!instance.start()) fail("instantiation traps");
    return instance;
  }
  std::uint32_t call(engine::ComponentInstance& instance) {
    const abi::Val argument = abi::Val::unsigned_(5);
    auto result = instance.call(*run_, {&argument, 1});
    if (!result) fail(result.error().message);
    return static_cast<std::uint32_t>(*(*result)->get_if<std::uint64_t>());
  }
  engine::Linker linker;

 private:
  template <class T>
  T good(Result<T> result) {
    if (!result) fail(render_text(result.error(), sources_));
    return *std::move(result);
  }
  engine::Component load(const std::string& text) {
    return good(engine::Component::load(engine_, sources_, parse_component(sources_, text)));
  }

  engine::Engine engine_;
  SourceMap sources_;
  engine::Component component_;
  std::optional<engine::InstancePre> pre_;
  std::optional<engine::ComponentFunc> run_;
};

/// The same on wasmtime.
class Theirs {
 public:
  Theirs(peer::ComponentEngine& engine, const std::string& text)
      : loaded_(compile_component(engine, text)), run_(loaded_.find("run")) {
    if (!run_) fail("wasmtime does not find `run`");
  }
  peer::ComponentInstance start() {
    auto made = loaded_.instantiate();
    if (!made) fail(made.error());
    return *std::move(made);
  }
  std::uint32_t call(peer::ComponentInstance& instance) {
    peer::ComponentValue argument, result;
    argument.of.u32 = 5;
    if (auto error = instance.call(*instance.find(*run_), {&argument, 1}, {&result, 1})) fail(*error);
    return result.of.u32;
  }

 private:
  peer::LoadedComponent loaded_;
  std::optional<peer::ComponentExport> run_;
};

std::function<void(std::uint64_t)> repeat(auto once) {
  return [once](std::uint64_t n) {
    for (std::uint64_t i = 0; i < n; ++i) once();
  };
}

/// Linking apart from instantiating: what InstancePre is for.
void linking(const Options& options, nlohmann::json& report) {
  Ours ours(many_imports());
  std::vector<Contender> contenders = {
      {"Linker::instantiate_pre", repeat([&] { (void)ours.link(); })},
      {"Linker::instantiate, and the end of the instance", repeat([&] { (void)ours.make_unlinked(); })},
      {"InstancePre::instantiate, and the end of the instance", repeat([&] { (void)ours.make(); })},
      {"the same, started", repeat([&] { (void)ours.start(); })}};
  measure(contenders, options.rounds);
  Table table({{"forty imports and a resource", 56}, {"witc", 10}});
  for (const Contender& contender : contenders) {
    table.row({contender.name, fmt::format("{:.0f} ns", contender.best_ns)});
    report["linking"][contender.name] = contender.best_ns;
  }
  fmt::print("\n");
}

/// Made, called and dropped, of ours and of wasmtime's, in turns.
void making(const Options& options, nlohmann::json& report) {
  const auto pooled = peer::ComponentEngine::load({.concurrency = false, .pool = 100});
  const auto on_demand = peer::ComponentEngine::load({.concurrency = false});
  Table table({{"made, called, dropped", 34},
               {"witc", 10},
               {"pooling", 10},
               {"on demand", 10},
               {"/pooling", 9},
               {"aim", 8},
               {"", 8}});
  for (const auto& [name, text] :
       {std::pair{"one with an image of 1 MiB", one_image()}, std::pair{"three, composed", three()}}) {
    Ours ours(text);
    std::vector<Contender> contenders = {{"witc", repeat([&] {
                                            auto instance = ours.start();
                                            (void)ours.call(instance);
                                          })}};
    std::deque<Theirs> theirs;
    for (const auto& [kind, engine] : {std::pair{"pooling", pooled.get()}, std::pair{"on demand", on_demand.get()}}) {
      if (engine == nullptr) continue;
      Theirs& made = theirs.emplace_back(*engine, text);
      auto mine = ours.start();
      auto other = made.start();
      if (ours.call(mine) != made.call(other)) fail("results differ");
      contenders.push_back({kind, repeat([&made] {
                              auto instance = made.start();
                              (void)made.call(instance);
                            })});
    }
    measure(contenders, options.rounds, 10);
    nlohmann::json row = {{"row", name}};
    std::vector<std::string> cells = {name};
    for (const Contender& contender : contenders) {
      cells.push_back(fmt::format("{:.1f} us", contender.best_ns / 1e3));
      row[contender.name + "_ns"] = contender.best_ns;
    }
    if (contenders.size() == 3) {
      const double ratio = contenders[0].best_ns / contenders[1].best_ns;
      cells.insert(cells.end(), {fmt::format("{:.2f}", ratio), "<= 1.00", ratio <= 1 ? "met" : "NOT MET"});
      row["ratio"] = ratio;
      row["limit"] = 1.0;
    }
    table.row(cells);
    report["making"].push_back(row);
  }
  fmt::print("\n");
}

std::string mebibytes(std::uint64_t bytes) { return fmt::format("{:.0f} MiB", static_cast<double>(bytes) / (1 << 20)); }

/// Many at once: what is resident while they live.
void living(std::size_t count, nlohmann::json& report) {
  Ours ours(three());
  (void)ours.start();
  trim_memory();
  const std::uint64_t before = memory().resident;
  const double start = cpu_ns();
  std::vector<engine::ComponentInstance> instances;
  instances.reserve(count);
  std::string failure;
  while (instances.size() < count && failure.empty()) {
    auto instance = ours.try_make();
    if (!instance)
      failure = instance.error()->message;
    else if (!instance->start())
      failure = "instantiation traps";
    if (!failure.empty()) break;
    (void)ours.call(*instance);
    instances.push_back(*std::move(instance));
  }
  const std::size_t lived = instances.size();
  const double each = (cpu_ns() - start) / static_cast<double>(lived);
  const std::uint64_t resident = memory().resident;
  const bool is_met = failure.empty() && resident < 2ull << 30;
  instances.clear();
  trim_memory();
  const std::uint64_t after = memory().resident;
  fmt::print(
      "{} live instances of three composed components, each called once: {} resident (aim: 2048 MiB: {}), of which\n"
      "{} were there before; {:.1f} us each; {} after all are gone\n",
      lived, mebibytes(resident), is_met ? "met" : "NOT MET", mebibytes(before), each / 1e3, mebibytes(after));
  if (!failure.empty()) fmt::print("there were to be {}: {}\n", count, failure);
  fmt::print("\n");
  report["living"] = {{"count", lived}, {"wanted", count}, {"before", before}, {"resident", resident},
                      {"after", after}, {"each_ns", each}, {"met", is_met}};
}

/// Many one after the other: nothing may be left behind.
void churning(std::size_t count, nlohmann::json& report) {
  Ours ours(three());
  auto some = [&](std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      auto instance = ours.start();
      (void)ours.call(instance);
    }
    trim_memory();
    return memory().resident;
  };
  const std::uint64_t before = some(std::max<std::size_t>(count / 100, 1));
  const double start = cpu_ns();
  const std::uint64_t after = some(count);
  const double each = (cpu_ns() - start) / static_cast<double>(count);
  const bool grew = after > before + (1u << 20);
  fmt::print(
      "{} instances made, called and dropped: {} resident after the first hundredth, {} at the end ({}); {:.1f} us "
      "each\n",
      count, mebibytes(before), mebibytes(after), grew ? "NOT MET: it grew" : "met", each / 1e3);
  report["churning"] = {{"count", count}, {"before", before}, {"after", after}, {"each_ns", each}, {"met", !grew}};
}

/// Each once, small: results agree where they are compared.
int check() {
  nlohmann::json ignored;
  Options options;
  options.rounds = 1;
  making(options, ignored);
  living(20, ignored);
  churning(100, ignored);
  return 0;
}

}  // namespace
}  // namespace witc::bench

int main(int argc, char** argv) {
  using namespace witc::bench;
  std::size_t live = 10'000, churn = 1'000'000;
  const Options options = parse_options(argc, argv, WITC_REPORT, [&](std::string_view option, const char* value) {
    if (option == "--live")
      live = std::strtoull(value, nullptr, 10);
    else if (option == "--churn")
      churn = std::strtoull(value, nullptr, 10);
    else
      return false;
    return true;
  });
  if (options.check) return check();
  nlohmann::json report;
  if (options.wants("linking")) linking(options, report);
  if (options.wants("making")) making(options, report);
  if (options.wants("living")) living(live, report);
  if (options.wants("churning")) churning(churn, report);
  write_report(options, report);
  return 0;
}
