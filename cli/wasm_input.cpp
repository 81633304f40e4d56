// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/wasm_input.h"

#include <fmt/format.h>

#include "wasm/component/decode.h"
#include "wasm/core/load.h"

namespace witc::cli {

bool is_component(const Context& context, SourceId source) {
  auto bytes = context.sources.bytes(source);
  return context.sources.kind(source) == SourceKind::kBinary && bytes.size() >= 8 && bytes[6] == 1;
}

Result<component::ast::Component> read_component(Context& context, const std::string& path) {
  SourceId source = TRY(read_input(context, path));
  if (is_component(context, source)) {
    return component::decode_component(context.sources, context.sources.whole(source));
  }
  if (context.sources.kind(source) == SourceKind::kBinary) {
    return error(DiagCode::kFileKind, fmt::format("`{}` is a core module, a component was expected", path))
        .hint("`witc new` makes a component of a core module");
  }
  return error(DiagCode::kFileKind, fmt::format("`{}` is not a WebAssembly binary", path));
}

Result<wasm::Module> read_core_module(Context& context, const std::string& path) {
  SourceId source = TRY(read_input(context, path));
  if (is_component(context, source)) {
    return error(DiagCode::kFileKind, fmt::format("`{}` is a component, a core module was expected", path));
  }
  return wasm::load_module(context.sources, source);
}

}  // namespace witc::cli
