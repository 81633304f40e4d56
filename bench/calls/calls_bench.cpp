// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What does a call between components cost? Each row of rows.h runs in this process on our engine, as it is by default,
// on wasmtime, where it is installed, and beside what it is compared with, in turns; README.md beside it.
//
//     calls_bench [--only NAME] [--rounds N] [--json FILE]    the report: calls.json beside the program
//     calls_bench --check       every row once, small; results compared: a test, not a measurement
//     calls_bench --text NAME   the component of a row
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/render.h"
#include "bench/calls/host_calls.h"
#include "bench/calls/rows.h"
#include "bench/components.h"
#include "bench/harness.h"
#include "engine/component.h"

namespace witc::bench {
namespace {

bool is_called_by_host(HostCall host) { return host == HostCall::kIntoScalar || host == HostCall::kIntoString; }

/// A row on our engine. `is_typed`: calls of and by the host have C++ types.
class Ours {
 public:
  Ours(engine::Engine& engine, const std::string& text, HostCall host, bool is_typed = true) {
    auto component = engine::Component::load(engine, sources_, parse_component(sources_, text));
    if (!component) fail(render_text(component.error(), sources_));
    engine::Linker linker;
    define_host(linker, host, is_typed);
    auto instance = linker.instantiate(engine, *component);
    if (!instance) fail(render_text(instance.error(), sources_));
    instance_.emplace(*std::move(instance));
    if (!instance_->start()) fail("instantiation traps");
    if (is_called_by_host(host)) caller_.emplace(*instance_, host, is_typed);
    run_ = component->find_func("", "run");
    sum_ = component->find_func("", "sum");
  }
  /// The result of the last call.
  std::uint32_t run(std::uint64_t n) { return caller_ ? caller_->run(n) : call(*run_, {abi::Val::unsigned_(n)}); }
  std::uint32_t sum() { return call(*sum_, {}); }

 private:
  std::uint32_t call(const engine::ComponentFunc& func, const std::vector<abi::Val>& args) {
    auto result = instance_->call(func, args);
    if (!result) fail(result.error().message);
    return static_cast<std::uint32_t>(*(*result)->get_if<std::uint64_t>());
  }

  SourceMap sources_;
  std::optional<engine::ComponentInstance> instance_;
  std::optional<HostCaller> caller_;
  std::optional<engine::ComponentFunc> run_, sum_;
};

/// A row on wasmtime.
class Theirs {
 public:
  Theirs(peer::ComponentEngine& engine, const std::string& text, HostCall host)
      : host_(host), loaded_(compile_component(engine, text)) {
    if (host == HostCall::kOutScalar || host == HostCall::kOutString) {
      if (auto error = loaded_.define("f", answer_host, nullptr)) fail(*error);
    }
    auto made = loaded_.instantiate();
    if (!made) fail(made.error());
    instance_.emplace(*std::move(made));
    run_ = instance_->find(is_called_by_host(host_) ? "f" : "run");
    sum_ = instance_->find("sum");
    if (!run_) fail("wasmtime does not find the function");
  }
  std::uint32_t run(std::uint64_t n) {
    peer::ComponentValue argument;
    if (!is_called_by_host(host_)) {
      argument.of.u32 = static_cast<std::uint32_t>(n);
      return call(*run_, {&argument, 1});
    }
    if (host_ == HostCall::kIntoString) {
      argument.kind = peer::ComponentValue::kString;
      argument.of.string = {std::strlen(kSixteen), kSixteen};
    }
    std::uint32_t last = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
      if (host_ == HostCall::kIntoScalar) argument.of.u32 = static_cast<std::uint32_t>(i);
      last = call(*run_, {&argument, 1});
    }
    return last;
  }
  std::uint32_t sum() { return call(*sum_, {}); }

 private:
  static void answer_host(void*, std::span<const peer::ComponentValue> args, std::span<peer::ComponentValue> results) {
    results[0].kind = peer::ComponentValue::kU32;
    results[0].of.u32 = answer(args[0].kind == peer::ComponentValue::kString ? args[0].of.string.size : args[0].of.u32);
  }
  std::uint32_t call(const peer::ComponentFunction& function, std::span<const peer::ComponentValue> args) {
    peer::ComponentValue result;
    if (auto error = instance_->call(function, args, {&result, 1})) fail(*error);
    return result.of.u32;
  }

