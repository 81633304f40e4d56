// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc semver-check`: is a world a compatible update of another. Says nothing if it is.
//
// Two forms: both worlds in one WIT (`WIT --prev WORLD --new WORLD`, as `wasm-tools component semver-check`), or one
// world in an older and a newer WIT (`--prev OLD NEW --world WORLD`).
#include <memory>
#include <vector>

#include "cli/command.h"
#include "cli/wit_input.h"
#include "linker/semver_check.h"
#include "wit-parser/wit.h"

namespace witc::cli {
namespace {

struct Options {
  std::string wit, previous, updated, world;
  std::vector<std::string> features;
  bool all_features = false;
};

Result<int> run(Context& context, const Options& options) {
  wit::ResolveOptions gates;
  gates.features.insert(options.features.begin(), options.features.end());
  gates.all_features = options.all_features;
  wit::Resolve resolve, older;
  wit::PackageId package = TRY(read_wit(context, options.wit, resolve, gates));
  if (!options.updated.empty()) {
    wit::WorldId previous = TRY(wit::select_world(resolve, package, options.previous));
    wit::WorldId updated = TRY(wit::select_world(resolve, package, options.updated));
    TRY(linker::check_semver(context.sources, {resolve, previous}, {resolve, updated}));
    return int{kDone};
  }
  wit::PackageId older_package = TRY(read_wit(context, options.previous, older, gates));
  wit::WorldId previous = TRY(wit::select_world(older, older_package, options.world));
  wit::WorldId updated = TRY(wit::select_world(resolve, package, options.world));
  TRY(linker::check_semver(context.sources, {older, previous}, {resolve, updated}));
  return int{kDone};
}

}  // namespace

void add_semver_check(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("semver-check", "check that a world is a compatible update of another");
  auto options = std::make_shared<Options>();
  command->add_option("WIT", options->wit, "the new WIT: a file or folder, WIT in binary, or - for standard input")
      ->required();
  command->add_option("--prev", options->previous, "the previous world; without --new, the previous WIT")
      ->type_name("WORLD|WIT")
      ->required();
  CLI::Option* updated =
      command->add_option("--new", options->updated, "the new world, where WIT holds both")->type_name("WORLD");
  command
      ->add_option("-w,--world", options->world,
                   "the world to compare, in both WITs; may be left out where there is only one")
      ->excludes(updated);
  command->add_option("--features", options->features, "features to enable, separated by commas")->delimiter(',');
  command->add_flag("--all-features", options->all_features, "enable all features");
  command->footer(
      "Example:\n  witc semver-check wit --prev a:b/app@1.0.0 --new a:b/app@1.1.0\n  witc semver-check wit --prev "
      "released/wit --world app");
  command->callback([&context, options] { context.action = [&context, options] { return run(context, *options); }; });
}

}  // namespace witc::cli
