// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:cli: environment, exit, stdin, stdout, stderr and the terminal-* interfaces. Leaving is a trap of
// its own kind, which unwinds the guest and carries the status. The terminal resources have no
// functions; their rep is the file descriptor.
#include <unistd.h>

#include "wasi-preview/state.h"

namespace witc::wasi {

void add_cli_environment(Linker& linker, const StatePtr& state) {
  constexpr std::string_view kInterface = "wasi:cli/environment@0.2.0";
  linker.func(kInterface, "get-environment", [state](HostContext&, std::span<const Val>) -> HostResult {
    std::vector<Val> pairs;
    for (const auto& [name, value] : state->options.env) {
      pairs.push_back(Val::tuple({Val::string(name), Val::string(value)}));
    }
    return Val::list(std::move(pairs));
  });
  linker.func(kInterface, "get-arguments", [state](HostContext&, std::span<const Val>) -> HostResult {
    std::vector<Val> args;
    for (const std::string& arg : state->options.args) args.push_back(Val::string(arg));
    return Val::list(std::move(args));
  });
  linker.func(kInterface, "initial-cwd", [state](HostContext&, std::span<const Val>) -> HostResult {
    const auto& cwd = state->options.initial_cwd;
    return cwd ? Val::some(Val::string(*cwd)) : Val::none();
  });
}

void add_cli_exit(Linker& linker, const StatePtr&) {
  constexpr std::string_view kInterface = "wasi:cli/exit@0.2.0";
  linker.func(kInterface, "exit", [](HostContext&, std::span<const Val> args) -> HostResult {
    bool failed = args[0].get_if<Val::Variant>()->case_index != 0;
    return std::unexpected(Trap::exit(failed ? 1 : 0));
  });
  linker.func(kInterface, "exit-with-code", [](HostContext&, std::span<const Val> args) -> HostResult {
    return std::unexpected(Trap::exit(static_cast<std::int32_t>(as_u64(args[0]))));
  });
}

void add_cli_stdio(Linker& linker, const StatePtr& state) {
  linker.func("wasi:cli/stdin@0.2.0", "get-stdin", [state](HostContext&, std::span<const Val>) -> HostResult {
    if (state->inputs.full()) return too_many();
    return state->inputs.own({.fd = state->options.stdin_fd});
  });
  auto add_output = [&](std::string_view interface, std::string_view name, int WasiOptions::* fd) {
    linker.func(interface, name, [state, fd](HostContext&, std::span<const Val>) -> HostResult {
      if (state->outputs.full()) return too_many();
      return state->outputs.own({.fd = state->options.*fd});
    });
  };
  add_output("wasi:cli/stdout@0.2.0", "get-stdout", &WasiOptions::stdout_fd);
  add_output("wasi:cli/stderr@0.2.0", "get-stderr", &WasiOptions::stderr_fd);
}

void add_cli_terminal(Linker& linker, const StatePtr& state) {
  linker.resource("wasi:cli/terminal-input@0.2.0", "terminal-input", [](std::uint64_t) {});
  linker.resource("wasi:cli/terminal-output@0.2.0", "terminal-output", [](std::uint64_t) {});
  auto add = [&](std::string_view interface, std::string_view name, int WasiOptions::* fd) {
    linker.func(interface, name, [state, fd](HostContext&, std::span<const Val>) -> HostResult {
      int terminal = state->options.*fd;
      if (terminal < 0 || ::isatty(terminal) == 0) return Val::none();
      return Val::some(Val::own(static_cast<std::uint64_t>(terminal)));
    });
  };
  add("wasi:cli/terminal-stdin@0.2.0", "get-terminal-stdin", &WasiOptions::stdin_fd);
  add("wasi:cli/terminal-stdout@0.2.0", "get-terminal-stdout", &WasiOptions::stdout_fd);
  add("wasi:cli/terminal-stderr@0.2.0", "get-terminal-stderr", &WasiOptions::stderr_fd);
}

}  // namespace witc::wasi
