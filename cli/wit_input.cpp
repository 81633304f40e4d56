// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/wit_input.h"

#include <filesystem>

#include "wasm/component/decode.h"
#include "wasm/component/validate.h"
#include "wit-parser/binary/decode.h"

namespace witc::cli {

void add_feature_options(CLI::App& command, wit::ResolveOptions& options) {
  command
      .add_option_function<std::vector<std::string>>(
          "--features",
          [&options](const std::vector<std::string>& names) { options.features.insert(names.begin(), names.end()); },
          "keep what is `@unstable` with these features")
      ->delimiter(',');
  command.add_flag("--all-features", options.all_features, "keep everything that is `@unstable`");
}

Result<WitInput> read_wit(Context& context, const std::string& path, const wit::ResolveOptions& options) {
  WitInput input;
  if (path != "-" && std::filesystem::is_directory(path)) {
    input.main = TRY(wit::push_path(input.resolve, context.sources, path, options));
    return input;
  }
  SourceId source = TRY(read_input(context, path));
  if (context.sources.kind(source) == SourceKind::kText) {
    input.main = TRY(wit::push_files(input.resolve, context.sources, std::span(&source, 1), options));
    return input;
  }
  component::ast::Component component =
      TRY(component::decode_component(context.sources, context.sources.whole(source)));
  component::Types types;
  TRY(component::validate_component(context.sources, component, types));
  wit::DecodedWit decoded = TRY(wit::decode_wit(component));
  return WitInput{std::move(decoded.resolve), decoded.main};
}

Result<wit::WorldId> select_world(const WitInput& input, const std::string& name) {
  if (const auto* world = std::get_if<wit::WorldId>(&input.main)) return *world;
  return wit::select_world(input.resolve, std::get<wit::PackageId>(input.main), name);
}

}  // namespace witc::cli
