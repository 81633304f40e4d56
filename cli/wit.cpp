// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc wit`: parses, resolves and prints WIT, as text or as the JSON of the resolved graph.
#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "cli/command.h"
#include "cli/wasm_input.h"
#include "cli/wit_input.h"
#include "wasm/component/decode.h"
#include "wasm/component/encode.h"
#include "wasm/component/validate.h"
#include "wit-parser/binary/encode.h"
#include "wit-parser/importize.h"
#include "wit-parser/json.h"
#include "wit-parser/merge.h"
#include "wit-parser/print.h"
#include "wit-parser/wit.h"

namespace witc::cli {
namespace {

struct Arguments {
  std::string path = "-";
  std::string output;
  std::string out_dir;
  std::vector<std::string> features, merge;
  std::string newest_imports_of;
  std::optional<std::string> importize_world, exportize_world, new_name, exportize_import;
  bool importize = false;
  bool all_features = false;
  bool json = false;
  bool wasm = false, wat = false;
  bool no_docs = false;
};

/// `--importize` and its like.
Result<void> turn_round(wit::Resolve& resolve, wit::PackageId main, const Arguments& arguments) {
  if (arguments.importize || arguments.importize_world) {
    wit::WorldId world = TRY(wit::select_world(resolve, main, arguments.importize_world.value_or("")));
    return wit::importize(resolve, world, arguments.new_name);
  }
  if (arguments.exportize_world) {
    wit::WorldId world = TRY(wit::select_world(resolve, main, *arguments.exportize_world));
    return wit::exportize(resolve, world, arguments.new_name, arguments.exportize_import);
  }
  return {};
}

Result<wit::PackageId> load(Context& context, const Arguments& arguments, wit::Resolve& resolve) {
  wit::ResolveOptions options;
  options.features.insert(arguments.features.begin(), arguments.features.end());
  options.all_features = arguments.all_features;
  wit::PackageId main = TRY(read_wit(context, arguments.path, resolve, options));
  wit::PackageName name = resolve.packages[main].name;
  for (const std::string& path : arguments.merge) {
    wit::Resolve other;
    TRY(read_wit(context, path, other, options));
    Result<void> merged = wit::merge(resolve, other);
    if (!merged) return std::move(merged).error().context(fmt::format("while merging `{}` into `{}`", path, arguments.path));
  }
  main = resolve.find_package(name).value_or(main);  // merging renumbers
  if (!arguments.newest_imports_of.empty()) {
    TRY(wit::merge_compatible_imports(resolve, TRY(wit::select_world(resolve, main, arguments.newest_imports_of))));
  }
  TRY(turn_round(resolve, main, arguments));
  return main;
}

/// One file per package: the main one on top, the others under `deps/`.
Result<void> write_folder(const wit::Resolve& resolve, wit::PackageId main, const Arguments& arguments) {
  namespace fs = std::filesystem;
  fs::path folder = arguments.out_dir;
  std::error_code failed;
  fs::create_directories(resolve.packages.size() > 1 ? folder / "deps" : folder, failed);
  if (failed) {
    return error(DiagCode::kFileUnwritable, fmt::format("cannot create `{}`: {}", folder.string(), failed.message()));
  }
  for (wit::PackageId id : resolve.packages.ids()) {
    // The shortest name that tells it from its neighbours: `clocks`, `wasi:clocks`, `wasi:clocks@0.2.0`.
    const wit::PackageName& name = resolve.packages[id].name;
    int same_name = 0, same_path = 0;
    for (const wit::Package& other : resolve.packages) {
      same_name += other.name.name == name.name ? 1 : 0;
      same_path += other.name.name == name.name && other.name.ns == name.ns ? 1 : 0;
    }
    std::string file = same_path > 1 ? name.to_string() : same_name > 1 ? name.ns + ":" + name.name : name.name;
    fs::path path = (id == main ? folder : folder / "deps") / (file + ".wit");
    std::string text = wit::print_package(resolve, id, {}, {.docs = !arguments.no_docs});
    TRY(write_output(path.string(), text, SourceKind::kText));
  }
  return {};
}

/// WIT can say what no component may hold: types larger than the limits, that is.
Result<void> check_limits(Context& context, const std::vector<std::uint8_t>& bytes) {
  SourceId source = context.sources.add("<package>", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
  component::ast::Component package = TRY(component::decode_component(context.sources, context.sources.whole(source)));
  component::Types types;
  TRY(component::validate_component(context.sources, package, types, component::Features::all()));
  return {};
}

Result<int> run(Context& context, const Arguments& arguments) {
  wit::Resolve resolve;
  wit::PackageId main = TRY(load(context, arguments, resolve));
  if (!arguments.out_dir.empty()) {
    TRY(write_folder(resolve, main, arguments));
    return int{kDone};
  }
  if (arguments.wasm || arguments.wat) {
    std::vector<std::uint8_t> bytes = component::encode(wit::encode_package(resolve, main));
    TRY(check_limits(context, bytes));
    TRY(write_wasm(context, arguments.output, bytes, arguments.wat));
    return int{kDone};
  }
  if (arguments.json) {
    TRY(write_output(arguments.output, wit::to_json(resolve) + "\n", SourceKind::kText));
    return int{kDone};
  }
  std::vector<wit::PackageId> others;
  for (wit::PackageId id : resolve.packages.ids()) {
    if (id != main) others.push_back(id);
  }
  std::string text = wit::print_package(resolve, main, others, {.docs = !arguments.no_docs});
  while (text.ends_with("\n\n")) text.pop_back();  // after a last interface
  TRY(write_output(arguments.output, text, SourceKind::kText));
  return int{kDone};
}

}  // namespace

void add_wit(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("wit", "parse, resolve and print WIT");
  command->footer("Example: witc wit wit/ --json");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("PATH", arguments->path, "a WIT file, a folder with `deps/`, a WIT package, component or module of WebAssembly, or - for standard input");
  command->add_option("-o,--output", arguments->output, "where to write; standard output if absent");
  command->add_option("--out-dir", arguments->out_dir, "write every package to a file of its own in this folder");
  command->add_option("--features", arguments->features, "keep what is `@unstable` with these features")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_flag("--all-features", arguments->all_features, "keep everything that is `@unstable`");
  command->add_option("--merge", arguments->merge, "other WIT inputs: copies of a package become one, which must agree")
      ->allow_extra_args(false);
  command->add_option("--merge-world-imports-based-on-semver", arguments->newest_imports_of,
                      "let this world import only the newest of the compatible versions of an interface");
  auto* importize = command->add_flag("--importize", arguments->importize, "make the only world import what it exports, for who uses it");
  auto* importize_world = command->add_option("--importize-world", arguments->importize_world, "the same for the world of this name");
  auto* exportize = command->add_option("--exportize-world", arguments->exportize_world,
                                        "make the world of this name export what it imports, for who stands in for its host");
  importize->excludes(importize_world)->excludes(exportize);
  importize_world->excludes(exportize);
  command->add_option("--exportize-import", arguments->exportize_import, "only the import of this name")->needs(exportize);
  command->add_option("--importize-out-world-name,--exportize-out-world-name", arguments->new_name, "what the world is called then");
  command->add_flag("-j,--json", arguments->json, "the resolved graph as JSON");
  command->add_flag("-w,--wasm", arguments->wasm, "the package in binary");
  command->add_flag("-t,--wat", arguments->wat, "the package in the text format of WebAssembly");
  command->add_flag("--no-docs", arguments->no_docs, "leave documentation out of the text");
  command->callback(
      [&context, arguments] { context.action = [&context, arguments] { return run(context, *arguments); }; });
}

}  // namespace witc::cli
