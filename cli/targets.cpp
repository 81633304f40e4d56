// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc targets`: does a component fit a world (as `wac targets`).
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/wasm_input.h"
#include "cli/wit_input.h"
#include "linker/targets.h"
#include "wasm/component/validate.h"
#include "wit-parser/wit.h"

namespace witc::cli {
namespace {

struct Options {
  std::string component, wit, world;
};

Result<int> run(Context& context, const Options& options) {
  component::ast::Component component = TRY(read_component(context, options.component));
  component::Types types;
  auto validated = TRY(component::validate_component(context.sources, component, types));
  wit::Resolve resolve;
  wit::PackageId package = TRY(read_wit(context, options.wit, resolve));
  wit::WorldId world = TRY(wit::select_world(resolve, package, options.world));
  if (auto fits = linker::check_targets(context.sources, resolve, world, types, validated.type); !fits) {
    return std::move(fits.error()).context(fmt::format("`{}` does not fit the world", options.component));
  }
  return int{kDone};
}

}  // namespace

void add_targets(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("targets", "check that a component fits a world");
  auto options = std::make_shared<Options>();
  command->add_option("COMPONENT", options->component, "the component, or - for standard input")->required();
  command->add_option("WIT", options->wit, "a WIT file or folder, WIT in binary, or - for standard input")->required();
  command->add_option("-w,--world", options->world, "the world; may be left out where there is only one");
  command->footer("Example: witc targets app.wasm wit --world app");
  command->callback([&context, options] { context.action = [&context, options] { return run(context, *options); }; });
}

}  // namespace witc::cli
