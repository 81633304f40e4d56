// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc link`: shared libraries linked into one component (as `wasm-tools component link`).
#include "linker/link/link.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/wasm_input.h"
#include "wasm/component/encode.h"
#include "wasm/component/validate.h"

namespace witc::cli {
namespace {

struct Options {
  std::vector<std::string> libraries, dl_openable, adapters;
  std::string output;
  std::uint64_t stack_size = linker::kDefaultStackSize;
  bool stub_missing = false;
  bool builtin_libdl = false;
  bool no_builtin_adapter = false;
  bool newest_imports = true;
  bool text = false;
};

/// `NAME=FILE`, or `FILE`, called as its file is.
Result<linker::LibraryInput> read_library(Context& context, const std::string& argument, bool is_dl_openable) {
  auto equals = argument.find('=');
  std::string path = equals == std::string::npos ? argument : argument.substr(equals + 1);
  std::string name =
      std::filesystem::path(equals == std::string::npos ? argument : argument.substr(0, equals)).filename().string();
  for (std::string_view suffix : {".wasm", ".wat"}) {
    if (equals == std::string::npos && name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  }
  return linker::LibraryInput{std::move(name), TRY(read_core_module(context, path)), is_dl_openable};
}

Result<linker::AdapterInput> read_adapter(Context& context, const std::string& argument) {
  auto equals = argument.find('=');
  std::string path = equals == std::string::npos ? argument : argument.substr(equals + 1);
  std::string name =
      equals == std::string::npos ? std::filesystem::path(path).stem().string() : argument.substr(0, equals);
  if (equals == std::string::npos) name = name.substr(0, name.find('.'));  // wasi_snapshot_preview1.reactor.wasm
  return linker::AdapterInput{std::move(name), TRY(read_core_module(context, path))};
}

Result<int> run(Context& context, const Options& options) {
  linker::LinkOptions link;
  link.builtin_preview1 = !options.no_builtin_adapter;
  link.newest_imports = options.newest_imports;
  link.stack_size = options.stack_size;
  link.stub_missing_functions = options.stub_missing;
  link.use_builtin_libdl = options.builtin_libdl;
  for (const std::string& adapter : options.adapters) link.adapters.push_back(TRY(read_adapter(context, adapter)));
  std::vector<linker::LibraryInput> libraries;
  for (const std::string& library : options.libraries) libraries.push_back(TRY(read_library(context, library, false)));
  for (const std::string& library : options.dl_openable) libraries.push_back(TRY(read_library(context, library, true)));
  component::ast::Component component = TRY(linker::link(context.sources, std::move(libraries), std::move(link)));
  std::vector<std::uint8_t> bytes = component::encode(component);
  TRY(write_wasm(context, options.output, bytes, options.text));
  return int{kDone};
}

}  // namespace

void add_link(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("link", "link shared libraries into one component");
  auto options = std::make_shared<Options>();
  command
      ->add_option("LIBRARY", options->libraries,
                   "[NAME=]FILE: a shared library; the first one that defines a symbol wins")
      ->type_name("[NAME=]FILE");
  command->add_option("--dl-openable", options->dl_openable, "a library that `dlopen` can find; may be repeated")
      ->type_name("[NAME=]FILE")
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("--adapt", options->adapters, "a module that answers imports from NAME; may be repeated")
      ->type_name("[NAME=]FILE")
      ->allow_extra_args(false)
      ->take_all();
  command->add_flag("--no-builtin-adapter", options->no_builtin_adapter,
                    "do not adapt WASI preview 1 by the adapter that comes with witc");
  command->add_option(
      "--merge-imports-based-on-semver", options->newest_imports,
      "of an interface in compatible versions, import only the newest (true, as it is without this, or false)");
  command->add_flag("--stub-missing-functions", options->stub_missing,
                    "functions that no library defines trap when called");
  command->add_flag("--use-built-in-libdl", options->builtin_libdl, "give the libraries `dlopen` and `dlsym`");
  command->add_option("--stack-size", options->stack_size, "the stack")->type_name("BYTES")->capture_default_str();
  command->add_option("-o,--output", options->output, "where to write the component; standard output by default");
  command->add_flag("-t,--wat", options->text, "write text, not binary");
  command->footer("Example: witc link libapp.so libc.so -o app.wasm");
  command->callback([&context, options] {
    if (options->libraries.empty() && options->dl_openable.empty()) throw CLI::RequiredError("LIBRARY");
    context.action = [&context, options] { return run(context, *options); };
  });
}

}  // namespace witc::cli
