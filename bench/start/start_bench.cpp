// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How long does it take from a command line to what a guest prints, and to its end? Each run is a process of its own:
// of `witc run` and of start_peer, which does with wasmtime's library what `wasmtime run` does. README.md beside it.
//
//     start_bench [--rounds N] [--cold-rounds N] [--only GUEST] [--compile no] [--guests FOLDER] [--json FILE]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "bench/harness.h"
#include "tests/peer/library.h"

namespace witc::bench {
namespace {

namespace fs = std::filesystem;

struct Guest {
  const char* name;
  const char* file;
  std::vector<std::string> options;  // of both programs
  std::vector<std::string> args;
};

const std::vector<std::string> kLists = {"--dir", "lists::/lists", "--env", "USER=ada"};
const Guest kGuests[] = {
    {"C: printf, sort", "hello.wasm", {}, {}},
    {"C++: JSON", "json_tool.wasm", {"--dir", ".::/data"}, {"pretty", "/data/planets.json"}},
    {"Go: JSON, regexp",
     "words.wasm",
     {"--dir", "texts::/texts", "--dir", "out::/out"},
     {"/texts", "/out/report.json"}},
    {"JavaScript, QuickJS", "quickjs-sync.wasm", kLists, {"one", "two"}},
    {"JavaScript, StarlingMonkey", "starling.wasm", kLists, {"one", "two"}},
    {"Python, CPython", "tasks.wasm", kLists, {"/lists"}},
};

/// Of one process, in milliseconds; the memory in MiB.
struct Times {
  double first = 0, wall = 0, cpu = 0, resident = 0;
};
/// The least of each.
void keep_best(Times& best, const Times& one, bool is_first) {
  if (is_first) best = one;
  best = {std::min(best.first, one.first), std::min(best.wall, one.wall), std::min(best.cpu, one.cpu),
          std::min(best.resident, one.resident)};
}

/// Runs it in this folder; `printed` gets its output. A status other than 0 ends this program.
Times run_process(const std::vector<std::string>& command, std::string& printed) {
  std::vector<char*> argv;
  for (const std::string& arg : command) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  if (pipe(ends) != 0) fail("no pipe");
  const double start = wall_ns();
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  Times times;
  printed.clear();
  char part[4096];
  for (ssize_t got = 0; (got = read(ends[0], part, sizeof part)) > 0;) {
    if (printed.empty()) times.first = (wall_ns() - start) / 1e6;
    printed.append(part, static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  times.wall = (wall_ns() - start) / 1e6;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    std::string text;
    for (const std::string& arg : command) text += arg + " ";
    fail(fmt::format("status {:#x}: {}", status, text));
  }
  auto ms = [](timeval time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  times.cpu = ms(usage.ru_utime) + ms(usage.ru_stime);
  times.resident = static_cast<double>(usage.ru_maxrss) / 1024;
  return times;
}

struct Programs {
  std::string witc, peer;  // `peer` is empty where wasmtime is not installed
  std::string cache;       // a folder of ours
  bool can_compile = false;
};

std::vector<std::string> command(std::vector<std::string> first, const Guest& guest, const std::string& file) {
  first.insert(first.end(), guest.options.begin(), guest.options.end());
  first.push_back(file);
  first.insert(first.end(), guest.args.begin(), guest.args.end());
  return first;
}

bool is_component(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  char header[8] = {};
  in.read(header, sizeof header);
  return header[6] != 0;
}

std::string show(const Times& times) {
  return times.wall == 0 ? "-" : fmt::format("{:.0f} / {:.0f}", times.wall, times.cpu);
}
nlohmann::json to_json(const Times& times) {
  return {{"first_ms", times.first}, {"wall_ms", times.wall}, {"cpu_ms", times.cpu}, {"resident_mib", times.resident}};
}

/// One guest's.
struct Measured {
  Times cold, warm, compiled;        // `compiled` is a run of what `compiling` wrote
  Times compiling;                   // `witc compile`
  Times their_cold, their_compiled;  // wasmtime's
};

class Report {
 public:
  nlohmann::json json = {{"rows", nlohmann::json::array()}};
  void add(const Guest& guest, double size, const Measured& all) {
    // By processor time, which what else runs here changes least; of a small guest cold is allowed three times.
    const double limit = size < 1000 ? 3 : 0.5;
    auto verdict = [](const Times& ours, const Times& theirs, double limit) {
      if (theirs.cpu == 0 || ours.cpu == 0) return std::string("-");
      return fmt::format("{:.2f} {}", ours.cpu / theirs.cpu, ours.cpu <= limit * theirs.cpu ? "met" : "NOT");
    };
    auto mebibytes = [](const Times& times) { return times.wall == 0 ? "-" : fmt::format("{:.0f}", times.resident); };
    table_.row({guest.name, fmt::format("{:.0f} kB", size), show(all.cold), show(all.their_cold),
                verdict(all.cold, all.their_cold, limit), show(all.warm), show(all.compiled), show(all.their_compiled),
                verdict(all.warm, all.their_compiled, 1), verdict(all.compiled, all.their_compiled, 1),
                mebibytes(all.warm), mebibytes(all.their_compiled)});
    nlohmann::json row = {{"row", guest.name}, {"kB", size}, {"cold", to_json(all.cold)}, {"warm", to_json(all.warm)}};
    if (all.compiled.wall != 0) row["compiled"] = to_json(all.compiled), row["compiling"] = to_json(all.compiling);
    if (all.their_cold.wall != 0) {
      row["wasmtime_cold"] = to_json(all.their_cold);
      row["wasmtime_precompiled"] = to_json(all.their_compiled);
      row["ratio"] = all.cold.cpu / all.their_cold.cpu;
      row["limit"] = limit;
      row["warm_ratio"] = all.warm.cpu / all.their_compiled.cpu;
      if (all.compiled.wall != 0) row["compiled_ratio"] = all.compiled.cpu / all.their_compiled.cpu;
    }
    json["rows"].push_back(row);
  }

 private:
  Table table_{{{"wall/cpu, ms", 27},
                {"size", 9},
                {"cold", 13},
                {"wasmtime", 13},
                {"ratio", 9},
                {"warm", 11},
                {"compiled", 11},
                {"precompiled", 11},
                {"warm", 9},
                {"compiled", 9},
                {"MiB", 5},
                {"theirs", 6}}};
};

Measured measure_guest(const Programs& programs, const Guest& guest, int rounds, int cold_rounds) {
  Measured all;
  std::string expected, printed;
  const auto ours = command({programs.witc, "run", "-C", "cache-dir=" + programs.cache}, guest, guest.file);
  std::vector<std::string> theirs = {programs.peer};
  if (is_component(guest.file)) theirs.push_back("--component");
  auto run = [&](Times& best, const std::vector<std::string>& how, bool is_first) {
    keep_best(best, run_process(how, printed), is_first);
    if (printed != expected) fail(fmt::format("{}: {} prints\n{}\nand not\n{}", guest.name, how[0], printed, expected));
  };
  for (int round = 0; round < cold_rounds; ++round) {
    fs::remove_all(programs.cache);
    keep_best(all.cold, run_process(ours, expected), round == 0);
    if (!programs.peer.empty()) run(all.their_cold, command(theirs, guest, guest.file), round == 0);
  }
  auto their_compile = theirs;
  const std::string their_file = std::string(guest.file) + ".peer", our_file = std::string(guest.file) + ".cwasm";
  their_compile.insert(their_compile.end(), {"--compile", their_file, guest.file});
  if (!programs.peer.empty()) run_process(their_compile, printed);
  if (programs.can_compile)
    all.compiling = run_process({programs.witc, "compile", "-o", our_file, guest.file}, printed);
  theirs.push_back("--precompiled");
  for (int round = 0; round <= rounds; ++round) {  // the first fills the cache, with what is called often too
    run(all.warm, ours, round <= 1);
    if (programs.can_compile) run(all.compiled, command({programs.witc, "run"}, guest, our_file), round <= 1);
    if (!programs.peer.empty()) run(all.their_compiled, command(theirs, guest, their_file), round <= 1);
  }
  return all;
}

/// Does this build know `witc compile`?
bool knows_compile(const std::string& witc) {
  return std::system(("'" + witc + "' --help | grep -q '^ *compile '").c_str()) == 0;
}

}  // namespace
}  // namespace witc::bench

int main(int argc, char** argv) {
  using namespace witc::bench;
  int cold_rounds = 3;
  bool compiles = true;
  const fs::path here = fs::canonical("/proc/self/exe").parent_path();
  std::string guests = here / "guests";
  Options options = parse_options(argc, argv, WITC_REPORT, [&](std::string_view option, const char* value) {
    if (option == "--cold-rounds")
      cold_rounds = std::max(1, std::atoi(value));
    else if (option == "--compile")
      compiles = std::string_view(value) != "no";
    else if (option == "--guests")
      guests = value;
    else
      return false;
    return true;
  });
  options.json = fs::absolute(options.json);
  Programs programs{.witc = here.parent_path() / "bin" / "witc", .cache = fs::absolute(guests) / "cache"};
  programs.can_compile = compiles && knows_compile(programs.witc);
  // Else Python would be asked in every run.
  if (const std::string library = witc::peer::library_path(); !library.empty()) {
    setenv("WITC_WASMTIME_LIBRARY", library.c_str(), 1);
    programs.peer = here / "start_peer";
  }
  if (chdir(guests.c_str()) != 0) fail(fmt::format("no folder {}: run bench/start/guests.sh", guests));
  Report report;
  for (const Guest& guest : kGuests) {
    if (!options.wants(guest.name)) continue;
    if (!fs::exists(guest.file)) {
      fmt::print("{:<27} not made: its toolchain is not installed\n", guest.name);
      continue;
    }
    const double size = static_cast<double>(fs::file_size(guest.file)) / 1e3;
    report.add(guest, size, measure_guest(programs, guest, options.rounds, cold_rounds));
  }
  write_report(options, report.json);
  return 0;
}
