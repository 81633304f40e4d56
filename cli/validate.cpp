// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc validate`: is a WebAssembly module or component valid. Says nothing if it is.
#include <memory>

#include "cli/command.h"
#include "cli/wasm_input.h"
#include "wasm/component/load.h"
#include "wasm/component/validate.h"
#include "wasm/core/branch_hints.h"
#include "wasm/core/load.h"
#include "wasm/core/validate.h"

namespace witc::cli {
namespace {

struct Options {
  std::string path = "-";
  std::string features;
};

Result<int> run(Context& context, const Options& options) {
  const component::Features features = component::Features::parse(options.features).value_or(component::Features{});
  SourceId source = TRY(read_input(context, options.path));
  if (is_component(context, source)) {
    component::ast::Component component = TRY(component::load_component(context.sources, source));
    component::Types types;
    TRY(component::validate_component(context.sources, component, types, features));
    return int{kDone};
  }
  wasm::Module module = TRY(wasm::load_module(
      context.sources, source, {.wide_limits = features.core.has(wasm::Feature::kMemory64)}));
  TRY(wasm::validate_module(context.sources, module, features.core));
  // A custom section carries no meaning: it is told of, and the module is as valid with it.
  if (Result<void> hints = wasm::validate_branch_hints(module); !hints) {
    report(context, std::move(hints).error().severity(Severity::kWarning));
  }
  return int{kDone};
}

}  // namespace

void add_validate(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("validate", "check a WebAssembly module or component");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->path, "the input, binary or text, or - for standard input");
  command
      ->add_option("-f,--features", options->features,
                   "features to accept, core and component model's, separated by commas; `-x` takes x away, `-all` all of them")
      ->check([](const std::string& list) {
        if (component::Features::parse(list)) return std::string();
        return "unknown feature in `" + list + "`; there are " + component::feature_names();
      });
  command->footer("Example: witc validate --features -simd app.wasm");
  command->callback([&context, options] { context.action = [&context, options] { return run(context, *options); }; });
}

}  // namespace witc::cli
