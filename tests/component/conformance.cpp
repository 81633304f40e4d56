// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs the component directives of .wast scripts, without executing anything: what must be valid, invalid,
// malformed. See CMakeLists.txt beside this. Usage: conformance SUITE-FOLDER EXPECTED-FAILURES [-v]
//
// The suite's CASES.tsv lists the scripts, its FEATURES.tsv which gated features each needs; a script gets
// those and no others, so that the gates are tested too. Scripts of wasm-tools' own tests say it themselves.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <sstream>

#include "tests/wasm/corpus.h"
#include "wasm/component/decode.h"
#include "wasm/component/encode.h"
#include "wasm/component/parse.h"
#include "wasm/component/print.h"
#include "wasm/component/validate.h"

using namespace witc;

namespace {

/// Tab-separated lines without the comments.
std::vector<std::vector<std::string>> read_table(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  std::stringstream lines(wasm::read_whole_file(path));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> row;
    std::stringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '\t');) row.push_back(cell);
    rows.push_back(std::move(row));
  }
  return rows;
}

component::Features features_of(const std::string& needs) {
  component::Features features = component::Features::none();
  std::stringstream words(needs);
  for (std::string word; words >> word;) features.set(word, true);
  return features;
}

/// The counts of one suite, and what failed: `file:line` with what went wrong.
struct Report {
  std::map<std::string, std::pair<int, int>> counts;  // directive: passed, all
  std::map<std::string, std::string> failures;
  int skipped = 0;
  int snapshots = 0;         // printed by the suite's own tool, and the same component
  int same_text = 0;         // of those, printed by us in the same words
  int not_valid = 0;         // files of components that are not valid by themselves
};

class Script {
 public:
  Script(std::string id, std::string path, component::Features features, Report& report)
      : id_(std::move(id)), path_(std::move(path)), features_(features), report_(report) {}

  /// Folder with `N.print`: the component of the Nth directive as wasm-tools prints it. Empty: no snapshots.
  std::filesystem::path snapshots;

  /// A file that is one component: if it is valid, it must come back the same.
  void run_file() {
    source_ = sources_.add(path_, wasm::read_whole_file(path_), SourceKind::kText);
    Outcome outcome = check(component::parse_component(sources_, source_));
    if (outcome.parsed && !outcome.valid) {
      ++report_.not_valid;
      return;
    }
    record("file", 0, outcome.error);
  }

  void run() {
    source_ = sources_.add(path_, wasm::read_whole_file(path_), SourceKind::kText);
    Result<std::vector<wasm::Token>> tokens = wasm::lex(sources_, sources_.whole(source_));
    if (!tokens) return record("file", 0, tokens.error()->message);
    wasm::Cursor in(sources_, source_, *tokens);
    while (!in.at_end()) directive(in);
  }

 private:
  struct Outcome {
    bool parsed = false;
    bool valid = false;
    std::optional<std::string> error;
  };

  void record(const std::string& kind, std::uint32_t offset, std::optional<std::string> failure) {
    auto& [passed, all] = report_.counts[kind];
    ++all;
    if (!failure) {
      ++passed;
      return;
    }
    std::string where = fmt::format("{}:{}", id_, sources_.line_column(source_, offset).line);
    report_.failures.emplace(where, fmt::format("{}: {}", kind, *failure));
  }

  void directive(wasm::Cursor& in) {
    std::uint32_t offset = in.offset();
    wasm::Cursor start = in;
    ++number_;
    in.skip_form();
    if (in.position() == start.position()) in.skip();  // a stray token
    if (start.at_form("component")) {
      start.skip(2);
      if (start.at_keyword("instance")) return;
      (void)start.take_keyword("definition");
      is_snapshot_ = true;
      Outcome outcome = component(start);
      is_snapshot_ = false;
      return record("component", offset, outcome.error);
    }
    bool invalid = start.at_form("assert_invalid");
    if (!invalid && !start.at_form("assert_malformed")) {
      ++report_.skipped;
      return;
    }
    start.skip(2);
    if (!start.take_form("component")) {
      ++report_.skipped;
      return;
    }
    Outcome outcome = component(start);
    std::optional<std::string> failure;
    if (!outcome.error) failure = "was accepted";
    record(invalid ? "assert_invalid" : "assert_malformed", offset, failure);
  }

  static std::string strings(wasm::Cursor& in) {
    std::string bytes;
    while (in.at(wasm::Token::kString)) bytes += in.string().value_or("");
    return bytes;
  }

  /// After `(component`: what is written is read and validated.
  Outcome component(wasm::Cursor& in) {
    std::optional<std::string> name = in.take_id();
    if (in.take_keyword("binary")) {
      std::string bytes = strings(in);
      SourceId source = sources_.add("binary", std::move(bytes), SourceKind::kBinary);
      return check(component::decode_component(sources_, sources_.whole(source)));
    }
    if (in.take_keyword("quote")) {
      SourceId source = sources_.add("quote", fmt::format("(component {})", strings(in)), SourceKind::kText);
      return check(component::parse_component(sources_, source));
    }
    return check(component::parse_component_rest(sources_, in, std::move(name)));
  }