  HostCall host_;
  peer::LoadedComponent loaded_;
  std::optional<peer::ComponentInstance> instance_;
  std::optional<peer::ComponentFunction> run_, sum_;
};

/// Two buffers that lie like the guests' memories.
class Buffers {
 public:
  Buffers() {
    for (char*& buffer : buffers_) {
      void* mapped = mmap(nullptr, 128u << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (mapped == MAP_FAILED) fail("no memory");
      buffer = static_cast<char*>(mapped);
      std::memset(buffer, 1, 128u << 16);
    }
  }
  void copy(std::size_t bytes) {
    std::memcpy(buffers_[0] + kHeap, buffers_[1] + kSource, bytes);
    asm volatile("" ::: "memory");
  }

 private:
  char* buffers_[2] = {};
};

struct Engines {
  engine::Engine ours;
  /// wasmtime as it is, and with what async components need switched off.
  std::unique_ptr<peer::ComponentEngine> theirs = peer::ComponentEngine::load({});
  std::unique_ptr<peer::ComponentEngine> theirs_plain = peer::ComponentEngine::load({.concurrency = false});
};

std::vector<Row> all_rows() {
  std::vector<Row> rows = small_rows();
  for (auto more : {bulk_rows(), resource_rows()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

std::string describe_aim(const Row& row) {
  switch (row.aim) {
    case Aim::kReference:
      return fmt::format("<= {:.2f} of one module", row.factor);
    case Aim::kBandwidth:
      return fmt::format("<= {:.2f} of memcpy", 1 / row.factor);
    case Aim::kPeer:
      return fmt::format("<= {:.2f} of wasmtime", row.factor);
  }
  return {};
}

/// Nothing if there is nobody to compare with.
std::optional<double> aimed_ratio(const Row& row, double ours, double reference, double theirs) {
  const double other = row.aim == Aim::kPeer ? theirs : reference;
  if (other == 0) return std::nullopt;
  return ours / other;
}

std::string show_time(double ns) {
  if (ns == 0) return "-";
  return ns < 10'000 ? fmt::format("{:.2f} ns", ns) : fmt::format("{:.2f} us", ns / 1e3);
}
std::string show_ratio(double ours, double other) { return other == 0 ? "-" : fmt::format("{:.2f}", ours / other); }

class Report {
 public:
  void add(const Row& row, double ours, double reference, double plain, double with_concurrency, double by_val) {
    const double theirs = plain == 0 ? 0 : std::min(plain, with_concurrency);
    const auto ratio = aimed_ratio(row, ours, reference, theirs);
    const double limit = row.aim == Aim::kBandwidth ? 1 / row.factor : row.factor;
    table_.row({row.name, show_time(ours), show_time(reference), show_time(theirs), show_ratio(ours, reference),
                show_ratio(ours, theirs), describe_aim(row),
                !ratio            ? "-"
                : *ratio <= limit ? "met"
                                  : "NOT MET"});
    nlohmann::json entry = {{"row", row.name}, {"ours_ns", ours}, {"bytes", row.bytes}, {"aim", describe_aim(row)}};
    if (reference != 0) entry["reference_ns"] = reference;
    if (by_val != 0) entry["ours_by_val_ns"] = by_val;
    if (plain != 0) entry["wasmtime_ns"] = plain;
    if (with_concurrency != 0) entry["wasmtime_concurrency_ns"] = with_concurrency;
    if (ratio) entry["ratio"] = *ratio, entry["limit"] = limit, entry["met"] = *ratio <= limit;
    json["rows"].push_back(entry);
  }
  nlohmann::json json = {{"rows", nlohmann::json::array()}};

 private:
  Table table_{{{"call", 38},
                {"witc", 11},
                {"reference", 11},
                {"wasmtime", 11},
                {"/ref", 6},
                {"/wasmtime", 9},
                {"aim", 22},
                {"", 7}}};
};

void measure_row(Engines& engines, Buffers& buffers, const Row& row, const Options& options, Report& report) {
  Ours ours(engines.ours, row.text, row.host);
  std::vector<Contender> contenders = {{"witc", [&](std::uint64_t n) { ours.run(n); }}};
  std::optional<Ours> reference;
  if (!row.reference.empty()) {
    reference.emplace(engines.ours, row.reference, HostCall::kNone);
    contenders.push_back({"reference", [&](std::uint64_t n) { reference->run(n); }});
  } else if (row.bytes > 1000) {
    contenders.push_back({"reference", [&](std::uint64_t n) {
                            for (std::uint64_t i = 0; i < n; ++i) buffers.copy(row.bytes);
                          }});
  }
  std::optional<Ours> by_val;
  if (row.host != HostCall::kNone) {
    by_val.emplace(engines.ours, row.text, row.host, /*is_typed=*/false);
    contenders.push_back({"by Val", [&](std::uint64_t n) { by_val->run(n); }});
  }
  std::optional<Theirs> plain, concurrent;
  if (engines.theirs != nullptr && engines.theirs_plain != nullptr) {
    plain.emplace(*engines.theirs_plain, row.text, row.host);
    concurrent.emplace(*engines.theirs, row.text, row.host);
    contenders.push_back({"plain", [&](std::uint64_t n) { plain->run(n); }});
    contenders.push_back({"concurrent", [&](std::uint64_t n) { concurrent->run(n); }});
  }
  measure(contenders, options.rounds);
  auto best = [&](std::string_view name) {
    for (const Contender& contender : contenders) {
      if (contender.name == name) return contender.best_ns;
    }
    return 0.0;
  };
  report.add(row, best("witc"), best("reference"), best("plain"), best("concurrent"), best("by Val"));
}

int run(const Options& options) {
  Engines engines;
  if (engines.theirs == nullptr) fmt::print("wasmtime is not installed: its column is empty\n");
  Buffers buffers;
  Report report;
  report.json["rounds"] = options.rounds;
  for (const Row& row : all_rows()) {
    if (options.wants(row.name)) measure_row(engines, buffers, row, options, report);
  }
  write_report(options, report.json);
  return 0;
}

int check(const Options& options) {
  Engines engines;
  for (const Row& row : all_rows()) {
    if (!options.wants(row.name)) continue;
    Ours ours(engines.ours, row.text, row.host);
    std::vector<std::uint32_t> results;
    for (const std::uint64_t n : {1, 2, 30}) results.push_back(ours.run(n));
    if (row.host != HostCall::kNone &&
        Ours(engines.ours, row.text, row.host, /*is_typed=*/false).run(30) != results.back()) {
      fail(fmt::format("{}: another result by Val", row.name));
    }
    if (row.sums && ours.sum() != row.sum) fail(fmt::format("{}: what arrives is not what was passed", row.name));
    if (row.aim == Aim::kReference && row.factor < 2) {
      Ours reference(engines.ours, row.reference, HostCall::kNone);
      for (std::size_t i = 0; i < results.size(); ++i) {
        const std::uint64_t n = i == 0 ? 1 : i == 1 ? 2 : 30;
        if (reference.run(n) != results[i]) fail(fmt::format("{}: another result than within one module", row.name));
      }
    }
    for (auto* engine : {engines.theirs.get(), engines.theirs_plain.get()}) {
      if (engine == nullptr) continue;
      Theirs theirs(*engine, row.text, row.host);
      for (std::size_t i = 0; i < results.size(); ++i) {
        const std::uint64_t n = i == 0 ? 1 : i == 1 ? 2 : 30;
        if (theirs.run(n) != results[i]) fail(fmt::format("{}: another result than wasmtime's", row.name));
      }
      if (row.sums && theirs.sum() != row.sum) fail(fmt::format("{}: wasmtime passes something else", row.name));
    }
  }
  return 0;
}

}  // namespace
}  // namespace witc::bench

int main(int argc, char** argv) {
  using namespace witc::bench;
  std::string text_of;
  const Options options = parse_options(argc, argv, WITC_REPORT, [&](std::string_view option, const char* value) {
    if (option != "--text") return false;
    text_of = value;
    return true;
  });
  if (!text_of.empty()) {
    for (const Row& row : all_rows()) {
      if (row.name == text_of) fmt::print("{}\n", row.text);
    }
    return 0;
  }
  return options.check ? check(options) : run(options);
}
