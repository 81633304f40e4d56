// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:cli: environment, exit, stdin, stdout, stderr and the terminal-* interfaces. Leaving is a trap of its own kind,
// which unwinds the guest and carries the status. A stream that is asked for again shares what is behind it.
#include <unistd.h>

#include "wasi-preview/p2/host_state.h"

namespace witc::wasi {
namespace {

namespace cli = ::wasi::cli;

class Environment final : public cli::environment::Host {
 public:
  explicit Environment(const WasiOptions& options) : options_(options) {}
  std::vector<std::tuple<std::string, std::string>> get_environment() override {
    return {options_.env.begin(), options_.env.end()};
  }
  std::vector<std::string> get_arguments() override { return options_.args; }
  std::optional<std::string> initial_cwd() override { return options_.initial_cwd; }

 private:
  const WasiOptions& options_;
};

class Exit final : public cli::exit::Host {
 public:
  void exit(wit::expected<void, std::monostate> status) override { trap(abi::Trap::exit(status ? 0 : 1)); }
  void exit_with_code(std::uint8_t status_code) override { trap(abi::Trap::exit(status_code)); }
};

class Stdin final : public cli::stdin_::Host {
 public:
  explicit Stdin(HostState& state) : loop_(state.loop), source_(std::make_shared<FdSource>(*state.loop, state.options.stdin_fd)) {}
  std::unique_ptr<io::streams::InputStream> get_stdin() override { return std::make_unique<InputStream>(loop_, source_); }

 private:
  EventLoopPtr loop_;
  std::shared_ptr<FdSource> source_;
};

class Output {
 public:
  Output(HostState& state, int fd) : loop_(state.loop), sink_(std::make_shared<FdSink>(state.loop, fd)) {}
  std::unique_ptr<io::streams::OutputStream> stream() { return std::make_unique<OutputStream>(loop_, sink_); }

 private:
  EventLoopPtr loop_;
  std::shared_ptr<FdSink> sink_;
};

class Stdout final : public cli::stdout_::Host {
 public:
  explicit Stdout(HostState& state) : output_(state, state.options.stdout_fd) {}
  std::unique_ptr<io::streams::OutputStream> get_stdout() override { return output_.stream(); }

 private:
  Output output_;
};

class Stderr final : public cli::stderr_::Host {
 public:
  explicit Stderr(HostState& state) : output_(state, state.options.stderr_fd) {}
  std::unique_ptr<io::streams::OutputStream> get_stderr() override { return output_.stream(); }

 private:
  Output output_;
};

// The resources of terminals have no functions.
class TerminalInput final : public cli::terminal_input::TerminalInput {};
class TerminalOutput final : public cli::terminal_output::TerminalOutput {};
class TerminalInputs final : public cli::terminal_input::Host {};
class TerminalOutputs final : public cli::terminal_output::Host {};

template <class Made, class Resource>
std::optional<std::unique_ptr<Resource>> terminal(int fd) {
  if (fd < 0 || ::isatty(fd) == 0) return std::nullopt;
  return std::make_unique<Made>();
}

class TerminalStdin final : public cli::terminal_stdin::Host {
 public:
  explicit TerminalStdin(int fd) : fd_(fd) {}
  std::optional<std::unique_ptr<cli::terminal_input::TerminalInput>> get_terminal_stdin() override {
    return terminal<TerminalInput, cli::terminal_input::TerminalInput>(fd_);
  }

 private:
  int fd_;
};

class TerminalStdout final : public cli::terminal_stdout::Host {
 public:
  explicit TerminalStdout(int fd) : fd_(fd) {}
  std::optional<std::unique_ptr<cli::terminal_output::TerminalOutput>> get_terminal_stdout() override {
    return terminal<TerminalOutput, cli::terminal_output::TerminalOutput>(fd_);
  }

 private:
  int fd_;
};

class TerminalStderr final : public cli::terminal_stderr::Host {
 public:
  explicit TerminalStderr(int fd) : fd_(fd) {}
  std::optional<std::unique_ptr<cli::terminal_output::TerminalOutput>> get_terminal_stderr() override {
    return terminal<TerminalOutput, cli::terminal_output::TerminalOutput>(fd_);
  }

 private:
  int fd_;
};

}  // namespace

void add_cli(HostState& state, host::HostLinker& linker) {
  state.add<Environment>(linker, state.options);
  state.add<Exit>(linker);
  state.add<Stdin>(linker, state);
  state.add<Stdout>(linker, state);
  state.add<Stderr>(linker, state);
  state.add<TerminalInputs>(linker);
  state.add<TerminalOutputs>(linker);
  state.add<TerminalStdin>(linker, state.options.stdin_fd);
  state.add<TerminalStdout>(linker, state.options.stdout_fd);
  state.add<TerminalStderr>(linker, state.options.stderr_fd);
}

}  // namespace witc::wasi
