// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is said of a command line that is wrong. CLI11 asks for a missing subcommand before it looks at the words it
// could not place, so a misspelt subcommand is found here, among those words.
#include <fmt/format.h>

#include "cli/command.h"
#include "wit-parser/suggest.h"

namespace witc::cli {
namespace {

void unknown(std::string_view what, const std::string& word, std::string_view hint, const std::string& help) {
  fmt::print(stderr, "error: unknown {} `{}`\n", what, word);
  if (!hint.empty()) fmt::print(stderr, "hint: {}\n", hint);
  fmt::print(stderr, "hint: `{} --help` lists what there is\n", help);
}

}  // namespace

int explain_usage(const CLI::App& app, const CLI::ParseError& wrong) {
  if (wrong.get_exit_code() == 0) return app.exit(wrong);  // --help and --version
  const CLI::App* at = &app;
  std::string name = app.get_name();
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    name += " " + at->get_name();
  }
  const auto below = at->get_subcommands([](const CLI::App*) { return true; });
  if (below.empty()) {
    app.exit(wrong);
    return kUsageWrong;
  }
  const std::vector<std::string> words = app.remaining(true);
  for (const std::string& word : words) {
    if (word.starts_with('-')) continue;
    std::vector<std::string> names;
    for (const CLI::App* command : below) names.push_back(command->get_name());
    const Diagnostic suggested = wit::suggest(error(DiagCode::kFileKind, ""), word, names,
                                              [](const std::string& each) -> std::string_view { return each; });
    unknown("subcommand", word, suggested->hints.empty() ? std::string_view() : suggested->hints.front(), name);
    return kUsageWrong;
  }
  if (!words.empty()) unknown("option", words.front(), {}, name);
  else fmt::print(stderr, "{}", at->help(name));
  return kUsageWrong;
}

}  // namespace witc::cli
