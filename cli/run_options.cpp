// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/run_options.h"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace witc::cli {
namespace {

struct OptionRow {
  std::string_view name;
  std::string_view help;
  std::function<bool(RunOptions&, std::string_view value)> set;  // false: not such a value
};

bool set_number(std::uint64_t& field, std::string_view value) {
  const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), field);
  return wrong == std::errc() && end == value.data() + value.size();
}

const std::vector<OptionRow>& wasm_options() {
  static const std::vector<OptionRow> kRows = {
      {"max-wasm-stack", "=BYTES a guest's calls may take (1048576)",
       [](RunOptions& options, std::string_view value) { return set_number(options.engine.max_wasm_stack, value); }},
  };
  return kRows;
}

const std::vector<OptionRow>& debug_options() {
  static const std::vector<OptionRow> kRows = {
      {"coredump", "=FILE that a trap's core dump is written to",
       [](RunOptions& options, std::string_view value) {
         options.coredump = value;
         return !value.empty();
       }},
  };
  return kRows;
}

std::string names(const std::vector<OptionRow>& rows) {
  std::string out;
  for (const OptionRow& row : rows) out += fmt::format("{}{}{}", out.empty() ? "" : "; ", row.name, row.help);
  return out;
}

void add_group(CLI::App& command, const char* flag, const char* what, const std::vector<OptionRow>& rows,
               const std::shared_ptr<RunOptions>& options) {
  auto parse = [&rows, options, flag](const std::vector<std::string>& items) {
    for (std::string_view item : items) {
      const std::size_t equals = item.find('=');
      const std::string_view name = item.substr(0, equals);
      const std::string_view value = equals == std::string_view::npos ? "" : item.substr(equals + 1);
      const OptionRow* found = nullptr;
      for (const OptionRow& row : rows) {
        if (row.name == name) found = &row;
      }
      if (found == nullptr) {
        throw CLI::ValidationError(flag, fmt::format("there is no `{}`; there is {}", name, names(rows)));
      }
      if (!found->set(*options, value)) {
        throw CLI::ValidationError(flag, fmt::format("`{}` is no value of `{}`", value, name));
      }
    }
    return true;
  };
  command.add_option(flag, CLI::callback_t(parse), fmt::format("{}: {}", what, names(rows)))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("NAME=VALUE,...");
}

}  // namespace

void add_run_options(CLI::App& command, const std::shared_ptr<RunOptions>& options) {
  add_group(command, "-W", "limits of the guest", wasm_options(), options);
  add_group(command, "-D", "debugging", debug_options(), options);
}

}  // namespace witc::cli
