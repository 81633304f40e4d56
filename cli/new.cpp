// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc new`: a component made of a core module.
#include <filesystem>

#include "cli/command.h"
#include "cli/wasm_input.h"
#include "linker/new/new_component.h"
#include "wasm/component/encode.h"

namespace witc::cli {
namespace {

struct NewArgs {
  std::string path = "-";
  std::string output;
  std::vector<std::string> adapters;
  bool no_builtin = false;
  bool exit_with_code = false;
  bool newest_imports = true;
  bool return_call_ref = false;
  bool wat = false;
};

/// `NAME=FILE`, or `FILE` whose name says what it adapts.
Result<linker::AdapterInput> read_adapter(Context& context, const std::string& argument) {
  auto equals = argument.find('=');
  std::string path = equals == std::string::npos ? argument : argument.substr(equals + 1);
  std::string name = equals == std::string::npos ? std::filesystem::path(path).stem().string() : argument.substr(0, equals);
  name = name.substr(0, name.find('.'));  // wasi_snapshot_preview1.command.wasm
  return linker::AdapterInput{name, TRY(read_core_module(context, path))};
}

Result<int> run_new(Context& context, const NewArgs& args) {
  linker::NewOptions options;
  options.builtin_preview1 = !args.no_builtin;
  options.exit_with_code = args.exit_with_code;
  options.newest_imports = args.newest_imports;
  options.return_call_ref = args.return_call_ref;
  for (const std::string& adapter : args.adapters) options.adapters.push_back(TRY(read_adapter(context, adapter)));
  wasm::Module module = TRY(read_core_module(context, args.path));
  component::ast::Component component = TRY(linker::new_component(context.sources, std::move(module), std::move(options)));
  std::vector<std::uint8_t> bytes = component::encode(component);
  TRY(write_wasm(context, args.output, bytes, args.wat));
  return int{kDone};
}

}  // namespace

void add_new(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("new", "make a component of a core module and the world it was written for");
  auto args = std::make_shared<NewArgs>();
  command->add_option("CORE", args->path, "the core module, or - for standard input");
  command->add_option("-o,--output", args->output, "where to write the component");
  command->add_option("--adapt", args->adapters, "NAME=ADAPTER: a module that answers imports from NAME; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--no-builtin-adapter", args->no_builtin, "do not adapt WASI preview 1 by the adapter that comes with witc");
  command->add_flag("--exit-with-code", args->exit_with_code,
                    "exit with the program's own status: needs a host with `wasi:cli/exit.exit-with-code`");
  command->add_option("--merge-imports-based-on-semver", args->newest_imports,
                      "of an interface in compatible versions, import only the newest (true, as it is without this, or false)");
  command->add_flag("--return-call-ref", args->return_call_ref,
                    "call what is only known later by `return_call_ref`, not through a table");
  command->add_flag("-t,--wat", args->wat, "write text, not binary");
  command->footer("Example:\n  witc new app.core.wasm -o app.wasm");
  command->callback([&context, args] { context.action = [&context, args] { return run_new(context, *args); }; });
}

}  // namespace witc::cli
