// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc plug`: the exports of some components plugged into the imports of another (as `wac plug`).
#include <filesystem>
#include <map>

#include "cli/command.h"
#include "cli/wasm_input.h"
#include "linker/encode_graph.h"
#include "linker/plug.h"

namespace witc::cli {
namespace {

struct Options {
  std::string socket, output;
  std::vector<std::string> plugs;
};

Result<int> run(Context& context, const Options& options) {
  linker::CompositionGraph graph;
  std::map<std::string, int> stems;
  auto add = [&](const std::string& path) -> Result<linker::PackageId> {
    component::ast::Component component = TRY(read_component(context, path));
    // Named after the file, as that is how its author knows it.
    std::string stem = path == "-" ? "stdin" : std::filesystem::path(path).stem().string();
    int count = stems[stem]++;
    if (count > 0) stem += "-" + std::to_string(count + 1);
    return graph.add_package(context.sources, std::move(stem), std::move(component));
  };
  linker::PackageId socket = TRY(add(options.socket));
  std::vector<linker::PackageId> plugs;
  for (const std::string& path : options.plugs) plugs.push_back(TRY(add(path)));
  TRY(linker::plug(graph, socket, plugs));
  std::vector<std::uint8_t> bytes = TRY(linker::compose(context.sources, std::move(graph), "<composition>"));
  TRY(write_output(options.output, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, SourceKind::kBinary));
  return kDone;
}

}  // namespace

void add_plug(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("plug", "plug the exports of components into the imports of another");
  auto options = std::make_shared<Options>();
  command->add_option("SOCKET", options->socket, "the component whose imports are to be satisfied")->required();
  command->add_option("--plug", options->plugs, "a component whose exports are plugged in; may be repeated")
      ->required()
      ->allow_extra_args(false);
  command->add_option("-o,--output", options->output, "where to write the composition (standard output if absent)");
  command->footer("Example: witc plug app.wasm --plug library.wasm -o composed.wasm");
  command->callback([&context, options] { context.action = [&context, options] { return run(context, *options); }; });
}

}  // namespace witc::cli
