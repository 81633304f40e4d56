// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast is compiled code? Each kernel of kernels.def runs in this process as native code, on our engine and, where
// it is installed, on wasmtime, in turns, so that whatever else the machine does meets all of them; the best time of
// each counts. All must give the same checksum.
//
//     core_bench [--json FILE] [--rounds N] [--only KERNELS]     the report: core.json beside the program
//     core_bench --ir KERNEL    its LLVM IR after optimisation, to see why
//     core_bench --check        every kernel once, small, without optimisation and with it: a test, not a measurement
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "base/source.h"
#include "bench/harness.h"
#include "engine/engine.h"
#include "tests/peer/wasmtime.h"
#include "wasm/core/decode.h"

extern "C" {
#define WITC_KERNEL(name, n, small)                      \
  std::uint64_t native_##name(std::uint32_t n_argument); \
  std::uint64_t tuned_##name(std::uint32_t n_argument);
#include "bench/core/kernels.def"
#undef WITC_KERNEL
}

namespace witc::bench {
namespace {

struct Kernel {
  const char* name;
  std::uint32_t n, small;
  std::uint64_t (*native)(std::uint32_t);
  std::uint64_t (*tuned)(std::uint32_t);
};

constexpr Kernel kKernels[] = {
#define WITC_KERNEL(name, n, small) {#name, n, small, native_##name, tuned_##name},
#include "bench/core/kernels.def"
#undef WITC_KERNEL
};

std::string read_kernel(const char* name) {
  std::ifstream in(std::string(WITC_KERNEL_FOLDER) + "/" + name + ".wasm", std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  if (bytes.empty()) fail(fmt::format("no kernel `{}`", name));
  return bytes;
}

/// A kernel on our engine.
class WitcKernel {
 public:
  WitcKernel(const char* name, engine::OptLevel level, bool keep_ir = false) {
    const SourceId id = sources_.add(name, read_kernel(name), SourceKind::kBinary);
    auto module = wasm::decode_module(sources_, sources_.whole(id));
    if (!module) fail(module.error()->message);
    module_ = *std::move(module);
    engine::Program program;
    id_ = program.instances.push({&module_, name, {}, false});
    engine::EngineOptions options;
    options.opt_level = level;
    options.threads = 1;
    options.keep_ir = keep_ir;
    engine::Engine engine(options);
    const double start = cpu_ns();
    auto code = engine.compile(program);
    if (!code) fail(code.error()->message);
    compile_ms_ = (cpu_ns() - start) / 1e6;
    ir_ = code->ir();
    auto instance = engine.instantiate(*code, {});
    if (!instance) fail(instance.error()->message);
    instance_.emplace(*std::move(instance));
    if (!instance_->instantiate_all()) fail("instantiation traps");
  }
  std::uint64_t run(std::uint32_t n) {
    std::uint64_t result = 0;
    const std::uint64_t argument = n;
    if (auto done = instance_->call(id_, "run", {&argument, 1}, {&result, 1}); !done) fail(done.error().message);
    return result;
  }
  [[nodiscard]] double compile_ms() const { return compile_ms_; }
  [[nodiscard]] const std::string& ir() const { return ir_; }

 private:
  SourceMap sources_;
  wasm::Module module_;
  engine::InstanceId id_;
  std::optional<engine::Instance> instance_;
  double compile_ms_ = 0;
  std::string ir_;
};

std::uint64_t run_wasmtime(peer::WasmtimeInstance& instance, std::uint32_t n) {
  peer::Value argument, result;
  argument.of.i32 = static_cast<std::int32_t>(n);
  if (auto trap = instance.call("run", {&argument, 1}, {&result, 1})) fail(*trap);
  return static_cast<std::uint64_t>(result.of.i64);
}

/// Who takes part in a turn: once through the kernel, whose checksum must be the same for all.
Contender contender(const Kernel& kernel, std::string name, std::function<std::uint64_t(std::uint32_t)> run) {
  const std::uint64_t expected = kernel.native(kernel.n);
  return {.name = name,
          .run =
              [&kernel, name, expected, run = std::move(run)](std::uint64_t) {
                if (run(kernel.n) != expected) fail(fmt::format("{}: {} gives another checksum", kernel.name, name));
              },
          .n = 1};
}

class Means {
 public:
  void add(const std::string& name, double ratio) {
    logs_[name] += std::log(ratio);
    ++counts_[name];
  }
  [[nodiscard]] double of(const std::string& name) const {
    const auto found = counts_.find(name);
    return found == counts_.end() ? 0 : std::exp(logs_.at(name) / found->second);
  }

 private:
  std::map<std::string, double> logs_;
  std::map<std::string, int> counts_;
};

void run_kernel(const Kernel& kernel, const peer::Wasmtime* wasmtime, const Options& options, const Table& table,
                Means& means, nlohmann::json& report) {
  WitcKernel ours(kernel.name, engine::OptLevel::kFull);
  std::map<std::string, double> compile_ms = {{"witc", ours.compile_ms()}};
  std::vector<Contender> contenders = {contender(kernel, "native", kernel.native),
                                       contender(kernel, "tuned", kernel.tuned),
                                       contender(kernel, "witc", [&](std::uint32_t n) { return ours.run(n); })};
  std::optional<peer::WasmtimeInstance> theirs;
  if (wasmtime != nullptr) {
    const std::string bytes = read_kernel(kernel.name);
    const double start = cpu_ns();
    auto made = wasmtime->instantiate({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    if (!made) fail(made.error());
    compile_ms["wasmtime"] = (cpu_ns() - start) / 1e6;
    theirs.emplace(*std::move(made));
    contenders.push_back(contender(kernel, "wasmtime", [&](std::uint32_t n) { return run_wasmtime(*theirs, n); }));
  }
  measure(contenders, options.rounds);
  nlohmann::json row = {{"kernel", kernel.name}, {"n", kernel.n}};
  std::vector<std::string> cells = {kernel.name, "-", "-", "-", "-"};
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    const Contender& one = contenders[i];
    row[one.name] = {{"ms", one.best_ns / 1e6}, {"compile_ms", compile_ms[one.name]}};
    cells[i + 1] = fmt::format("{:.2f}", one.best_ns / 1e6);
    if (one.name == "witc") continue;
    const double ratio = contenders[2].best_ns / one.best_ns;
    means.add(one.name, ratio);
    cells.push_back(fmt::format("{:.2f}", ratio));
  }
  table.row(cells);
  report["kernels"].push_back(row);
}

int run(const Options& options) {
  const auto wasmtime = peer::Wasmtime::load({.optimise = true});
  if (wasmtime == nullptr) fmt::print("wasmtime is not installed: its column is empty\n");
  nlohmann::json report = {{"rounds", options.rounds}, {"kernels", nlohmann::json::array()}};
  Means means;
  const Table table({{"kernel, ms", 14},
                     {"native", 10},
                     {"tuned", 10},
                     {"witc", 10},
                     {"wasmtime", 10},
                     {"/native", 10},
                     {"/tuned", 8},
                     {"/wasmtime", 9}});
  for (const Kernel& kernel : kKernels) {
    if (options.wants(kernel.name)) run_kernel(kernel, wasmtime.get(), options, table, means, report);
  }
  std::vector<std::string> cells = {"geometric mean", "", "", "", ""};
  for (const char* name : {"native", "tuned", "wasmtime"}) {
    report["witc_over"][name] = means.of(name);
    cells.push_back(fmt::format("{:.2f}", means.of(name)));
  }
  table.row(cells);
  write_report(options, report);
  return 0;
}

int show_ir(const char* name) {
  WitcKernel kernel(name, engine::OptLevel::kFull, /*keep_ir=*/true);
  fmt::print("{}", kernel.ir());
  return 0;
}

int check() {
  for (const Kernel& kernel : kKernels) {
    const std::uint64_t expected = kernel.native(kernel.small);
    for (engine::OptLevel level : {engine::OptLevel::kNone, engine::OptLevel::kFull}) {
      if (WitcKernel(kernel.name, level).run(kernel.small) != expected) {
        fail(fmt::format("{}: another checksum than native", kernel.name));
      }
    }
    if (kernel.tuned(kernel.small) != expected) fail(fmt::format("{}: native code differs from itself", kernel.name));
  }
  return 0;
}

}  // namespace
}  // namespace witc::bench

int main(int argc, char** argv) {
  using namespace witc::bench;
  std::string ir_of;
  const Options options = parse_options(argc, argv, WITC_REPORT, [&](std::string_view option, const char* value) {
    if (option != "--ir") return false;
    ir_of = value;
    return true;
  });
  if (!ir_of.empty()) return show_ir(ir_of.c_str());
  return options.check ? check() : run(options);
}
