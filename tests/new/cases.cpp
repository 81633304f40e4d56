// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/new/cases.h"

#include <fmt/format.h>

#include <fstream>
#include <set>
#include <sstream>

namespace witc {
namespace {

std::set<std::string> read_list(const std::filesystem::path& path) {
  std::set<std::string> out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#') out.insert(line.substr(0, line.find(' ')));
  }
  return out;
}

}  // namespace

int run_cases(const std::filesystem::path& suite, const std::filesystem::path& expected_failures,
              const std::function<bool(const std::string& kind)>& chosen,
              const std::function<std::optional<std::string>(const std::string& id, const std::string& kind)>& check) {
  std::set<std::string> expected = read_list(expected_failures);
  int passed = 0, known = 0, wrong = 0;
  std::ifstream table(suite / "CASES.tsv");
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string id, kind;
    std::getline(fields, id, '\t');
    std::getline(fields, kind, '\t');
    if (!chosen(kind)) continue;
    const std::optional<std::string> failure = check(id, kind);
    const bool is_listed = expected.erase(id) != 0;
    if (failure.has_value() == is_listed) {
      ++(failure ? known : passed);
      continue;
    }
    ++wrong;
    fmt::print("{}: {}\n", id, failure ? *failure : "passes, but is listed as an expected failure: remove the line");
  }
  for (const std::string& id : expected) {
    ++wrong;
    fmt::print("{}: listed as an expected failure, but there is no such case\n", id);
  }
  fmt::print("{} passed, {} failed as expected, {} wrong\n", passed, known, wrong);
  return wrong == 0 ? 0 : 1;
}

}  // namespace witc
