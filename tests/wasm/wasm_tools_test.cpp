// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scripts of another tool's tests of its command line, each with the command it is for in a comment at its start:
//
//     ;; RUN: wast --assert default --snapshot tests/snapshots % -f mvp,simd
//
// What that command asserts is what tests/wasm/suite.h checks, with the features named; and the text of each module is
// compared with the snapshot. Components are counted and left out.
//
//     wasm_tools_test FOLDER EXPECTED_FAILURES [FILE...]
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "tests/wasm/corpus.h"
#include "tests/wasm/suite.h"
#include "wasm/component/features.h"

namespace witc::wasm {
namespace {

namespace fs = std::filesystem;

int run(int count, char** arguments) {
  if (count < 3) return 2;
  fs::path root = arguments[1];
  if (!fs::exists(root / "tests")) {
    std::printf("skipped: no conformance corpus\n");
    return 77;
  }
  std::vector<std::string> files;
  for (int i = 3; i < count; ++i) files.emplace_back(arguments[i]);
  if (files.empty()) {
    for (const auto& entry : fs::recursive_directory_iterator(root / "tests" / "cli")) {
      bool is_file = entry.is_regular_file() && entry.path().extension() == ".wast";
      if (is_file) files.push_back(fs::relative(entry.path(), root).string());
    }
  }
  std::ranges::sort(files);
  FailureList expected(arguments[2]);
  Suite suite;
  suite.by_stage = false;
  for (const std::string& file : files) {
    std::optional<WastCommand> command = wast_command(root / file);
    if (!command) continue;
    std::optional<component::Features> features = component::Features::parse(command->features);
    if (!features) {
      suite.failures[file + ":0"] = fmt::format("features `{}` are not known", command->features);
      continue;
    }
    suite.features = features->core;
    suite.snapshots.clear();
    if (command->snapshots) suite.snapshots = root / "tests" / "snapshots" / fs::path(file).lexically_relative("tests");
    suite.run(root / file, file);
  }
  const int wrong = expected.report(suite.failures, count == 3);
  std::printf("%zu files, %zu directives, %zu snapshots, %zu failures (%d not expected), %zu messages in other words\n",
              files.size(), suite.directives, suite.compared, suite.failures.size(), wrong, suite.other_wording);
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace witc::wasm

int main(int count, char** arguments) { return witc::wasm::run(count, arguments); }
