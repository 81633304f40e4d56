// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast is compiled code? Each kernel of kernels.def runs in this process as native code, on our engine and, where it
// is installed, on wasmtime, in turns, so that whatever else the machine does meets all of them; the best time of each
// counts. All must give the same checksum.
//
//     core_bench [--json FILE] [--rounds N] [--only KERNEL]     the report: core.json beside the program
//     core_bench --ir KERNEL    its LLVM IR after optimisation, to see why
//     core_bench --check        every kernel once, small, without optimisation and with it: a test, not a measurement
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/source.h"
#include "engine/engine.h"
#include "tests/peer/wasmtime.h"
#include "wasm/core/decode.h"

extern "C" {
#define WITC_KERNEL(name, n, small)                       \
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

[[noreturn]] void fail(const std::string& message) {
  fmt::print(stderr, "core_bench: {}\n", message);
  std::exit(1);
}

std::string read_kernel(const char* name) {
  std::ifstream in(std::string(WITC_KERNEL_FOLDER) + "/" + name + ".wasm", std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  if (bytes.empty()) fail(fmt::format("no kernel `{}`", name));
  return bytes;
}

/// Of this thread's processor time, in milliseconds: other work on the machine is not counted.
double now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
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
    const double start = now();
    auto code = engine.compile(program);
    if (!code) fail(code.error()->message);
    compile_ms_ = now() - start;
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

struct Contender {
  std::string name;
  std::function<std::uint64_t(std::uint32_t)> run;
  double best_ms = 0;
  double compile_ms = 0;
};

/// In turns; the first turn only warms up.
void measure(const Kernel& kernel, std::vector<Contender>& contenders, int rounds) {
  const std::uint64_t expected = kernel.native(kernel.n);
  for (int round = 0; round <= rounds; ++round) {
    for (Contender& contender : contenders) {
      const double start = now();
      const std::uint64_t checksum = contender.run(kernel.n);
      const double ms = now() - start;
      if (checksum != expected) fail(fmt::format("{}: {} gives another checksum", kernel.name, contender.name));
      if (round == 1 || (round > 1 && ms < contender.best_ms)) contender.best_ms = ms;
    }
  }
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

int run(int rounds, const char* only, const char* json_path) {
  const auto wasmtime = peer::Wasmtime::load({.optimise = true});
  if (wasmtime == nullptr) fmt::print("wasmtime is not installed: its column is empty\n");
  nlohmann::json report = {{"rounds", rounds}, {"kernels", nlohmann::json::array()}};
  Means means;
  fmt::print("{:<11} {:>10} {:>10} {:>10} {:>10}   {:>8} {:>8} {:>8}\n", "kernel, ms", "native", "tuned", "witc",
             "wasmtime", "/native", "/tuned", "/wasmtime");
  for (const Kernel& kernel : kKernels) {
    if (only != nullptr && std::strcmp(only, kernel.name) != 0) continue;
    WitcKernel ours(kernel.name, engine::OptLevel::kFull);
    std::vector<Contender> contenders = {{"native", kernel.native},
                                         {"tuned", kernel.tuned},
                                         {"witc", [&](std::uint32_t n) { return ours.run(n); }, 0, ours.compile_ms()}};
    std::optional<peer::WasmtimeInstance> theirs;
    if (wasmtime != nullptr) {
      const std::string bytes = read_kernel(kernel.name);
      const double start = now();
      auto made = wasmtime->instantiate({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
      if (!made) fail(made.error());
      const double compile_ms = now() - start;
      theirs.emplace(*std::move(made));
      contenders.push_back({"wasmtime", [&](std::uint32_t n) { return run_wasmtime(*theirs, n); }, 0, compile_ms});
    }
    measure(kernel, contenders, rounds);
    nlohmann::json row = {{"kernel", kernel.name}, {"n", kernel.n}};
    const double witc_ms = contenders[2].best_ms;
    std::vector<double> ratios;
    for (const Contender& contender : contenders) {
      row[contender.name] = {{"ms", contender.best_ms}, {"compile_ms", contender.compile_ms}};
      if (contender.name == "witc") continue;
      ratios.push_back(witc_ms / contender.best_ms);
      means.add(contender.name, ratios.back());
    }
    report["kernels"].push_back(row);
    fmt::print("{:<11}", kernel.name);
    for (std::size_t i = 0; i < 4; ++i) {
      fmt::print(" {:>10}", i < contenders.size() ? fmt::format("{:.2f}", contenders[i].best_ms) : "-");
    }
    fmt::print("  ");
    for (double ratio : ratios) fmt::print(" {:>8.2f}", ratio);
    fmt::print("\n");
    std::fflush(stdout);
  }
  fmt::print("{:<55}   {:>8.2f} {:>8.2f} {:>8.2f}\n", "geometric mean", means.of("native"), means.of("tuned"),
             means.of("wasmtime"));
  for (const char* name : {"native", "tuned", "wasmtime"}) report["witc_over"][name] = means.of(name);
  std::ofstream(json_path) << report.dump(2) << "\n";
  fmt::print("written to {}\n", json_path);
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
  int rounds = 15;
  const char* only = nullptr;
  const char* json_path = WITC_REPORT;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--check") return witc::bench::check();
    if (i + 1 == argc) return 2;
    if (option == "--ir") return witc::bench::show_ir(argv[i + 1]);
    if (option == "--rounds") rounds = std::atoi(argv[++i]);
    else if (option == "--only") only = argv[++i];
    else if (option == "--json") json_path = argv[++i];
    else return 2;
  }
  return witc::bench::run(rounds, only, json_path);
}
