// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc`: builds the context, lets the chosen subcommand run, renders what it returns.
#include <unistd.h>

#include <cstdlib>

#include "cli/command.h"

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

#define WITC_COMMAND(name) add_##name(app, context);
#include "cli/commands.def"
#undef WITC_COMMAND

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
