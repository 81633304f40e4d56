// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/harness.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

namespace witc::bench {
namespace {

double read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

}  // namespace

void fail(std::string_view message) {
  std::fflush(stdout);
  fmt::print(stderr, "bench: {}\n", message);
  std::exit(1);
}

double cpu_ns() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }
double process_cpu_ns() { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }
double wall_ns() { return read_clock(CLOCK_MONOTONIC); }

Memory memory() {
  Memory found;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) found.resident = std::strtoull(line.c_str() + 6, nullptr, 10) << 10;
    if (line.starts_with("VmHWM:")) found.peak = std::strtoull(line.c_str() + 6, nullptr, 10) << 10;
  }
  return found;
}

void trim_memory() { malloc_trim(0); }

void measure(std::span<Contender> contenders, int rounds, double turn_ms, double (*clock)()) {
  auto turn = [&](Contender& contender) {
    const double start = clock();
    contender.run(contender.n);
    return clock() - start;
  };
  for (Contender& contender : contenders) {
    if (contender.n != 0) {
      turn(contender);
      continue;
    }
    contender.n = 1;
    turn(contender);
    while (true) {
      const double took = std::max(turn(contender), 1.0);
      if (took > 0.5e6 * turn_ms || contender.n >= 1u << 28) break;
      contender.n *= static_cast<std::uint64_t>(std::clamp(1e6 * turn_ms / took, 2.0, 16.0));
    }
  }
  for (int round = 0; round < rounds; ++round) {
    for (Contender& contender : contenders) {
      const double each = turn(contender) / static_cast<double>(contender.n);
      if (round == 0 || each < contender.best_ns) contender.best_ns = each;
    }
  }
}

Options parse_options(int argc, char** argv, std::string_view report,
                      const std::function<bool(std::string_view option, const char* value)>& own) {
  Options options;
  options.json = report;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (option == "--check") {
      options.check = true;
      continue;
    }
    if (value == nullptr) fail(fmt::format("what is `{}`, or where is its value", option));
    if (option == "--rounds")
      options.rounds = std::max(1, std::atoi(value));
    else if (option == "--only")
      options.only = value;
    else if (option == "--json")
      options.json = value;
    else if (!own || !own(option, value))
      fail(fmt::format("no option `{}`", option));
    ++i;
  }
  return options;
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  row(titles);
}

void Table::row(std::span<const std::string> cells) const {
  for (std::size_t i = 0; i < cells.size() && i < columns_.size(); ++i) {
    if (i == 0)
      fmt::print("{:<{}}", cells[i], columns_[i].width);
    else
      fmt::print(" {:>{}}", cells[i], columns_[i].width);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

void write_report(const Options& options, const nlohmann::json& report) {
  const std::filesystem::path path = options.json;
  std::error_code ignored;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
  std::ofstream(path) << report.dump(2) << "\n";
  fmt::print("written to {}\n", options.json);
}

}  // namespace witc::bench
