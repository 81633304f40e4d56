// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc bindgen cpp`: C++ bindings for a world, one file after the other into a folder.
#include <fmt/format.h>

#include <filesystem>

#include "adapter-gen/bindgen/bindgen.h"
#include "cli/command.h"
#include "cli/wit_input.h"

namespace witc::cli {
namespace {

struct Arguments {
  std::string wit = "-";
  std::string world;
  std::string out_dir = ".";
  bool host = false;
  wit::ResolveOptions features;
};

Result<int> run(Context& context, const Arguments& arguments) {
  WitInput input = TRY(read_wit(context, arguments.wit, arguments.features));
  wit::WorldId world = TRY(select_world(input, arguments.world));
  std::vector<bindgen::GeneratedFile> files =
      TRY(bindgen::generate_cpp(input.resolve, world, {.host = arguments.host}));
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
  CLI::App* cpp = command->add_subcommand("cpp", "C++20 bindings, for a guest or (--host) for an embedder");
  auto arguments = std::make_shared<Arguments>();
  cpp->add_option("WIT", arguments->wit, "a .wit file, a folder of them, or a WIT package in binary")->required();
  cpp->add_option("-w,--world", arguments->world, "the world; may be left out where there is only one");
  cpp->add_flag("--host", arguments->host, "for a program that runs the component");
  cpp->add_option("--out-dir", arguments->out_dir, "where the files go; made if absent");
  add_feature_options(*cpp, arguments->features);
  cpp->footer("Example:\n  witc bindgen cpp wit --world command --out-dir gen");
  cpp->callback([&context, arguments] { context.action = [&context, arguments] { return run(context, *arguments); }; });
}

}  // namespace witc::cli
