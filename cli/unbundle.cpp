// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc unbundle`: the core modules of a component as files of their own (as `wasm-tools component unbundle`).
#include <fmt/format.h>

#include <filesystem>

#include "cli/command.h"
#include "cli/wasm_input.h"
#include "linker/unbundle.h"
#include "wasm/component/encode.h"
#include "wasm/component/load.h"
#include "wasm/component/print.h"
#include "wasm/component/validate.h"

namespace witc::cli {
namespace {

struct Options {
  std::string path = "-";
  std::string output, module_dir;
  std::uint64_t threshold = 10240;
  bool text = false;
};

std::string_view as_text(const std::vector<std::uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The component, from a binary: how long a module is, is how long its binary is.
Result<component::ast::Component> read(Context& context, const std::string& path) {
  SourceId source = TRY(read_binary(context, path));
  if (!is_component(context, source)) {
    return error(DiagCode::kFileKind, fmt::format("`{}` is a core module, a component was expected", path))
        .hint("a core module has nothing to unbundle");
  }
  component::ast::Component component = TRY(component::load_component(context.sources, source));
  component::Types types;
  TRY(component::validate_component(context.sources, component, types, component::Features::all()));
  return component;
}

Result<int> run(Context& context, const Options& options) {
  linker::Unbundled unbundled = linker::unbundle(TRY(read(context, options.path)), options.threshold);
  // All that can be wrong is found before the first file is written.
  std::string result;
  if (options.text) {
    result = TRY(component::print_component(unbundled.component)) + "\n";
  } else {
    result = as_text(component::encode(unbundled.component));
  }
  std::error_code failed;
  std::filesystem::create_directories(options.module_dir, failed);
  if (failed) {
    return error(DiagCode::kFileUnwritable,
                 fmt::format("cannot make the folder `{}`: {}", options.module_dir, failed.message()));
  }
  for (const linker::Unbundled::Taken& module : unbundled.modules) {
    std::filesystem::path file = std::filesystem::path(options.module_dir) / (module.import + ".wasm");
    TRY(write_output(file.string(), as_text(module.bytes), SourceKind::kBinary));
  }
  TRY(write_output(options.output, result, options.text ? SourceKind::kText : SourceKind::kBinary));
  return int{kDone};
}

}  // namespace

void add_unbundle(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("unbundle", "take the core modules out of a component, which imports them instead");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->path, "a component, binary or text, or - for standard input");
  command->add_option("--module-dir", options->module_dir, "the folder for the modules: unbundled-module0.wasm and on")
      ->type_name("DIR")
      ->required();
  command->add_option("--threshold", options->threshold, "only modules of more bytes than this are taken out")
      ->type_name("BYTES")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "where to write the component; standard output by default");
  command->add_flag("-t,--wat", options->text, "write text, not binary");
  command->footer("Example: witc unbundle app.wasm --module-dir modules -o small.wasm");
  command->callback([&context, options] { context.action = [&context, options] { return run(context, *options); }; });
}

}  // namespace witc::cli
