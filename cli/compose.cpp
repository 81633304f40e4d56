// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc compose`: components composed by a WAC program (as `wac compose`).
#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "cli/command.h"
#include "cli/wasm_input.h"
#include "linker/encode_graph.h"
#include "linker/wac/parse.h"
#include "linker/wac/resolve.h"
#include "wit-parser/binary/encode.h"
#include "wit-parser/wit.h"

namespace witc::cli {
namespace {

struct Options {
  std::string input, output, deps = "deps";
  std::vector<std::string> dependencies;  // `ns:name=path`
  bool print_graph = false;
};

/// `--dep ns:name=path`, by package name with or without a version. Each has its `=`: the option is checked.
std::map<std::string, std::string> overrides(const std::vector<std::string>& dependencies) {
  std::map<std::string, std::string> made;
  for (const std::string& item : dependencies) {
    std::size_t equals = item.find('=');
    made[item.substr(0, equals)] = item.substr(equals + 1);
  }
  return made;
}

/// The file of a package: what `--dep` says, else `<deps>/<namespace>/<name>[@version]` as `.wasm`, as `.wat`,
/// or as a folder of WIT.
Result<std::string> find_package(const Options& options, const std::map<std::string, std::string>& given,
                                 const linker::wac::PackageName& name) {
  for (const std::string& key : {name.text(), name.name}) {
    if (auto found = given.find(key); found != given.end()) return found->second;
  }
  std::string path = name.name;
  for (char& c : path) c = c == ':' ? '/' : c;
  std::vector<std::string> tried;
  for (const std::string& stem : {name.version ? path + "@" + name.version->to_string() : path, path}) {
    for (std::string_view extension : {".wasm", ".wat"}) {
      std::string file = fmt::format("{}/{}{}", options.deps, stem, extension);
      std::error_code ignored;
      if (std::filesystem::is_regular_file(file, ignored)) return file;
      if (tried.empty() || tried.back() != file) tried.push_back(std::move(file));
    }
    std::string folder = fmt::format("{}/{}", options.deps, stem);
    std::error_code ignored;
    if (std::filesystem::is_directory(folder, ignored)) return folder;
  }
  Diagnostic missing = error(DiagCode::kWacResolve, name.span, fmt::format("there is no component for `{}`", name.text()));
  for (const std::string& file : tried) missing = std::move(missing).note(fmt::format("looked for `{}`", file));
  return std::move(missing).hint("`--deps-dir` and `--dep package=path` say where components are");
}

/// A component, or WIT as a component of types.
Result<component::ast::Component> load_package(Context& context, const std::string& path) {
  std::error_code ignored;
  if (!path.ends_with(".wit") && !std::filesystem::is_directory(path, ignored)) return read_component(context, path);
  wit::Resolve resolve;
  wit::PackageId package = TRY(wit::push_path(resolve, context.sources, path, {}));
  return wit::encode_package(resolve, package);
}

Result<int> run(Context& context, const Options& options) {
  SourceId source = TRY(read_input(context, options.input));
  if (context.sources.kind(source) == SourceKind::kBinary) {
    return error(DiagCode::kFileKind, fmt::format("`{}` is WebAssembly, a WAC document was expected", options.input));
  }
  auto given = overrides(options.dependencies);
  linker::wac::Document document = TRY(linker::wac::parse(context.sources, source));
  auto load = [&](const linker::wac::PackageName& name) -> Result<component::ast::Component> {
    return load_package(context, TRY(find_package(options, given, name)));
  };
  linker::wac::Composition composition = TRY(linker::wac::resolve(context.sources, document, load));
  if (options.print_graph) {
    TRY(write_output(options.output, linker::print(composition.graph), SourceKind::kText));
    return kDone;
  }
  auto bytes = TRY(linker::compose(context.sources, std::move(composition.graph), "<composition>", composition.target));
  TRY(write_output(options.output, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, SourceKind::kBinary));
  return kDone;
}

}  // namespace

void add_compose(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("compose", "compose components by a WAC program");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->input, "the WAC document, or - for standard input")->required();
  command->add_option("-d,--deps-dir", options->deps, "where components are: `<dir>/<namespace>/<name>.wasm`")
      ->capture_default_str();
  command->add_option("--dep", options->dependencies, "`package=path`: where one component is; may be repeated")
      ->allow_extra_args(false)
      ->check([](const std::string& item) {
        return item.find('=') == std::string::npos ? "`" + item + "` is not of the form `package=path`" : std::string();
      });
  command->add_option("-o,--output", options->output, "where to write the composition (standard output if absent)");
  command->add_flag("--graph", options->print_graph, "print the composition graph instead");
  command->footer("Example: witc compose app.wac -d deps --dep my:library=library.wasm -o composed.wasm");
  command->callback([&context, options] { context.action = [&context, options] { return run(context, *options); }; });
}

}  // namespace witc::cli
