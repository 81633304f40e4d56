// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc adapters`: the calls between the component instances of a composition, each with the canonical ABI operations
// that carry its values over, and the core wasm they become.
#include <fmt/format.h>

#include "adapter-gen/adapter.h"
#include "cli/command.h"
#include "cli/wasm_input.h"
#include "engine/component/explain.h"
#include "engine/component/program.h"
#include "linker/plan_component.h"
#include "wasm/component/validate.h"
#include "wasm/core/print.h"

namespace witc::cli {
namespace {

struct Arguments {
  std::string path = "-";
  std::string output;
  bool plan_only = false;
  bool explain = false;
  bool json = false;
};

Result<int> run(Context& context, const Arguments& arguments) {
  component::ast::Component ast = TRY(read_component(context, arguments.path));
  component::Types types;
  component::ValidatedComponent validated = TRY(component::validate_component(context.sources, ast, types));
  linker::Plan plan = TRY(linker::plan_component(context.sources, ast, validated, types));
  engine::ComponentProgram program = TRY(engine::build_program(plan));
  std::string out;
  if (arguments.explain || arguments.json) {
    const engine::Explanation explanation = engine::explain_adapters(plan, program);
    out = arguments.json ? engine::to_json(explanation) : engine::to_string(explanation);
    TRY(write_output(arguments.output, out, SourceKind::kText));
    return int{kDone};
  }
  for (const auto& [id, adapter] : program.adapter_plans) {
    if (!out.empty()) out += '\n';
    out += abi::to_string(adapter);
    if (arguments.plan_only) continue;
    const engine::CoreInstance& core = program.program.instances[std::get<engine::CoreFunc>(*program.adapters[id]).instance];
    out += TRY(wasm::print_module(*core.module)) + "\n";
  }
  TRY(write_output(arguments.output, out, SourceKind::kText));
  return int{kDone};
}

}  // namespace

void add_adapters(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("adapters", "show what is between the components of a composition");
  command->footer(
      "For each call from one component instance to another: its plan, as canonical ABI operations, and its core wasm.\n"
      "Example: witc adapters composed.wasm");
  command->add_option("FILE", arguments->path, "a component, or - for standard input");
  CLI::Option* plan = command->add_flag("--plan", arguments->plan_only, "the plans only");
  command->add_flag("--explain", arguments->explain, "what each call costs: which guards live and why, what is copied and how, what is inlined")
      ->excludes(plan);
  command->add_flag("--json", arguments->json, "the same as JSON")->excludes(plan);
  command->add_option("-o,--output", arguments->output, "write to this file, not to standard output");
  command->callback([&context, arguments] { context.action = [&context, arguments] { return run(context, *arguments); }; });
}

}  // namespace witc::cli