  Outcome check(Result<component::ast::Component> parsed) {
    if (!parsed) return {false, false, parsed.error()->message};
    component::Types types;
    auto validated = component::validate_component(sources_, *parsed, types, features_);
    if (!validated) return {true, false, validated.error()->message};
    std::optional<std::string> wrong = round_trip(*parsed);
    if (!wrong && is_snapshot_) wrong = as_snapshot(*parsed);
    return {true, true, std::move(wrong)};
  }

  /// The component through binary and through text; what differs.
  std::optional<std::string> round_trip(const component::ast::Component& component) {
    std::vector<std::uint8_t> bytes = component::encode(component);
    SourceId source = sources_.add("round trip", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
    Result<component::ast::Component> decoded = component::decode_component(sources_, sources_.whole(source));
    if (!decoded) return "encoded, it does not decode: " + decoded.error()->message;
    if (component::encode(*decoded) != bytes) return "decoded and encoded again, its bytes differ";
    component::Types types;
    auto validated = component::validate_component(sources_, *decoded, types, features_);
    if (!validated) return "decoded, it is not valid: " + validated.error()->message;
    Result<std::string> text = component::print_component(*decoded);
    if (!text) return "it does not print: " + text.error()->message;
    SourceId printed = sources_.add("printed", *text, SourceKind::kText);
    Result<component::ast::Component> parsed = component::parse_component(sources_, printed);
    if (!parsed) return "printed, it does not parse: " + parsed.error()->message;
    std::vector<std::uint8_t> again = component::encode(*parsed);
    SourceId second = sources_.add("second", std::string(again.begin(), again.end()), SourceKind::kBinary);
    Result<component::ast::Component> reread = component::decode_component(sources_, sources_.whole(second));
    if (!reread) return "printed and parsed, it does not decode: " + reread.error()->message;
    Result<std::string> text_again = component::print_component(*reread);
    if (!text_again || *text_again != *text) return "printed, parsed and printed again, its text differs";
    return std::nullopt;
  }

  /// What wasm-tools printed of it is the same component: equal in our own print.
  std::optional<std::string> as_snapshot(const component::ast::Component& component) {
    const std::filesystem::path file = snapshots / fmt::format("{}.print", number_ - 1);
    if (snapshots.empty() || !std::filesystem::exists(file)) return std::nullopt;
    ++report_.snapshots;
    std::string snapshot = wasm::read_whole_file(file);
    Result<std::string> ours = component::print_component(component);
    if (ours && *ours + "\n" == snapshot) ++report_.same_text;
    Result<component::ast::Component> parsed =
        component::parse_component(sources_, sources_.add("snapshot", std::move(snapshot), SourceKind::kText));
    if (!parsed) return "its snapshot does not parse: " + parsed.error()->message;
    Result<std::string> theirs = component::print_component(*parsed);
    const bool equal = ours && theirs && *ours == *theirs;
    if (!equal) return fmt::format("is another component than {}", file.filename().string());
    return std::nullopt;
  }

  std::string id_, path_;
  component::Features features_;
  Report& report_;
  SourceMap sources_;
  SourceId source_;
  std::size_t number_ = 0;    // of directives so far
  bool is_snapshot_ = false;  // the directive in hand may have one
};

/// Every file below `suite` that is a component in text.
std::vector<std::filesystem::path> component_files(const std::filesystem::path& suite) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(suite)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".wat") continue;
    SourceMap sources;
    SourceId source = sources.add("file", wasm::read_whole_file(entry.path()), SourceKind::kText);
    if (component::is_component_text(sources, source)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// The features of a script: those of the command its comments name, else those the suite says it needs.
component::Features features_of(const std::string& path, const std::string& needs, Report& report) {
  if (auto command = wasm::wast_command(path)) {
    if (auto features = component::Features::parse(command->features)) return *features;
    report.failures.emplace(path, fmt::format("features `{}` are not known", command->features));
  }
  return features_of(needs);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  std::string suite = argv[1];
  std::map<std::string, std::string> needs;
  for (const auto& row : read_table(suite + "/FEATURES.tsv")) {
    if (row.size() > 2) needs[row[0]] = row[2];
  }
  Report report;
  for (const auto& row : read_table(suite + "/CASES.tsv")) {
    if (row.size() < 3 || row[1] != "wast") continue;
    const std::string path = suite + "/" + row[2];
    Script script(row[0], path, features_of(path, needs[row[0]], report), report);
    const auto command = wasm::wast_command(path);
    if (command && command->snapshots) {
      const auto below = std::filesystem::path(row[0]).lexically_relative("tests");
      script.snapshots = std::filesystem::path(suite) / "tests/snapshots" / below;
    }
    script.run();
  }
  component::Features all = component::Features::all();
  all.core = *wasm::parse_features("all");
  for (const auto& file : component_files(suite)) {
    Script(file.lexically_relative(suite).string(), file.string(), all, report).run_file();
  }
  for (const auto& [kind, count] : report.counts) {
    std::cout << fmt::format("{}: {} of {} right\n", kind, count.first, count.second);
  }
  std::cout << fmt::format("{} directives of other kinds, {} files not valid by themselves\n", report.skipped,
                           report.not_valid);
  std::cout << fmt::format("{} snapshots, {} in the same words\n", report.snapshots, report.same_text);
  return wasm::FailureList(argv[2]).report(report.failures, true) == 0 ? 0 : 1;
}
