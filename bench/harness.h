// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What the measurements share: contenders that take turns, of whose times the least counts, so that whatever else the
// machine does meets all of them alike; tables; a JSON report.

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace witc::bench {

/// Says why and ends the program with status 1.
[[noreturn]] void fail(std::string_view message);

/// This thread's processor time, in nanoseconds: other work on the machine is not counted.
double cpu_ns();
/// Of the whole process, all threads.
double process_cpu_ns();
/// Time on the wall, in nanoseconds.
double wall_ns();

struct Memory {
  std::uint64_t resident = 0, peak = 0;  // bytes
};
/// What this process has resident, and had at most.
Memory memory();
/// Gives the allocator's free memory back to the system, so that what is resident is what is in use.
void trim_memory();

/// One who takes part: does its work n times.
struct Contender {
  std::string name;
  std::function<void(std::uint64_t n)> run;
  double best_ns = 0;   // of one time; what `measure` finds
  std::uint64_t n = 0;  // times in a turn; 0: as many as take `turn_ms`
};

/// Every contender `rounds` times in turns, after one turn to warm up.
void measure(std::span<Contender> contenders, int rounds, double turn_ms = 3, double (*clock)() = cpu_ns);

/// Options that every measurement knows, and those of its own: `--name VALUE`, or `--name` alone for a switch.
struct Options {
  int rounds = 15;
  std::string only;  // of the rows, those whose name contains this
  std::string json;  // where the report goes
  bool check = false;
  [[nodiscard]] bool wants(std::string_view name) const { return name.find(only) != std::string_view::npos; }
};
/// `report`: where the JSON goes if nothing else is said. `own` is asked first, and says whether it knows the option;
/// it takes its value from `value`, which may be null. Ends the program on a wrong option.
Options parse_options(int argc, char** argv, std::string_view report,
                      const std::function<bool(std::string_view option, const char* value)>& own = {});

/// Lines of columns, the first one to the left and the others to the right; each line is printed as soon as it is
/// there.
class Table {
 public:
  struct Column {
    std::string title;
    std::size_t width;
  };
  explicit Table(std::vector<Column> columns);
  void row(std::span<const std::string> cells) const;
  void row(std::initializer_list<std::string> cells) const { row(std::span(cells.begin(), cells.size())); }

 private:
  std::vector<Column> columns_;
};

/// Writes the report and says where.
void write_report(const Options& options, const nlohmann::json& report);

}  // namespace witc::bench
