// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/wit_binary.h"

#include <fmt/format.h>

#include <array>
#include <fstream>

#include "cli/wasm_input.h"
#include "wasm/component/validate.h"
#include "wit-parser/binary/decode.h"

namespace witc::cli {
namespace {

bool is_wasm(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4> magic{};
  return file.read(magic.data(), magic.size()) && magic == std::array<char, 4>{'\0', 'a', 's', 'm'};
}

}  // namespace

Result<std::optional<wit::PackageId>> read_binary_wit(Context& context, const std::string& path, wit::Resolve& resolve) {
  if (path == "-" || !is_wasm(path)) return std::optional<wit::PackageId>();
  SourceId source = TRY(read_input(context, path));
  if (!is_component(context, source)) {
    wasm::Module module = TRY(read_core_module(context, path));
    wit::WorldMetadata metadata = TRY(wit::decode_world_metadata(context.sources, module));
    if (!metadata.found) {
      return error(DiagCode::kNewWorldMissing, fmt::format("the module `{}` has no `component-type` section", path));
    }
    std::optional<wit::PackageId> package = metadata.resolve.worlds[metadata.world].package;
    resolve = std::move(metadata.resolve);
    return package;
  }
  component::ast::Component component = TRY(read_component(context, path));
  component::Types types;
  TRY(component::validate_component(context.sources, component, types));
  wit::DecodedWit decoded = TRY(wit::decode_wit(component));
  std::optional<wit::PackageId> package;
  if (const auto* id = std::get_if<wit::PackageId>(&decoded.main)) package = *id;
  if (const auto* world = std::get_if<wit::WorldId>(&decoded.main)) package = decoded.resolve.worlds[*world].package;
  resolve = std::move(decoded.resolve);
  return package;
}

}  // namespace witc::cli
