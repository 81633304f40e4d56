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

struct Command {
  std::string features;
  bool snapshots = false;
};

/// The `wast` command of a script's first comments, with the lines that `\` joins to it.
std::optional<Command> command_of(const fs::path& file) {
  std::istringstream lines(read_whole_file(file));
  std::string words;
  bool open = false;
  for (std::string line; std::getline(lines, line) && (line.starts_with(";;") || line.empty());) {
    std::size_t run = line.find("RUN");
    if (run == std::string::npos && !open) continue;
    words += " " + (open ? line.substr(2) : line.substr(line.find(':', run) + 1));
    open = words.ends_with('\\');
    if (open) words.pop_back();
    if (!open) break;
  }
  std::istringstream in(words);
  std::string word;
  while (in >> word && word.find('=') != std::string::npos) {
  }  // settings of the environment
  if (word != "wast") return std::nullopt;
  Command command;
  while (in >> word) {
    if (word == "--snapshot") command.snapshots = true;
    if (word.starts_with("--features=")) command.features = word.substr(11);
    if (word.starts_with("-f=")) command.features = word.substr(3);
    if (word == "-f" || word == "--features") in >> command.features;
  }
  return command;
}

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
    std::optional<Command> command = command_of(root / file);
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
