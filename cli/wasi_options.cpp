// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/wasi_options.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <set>

#include "wasi-preview/http/grants.h"

extern char** environ;

namespace witc::cli {
namespace {

struct OptionRow {
  std::string_view name;
  std::string_view help;
  std::function<bool(WasiArguments&, std::string_view value)> set;  // false: not such a value
};

bool set_bool(bool& field, std::string_view value) {
  field = value.empty() || value == "y" || value == "yes" || value == "true";
  return field || value == "n" || value == "no" || value == "false";
}

template <class Number>
bool set_number(Number& field, std::string_view value) {
  const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), field);
  return !value.empty() && wrong == std::errc() && end == value.data() + value.size();
}

/// `HOST:PORT`, `[IPV6]:PORT`; either may be `*`.
bool parse_address(std::string_view text, wasi::SocketGrant& grant) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos) return false;
  if (host.empty()) return false;
  if (host != "*") grant.host = host;
  return port == "*" || set_number(grant.port.emplace(), port);
}

auto add_socket(wasi::SocketProtocol protocol, wasi::SocketUse use) {
  return [protocol, use](WasiArguments& arguments, std::string_view value) {
    wasi::SocketGrant grant{.protocol = protocol, .use = use, .host = {}, .port = {}};
    if (!parse_address(value, grant)) return false;
    arguments.options.network.sockets.push_back(std::move(grant));
    return true;
  };
}

/// `y`, `n`, or one origin.
bool set_http(WasiArguments& arguments, std::string_view value) {
  if (set_bool(arguments.options.http.any, value)) return true;
  auto grant = wasi::parse_http_grant(value);
  if (grant) arguments.options.http.origins.push_back(*std::move(grant));
  return grant.has_value();
}

/// What is always there: said for wasmtime's sake.
bool set_always(WasiArguments&, std::string_view value) {
  bool field = false;
  return set_bool(field, value) && field;
}

const std::vector<OptionRow>& rows() {
  using Args = WasiArguments;
  using Value = std::string_view;
  using enum wasi::SocketProtocol;
  using enum wasi::SocketUse;
  static const std::vector<OptionRow> kRows = {
      {"cli", "", set_always},
      {"common", "", set_always},
      {"cli-exit-with-code", "", set_always},
      {"inherit-env", " all of our variables", [](Args& args, Value value) { return set_bool(args.inherit_env, value); }},
      {"inherit-network", " every address",
       [](Args& args, Value value) { return set_bool(args.options.network.inherit_network, value); }},
      {"allow-ip-name-lookup", "",
       [](Args& args, Value value) { return set_bool(args.options.network.allow_ip_name_lookup, value); }},
      {"tcp", "[=n] TCP sockets at all", [](Args& args, Value value) { return set_bool(args.options.network.tcp, value); }},
      {"udp", "[=n] UDP sockets at all", [](Args& args, Value value) { return set_bool(args.options.network.udp, value); }},
      {"tcp-connect", "=HOST:PORT, either may be `*`", add_socket(kTcp, kConnect)},
      {"tcp-bind", "=ADDRESS:PORT to listen on", add_socket(kTcp, kBind)},
      {"udp-connect", "=HOST:PORT to send to", add_socket(kUdp, kConnect)},
      {"udp-bind", "=ADDRESS:PORT", add_socket(kUdp, kBind)},
      {"http", " requests to any server, or =[METHOD+METHOD:]ORIGIN, as `GET:https://example.org`", set_http},
      {"http-ca", "=FILE of certificates that are trusted besides the system's",
       [](Args& args, Value value) {
         args.options.http.ca_file = value;
         return !value.empty();
       }},
      {"stdin", "=FILE, or `null` for an empty one",
       [](Args& args, Value value) {
         args.stdin_file = value;
         return !value.empty();
       }},
      {"random-seed", "=N of all random numbers",
       [](Args& args, Value value) { return set_number(args.options.deterministic.random_seed.emplace(), value); }},
      {"wall-clock", "=SECONDS since 1970 that the wall clock starts at",
       [](Args& args, Value value) {
         std::uint64_t seconds = 0;
         if (!set_number(seconds, value) || seconds > 18'000'000'000) return false;
         args.options.deterministic.wall_clock_ns = seconds * 1'000'000'000;
         return true;
       }},
      {"virtual-time", " clocks that only sleeping moves",
       [](Args& args, Value value) { return set_bool(args.options.deterministic.virtual_time, value); }},
      {"deterministic", " random-seed=0, virtual-time, an empty stdin",
       [](Args& args, Value value) {
         bool is_on = false;
         if (!set_bool(is_on, value)) return false;
         if (!is_on) return true;
         if (!args.options.deterministic.random_seed) args.options.deterministic.random_seed = 0;
         args.options.deterministic.virtual_time = true;
         if (args.stdin_file.empty()) args.stdin_file = "null";
         return true;
       }},
      {"max-open-files", "=N",
       [](Args& args, Value value) { return set_number(args.options.limits.max_open_files, value); }},
      {"max-resources", "=N handles",
       [](Args& args, Value value) { return set_number(args.options.limits.max_resources, value); }},
      {"max-random-size", "=BYTES of one call",
       [](Args& args, Value value) { return set_number(args.options.limits.max_random_bytes, value); }},
      {"max-http-fields-size", "=BYTES",
       [](Args& args, Value value) { return set_number(args.options.limits.max_http_fields_bytes, value); }},
  };
  return kRows;
}

std::string help() {
  std::string out;
  for (const OptionRow& row : rows()) out += fmt::format("{}{}{}", out.empty() ? "" : "; ", row.name, row.help);
  return out;
}

void set_options(WasiArguments& arguments, const std::vector<std::string>& items) {
  for (std::string_view item : items) {
    const std::size_t equals = item.find('=');
    const std::string_view name = item.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? "" : item.substr(equals + 1);
    const OptionRow* found = nullptr;
    for (const OptionRow& row : rows()) {
      if (row.name == name) found = &row;
    }
    if (found == nullptr) throw CLI::ValidationError("-S", fmt::format("there is no `{}`; there is {}", name, help()));
    if (!found->set(arguments, value)) {
      throw CLI::ValidationError("-S", fmt::format("`{}` is no value of `{}`", value, name));
    }
  }
}

void add_variable(WasiArguments& arguments, const std::string& item) {
  const std::size_t equals = item.find('=');
  if (equals != std::string::npos) {
    arguments.options.env.emplace_back(item.substr(0, equals), item.substr(equals + 1));
  } else if (const char* value = std::getenv(item.c_str())) {
    arguments.options.env.emplace_back(item, value);
  }
}

}  // namespace

