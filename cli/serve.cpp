// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc serve`: a component that exports `wasi:http/incoming-handler` behind an HTTP server, an instance a request. Ends on
// SIGINT or SIGTERM (or a connection to --shutdown-addr): no new requests, those that run have their time, then the rest is
// cut off.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>

#include "cli/command.h"
#include "cli/program_input.h"
#include "cli/progress.h"
#include "cli/run_options.h"
#include "cli/wasi_options.h"
#include "cli/wasm_input.h"
#include "wasi-preview/http/message.h"
#include "wasi-preview/http/proxy.h"
#include "wasi-preview/http/transport.h"

namespace witc::cli {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct ServeArguments {
  std::string file;
  std::string address = "0.0.0.0:8080";
  std::string shutdown_address;
  std::string opt_level;
  unsigned max_requests = 64;
  std::size_t max_connections = 10'000;
  unsigned io_threads = 1;
  double header_timeout = 30, idle_timeout = 60, grace = 10;  // seconds
  bool quiet = false;
  std::shared_ptr<WasiArguments> wasi = std::make_shared<WasiArguments>();
  std::shared_ptr<RunOptions> options = std::make_shared<RunOptions>();
};

std::chrono::milliseconds to_time(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

/// `127.0.0.1:8080`, `[::1]:8080`.
std::optional<tcp::endpoint> parse_endpoint(const std::string& text) {
  const std::optional<http::Authority> parsed = http::parse_authority(text);
  boost::system::error_code wrong;
  if (!parsed || !parsed->port) return std::nullopt;
  const asio::ip::address address = asio::ip::make_address(parsed->host, wrong);
  return wrong ? std::nullopt : std::optional(tcp::endpoint(address, *parsed->port));
}

/// A line of the access log: time, peer, method, path, status (0: none could be sent), bytes of the body, milliseconds.
void log_access(const http::ExchangeDone& done) {
  using namespace std::chrono;
  const auto now = system_clock::now();
  const double ms = duration<double, std::milli>(steady_clock::now() - done.exchange.started).count();
  const http::RequestHead& head = done.exchange.head;
  const std::string line = fmt::format(
      "{:%Y-%m-%dT%H:%M:%S}.{:03}Z {} {} {} {} {} {:.1f}ms{}\n", fmt::gmtime(system_clock::to_time_t(now)),
      duration_cast<milliseconds>(now.time_since_epoch()).count() % 1000, done.exchange.peer, head.method,
      head.target.empty() ? "-" : head.target, done.status, done.exchange.body_bytes_sent.load(), ms,
      done.is_complete ? "" : " cut-off");
  (void)!::write(STDERR_FILENO, line.data(), line.size());  // whole lines, from any thread
}

void log_trap(const http::Exchange& exchange, const engine::ComponentInstance& instance, engine::Trap trap) {
  instance.component().add_sources(trap);
  const std::string text =
      fmt::format("error: the guest trapped on {} {}: {}\n", exchange.head.method, exchange.head.target, engine::to_string(trap));
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

/// As many connections as the system lets us have.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Returns when it is time to stop.
Result<void> wait_for_end(const ServeArguments& serve, asio::io_context& io, asio::signal_set& signals) {
  signals.async_wait([&](boost::system::error_code, int) { io.stop(); });
  tcp::acceptor acceptor(io);
  if (!serve.shutdown_address.empty()) {
    const tcp::endpoint endpoint = *parse_endpoint(serve.shutdown_address);
    boost::system::error_code wrong;
    if (!acceptor.open(endpoint.protocol(), wrong) && !acceptor.set_option(tcp::acceptor::reuse_address(true), wrong) &&
        !acceptor.bind(endpoint, wrong)) {
      acceptor.listen(1, wrong);
    }
    if (wrong) return error(DiagCode::kEngineResource, fmt::format("cannot listen on {}: {}", serve.shutdown_address, wrong.message()));
    acceptor.async_accept([&](boost::system::error_code, const tcp::socket&) { io.stop(); });
  }
  io.run();
  return {};
}

Result<int> serve(Context& context, const ServeArguments& serve) {
  Progress progress(serve.quiet);
  engine::EngineOptions engine_settings = engine_options(*serve.options, serve.opt_level);
  engine_settings.on_progress = progress.callback();
  const SourceId source = TRY(read_program(context, serve.file, engine_settings));
  component::ast::Component ast = TRY(read_component(context, source));
  engine::Engine engine(std::move(engine_settings));
  engine::Component component = TRY(engine::Component::load(engine, context.sources, std::move(ast)));

  wasi::WasiOptions grants = TRY(grants_of(*serve.wasi, {serve.file}));
  if (serve.wasi->stdin_file.empty()) grants.stdin_fd = -1;  // no request has our terminal

  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  asio::io_context io;
  asio::signal_set signals(io, SIGINT, SIGTERM);  // before any thread, so that none dies by one
  std::unique_ptr<wasi::Proxy> proxy = TRY(wasi::Proxy::make(
      engine, component, {.wasi = std::move(grants), .max_workers = serve.max_requests, .on_trap = log_trap}));

  const tcp::endpoint endpoint = *parse_endpoint(serve.address);
  http::ServerOptions options{.address = endpoint.address().to_string(), .port = endpoint.port()};
  options.io_threads = serve.io_threads;
  options.max_connections = serve.max_connections;
  options.header_timeout = to_time(serve.header_timeout);
  options.idle_timeout = to_time(serve.idle_timeout);
  auto server = TRY(http::transport())->listen(
      options, [&](std::shared_ptr<http::Exchange> exchange) { proxy->accept(std::move(exchange)); },
      serve.quiet ? http::Server::Observer() : log_access);
  if (!server) return error(DiagCode::kEngineResource, server.error());
  (*server)->start();
  fmt::print(stderr, "Serving HTTP on http://{}/\n", (*server)->address());

  TRY(wait_for_end(serve, io, signals));
  fmt::print(stderr, "Stopping\n");
  (*server)->begin_stop();
  (*server)->finish_stop(to_time(serve.grace));
  if (!proxy->stop(std::chrono::seconds(2))) {
    std::fflush(nullptr);
    std::_Exit(kDone);  // a guest computes for ever, on a thread that nothing can end
  }
  return int{kDone};
}

}  // namespace

void add_serve(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<ServeArguments>();
  CLI::App* command = app.add_subcommand("serve", "serve HTTP by a component that exports wasi:http/incoming-handler");
  command->footer(
      "Each request has an instance of its own. Nothing is granted by default but clocks and random numbers.\n"
      "Example: witc serve --addr 127.0.0.1:8080 -W timeout=10s,max-memory-size=67108864 app.wasm");
  const CLI::Validator is_endpoint([](const std::string& text) {
    return parse_endpoint(text) ? std::string() : "`" + text + "` is no IP address with a port: `127.0.0.1:8080`";
  }, "ADDRESS:PORT");
  command->add_option("FILE", arguments->file, "the component")->required();
  command->add_option("--addr", arguments->address, "where to listen (0.0.0.0:8080); port 0 is any free one")->check(is_endpoint);
  command->add_option("--shutdown-addr", arguments->shutdown_address, "a connection here stops the server")->check(is_endpoint);
  command->add_option("-O,--opt-level", arguments->opt_level, "0: compile quickly, as it runs; 2: well, before it runs")
      ->check(CLI::IsMember({"0", "2"}));
  command->add_option("--max-concurrent-requests", arguments->max_requests, "served at once, others wait (64)")
      ->check(CLI::Range(1u, 4096u));
  command->add_option("--max-concurrent-connections", arguments->max_connections, "more are closed (10000)")
      ->check(CLI::PositiveNumber);
  command->add_option("--io-threads", arguments->io_threads, "threads that read and write (1)")->check(CLI::Range(1u, 64u));
  command->add_option("--header-timeout", arguments->header_timeout, "seconds for a request's head (30)")->check(CLI::Range(0.001, 86400.0));
  command->add_option("--idle-timeout", arguments->idle_timeout, "seconds without a byte (60)")->check(CLI::Range(0.001, 86400.0));
  command->add_option("--grace", arguments->grace, "seconds that requests have when the server stops (10)")->check(CLI::Range(0.0, 86400.0));
  command->add_flag("-q,--quiet", arguments->quiet, "no access log");
  add_wasi_options(*command, arguments->wasi);
  add_run_options(*command, arguments->options);
  command->callback([&context, arguments] { context.action = [&context, arguments] { return serve(context, *arguments); }; });
}

}  // namespace witc::cli
