// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc`: builds the context, lets the chosen subcommand run, renders what it returns.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "cli/command.h"

namespace {

/// Is `word` the subcommand that `name`, an identifier, stands for (`semver_check`: `semver-check`)?
bool is_subcommand(std::string_view word, std::string_view name) {
  return std::ranges::equal(word, name, [](char a, char b) { return a == (b == '_' ? '-' : b); });
}

/// Subcommands with all their options are a quarter of what a short run takes, so one that is named first of all is added
/// alone. Everything else has all: options in front, help, a misspelt word, and `completion`, which goes through them.
void add_subcommands(CLI::App& app, witc::cli::Context& context, std::string_view first) {
  using namespace witc::cli;
  bool is_alone = false;
#define WITC_COMMAND(name) is_alone |= is_subcommand(first, #name);
#include "cli/commands.def"
#undef WITC_COMMAND
  is_alone &= !is_subcommand(first, "completion");
#define WITC_COMMAND(name) \
  if (!is_alone || is_subcommand(first, #name)) add_##name(app, context);
#include "cli/commands.def"
#undef WITC_COMMAND
}

}  // namespace

int main(int argc, char** argv) {
  using namespace witc::cli;
  Context context;
  CLI::App app{"witc: WebAssembly components for C++ people", "witc"};
  app.set_version_flag("--version", "witc 0.1.0");
  app.require_subcommand(1);

  std::string message_format = "text";
  std::string color = "auto";
  app.add_option("--message-format", message_format, "how diagnostics are printed")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--color", color, "colour in diagnostics")->check(CLI::IsMember({"auto", "always", "never"}));
  app.fallthrough();

  add_subcommands(app, context, argc > 1 ? argv[1] : "");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return explain_usage(app, wrong);
  }
  context.json_messages = message_format == "json";
  context.color = color == "always" ||
                  (color == "auto" && ::isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr);

  witc::Result<int> status = context.action();
  if (status) return *status;
  report(context, status.error());
  return kInputWrong;
}
