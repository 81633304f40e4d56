// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc wit`: parses, resolves and prints WIT, as text or as the JSON of the resolved graph.
#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "cli/command.h"
#include "cli/wit_input.h"
#include "wasm/component/encode.h"
#include "wit-parser/binary/encode.h"
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
  bool all_features = false;
  bool json = false;
  bool wasm = false;
  bool no_docs = false;
};

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

Result<int> run(Context& context, const Arguments& arguments) {
  wit::Resolve resolve;
  wit::PackageId main = TRY(load(context, arguments, resolve));
  if (!arguments.out_dir.empty()) {
    TRY(write_folder(resolve, main, arguments));
    return int{kDone};
  }
  if (arguments.wasm) {
    std::vector<std::uint8_t> bytes = component::encode(wit::encode_package(resolve, main));
    TRY(write_output(arguments.output, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, SourceKind::kBinary));
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
      ->delimiter(',');
  command->add_flag("--all-features", arguments->all_features, "keep everything that is `@unstable`");
  command->add_option("--merge", arguments->merge, "other WIT inputs: copies of a package become one, which must agree");
  command->add_option("--merge-world-imports-based-on-semver", arguments->newest_imports_of,
                      "let this world import only the newest of the compatible versions of an interface");
  command->add_flag("-j,--json", arguments->json, "the resolved graph as JSON");
  command->add_flag("-w,--wasm", arguments->wasm, "the package in binary");
  command->add_flag("--no-docs", arguments->no_docs, "leave documentation out of the text");
  command->callback(
      [&context, arguments] { context.action = [&context, arguments] { return run(context, *arguments); }; });
}

}  // namespace witc::cli
