// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/run_options.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace witc::cli {
namespace {

struct OptionRow {
  std::string_view name;
  std::string_view help;
  std::function<bool(RunOptions&, std::string_view value)> set;  // false: not such a value
};

template <class Number>
bool set_number(Number& field, std::string_view value) {
  const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), field);
  return wrong == std::errc() && end == value.data() + value.size();
}

/// `1500ms`, `10s`, `2m`; a number alone counts seconds.
bool set_duration(std::optional<std::chrono::nanoseconds>& field, std::string_view value) {
  std::uint64_t count = 0;
  const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), count);
  if (wrong != std::errc()) return false;
  const std::string_view unit(end, static_cast<std::size_t>(value.data() + value.size() - end));
  constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {
      {"ns", 1}, {"us", 1000}, {"ms", 1'000'000}, {"s", 1'000'000'000}, {"", 1'000'000'000}, {"m", 60'000'000'000}};
  for (const auto& [name, nanoseconds] : kUnits) {
    if (name != unit) continue;
    if (count > static_cast<std::uint64_t>(std::chrono::nanoseconds::max().count()) / nanoseconds) return false;
    field = std::chrono::nanoseconds(count * nanoseconds);
    return true;
  }
  return false;
}

const std::vector<OptionRow>& wasm_options() {
  static const std::vector<OptionRow> kRows = {
      {"fuel", "=N operators that may be executed",
       [](RunOptions& options, std::string_view value) { return set_number(options.engine.fuel.emplace(), value); }},
      {"timeout", "=TIME that it may take: 500ms, 10s, 2m",
       [](RunOptions& options, std::string_view value) { return set_duration(options.engine.timeout, value); }},
      {"max-memory-size", "=BYTES of each memory",
       [](RunOptions& options, std::string_view value) { return set_number(options.engine.max_memory_bytes, value); }},
      {"max-table-elements", "=N of each table",
       [](RunOptions& options, std::string_view value) { return set_number(options.engine.max_table_elements, value); }},
      {"max-instances", "=N core instances",
       [](RunOptions& options, std::string_view value) { return set_number(options.engine.max_instances, value); }},
      {"max-wasm-stack", "=BYTES a guest's calls may take (1048576)",
       [](RunOptions& options, std::string_view value) { return set_number(options.engine.max_wasm_stack, value); }},
  };
  return kRows;
}

std::optional<bool> truth(std::string_view value) {
  if (value.empty() || value == "y" || value == "yes" || value == "true") return true;
  if (value == "n" || value == "no" || value == "false") return false;
  return std::nullopt;
}

const std::vector<OptionRow>& compile_options() {
  static const std::vector<OptionRow> kRows = {
      {"compile", "=lazy|eager: each function when it is called, or all before the program runs",
       [](RunOptions& options, std::string_view value) {
         if (value != "lazy" && value != "eager") return false;
         options.compile = value == "lazy" ? engine::CompileMode::kLazy : engine::CompileMode::kEager;
         return true;
       }},
      {"cache", "=y|n: keep what is compiled lazily for the next time (y)",
       [](RunOptions& options, std::string_view value) {
         const std::optional<bool> said = truth(value);
         options.cache = said.value_or(false);
         return said.has_value();
       }},
      {"cache-dir", "=FOLDER to keep it in ($XDG_CACHE_HOME/witc)",
       [](RunOptions& options, std::string_view value) {
         options.cache_folder = value;
         return !value.empty();
       }},
      {"parallel-compilation", "=y|n: on all cores (y)",
       [](RunOptions& options, std::string_view value) {
         const std::optional<bool> said = truth(value);
         options.engine.threads = said.value_or(true) ? 0 : 1;
         return said.has_value();
       }},
  };
  return kRows;
}

/// $XDG_CACHE_HOME/witc or ~/.cache/witc; empty if neither is known.
std::string user_cache() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return std::string(cache) + "/witc";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.cache/witc" : "";
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

engine::EngineOptions engine_options(const RunOptions& options, const std::string& opt_level) {
  using engine::CompileMode;
  // Frames of code that is compiled quickly are several times as large.
  constexpr std::uint64_t kQuickStack = 8;
  engine::EngineOptions out = options.engine;
  out.compile_mode = options.compile.value_or(opt_level == "2" ? CompileMode::kEager : CompileMode::kLazy);
  out.opt_level = opt_level == "0" ? engine::OptLevel::kNone : engine::OptLevel::kFull;
  if (out.compile_mode == CompileMode::kEager) return out;
  if (out.max_wasm_stack == engine::EngineOptions().max_wasm_stack) out.max_wasm_stack *= kQuickStack;
  if (options.cache) out.code_cache = options.cache_folder.empty() ? user_cache() : options.cache_folder;
  return out;
}

void add_limit_options(CLI::App& command, const std::shared_ptr<RunOptions>& options) {
  add_group(command, "-W", "limits of the guest", wasm_options(), options);
}

void add_compile_options(CLI::App& command, const std::shared_ptr<RunOptions>& options) {
  add_group(command, "-C", "compilation", compile_options(), options);
}

void add_run_options(CLI::App& command, const std::shared_ptr<RunOptions>& options) {
  add_limit_options(command, options);
  add_compile_options(command, options);
  add_group(command, "-D", "debugging", debug_options(), options);
}

}  // namespace witc::cli
