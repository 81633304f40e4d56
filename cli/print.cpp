// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc print`: a WebAssembly module or component as text.
#include <fmt/format.h>

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
  wasm::PrintOptions form;
};

Result<std::string> print(Context& context, const Options& options) {
  // Offsets are those of a binary; otherwise text is not encoded first, so that what is wrong is told where it stands.
  SourceId source = TRY(options.form.offsets ? read_binary(context, options.path) : read_input(context, options.path));
  if (is_component(context, source)) {
    if (options.form.skeleton || options.form.offsets || options.form.name_unnamed) {
      return error(DiagCode::kFileKind, fmt::format("`{}` is a component, which is printed in one way only", options.path))
          .hint("`--skeleton`, `--print-offsets` and `--name-unnamed` are for core modules");
    }
    return component::print_component(TRY(component::load_component(context.sources, source)), options.form);
  }
  return wasm::print_module(TRY(wasm::load_module(context.sources, source)), options.form);
}

}  // namespace

void add_print(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("print", "a WebAssembly module or component as text");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->path, "the input, binary or text, or - for standard input");
  command->add_option("-o,--output", options->output, "where to write the text; standard output by default");
  command->add_flag("-p,--print-offsets", options->form.offsets, "where in the binary each line is, as a comment");
  command->add_flag("-f,--fold-instructions", options->form.fold, "instructions in parentheses, their operands inside");
  command->add_flag("--print-operand-stack", options->form.operand_stack,
                    "after each instruction what is on the operand stack, as a comment");
  command->add_flag("--skeleton", options->form.skeleton, "leave the contents of functions and segments out");
  command->add_flag("--name-unnamed", options->form.name_unnamed, "make a name for what has none");
  command->footer("Example: witc print app.wasm -o app.wat");
  command->callback([&context, options] {
    context.action = [&context, options]() -> Result<int> {
      std::string text = TRY(print(context, *options));
      TRY(write_output(options->output, text + "\n", SourceKind::kText));
      return int{kDone};
    };
  });
}

}  // namespace witc::cli
