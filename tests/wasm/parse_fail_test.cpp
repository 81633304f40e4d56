// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Texts that must not parse: each is refused at the line and column that the corpus gives, whatever the words.
//
//     parse_fail_test FOLDER EXPECTED_FAILURES
//
// FOLDER holds `x.wat` and `x.wat.err`, whose second line ends in `:line:column`.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "tests/wasm/corpus.h"
#include "wasm/component/load.h"
#include "wasm/component/parse.h"
#include "wasm/core/load.h"

namespace witc::wasm {
namespace {

namespace fs = std::filesystem;

/// `3:14`, where the text is refused; or what came instead.
std::string refused_at(const fs::path& file) {
  SourceMap sources;
  SourceId source = sources.add(file.filename(), read_whole_file(file), SourceKind::kText);
  auto place = [&](const Diagnostic& diagnostic) -> std::string {
    if (!diagnostic->primary) return "refused without a place";
    LineColumn at = sources.line_column(source, diagnostic->primary->span.begin);
    return fmt::format("{}:{}", at.line, at.column);
  };
  if (component::is_component_text(sources, source)) {
    auto parsed = component::load_component(sources, source);
    return parsed ? "accepted" : place(parsed.error());
  }
  auto parsed = load_module(sources, source);
  return parsed ? "accepted" : place(parsed.error());
}

/// From `     --> tests/x.wat:3:14`.
std::string expected_place(const fs::path& file) {
  std::string text = read_whole_file(file);
  std::size_t arrow = text.find("--> ");
  std::size_t start = text.find(".wat:", arrow);
  if (arrow == std::string::npos || start == std::string::npos) return "no place";
  std::size_t end = text.find('\n', start);
  return text.substr(start + 5, end - start - 5);
}

int run(int count, char** arguments) {
  if (count < 3) return 2;
  fs::path folder = arguments[1];
  if (!fs::exists(folder)) {
    std::printf("skipped: no conformance corpus\n");
    return 77;
  }
  FailureList expected(arguments[2]);
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".wat") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  int wrong = 0;
  for (const fs::path& file : files) {
    std::string name = file.filename().string();
    std::string seen = refused_at(file), wanted = expected_place(file.string() + ".err");
    if (seen == wanted) continue;
    if (expected.expects(name)) continue;
    std::printf("FAIL %s: %s, expected at %s\n", name.c_str(), seen.c_str(), wanted.c_str());
    ++wrong;
  }
  for (const std::string& name : expected.unused()) {
    std::printf("PASSES NOW, take it off the list: %s\n", name.c_str());
    ++wrong;
  }
  std::printf("%zu texts, %d wrong\n", files.size(), wrong);
  return wrong == 0 && !files.empty() ? 0 : 1;
}

}  // namespace
}  // namespace witc::wasm

int main(int count, char** arguments) { return witc::wasm::run(count, arguments); }