bool parse_dir(std::string_view text, wasi::Preopen& preopen) {
  constexpr std::string_view kSeparator = "::";
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(kSeparator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + kSeparator.size());
  }
  if (parts.size() > 3 || parts[0].empty() || (parts.size() == 3 && parts[2] != "ro")) return false;
  preopen = {parts[0], parts.size() > 1 && !parts[1].empty() ? parts[1] : parts[0], parts.size() == 3};
  return true;
}

void add_wasi_options(CLI::App& command, const std::shared_ptr<WasiArguments>& arguments) {
  auto option = [&](const char* flag, auto each, const char* what, const char* form) {
    return command
        .add_option_function<std::vector<std::string>>(
            flag,
            [each](const std::vector<std::string>& items) {
              for (const std::string& item : items) each(item);
            },
            what)
        ->allow_extra_args(false)
        ->type_name(form);
  };
  option("--dir", [arguments](const std::string& dir) {
    if (!parse_dir(dir, arguments->options.preopens.emplace_back())) {
      throw CLI::ValidationError("--dir", "`" + dir + "` is not HOST[::GUEST[::ro]]");
    }
  }, "a directory, under the guest's name for it, and read-only with `::ro`", "HOST[::GUEST[::ro]]");
  option("--env", [arguments](const std::string& item) { add_variable(*arguments, item); },
         "a variable for the guest, or the NAME of one of ours to pass on", "NAME[=VALUE]");
  command.add_option("--argv0", arguments->argv0, "the program's name as the guest sees it");
  command
      .add_option_function<std::vector<std::string>>(
          "-S", [arguments](const std::vector<std::string>& items) { set_options(*arguments, items); },
          "what the guest is granted: " + help())
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME[=VALUE],...");
}

Result<wasi::WasiOptions> grants_of(const WasiArguments& arguments, std::vector<std::string> args) {
  wasi::WasiOptions options = arguments.options;
  options.args = std::move(args);
  if (!arguments.argv0.empty() && !options.args.empty()) options.args[0] = arguments.argv0;
  options.stdin_fd = STDIN_FILENO;
  options.stdout_fd = STDOUT_FILENO;
  options.stderr_fd = STDERR_FILENO;
  if (arguments.stdin_file == "null") {
    options.stdin_fd = -1;
  } else if (!arguments.stdin_file.empty()) {
    options.stdin_fd = ::open(arguments.stdin_file.c_str(), O_RDONLY | O_CLOEXEC);
    if (options.stdin_fd < 0) {
      return error(DiagCode::kFileUnreadable, fmt::format("cannot read `{}`: {}", arguments.stdin_file, std::strerror(errno)));
    }
  }
  if (arguments.inherit_env) {
    // What `--env` says goes before what is inherited.
    std::set<std::string, std::less<>> names;
    for (const auto& [name, value] : options.env) names.insert(name);
    for (char** item = environ; *item != nullptr; ++item) {
      const std::string_view text = *item;
      const std::size_t equals = text.find('=');
      if (equals == std::string_view::npos || names.contains(text.substr(0, equals))) continue;
      options.env.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return options;
}

}  // namespace witc::cli
