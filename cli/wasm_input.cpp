// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/wasm_input.h"

#include <fmt/format.h>

#include "wasm/component/decode.h"
#include "wasm/component/parse.h"
#include "wasm/core/decode.h"
#include "wasm/core/load.h"

namespace witc::cli {

bool is_component(const Context& context, SourceId source) {
  if (context.sources.kind(source) == SourceKind::kText) return component::is_component_text(context.sources, source);
  return wasm::is_component(context.sources.bytes(source));
}

Result<component::ast::Component> load_component(const Context& context, SourceId source) {
  if (context.sources.kind(source) == SourceKind::kText) return component::parse_component(context.sources, source);
  return component::decode_component(context.sources, context.sources.whole(source));
}

Result<component::ast::Component> read_component(Context& context, const std::string& path) {
  SourceId source = TRY(read_input(context, path));
  if (is_component(context, source)) return load_component(context, source);
  return error(DiagCode::kFileKind, fmt::format("`{}` is a core module, a component was expected", path))
      .hint("`witc new` makes a component of a core module");
}

Result<wasm::Module> read_core_module(Context& context, const std::string& path) {
  SourceId source = TRY(read_input(context, path));
  if (is_component(context, source)) {
    return error(DiagCode::kFileKind, fmt::format("`{}` is a component, a core module was expected", path));
  }
  return wasm::load_module(context.sources, source);
}

}  // namespace witc::cli
