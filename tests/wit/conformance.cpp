// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The WIT parser, resolver and printer against the public conformance corpus.
//
//     wit_conformance ui|roundtrip|codegen|wasi CORPUS EXPECTED-FAILURES SCRATCH
//
//   ui         what must resolve gives the JSON beside it; what must not is refused (and the report
//              says how often at the very line and column the corpus has)
//   roundtrip  what is printed is the `.wit.print` beside it
//   codegen    every input of the bindings tests resolves
//   wasi       every package of every release, its siblings as `deps/`, resolves
//
// Whatever resolves is also printed and parsed again, which must print the same. A failing case must be
// listed in EXPECTED-FAILURES (`id  reason`), and a listed one must fail. Exit: 0, 1, or 77 for "no corpus".
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/render.h"
#include "wit-parser/json.h"
#include "wit-parser/print.h"
#include "wit-parser/wit.h"

namespace {

using namespace witc;
namespace fs = std::filesystem;

struct Case {
  std::string id, kind, input;
  std::vector<std::string> expected;
};

struct Outcome {
  bool passed = false;
  std::string why;
};

struct Suite {
  std::string name;
  fs::path folder;  // paths of cases are relative to it
  fs::path scratch;
  wit::ResolveOptions options;
  int refused = 0, same_place = 0;
};

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string trim(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
  return text;
}

std::vector<Case> read_cases(const fs::path& table) {
  std::vector<Case> cases;
  std::ifstream in(table);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    Case c;
    std::string expected;
    std::getline(fields, c.id, '\t');
    std::getline(fields, c.kind, '\t');
    std::getline(fields, c.input, '\t');
    std::getline(fields, expected);
    std::istringstream files(expected);
    for (std::string file; files >> file;) c.expected.push_back(file);
    cases.push_back(std::move(c));
  }
  return cases;
}

/// Everything in the graph, as one text. Packages go by name: their order depends on gated items too,
/// which are not printed.
std::string print_all(const wit::Resolve& resolve, wit::PackageId main) {
  std::vector<wit::PackageId> others;
  for (wit::PackageId id : resolve.packages.ids()) {
    if (id != main) others.push_back(id);
  }
  std::ranges::sort(others, {}, [&](wit::PackageId id) { return resolve.packages[id].name.to_string(); });
  return wit::print_package(resolve, main, others);
}

/// Parsing what is printed gives the same graph: it prints the same, and its JSON is a fixed point.
Outcome check_reparse(const wit::Resolve& resolve, wit::PackageId main, const wit::ResolveOptions& options) {
  std::string first = print_all(resolve, main);
  std::string json;
  for (int round = 0; round < 2; ++round) {
    SourceMap sources;
    SourceId source = sources.add("<printed>", first, SourceKind::kText);
    wit::Resolve again;
    auto package = wit::push_files(again, sources, std::span(&source, 1), options);
    if (!package) return {false, "printed text is refused: " + render_text(package.error(), sources, {})};
    std::string second = print_all(again, *package);
    if (second != first) return {false, "printed text prints differently:\n" + first + "\n-- and again --\n" + second};
    std::string second_json = wit::to_json(again);
    if (round == 1 && second_json != json) return {false, "the graph changes from print to print"};
    json = second_json;
    first = second;
  }
  return {true, ""};
}

/// Whether the diagnostic stands where the corpus says (`--> path:line:col`).
bool is_same_place(const Diagnostic& diagnostic, const SourceMap& sources, const std::string& expected) {
  std::size_t arrow = expected.find("--> ");
  if (arrow == std::string::npos || !diagnostic->primary) return false;
  std::string place = expected.substr(arrow + 4, expected.find('\n', arrow) - arrow - 4);
  Span span = diagnostic->primary->span;
  LineColumn at = sources.line_column(span.source, span.begin);
  return trim(place) == fmt::format("{}:{}:{}", sources.name(span.source), at.line, at.column);
}

std::string without_slash(std::string path) {
  if (path.ends_with('/')) path.pop_back();
  return path;
}

Outcome run_case(Suite& suite, const Case& c) {
  SourceMap sources;
  wit::Resolve resolve;
  // A `test.wit` with `deps/` beside it is a folder's package.
  fs::path input = without_slash(c.input);
  if (fs::exists(input.parent_path() / "deps") && input.filename() == "test.wit") input = input.parent_path();
  auto package = wit::push_path(resolve, sources, input, suite.options);
  if (c.kind == "parse-fail") {
    if (package) return {false, "accepted"};
    ++suite.refused;
    suite.same_place += is_same_place(package.error(), sources, read(c.expected.at(0))) ? 1 : 0;
    return {true, ""};
  }
  if (!package) return {false, render_text(package.error(), sources, {})};
  if (c.kind == "parse-ok") {
    auto ours = nlohmann::json::parse(wit::to_json(resolve));
    if (ours != nlohmann::json::parse(read(c.expected.at(0)))) return {false, "another graph than " + c.expected[0]};
  }
  if (c.kind == "wit-roundtrip") {
    for (const std::string& file : c.expected) {
      if (!file.ends_with(".wit.print")) continue;
      std::string ours = wit::print_package(resolve, *package);
      if (trim(ours) != trim(read(file))) return {false, "printed differently from " + file + ":\n" + ours};
    }
  }
  return check_reparse(resolve, *package, suite.options);
}

