// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc compile`: a module or component to a file that `witc run` and `witc serve` start at once, without a compiler.
#include <fmt/format.h>

#include <filesystem>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/run_options.h"
#include "cli/wasm_input.h"
#include "engine/api.h"
#include "engine/component.h"
#include "engine/precompiled.h"
#include "wasm/component/load.h"
#include "wasm/core/load.h"
#include "wasm/core/validate.h"

namespace witc::cli {
namespace {

struct CompileArguments {
  std::string file;
  std::string output;
  std::string opt_level = "2";
  bool quiet = false;
  std::shared_ptr<RunOptions> options = std::make_shared<RunOptions>();
};

Result<void> compile_module(Context& context, SourceId source, engine::EngineOptions options) {
  options.modules_come_first = true;  // as where it is run
  const api::Engine engine(options);
  auto module = api::Module::load(engine, context.sources.bytes(source), context.sources.name(source));
  if (!module) {  // what is wrong with it, with the place as every command shows it
    const wasm::Module decoded = TRY(wasm::load_module(context.sources, source));
    TRY(wasm::validate_module(context.sources, decoded, wasm::Features::wasm3()));
    return error(DiagCode::kEngineResource, module.error().message);
  }
  if (auto done = api::compile_ahead(engine, *module); !done) return error(DiagCode::kEngineResource, done.error().message);
  return {};
}

Result<void> compile_component(Context& context, SourceId source, const engine::EngineOptions& options) {
  component::ast::Component ast = TRY(component::load_component(context.sources, source));
  engine::Engine engine(options);
  (void)TRY(engine::Component::load(engine, context.sources, std::move(ast)));
  return {};
}

Result<int> compile(Context& context, const CompileArguments& arguments) {
  const SourceId source = TRY(read_binary(context, arguments.file));
  Progress progress(arguments.quiet);
  engine::EngineOptions options = arguments.options->engine;
  options.opt_level = arguments.opt_level == "0" ? engine::OptLevel::kNone : engine::OptLevel::kFull;
  options.compile_mode = engine::CompileMode::kLazy;
  options.archive = engine::CodeArchive::make();
  options.on_progress = progress.callback();
  if (is_component(context, source)) TRY(compile_component(context, source, options));
  else TRY(compile_module(context, source, options));
  const std::vector<std::uint8_t> out = engine::write_precompiled(context.sources.bytes(source), options, *options.archive);
  TRY(write_output(arguments.output, {reinterpret_cast<const char*>(out.data()), out.size()}, SourceKind::kBinary));
  return int{kDone};
}

}  // namespace

void add_compile(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<CompileArguments>();
  CLI::App* command = app.add_subcommand("compile", "compile a component or core module to a file that starts at once");
  command->footer(
      "The file is for this build of witc and for processors like this one; others refuse it.\n"
      "Example: witc compile app.wasm && witc run app.cwasm");
  command->add_option("FILE", arguments->file, "the component or core module, or - for standard input")->required();
  command->add_option("-o,--output", arguments->output, "where to write it (FILE's name with .cwasm, in this folder)");
  command->add_option("-O,--opt-level", arguments->opt_level, "0: compile quickly; 2: well (2)")->check(CLI::IsMember({"0", "2"}));
  command->add_flag("-q,--quiet", arguments->quiet, "show no progress");
  add_limit_options(*command, arguments->options);
  add_compile_options(*command, arguments->options);
  command->callback([&context, arguments] {
    if (arguments->output.empty()) {
      if (arguments->file == "-") throw CLI::RequiredError("--output");
      arguments->output = std::filesystem::path(arguments->file).stem().string() + ".cwasm";
    }
    context.action = [&context, arguments] { return compile(context, *arguments); };
  });
}

}  // namespace witc::cli
