// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc print`: a WebAssembly module or component as text.
#include <memory>

#include "cli/command.h"
#include "cli/wasm_input.h"
#include "wasm/component/load.h"
#include "wasm/component/print.h"
#include "wasm/core/load.h"
#include "wasm/core/print.h"

namespace witc::cli {
namespace {

struct Options {
  std::string path = "-";
  std::string output;
};

Result<std::string> print(Context& context, const std::string& path) {
  SourceId source = TRY(read_input(context, path));
  if (is_component(context, source)) return component::print_component(TRY(component::load_component(context.sources, source)));
  return wasm::print_module(TRY(wasm::load_module(context.sources, source)));
}

}  // namespace

void add_print(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("print", "a WebAssembly module or component as text");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->path, "the input, binary or text, or - for standard input");
  command->add_option("-o,--output", options->output, "where to write the text; standard output by default");
  command->footer("Example: witc print app.wasm -o app.wat");
  command->callback([&context, options] {
    context.action = [&context, options]() -> Result<int> {
      std::string text = TRY(print(context, options->path));
      TRY(write_output(options->output, text + "\n", SourceKind::kText));
      return int{kDone};
    };
  });
}

}  // namespace witc::cli
