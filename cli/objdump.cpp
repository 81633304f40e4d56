// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc objdump`: the sections of a module or component (as `wasm-tools objdump`), or the code of a module.
#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/wasm_input.h"
#include "wasm/core/decode.h"
#include "wasm/core/disassemble.h"
#include "wasm/section_tree.h"

namespace witc::cli {
namespace {

struct Options {
  std::string path = "-";
  std::string output;
  bool disassemble = false;
};

/// The code of a module, or of every module in a component, each headed by where it is.
Result<void> disassemble(Context& context, SourceId source, const wasm::SectionTree& tree, bool is_inner,
                         std::string& out) {
  if (tree.is_component) {
    for (const wasm::SectionTree::Section& section : tree.sections) {
      for (const wasm::SectionTree& inner : section.inner) TRY(disassemble(context, source, inner, true, out));
    }
    return {};
  }
  if (is_inner) out += fmt::format("module at {:#x}\n", tree.begin);
  wasm::Module module = TRY(wasm::decode_module(context.sources, {source, tree.begin, tree.end}));
  out += TRY(wasm::disassemble(module));
  return {};
}

Result<int> run(Context& context, const Options& options) {
  SourceId source = TRY(read_binary(context, options.path));
  wasm::SectionTree tree = TRY(wasm::read_section_tree(context.sources, source));
  std::string out;
  if (options.disassemble) {
    TRY(disassemble(context, source, tree, false, out));
  } else {
    out = wasm::print_section_tree(tree);
  }
  TRY(write_output(options.output, out, SourceKind::kText));
  return int{kDone};
}

}  // namespace

void add_objdump(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("objdump", "the sections of a module or component, or its code");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->path, "a module or component, binary or text, or - for standard input");
  command->add_flag("-d,--disassemble", options->disassemble, "the functions: each instruction with its offset and bytes");
  command->add_option("-o,--output", options->output, "where to write; standard output by default");
  command->footer(
      "A line per section: name, where its contents begin and end, their size, how many items.\n"
      "Example: witc objdump app.wasm");
  command->callback([&context, options] { context.action = [&context, options] { return run(context, *options); }; });
}

}  // namespace witc::cli
