// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The differential test: random valid modules on our engine without optimisation, with all of it, and on wasmtime where
// that is installed. Each module also goes binary -> text -> binary, which must give the same bytes, and through the
// validator.
//
//     differential FIRST COUNT       that many seeds from FIRST on
//     differential --seconds N       for so long, from a seed that the clock chooses: `./dev fuzz`
//     differential --wat SEED        the module of a seed as text
//     differential --file FILE       a module, text or binary, as any other: what a reducer calls (status 1: engines
//                                    differ)
//
// Modules are compiled in groups, because a group costs little more than one of its modules. Where a group differs, its
// modules are run again alone, and the module is written to `differential-SEED.wat` beside the test.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>

#include "base/source.h"
#include "tests/differential/generator.h"
#include "tests/differential/runner.h"
#include "wasm/core/decode.h"
#include "wasm/core/encode.h"
#include "wasm/core/load.h"
#include "wasm/core/parse.h"
#include "wasm/core/print.h"
#include "wasm/core/validate.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITC_HAS_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WITC_HAS_ASAN 1
#endif

namespace witc::differential {
namespace {

using wasm::Feature;

constexpr std::uint64_t kGroup = 16;

/// What the engine compiles: a proposal is added here when it is.
wasm::Features engine_features() {
  return {Feature::kMutableGlobal, Feature::kSaturatingFloatToInt, Feature::kSignExtension, Feature::kMultiValue,
          Feature::kBulkMemory,    Feature::kReferenceTypes,       Feature::kExtendedConst, Feature::kMultiMemory,
          Feature::kTailCall,      Feature::kMemory64,             Feature::kCustomPageSizes,
          Feature::kSimd,          Feature::kRelaxedSimd,          Feature::kFunctionReferences,
          Feature::kExceptions,    Feature::kGc,                  Feature::kThreads};
}

/// Every other group does without tail calls, for a program with them has another calling convention.
wasm::Features features_of(std::uint64_t seed) {
  wasm::Features features = engine_features();
  if (seed / kGroup % 2 == 0) features.set(Feature::kTailCall, false);
  return features;
}

struct Totals {
  std::uint64_t modules = 0, bytes = 0, calls = 0, traps = 0, with_peer = 0, relaxed = 0, failures = 0;
};

/// The sources that a group's modules refer to.
struct Group {
  SourceMap sources;
  std::vector<std::unique_ptr<Case>> cases;
};

void report(const Case& subject, const std::string& what) {
  fmt::print("{}: {}\n", subject.name, what);
  std::fflush(stdout);
}

/// Decodes, validates, prints, parses and encodes. An error is a message.
std::optional<std::string> check_front_end(SourceMap& sources, Case& subject) {
  const std::string text(subject.bytes.begin(), subject.bytes.end());
  const SourceId binary = sources.add(subject.name + ".wasm", text, SourceKind::kBinary);
  auto module = wasm::decode_module(sources, sources.whole(binary));
  if (!module) return "not decoded: " + module.error()->message;
  if (auto valid = wasm::validate_module(sources, *module, wasm::Features::runnable()); !valid) {
    return "not valid: " + valid.error()->message;
  }
  auto printed = wasm::print_module(*module);
  if (!printed) return "not printed: " + printed.error()->message;
  const SourceId wat = sources.add(subject.name + ".wat", *printed, SourceKind::kText);
  auto parsed = wasm::parse_module(sources, wat);
  if (!parsed) return "its text is not parsed: " + parsed.error()->message;
  const std::vector<std::uint8_t> again = wasm::encode_module(*parsed);
  if (again != subject.bytes) {
    std::ofstream(subject.name + ".wasm", std::ios::binary) << text;
    const auto place = std::ranges::mismatch(again, subject.bytes).in2 - subject.bytes.begin();
    return fmt::format("its text gives another binary, from byte {:#x} on", place);
  }
  subject.module = *std::move(module);
  return std::nullopt;
}

void write_text(const Case& subject) {
  const auto text = wasm::print_module(subject.module);
  std::ofstream(subject.name + ".wat") << (text ? *text : "") << "\n";
}

/// Reports the first line in which they differ.
bool agree(const Case& subject, const Outcome& a, std::string_view a_name, const Outcome& b, std::string_view b_name) {
  if (a == b) return true;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string left = i < a.size() ? a[i] : "(nothing)";
    const std::string right = i < b.size() ? b[i] : "(nothing)";
    if (left == right) continue;
    report(subject, fmt::format("{} and {} differ\n  {:>8}: {}\n  {:>8}: {}", a_name, b_name, a_name, left, b_name, right));
    break;
  }
  write_text(subject);
  return false;
}

void count(const Outcome& outcome, Totals& totals) {
  for (const std::string& line : outcome) {
    if (line.find(") ->") == std::string::npos) continue;
    ++totals.calls;
    if (line.find("trap:") != std::string::npos) ++totals.traps;
  }
}

/// Both levels, alone or together. False if it could not be compiled.
bool compare_levels(const std::vector<const Case*>& cases, std::vector<Outcome>& outcomes, std::vector<bool>& same) {
  auto plain = run_witc(cases, engine::OptLevel::kNone);
  auto full = run_witc(cases, engine::OptLevel::kFull);
  if (!plain || !full) {
    report(*cases[0], "not compiled: " + (plain ? full.error() : plain.error())->message);
    return false;
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    same.push_back(agree(*cases[i], (*plain)[i], "-O0", (*full)[i], "-O2"));
  }
  outcomes = *std::move(full);
  return true;
}

void run_group(Group& group, peer::Wasmtime* wasmtime, Totals& totals) {
  std::vector<const Case*> cases;
  for (const auto& subject : group.cases) {
    ++totals.modules;
    totals.bytes += subject->bytes.size();
    if (auto why = check_front_end(group.sources, *subject)) {
      report(*subject, *why);
      ++totals.failures;
      continue;
    }
    cases.push_back(subject.get());
  }
  if (cases.empty()) return;
  std::vector<Outcome> outcomes;
  std::vector<bool> same;
  if (!compare_levels(cases, outcomes, same)) {
    ++totals.failures;
    for (const Case* subject : cases) {
      std::vector<Outcome> ignored;
      if (cases.size() > 1 && !compare_levels({subject}, ignored, same)) write_text(*subject);
    }
    return;
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    count(outcomes[i], totals);
    bool good = same[i];
    if (cases[i]->is_relaxed) {
      ++totals.relaxed;
    } else if (wasmtime != nullptr) {
      good = agree(*cases[i], outcomes[i], "witc", run_wasmtime(*wasmtime, *cases[i]), "wasmtime") && good;
      totals.with_peer += good ? 1 : 0;
    }
    totals.failures += good ? 0 : 1;
  }
}

std::unique_ptr<Case> make_case(std::uint64_t seed) {
  Generated generated = generate(seed, features_of(seed));
  auto made = std::make_unique<Case>();
  made->name = fmt::format("differential-{}", seed);
  made->bytes = std::move(generated.bytes);
  made->is_relaxed = generated.is_relaxed;
  return made;
}

/// Not under AddressSanitizer, whose build is for our own code; the other builds compare the same seeds with it.
std::unique_ptr<peer::Wasmtime> load_peer() {
#ifdef WITC_HAS_ASAN
  fmt::print("AddressSanitizer: the comparison with wasmtime is skipped\n");
  return nullptr;
#else
  auto wasmtime = peer::Wasmtime::load({.optimise = false});
  if (wasmtime == nullptr) fmt::print("wasmtime is not installed: the comparison with it is skipped\n");
  return wasmtime;
#endif
}

/// `count` seeds, or as many as can be done in `seconds`.
int run_seeds(std::uint64_t first, std::uint64_t count, std::time_t seconds = 0) {
  const auto wasmtime = load_peer();
  Totals totals;
  const bool is_verbose = std::getenv("WITC_VERBOSE") != nullptr;
  const std::time_t end = std::time(nullptr) + seconds;
  for (std::uint64_t seed = first; seed < first + count && (seconds == 0 || std::time(nullptr) < end);) {
    if (is_verbose) fmt::print(stderr, "seed {}\n", seed);
    Group group;
    do {
      group.cases.push_back(make_case(seed++));
    } while (seed % kGroup != 0 && seed < first + count);
    run_group(group, wasmtime.get(), totals);
  }
  fmt::print("seeds from {}: {} modules, {} bytes, {} calls ({} trapped): {} differ; {} agree with wasmtime, {} relaxed not asked\n",
             first, totals.modules, totals.bytes, totals.calls, totals.traps, totals.failures, totals.with_peer,
             totals.relaxed);
  if (totals.failures != 0) {
    fmt::print("again alone: `differential SEED 1`; as text: `differential --wat SEED`; reduce with `--file`\n");
  }
  return totals.failures == 0 ? 0 : 1;
}

int show(std::uint64_t seed) {
  Group group;
  group.cases.push_back(make_case(seed));
  if (auto why = check_front_end(group.sources, *group.cases[0])) {
    report(*group.cases[0], *why);
    return 1;
  }
  fmt::print("{}\n", wasm::print_module(group.cases[0]->module).value_or(""));
  return 0;
}

int run_file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  std::string contents((std::istreambuf_iterator<char>(in)), {});
  const bool is_binary = contents.starts_with(std::string_view("\0asm", 4));
  Group group;
  const SourceId id = group.sources.add(path, std::move(contents), is_binary ? SourceKind::kBinary : SourceKind::kText);
  const auto module = wasm::load_module(group.sources, id);
  if (!module) {
    fmt::print("{}: {}\n", path, module.error()->message);
    return 2;
  }
  auto made = std::make_unique<Case>();
  made->name = "differential-file";
  made->bytes = wasm::encode_module(*module);
  group.cases.push_back(std::move(made));
  const auto wasmtime = load_peer();
  Totals totals;
  run_group(group, wasmtime.get(), totals);
  return totals.failures == 0 ? 0 : 1;
}

int usage() {
  fmt::print(stderr, "differential FIRST COUNT | --seconds N | --wat SEED | --file FILE\n");
  return 2;
}

}  // namespace
}  // namespace witc::differential

int main(int argc, char** argv) {
  using namespace witc::differential;
  if (argc != 3) return usage();
  if (std::strcmp(argv[1], "--seconds") == 0) {
    const std::time_t seconds = std::strtoll(argv[2], nullptr, 10);
    return run_seeds(static_cast<std::uint64_t>(std::time(nullptr)) * 1000, 1u << 30, seconds);
  }
  if (std::strcmp(argv[1], "--wat") == 0) return show(std::strtoull(argv[2], nullptr, 10));
  if (std::strcmp(argv[1], "--file") == 0) return run_file(argv[2]);
  return run_seeds(std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10));
}