/// A folder with the package's files on top and its neighbours as `deps/`.
/// (0.2.4 has `http` in version 0.2.3, which uses its neighbours of 0.2.3 and is no neighbour in 0.2.4.)
fs::path with_siblings(const fs::path& package, const fs::path& siblings, const fs::path& scratch) {
  fs::remove_all(scratch);
  fs::create_directories(scratch / "deps");
  for (const auto& entry : fs::directory_iterator(package)) {
    if (entry.path().extension() == ".wit") fs::create_symlink(entry.path(), scratch / entry.path().filename());
  }
  for (const auto& entry : fs::directory_iterator(siblings)) {
    bool other_version = siblings.filename() == "0.2.4" && entry.path().filename() == "http";
    if (entry.is_directory() && entry.path().filename() != package.filename() && !other_version) {
      fs::create_directory_symlink(entry.path(), scratch / "deps" / entry.path().filename());
    }
  }
  return scratch;
}

std::vector<Case> wasi_cases(const Suite& suite) {
  std::vector<Case> cases;
  for (const auto& release : fs::directory_iterator(suite.folder)) {
    std::string version = release.path().filename();
    if (!release.is_directory() || !version.starts_with("0.")) continue;
    for (const auto& package : fs::directory_iterator(release)) {
      if (!package.is_directory()) continue;
      bool older = version == "0.2.4" && package.path().filename() == "http";
      fs::path siblings = older ? suite.folder / "0.2.3" : release.path();
      std::string id = version + "/" + package.path().filename().string();
      fs::path scratch = suite.scratch / version / package.path().filename();
      cases.push_back({id, "wasi", with_siblings(package.path(), siblings, scratch), {}});
    }
  }
  std::ranges::sort(cases, {}, &Case::id);
  return cases;
}

std::map<std::string, std::string> read_expected_failures(const fs::path& file) {
  std::map<std::string, std::string> expected;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::size_t space = line.find(' ');
    expected[line.substr(0, space)] = space == std::string::npos ? "" : line.substr(space + 1);
  }
  return expected;
}

int run(Suite& suite, const std::vector<Case>& cases, std::map<std::string, std::string> expected) {
  int passed = 0, bad = 0, known = 0;
  for (const Case& c : cases) {
    Outcome outcome = run_case(suite, c);
    auto listed = expected.find(c.id);
    bool is_listed = listed != expected.end();
    if (outcome.passed == is_listed) {
      ++bad;
      fmt::print("{}: {}\n", outcome.passed ? "passes, but is listed as failing" : "FAILED", c.id + "\n" + outcome.why);
    } else if (is_listed) {
      ++known;
      if (listed->second.empty()) ++bad, fmt::print("listed without a reason: {}\n", c.id);
    } else {
      ++passed;
    }
    if (is_listed) expected.erase(listed);
  }
  for (const auto& [id, _] : expected) ++bad, fmt::print("listed as failing, but no such case: {}\n", id);
  fmt::print("{}: {} cases, {} passed, {} known failures, {} wrong\n", suite.name, cases.size(), passed, known, bad);
  if (suite.refused > 0) {
    fmt::print("{}: {} refused, {} of them at the same line and column\n", suite.name, suite.refused, suite.same_place);
  }
  return bad == 0 && !cases.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  Suite suite{.name = argv[1], .folder = {}, .scratch = argv[4], .options = {}};
  const std::map<std::string, std::string> folders = {
      {"ui", "wit-parser-ui"}, {"roundtrip", "wit-component"}, {"codegen", "wit-bindgen-codegen"}, {"wasi", "wasi"}};
  fs::path corpus = argv[2];
  suite.folder = corpus / folders.at(suite.name);
  if (corpus.empty() || !fs::exists(suite.folder)) {
    fmt::print("skipped: no conformance corpus\n");
    return 77;
  }
  std::map<std::string, std::string> expected = read_expected_failures(argv[3]);
  if (suite.name == "ui") suite.options.features = {"active"};
  if (suite.name == "codegen") suite.options.all_features = true;
  if (suite.name == "wasi") return run(suite, wasi_cases(suite), std::move(expected));
  fs::current_path(suite.folder);
  std::vector<Case> cases = read_cases("CASES.tsv");
  std::erase_if(cases, [&](const Case& c) { return suite.name == "roundtrip" && c.kind != "wit-roundtrip"; });
  return run(suite, cases, std::move(expected));
}
