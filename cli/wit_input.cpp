// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/wit_input.h"

#include <fmt/format.h>

#include <filesystem>
#include <span>

#include "cli/wasm_input.h"
#include "wasm/component/load.h"
#include "wasm/component/validate.h"
#include "wasm/core/load.h"
#include "wit-parser/binary/decode.h"

namespace witc::cli {
namespace {

Result<wit::PackageId> of_module(Context& context, SourceId source, wit::Resolve& resolve) {
  wasm::Module module = TRY(wasm::load_module(context.sources, source));
  wit::WorldMetadata metadata = TRY(wit::decode_world_metadata(context.sources, module));
  if (metadata.found) {
    std::optional<wit::PackageId> package = metadata.resolve.worlds[metadata.world].package;
    resolve = std::move(metadata.resolve);
    if (package) return *package;
  }
  return error(DiagCode::kNewWorldMissing,
               fmt::format("the module `{}` has no `component-type` section", context.sources.name(source)));
}

Result<wit::PackageId> of_component(Context& context, SourceId source, wit::Resolve& resolve) {
  component::ast::Component component = TRY(component::load_component(context.sources, source));
  component::Types types;
  TRY(component::validate_component(context.sources, component, types));
  wit::DecodedWit decoded = TRY(wit::decode_wit(component));
  std::optional<wit::PackageId> package;
  if (const auto* id = std::get_if<wit::PackageId>(&decoded.main)) package = *id;
  if (const auto* world = std::get_if<wit::WorldId>(&decoded.main)) package = decoded.resolve.worlds[*world].package;
  resolve = std::move(decoded.resolve);
  if (package) return *package;
  return error(DiagCode::kFileKind, fmt::format("`{}` holds no WIT", context.sources.name(source)));
}

}  // namespace

Result<wit::PackageId> read_wit(Context& context, const std::string& path, wit::Resolve& resolve,
                                const wit::ResolveOptions& options) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return wit::push_path(resolve, context.sources, path, options);
  SourceId source = TRY(read_input(context, path));
  if (!is_wasm(context, source)) return wit::push_files(resolve, context.sources, std::span(&source, 1), options);
  if (is_component(context, source)) return of_component(context, source, resolve);
  return of_module(context, source, resolve);
}

}  // namespace witc::cli
