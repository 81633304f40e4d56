// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc parse`: WebAssembly text to binary. A binary input is read and written again as it is.
#include <memory>

#include "cli/command.h"
#include "cli/wasm_input.h"

namespace witc::cli {
namespace {

struct Options {
  std::string path = "-";
  std::string output;
  component::ParseOptions parse;
};

Result<int> run(Context& context, const Options& options) {
  SourceId source = TRY(read_binary(context, options.path, options.parse));
  TRY(write_output(options.output, context.sources.text(source), SourceKind::kBinary));
  return int{kDone};
}

}  // namespace

void add_parse(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("parse", "WebAssembly text to binary");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->path, "the text, or - for standard input");
  command->add_option("-o,--output", options->output, "where to write the binary; standard output by default");
  command->add_flag("--strict-references", options->parse.strict_references,
                    "refuse the older forms of references in canonical options, as `(realloc (func $f))`");
  command->footer("Example: witc parse app.wat -o app.wasm");
  command->callback([&context, options] { context.action = [&context, options] { return run(context, *options); }; });
}

}  // namespace witc::cli
