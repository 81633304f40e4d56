// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc parse`: WebAssembly text to binary. A binary input is read and written again as it is.
#include <memory>

#include "cli/command.h"
#include "cli/wasm_input.h"
#include "wasm/component/encode.h"
#include "wasm/component/load.h"
#include "wasm/core/encode.h"
#include "wasm/core/load.h"

namespace witc::cli {
namespace {

struct Options {
  std::string path = "-";
  std::string output;
};

Result<int> run(Context& context, const Options& options) {
  SourceId source = TRY(read_input(context, options.path));
  if (context.sources.kind(source) == SourceKind::kBinary) {
    TRY(write_output(options.output, context.sources.text(source), SourceKind::kBinary));
    return int{kDone};
  }
  std::vector<std::uint8_t> bytes;
  if (is_component(context, source)) {
    bytes = component::encode(TRY(component::load_component(context.sources, source)));
  } else {
    bytes = wasm::encode_module(TRY(wasm::load_module(context.sources, source)));
  }
  TRY(write_output(options.output, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, SourceKind::kBinary));
  return int{kDone};
}

}  // namespace

void add_parse(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("parse", "WebAssembly text to binary");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->path, "the text, or - for standard input");
  command->add_option("-o,--output", options->output, "where to write the binary; standard output by default");
  command->footer("Example: witc parse app.wat -o app.wasm");
  command->callback([&context, options] { context.action = [&context, options] { return run(context, *options); }; });
}

}  // namespace witc::cli
