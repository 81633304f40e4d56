// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc run`: a command component runs to its end with what it was granted, or one export is called by name with WAVE
// values. The guest's exit status is ours; a trap is shown with its wasm stack and gives 134.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

#include "adapter-gen/wave.h"
#include "cli/command.h"
#include "cli/program_input.h"
#include "cli/progress.h"
#include "cli/run_module.h"
#include "cli/run_options.h"
#include "cli/wasi_options.h"
#include "cli/wasm_input.h"
#include "engine/component.h"
#include "engine/component/explain.h"
#include "linker/plan_component.h"
#include "wasi-preview/wasi.h"
#include "wasm/component/load.h"
#include "wasm/component/validate.h"

namespace witc::cli {
namespace {

struct RunArguments {
  std::string invoke;
  std::string opt_level;
  bool explain_adapters = false;
  std::vector<std::string> rest;  // the file and the guest's arguments
  std::shared_ptr<RunOptions> options = std::make_shared<RunOptions>();
  std::shared_ptr<WasiArguments> wasi = std::make_shared<WasiArguments>();
};

/// The exit status for a trap, which is shown, and the core dump that was asked for written, unless it is the guest's
/// own leaving.
Result<int> end_by(const RunArguments& run, engine::ComponentInstance& instance, engine::Trap trap) {
  if (trap.kind == engine::TrapKind::kExit) return int{trap.exit_status};
  std::fflush(stdout);
  instance.component().add_sources(trap);
  fmt::print(stderr, "error: the guest trapped: {}\n", engine::to_string(trap));
  if (!run.options->coredump.empty()) {
    const std::vector<std::uint8_t> dump = instance.coredump(trap, run.rest[0]);
    TRY(write_output(run.options->coredump, {reinterpret_cast<const char*>(dump.data()), dump.size()}, SourceKind::kBinary));
    fmt::print(stderr, "note: its core dump is in `{}`\n", run.options->coredump);
  }
  return int{kTrapped};
}

std::string all_funcs(const engine::Component& component) {
  std::string names;
  for (const engine::ComponentFunc& func : component.funcs()) names += (names.empty() ? "`" : ", `") + func.name + "`";
  return names.empty() ? "it exports no functions" : "it exports " + names;
}

Result<int> invoke(Context& context, const RunArguments& run, const engine::Component& component,
                   engine::ComponentInstance& instance) {
  Span text = context.sources.whole(context.sources.add("--invoke", run.invoke, SourceKind::kText));
  abi::WaveCall call = TRY(abi::parse_wave_call(context.sources, text));
  std::optional<engine::ComponentFunc> func = component.find_func(call.interface, call.function);
  if (!func && call.interface.empty()) {  // a bare name that only one interface has
    for (const engine::ComponentFunc& candidate : component.funcs()) {
      if (!candidate.name.ends_with("." + call.function)) continue;
      if (func) return error(DiagCode::kRunNoSuchExport, call.name, "more than one interface exports this function").hint(all_funcs(component));
      func = candidate;
    }
  }
  if (!func) return error(DiagCode::kRunNoSuchExport, call.name, "the component does not export this function").hint(all_funcs(component));

  const component::FuncType& type = component.types()[func->type];
  std::vector<abi::Val> args = TRY(abi::parse_wave_arguments(context.sources, call.arguments, component.types(), type));
  auto result = instance.call(*func, args);
  if (!result) return end_by(run, instance, std::move(result).error());
  if (*result) fmt::print("{}\n", abi::to_wave(**result, component.types(), *type.result));
  return int{kDone};
}

Result<int> run_command(const RunArguments& arguments, const engine::Component& component,
                        engine::ComponentInstance& instance) {
  std::optional<engine::ComponentFunc> run = component.find_func("wasi:cli/run@0.2.0", "run");
  if (!run) {
    return error(DiagCode::kRunNoSuchExport, fmt::format("`{}` is not a command: it does not export `wasi:cli/run`", arguments.rest[0]))
        .hint("call one of its functions with `--invoke`; " + all_funcs(component));
  }
  auto result = instance.call(*run, {});
  if (!result) return end_by(arguments, instance, std::move(result).error());
  const auto* status = *result ? (*result)->get_if<abi::Val::Variant>() : nullptr;
  return status != nullptr && status->case_index != 0 ? 1 : 0;
}

/// Instead of running it.
Result<int> explain(Context& context, const RunArguments& run) {
  component::ast::Component ast = TRY(read_component(context, run.rest[0]));
  component::Types types;
  component::ValidatedComponent validated = TRY(component::validate_component(context.sources, ast, types));
  linker::Plan plan = TRY(linker::plan_component(context.sources, ast, validated, types));
  engine::ComponentProgram program = TRY(engine::build_program(plan));
  fmt::print("{}", engine::to_string(engine::explain_adapters(plan, program)));
  return int{kDone};
}

Result<int> run(Context& context, const RunArguments& run) {
  if (run.explain_adapters) return explain(context, run);
  Progress progress(/*quiet=*/false);
  engine::EngineOptions options = engine_options(*run.options, run.opt_level);
  options.on_progress = progress.callback();
  const SourceId source = TRY(read_program(context, run.rest[0], options));
  wasi::WasiOptions grants = TRY(grants_of(*run.wasi, run.rest));
  if (!is_component(context, source)) {
    return run_module(context, source,
                      {std::move(grants), options, run.invoke, {run.rest.begin() + 1, run.rest.end()}, run.options->coredump});
  }
  component::ast::Component ast = TRY(component::load_component(context.sources, source));
  engine::Engine engine(options);
  engine::Component component = TRY(engine::Component::load(engine, context.sources, std::move(ast)));

  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is the guest's to see, as an error of its stream
  engine::Linker linker;
  wasi::Wasi host = TRY(wasi::Wasi::make(std::move(grants)));
  host.add_to(linker);
  engine::ComponentInstance instance = TRY(linker.instantiate(engine, component));
  if (auto started = instance.start(); !started) return end_by(run, instance, std::move(started).error());
  return run.invoke.empty() ? run_command(run, component, instance) : invoke(context, run, component, instance);
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "run a command, or call an export; a component or a core module");
  command->footer(
      "witc run [OPTIONS] FILE [ARGS...]. Nothing is granted by default but the standard streams, the clocks and random numbers.\n"
      "Example: witc run --env LANG=C app.wasm first second\n"
      "         witc run --invoke 'add(1, 2)' math.wasm");
  command->add_option("--invoke", arguments->invoke, "call this export with WAVE values, print the result: 'f(1, \"x\")'");
  command->add_flag("--explain-adapters", arguments->explain_adapters,
                    "do not run: say what each call between its components costs, and why (witc adapters --explain)");
  command->add_option("-O,--opt-level", arguments->opt_level, "0: compile quickly, as it runs; 2: well, before it runs")
      ->check(CLI::IsMember({"0", "2"}));
  add_wasi_options(*command, arguments->wasi);
  add_run_options(*command, arguments->options);
  command->fallthrough(false)->prefix_command();  // all from the file on is the guest's
  command->callback([&context, arguments, command] {
    arguments->rest = command->remaining();
    if (arguments->rest.empty()) throw CLI::RequiredError("FILE");
    const std::string& file = arguments->rest.front();
    if (file.size() > 1 && file.starts_with('-')) throw CLI::ExtrasError({file});
    context.action = [&context, arguments] { return run(context, *arguments); };
  });
}

}  // namespace witc::cli
