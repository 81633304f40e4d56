// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc wast`: runs scripts of the WebAssembly test suite.
//
// A list of expected failures holds one line per script, `NAME COUNT reason`: that many of its directives fail. Such a
// list may only shrink, so a script that fails less often than it says is an error too.
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <vector>

#include "cli/command.h"
#include "cli/run_options.h"
#include "engine/wast/runner.h"

namespace witc::cli {
namespace {

using Expected = std::map<std::string, std::size_t>;

struct Options {
  std::vector<std::string> files;
  std::string expected_failures;
  std::string features;
  unsigned level = 2;
  bool quiet = false;
  std::shared_ptr<RunOptions> limits = std::make_shared<RunOptions>();
};

Result<Expected> read_expected(const std::string& path) {
  Expected out;
  if (path.empty()) return out;
  std::ifstream file(path);
  if (!file) return error(DiagCode::kFileUnreadable, fmt::format("cannot open `{}`", path));
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string name;
    std::size_t count = 0;
    if (words >> name >> count) out[name] = count;
  }
  return out;
}

/// The list names a script by the end of its path.
std::size_t expected_for(const Expected& expected, const std::string& path) {
  for (const auto& [name, count] : expected) {
    if (path == name || path.ends_with("/" + name)) return count;
  }
  return 0;
}

/// Did the script do as expected?
Result<bool> run_file(Context& context, const Options& options, const Expected& expected, const std::string& path) {
  const SourceId source = TRY(read_input(context, path));
  engine::EngineOptions engine_options = options.limits->engine;
  engine_options.opt_level = options.level == 0 ? engine::OptLevel::kNone : engine::OptLevel::kFull;
  engine_options.compile_mode = options.limits->compile.value_or(engine::CompileMode::kEager);
  component::Features features;
  features.core = wasm::Features::wasm3();
  if (!options.features.empty()) features = component::Features::parse(options.features).value_or(features);
  Result<engine::wast::Report> report = engine::wast::run_script(context.sources, source, engine_options, features);
  if (!report) return std::move(report).error().context(fmt::format("running `{}`", path));
  const std::size_t failed = report->failures.size();
  const std::size_t allowed = expected_for(expected, path);
  const bool good = failed == allowed;
  if (!options.quiet || !good) fmt::print("{}: {} passed, {} failed", path, report->passed, failed);
  if (!options.quiet || !good) fmt::print("{}\n", allowed != 0 ? fmt::format(" ({} expected)", allowed) : "");
  if (!good) {
    for (const engine::wast::Failure& failure : report->failures) {
      const LineColumn place = context.sources.line_column(failure.span.source, failure.span.begin);
      fmt::print("  {}:{}: {}\n", path, place.line, failure.message);
    }
  }
  std::fflush(stdout);
  return good;
}

}  // namespace

void add_wast(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("wast", "run scripts of the WebAssembly test suite");
  command->footer("Example:\n  witc wast i32.wast");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->files, "scripts, or - for standard input")->required();
  command->add_option("--expected-failures", options->expected_failures, "a list of how often which script may fail");
  command->add_option("--features", options->features, "features of modules and components, as `witc validate` takes them; by default WebAssembly 3.0")
      ->check([](const std::string& list) {
        return component::Features::parse(list) ? std::string() : "unknown feature in `" + list + "`";
      });
  command->add_option("-O", options->level, "optimisation: 0 or 2")->check(CLI::IsMember({0, 2}));
  add_limit_options(*command, options->limits);
  add_compile_options(*command, options->limits);
  command->add_flag("-q,--quiet", options->quiet, "say nothing about scripts that do as expected");
  command->callback([&context, options] {
    context.action = [&context, options]() -> Result<int> {
      const Expected expected = TRY(read_expected(options->expected_failures));
      bool good = true;
      for (const std::string& path : options->files) good &= TRY(run_file(context, *options, expected, path));
      return good ? int{kDone} : int{kInputWrong};
    };
  });
}

}  // namespace witc::cli
