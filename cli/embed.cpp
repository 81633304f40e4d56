// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc embed`: a world put into a core module's custom section, for `witc new` to find.
#include "cli/command.h"
#include "cli/wasm_input.h"
#include "cli/wit_input.h"
#include "linker/new/dummy_module.h"
#include "wasm/binary_writer.h"
#include "wasm/core/encode.h"
#include "wit-parser/binary/encode.h"
#include "wit-parser/wit.h"

namespace witc::cli {
namespace {

struct EmbedArgs {
  std::string wit;
  std::string module = "-";
  std::string world;
  std::string output;
  std::string encoding = "utf8";
  bool dummy = false, only_custom = false, wat = false;
  std::string dummy_names;
  bool async_callback = false, async_stackful = false;
};

component::StringEncoding encoding_of(const std::string& name) {
  if (name == "utf16") return component::StringEncoding::kUtf16;
  if (name == "compact-utf16") return component::StringEncoding::kLatin1Utf16;
  return component::StringEncoding::kUtf8;
}

linker::DummyOptions dummy_options(const EmbedArgs& args) {
  linker::DummyOptions options;
  options.standard_names = args.dummy_names == "standard32";
  if (args.async_callback) options.abi = linker::LiftAbi::kAsync;
  if (args.async_stackful) options.abi = linker::LiftAbi::kAsyncStackful;
  return options;
}

Result<std::vector<std::uint8_t>> module_of(Context& context, const EmbedArgs& args, const wit::Resolve& resolve,
                                            wit::WorldId world) {
  bool dummy = args.dummy || !args.dummy_names.empty();
  if (args.dummy_names == "standard32" && (args.async_callback || args.async_stackful)) {
    return error(DiagCode::kAbiUnsupported, "the names of `standard32` have none for the asynchronous ABI")
        .hint("`--dummy-names legacy` has");
  }
  wasm::Module module =
      dummy ? linker::dummy_module(resolve, world, dummy_options(args)) : TRY(read_core_module(context, args.module));
  if (module.bytes.empty()) return wasm::encode_module(module);
  return std::vector<std::uint8_t>(module.bytes.begin(), module.bytes.end());
}

Result<int> run_embed(Context& context, const EmbedArgs& args) {
  wit::Resolve resolve;
  wit::PackageId package = TRY(read_wit(context, args.wit, resolve));
  wit::WorldId world = TRY(wit::select_world(resolve, package, args.world));
  std::vector<std::uint8_t> metadata = wit::encode_world_metadata(resolve, world, encoding_of(args.encoding));
  if (args.only_custom) {
    TRY(write_wasm(context, args.output, metadata, args.wat));
    return int{kDone};
  }
  // A section at the end: the module's own bytes stay as they are.
  std::vector<std::uint8_t> bytes = TRY(module_of(context, args, resolve, world));
  wasm::BinaryWriter section;
  section.section(0, [&](wasm::BinaryWriter& body) { body.name("component-type").bytes(metadata); });
  bytes.insert(bytes.end(), section.view().begin(), section.view().end());
  TRY(write_wasm(context, args.output, bytes, args.wat));
  return int{kDone};
}

}  // namespace

void add_embed(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("embed", "put a world into a core module's custom section");
  auto args = std::make_shared<EmbedArgs>();
  command->add_option("WIT", args->wit, "a WIT file or folder, WIT in binary, or - for standard input")->required();
  command->add_option("CORE", args->module, "the core module, or - for standard input");
  command->add_option("-w,--world", args->world, "the world; may be left out where there is only one");
  command->add_option("-o,--output", args->output, "where to write the module");
  command->add_option("--encoding", args->encoding, "how the module's strings are encoded")
      ->check(CLI::IsMember({"utf8", "utf16", "compact-utf16"}));
  command->add_flag("--dummy", args->dummy, "make a module that has every import and export of the world and does nothing");
  auto* names = command->add_option("--dummy-names", args->dummy_names, "the same, with names of this scheme")
                    ->check(CLI::IsMember({"legacy", "standard32"}));
  auto* callback = command->add_flag("--async-callback", args->async_callback,
                                     "with `--dummy-names`: asynchronous functions, with callbacks")->needs(names);
  command->add_flag("--async-stackful", args->async_stackful, "with `--dummy-names`: asynchronous functions, with stacks of their own")
      ->needs(names)->excludes(callback);
  command->add_flag("--only-custom", args->only_custom, "write what the section would hold, and no module");
  command->add_flag("-t,--wat", args->wat, "write text, not binary");
  command->footer("Example:\n  witc embed wit --world app app.core.wasm -o app.embedded.wasm");
  command->callback([&context, args] { context.action = [&context, args] { return run_embed(context, *args); }; });
}

}  // namespace witc::cli
