// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc strip`: a module or component without its custom sections (as `wasm-tools strip`).
#include <fmt/format.h>
#include <regex.h>

#include <algorithm>
#include <list>
#include <memory>
#include <vector>

#include "cli/command.h"
#include "cli/wasm_input.h"
#include "wasm/section_tree.h"

namespace witc::cli {
namespace {

struct Options {
  std::string path = "-";
  std::string output;
  std::vector<std::string> patterns;
  bool all = false;
  bool text = false;
};

/// A POSIX extended regular expression: names come from the input, and this matcher's time and stack are bounded.
class Pattern {
 public:
  explicit Pattern(const std::string& text) {
    status_ = ::regcomp(&regex_, text.c_str(), REG_EXTENDED | REG_NOSUB);
  }
  ~Pattern() {
    if (status_ == 0) ::regfree(&regex_);
  }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  [[nodiscard]] bool is_good() const { return status_ == 0; }
  [[nodiscard]] std::string problem() const {
    char text[200];
    ::regerror(status_, &regex_, text, sizeof text);
    return text;
  }
  [[nodiscard]] bool matches(std::string_view name) const {
    regmatch_t range{.rm_so = 0, .rm_eo = static_cast<regoff_t>(name.size())};
    return ::regexec(&regex_, name.data(), 1, &range, REG_STARTEND) == 0;
  }

 private:
  regex_t regex_{};
  int status_ = 0;
};

bool is_dropped_by_default(std::string_view name) {
  return name != "name" && name != "dylink.0" && name != "component-type" && !name.starts_with("component-type:");
}

Result<int> run(Context& context, const Options& options) {
  std::list<Pattern> patterns;
  for (const std::string& pattern : options.patterns) patterns.emplace_back(pattern);
  SourceId source = TRY(read_binary(context, options.path));
  wasm::SectionTree tree = TRY(wasm::read_section_tree(context.sources, source));
  auto drop = [&](std::string_view name) {
    if (options.all) return true;
    if (patterns.empty()) return is_dropped_by_default(name);
    return std::ranges::any_of(patterns, [&](const Pattern& pattern) { return pattern.matches(name); });
  };
  std::vector<std::uint8_t> bytes = wasm::without_customs(context.sources, source, tree, drop);
  TRY(write_wasm(context, options.output, bytes, options.text));
  return int{kDone};
}

std::string check_pattern(const std::string& text) {
  Pattern pattern(text);
  return pattern.is_good() ? "" : fmt::format("`{}` is no regular expression: {}", text, pattern.problem());
}

}  // namespace

void add_strip(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("strip", "remove custom sections");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->path, "a module or component, binary or text, or - for standard input");
  command->add_flag("-a,--all", options->all, "remove all; else `name`, `component-type` and `dylink.0` stay");
  command->add_option("-d,--delete", options->patterns, "remove those whose names match this regular expression, and no others")
      ->type_name("REGEX")
      ->take_all()
      ->allow_extra_args(false)
      ->check(check_pattern);
  command->add_flag("-t,--wat", options->text, "write text, not binary");
  command->add_option("-o,--output", options->output, "where to write; standard output by default");
  command->footer("Example: witc strip --delete '^\\.debug' app.wasm -o small.wasm");
  command->callback([&context, options] { context.action = [&context, options] { return run(context, *options); }; });
}

}  // namespace witc::cli
