// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an instance of a component costs: README.md.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "engine/component.h"
#include "wasm/component/parse.h"

namespace witc {
namespace {

constexpr int kFuncs = 40;

/// Imports kFuncs functions and a resource of one interface; two core instances, one of them with a memory.
std::string component_text() {
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

Result<void> run() {
  engine::Engine machine;
  SourceMap sources;
  SourceId source = sources.add("bench.wat", component_text(), SourceKind::kText);
  engine::Component component =
      TRY(engine::Component::load(machine, sources, TRY(component::parse_component(sources, source))));
  engine::Linker linker;
  linker.resource("bench:host/api@0.2.0", "r", [](std::uint64_t) {});
  for (int i = 0; i < kFuncs; ++i) {
    linker.func("bench:host/api@0.2.0", fmt::format("f{}", i),
                [](engine::HostContext&, std::span<const abi::Val> args) -> engine::HostResult { return args[0]; });
  }
  engine::InstancePre pre = TRY(linker.instantiate_pre(machine, component));
  bool is_good = true;
  auto report = [&](const char* text, auto&& make) {
    constexpr int kRounds = 2000;
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0; i < kRounds; ++i) is_good = is_good && make();
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
      best = std::min(best, spent.count() / kRounds);
    }
    fmt::print("{:56} {:10.0f} ns\n", text, best * 1e9);
  };
  report("Linker::instantiate_pre", [&] { return linker.instantiate_pre(machine, component).has_value(); });
  report("Linker::instantiate, and the end of the instance", [&] { return linker.instantiate(machine, component).has_value(); });
  report("InstancePre::instantiate, and the end of the instance", [&] { return pre.instantiate().has_value(); });
  report("the same, started", [&] {
    auto instance = pre.instantiate();
    return instance.has_value() && instance->start().has_value();
  });
  if (!is_good) return error(DiagCode::kEngineResource, "an instance could not be made");
  return {};
}

}  // namespace
}  // namespace witc

int main() {
  auto done = witc::run();
  if (!done) fmt::print(stderr, "{}\n", done.error()->message);
  return done ? 0 : 1;
}
