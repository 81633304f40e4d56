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
  bool dummy = false;
};

component::StringEncoding encoding_of(const std::string& name) {
  if (name == "utf16") return component::StringEncoding::kUtf16;
  if (name == "compact-utf16") return component::StringEncoding::kLatin1Utf16;
  return component::StringEncoding::kUtf8;
}

Result<int> run_embed(Context& context, const EmbedArgs& args) {
  wit::Resolve resolve;
  wit::PackageId package = TRY(read_wit(context, args.wit, resolve));
  wit::WorldId world = TRY(wit::select_world(resolve, package, args.world));

  wasm::Module module =
      args.dummy ? linker::dummy_module(resolve, world) : TRY(read_core_module(context, args.module));
  std::vector<std::uint8_t> bytes(module.bytes.begin(), module.bytes.end());
  if (bytes.empty()) bytes = wasm::encode_module(module);

  // A section at the end: the module's own bytes stay as they are.
  wasm::BinaryWriter section;
  std::vector<std::uint8_t> metadata = wit::encode_world_metadata(resolve, world, encoding_of(args.encoding));
  section.section(0, [&](wasm::BinaryWriter& body) { body.name("component-type").bytes(metadata); });
  bytes.insert(bytes.end(), section.view().begin(), section.view().end());
  TRY(write_output(args.output, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, SourceKind::kBinary));
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
  command->footer("Example:\n  witc embed wit --world app app.core.wasm -o app.embedded.wasm");
  command->callback([&context, args] { context.action = [&context, args] { return run_embed(context, *args); }; });
}

}  // namespace witc::cli
