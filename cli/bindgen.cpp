// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc bindgen cpp`: C++ bindings for a world, one file after the other into a folder.
#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "adapter-gen/bindgen/bindgen.h"
#include "cli/command.h"
#include "cli/wit_input.h"
#include "wit-parser/wit.h"

namespace witc::cli {
namespace {

struct Arguments {
  std::string wit = "-";
  std::string world;
  std::string out_dir = ".";
  bool host = false;
  std::vector<std::string> features;
  bool all_features = false;
};

Result<wit::PackageId> load(Context& context, const Arguments& arguments, wit::Resolve& resolve) {
  wit::ResolveOptions options;
  options.features.insert(arguments.features.begin(), arguments.features.end());
  options.all_features = arguments.all_features;
  return read_wit(context, arguments.wit, resolve, options);
}

Result<int> run(Context& context, const Arguments& arguments) {
  wit::Resolve resolve;
  wit::PackageId package = TRY(load(context, arguments, resolve));
  wit::WorldId world = TRY(wit::select_world(resolve, package, arguments.world));
  std::vector<bindgen::GeneratedFile> files = TRY(bindgen::generate_cpp(resolve, world, {.host = arguments.host}));
  std::error_code failed;
  std::filesystem::create_directories(arguments.out_dir, failed);
  if (failed) {
    return error(DiagCode::kFileUnwritable, fmt::format("cannot create `{}`: {}", arguments.out_dir, failed.message()));
  }
  for (const bindgen::GeneratedFile& file : files) {
    std::string path = (std::filesystem::path(arguments.out_dir) / file.name).string();
    TRY(write_output(path, file.contents, SourceKind::kText));
  }
  return int{kDone};
}

}  // namespace

void add_bindgen(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("bindgen", "make bindings for a world");
  command->require_subcommand(1);
  command->footer("Example: witc bindgen cpp wit --world command --out-dir gen");
  CLI::App* cpp = command->add_subcommand("cpp", "C++20 bindings, for a guest or (--host) for an embedder");
  auto arguments = std::make_shared<Arguments>();
  cpp->add_option("WIT", arguments->wit, "a .wit file, a folder of them, or a WIT package in binary")->required();
  cpp->add_option("-w,--world", arguments->world, "the world; may be left out where there is only one");
  cpp->add_flag("--host", arguments->host, "for a program that runs the component");
  cpp->add_option("--out-dir", arguments->out_dir, "where the files go; made if absent");
  cpp->add_option("--features", arguments->features, "keep what is `@unstable` with these features")->delimiter(',')->allow_extra_args(false);
  cpp->add_flag("--all-features", arguments->all_features, "keep everything that is `@unstable`");
  cpp->footer("Example:\n  witc bindgen cpp wit --world command --out-dir gen");
  cpp->callback([&context, arguments] { context.action = [&context, arguments] { return run(context, *arguments); }; });
}

}  // namespace witc::cli
