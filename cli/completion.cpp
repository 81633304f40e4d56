// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc completion`: a completion script for a shell, made from the tree of subcommands itself, so that it never lags
// behind. bash and zsh get a function that walks the words to the subcommand and offers its words; fish gets a line
// for each word.
#include <fmt/format.h>

#include <memory>
#include <vector>

#include "cli/command.h"

namespace witc::cli {
namespace {

std::vector<const CLI::App*> below(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

/// The names of its subcommands, then `-x` and `--long` of its options.
std::string words(const CLI::App& app) {
  std::string out;
  for (const CLI::App* command : below(app)) out += " " + command->get_name();
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_snames()) out += " -" + name;
    for (const std::string& name : option->get_lnames()) out += " --" + name;
  }
  return out.empty() ? out : out.substr(1);
}

/// What an option takes where that is one of a few words: CLI11 keeps them as `TEXT:{a,b}`.
std::string choices(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{'), close = type.find('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  std::string out = type.substr(open + 1, close - open - 1);
  for (char& c : out) c = c == ',' ? ' ' : c;
  return out;
}

/// The arms of three `case`s: from a subcommand to those below, the words of each, the values of its options.
struct Arms {
  std::string steps, words, values;
};

void add_arms(const CLI::App& app, const std::string& path, Arms& arms) {
  std::string offered = words(app);
  for (const CLI::Option* option : app.get_options()) {
    const std::string values = choices(*option);
    if (values.empty()) continue;
    if (option->get_positional()) offered += " " + values;
    for (const std::string& name : option->get_lnames()) {
      arms.values += fmt::format("    '{} --{}') offered='{}' ;;\n", path, name, values);
    }
  }
  arms.words += fmt::format("    '{}') offered='{}' ;;\n", path, offered);
  for (const CLI::App* command : below(app)) {
    const std::string inner = path + "/" + command->get_name();
    arms.steps += fmt::format("      '{}') at='{}' ;;\n", inner, inner);
    add_arms(*command, inner, arms);
  }
}

std::string bash(const CLI::App& app) {
  Arms arms;
  add_arms(app, app.get_name(), arms);
  return fmt::format(R"(_witc() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} at=witc offered='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at/${{COMP_WORDS[i]}}" in
{}    esac
  done
  case "$at" in
{}  esac
  case "$at ${{COMP_WORDS[COMP_CWORD - 1]}}" in
{}  esac
  COMPREPLY=($(compgen -W "$offered" -- "$current") $(compgen -f -- "$current"))
}}
complete -o filenames -F _witc witc
)",
                     arms.steps, arms.words, arms.values);
}

std::string zsh(const CLI::App& app) {
  Arms arms;
  add_arms(app, app.get_name(), arms);
  return fmt::format(R"(#compdef witc
_witc() {{
  local at=witc offered='' i
  for ((i = 2; i < CURRENT; i++)); do
    case "$at/$words[i]" in
{}    esac
  done
  case "$at" in
{}  esac
  case "$at $words[CURRENT-1]" in
{}  esac
  compadd -- ${{=offered}}
  _files
}}
compdef _witc witc
)",
                     arms.steps, arms.words, arms.values);
}

/// For fish, inside single quotes.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

void add_fish(const CLI::App& app, const std::string& condition, std::string& out) {
  const std::string start = fmt::format("complete -c witc{}", condition.empty() ? "" : " -n " + quoted(condition));
  for (const CLI::Option* option : app.get_options()) {
    const std::string values = choices(*option);
    if (option->get_positional() && !values.empty()) out += fmt::format("{} -a {}\n", start, quoted(values));
    if (option->get_snames().empty() && option->get_lnames().empty()) continue;
    out += start;
    for (const std::string& name : option->get_snames()) out += " -s " + name;
    for (const std::string& name : option->get_lnames()) out += " -l " + name;
    if (option->get_items_expected_max() > 0) out += " -r";
    if (!values.empty()) out += " -f -a " + quoted(values);
    out += fmt::format(" -d {}\n", quoted(option->get_description()));
  }
  const auto commands = below(app);
  std::string names;
  for (const CLI::App* command : commands) names += " " + command->get_name();
  for (const CLI::App* command : commands) {
    const std::string here = condition.empty() ? "" : condition + "; and ";
    out += fmt::format("complete -c witc -n {} -a {} -d {}\n",
                       quoted(here + "not __fish_seen_subcommand_from" + names), command->get_name(),
                       quoted(command->get_description()));
    add_fish(*command, here + "__fish_seen_subcommand_from " + command->get_name(), out);
  }
}

std::string script(const std::string& shell, const CLI::App& app) {
  if (shell == "bash") return bash(app);
  if (shell == "zsh") return zsh(app);
  std::string out;
  add_fish(app, "", out);
  return out;
}

}  // namespace

void add_completion(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("completion", "a completion script for a shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "the shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "Example: source <(witc completion bash)\n"
      "         witc completion fish > ~/.config/fish/completions/witc.fish");
  command->callback([&app, &context, shell] {
    context.action = [&app, shell]() -> Result<int> {
      TRY(write_output("", script(*shell, app), SourceKind::kText));
      return int{kDone};
    };
  });
}

}  // namespace witc::cli
