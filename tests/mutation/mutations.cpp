// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Hostile core modules are decoded or parsed, validated, encoded, printed and, where they are valid, compiled at -O0:
// without a crash (the sanitizers around this), in bounded time, and in memory of at most 100 times the input's size
// and a constant. The inputs are those of hostile_inputs.h and mutations of the corpora's modules, binary and text, the
// same ones on every run.
//
//     core_mutations CORPUS SEEDS [COUNT [FIRST]]      COUNT mutations (10,000), from the FIRSTth on
//
// SEEDS is a folder of modules, used where the corpus is not there.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/render.h"
#include "tests/fuzz/compile.h"
#include "tests/fuzz/mutate.h"
#include "tests/mutation/hostile_inputs.h"
#include "tests/mutation/memory_use.h"
#include "tests/wasm/corpus.h"
#include "wasm/core/encode.h"
#include "wasm/core/load.h"
#include "wasm/core/print.h"
#include "wasm/core/validate.h"

namespace witc {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMemoryFactor = 100;
constexpr std::size_t kMemoryConstant = std::size_t{16} << 20;  // what limits allow that do not grow with the input
constexpr auto kTimeLimit = std::chrono::seconds(30);
constexpr std::size_t kLargestSeed = 16 * 1024;

struct Tally {
  std::size_t inputs = 0, decoded = 0, valid = 0, compiled = 0;
  int wrong = 0;
  double worst_factor = 0;
  std::string worst;
};

/// What the library makes of an input, but for code; is it valid. The module is left in `kept`.
bool process(SourceMap& sources, SourceId source, Tally& tally, std::optional<wasm::Module>& kept) {
  Result<wasm::Module> module = wasm::load_module(sources, source);
  if (!module) {
    if (render_text(module.error(), sources, {}).empty()) std::abort();
    return false;
  }
  ++tally.decoded;
  (void)wasm::encode_module(*module);
  const bool valid = wasm::validate_module(sources, *module, wasm::Features::all()).has_value();
  Result<std::string> text = wasm::print_module(*module);
  if (valid && !text) std::abort();  // what is valid prints
  kept = *std::move(module);
  return valid;
}

void check(const std::string& name, const std::string& contents, SourceKind kind, bool compile, Tally& tally) {
  ++tally.inputs;
  SourceMap sources;
  SourceId source = sources.add(name, contents, kind);
  std::optional<wasm::Module> module;
  const Clock::time_point start = Clock::now();
  start_measuring();
  const bool valid = process(sources, source, tally, module);
  const std::size_t peak = peak_bytes();
  if (valid) ++tally.valid;
  if (valid && compile && compiles_alone(*module)) ++tally.compiled;
  const auto took = Clock::now() - start;
  const double factor = peak <= kMemoryConstant
                            ? 0
                            : static_cast<double>(peak - kMemoryConstant) / static_cast<double>(contents.size());
  if (factor > tally.worst_factor) {
    tally.worst_factor = factor;
    tally.worst = name;
  }
  if (std::getenv("WITC_MUTATION_VERBOSE") != nullptr) {
    std::printf("%-40s %9zu bytes, peak %11zu = %6.1f times, %5lld ms\n", name.c_str(), contents.size(), peak,
                static_cast<double>(peak) / static_cast<double>(contents.size()),
                static_cast<long long>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  }
  if (factor <= kMemoryFactor && took <= kTimeLimit) return;
  ++tally.wrong;
  std::printf("FAIL %s (%zu bytes): %zu bytes of memory, %.1f seconds\n", name.c_str(), contents.size(), peak,
              std::chrono::duration<double>(took).count());
}

std::vector<wasm::CorpusModule> seeds_of(const fs::path& corpus, const fs::path& folder) {
  std::vector<wasm::CorpusModule> seeds;
  if (fs::exists(corpus / "core-spec")) {
    for (const char* part : {"core-spec/core", "core-spec/custom", "core-spec/proposals", "wasmtime-core"}) {
      for (wasm::CorpusModule& module : wasm::modules_below(corpus, part)) seeds.push_back(std::move(module));
    }
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    const bool binary = entry.path().extension() == ".wasm";
    seeds.push_back({entry.path().filename().string(), wasm::read_whole_file(entry.path()),
                     binary ? SourceKind::kBinary : SourceKind::kText});
  }
  std::ranges::sort(seeds, {}, &wasm::CorpusModule::where);
  return seeds;
}

/// The seed as bytes, or as it is where it is text and has none.
std::string binary_of(const wasm::CorpusModule& seed) {
  if (seed.kind == SourceKind::kBinary) return seed.contents;
  SourceMap sources;
  Result<wasm::Module> module = wasm::load_module(sources, sources.add(seed.where, seed.contents, seed.kind),
                                                  {.allow_confusing_unicode = true});
  if (!module) return {};
  std::vector<std::uint8_t> bytes = wasm::encode_module(*module);
  return {bytes.begin(), bytes.end()};
}

int run(int count, char** arguments) {
  if (count < 3) return 2;
  const int mutations = count > 3 ? std::atoi(arguments[3]) : 10'000;
  const int first = count > 4 ? std::atoi(arguments[4]) : 0;
  Tally tally;
  if (first == 0) {
    for (std::size_t scale : {std::size_t{1'000}, std::size_t{200'000}}) {
      for (const HostileInput& input : hostile_inputs(scale)) {
        check(fmt::format("{} ({})", input.name, scale), input.contents, input.kind, scale <= 1'000, tally);
      }
    }
  }
  const std::vector<wasm::CorpusModule> seeds = seeds_of(arguments[1], arguments[2]);
  std::vector<std::string> binaries, texts;
  for (const wasm::CorpusModule& seed : seeds) {
    std::string bytes = binary_of(seed);
    if (!bytes.empty() && bytes.size() <= kLargestSeed) binaries.push_back(std::move(bytes));
    if (seed.kind == SourceKind::kText && seed.contents.size() <= kLargestSeed) texts.push_back(seed.contents);
  }
  std::mt19937 random(20'261'121);
  for (int i = 0; i < first + mutations; ++i) {
    const bool is_text = random() % 4 == 0;
    const std::vector<std::string>& from = is_text ? texts : binaries;
    const std::string& seed = from[random() % from.size()];
    std::string input = mutated(seed, from[random() % from.size()], random);
    if (i < first || input.empty()) continue;
    check(fmt::format("mutation {}", i), input, is_text ? SourceKind::kText : SourceKind::kBinary, true, tally);
  }
  std::printf("%zu inputs: %zu decoded, %zu valid, %zu compiled; most memory %.1f times the size (%s)\n", tally.inputs,
              tally.decoded, tally.valid, tally.compiled, tally.worst_factor, tally.worst.c_str());
  return tally.wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace witc

int main(int count, char** arguments) { return witc::run(count, arguments); }
