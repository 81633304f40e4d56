// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/wasm_input.h"
#include "wasm/core/print.h"
#include "wasm/component/print.h"

#include <fmt/format.h>

#include <algorithm>

#include "wasm/component/encode.h"
#include "wasm/component/load.h"
#include "wasm/component/parse.h"
#include "wasm/core/decode.h"
#include "wasm/core/encode.h"
#include "wasm/core/load.h"

namespace witc::cli {

bool is_component(const Context& context, SourceId source) {
  if (context.sources.kind(source) == SourceKind::kText) return component::is_component_text(context.sources, source);
  return wasm::is_component(context.sources.bytes(source));
}

bool is_wasm(const Context& context, SourceId source) {
  if (context.sources.kind(source) == SourceKind::kBinary) return true;
  std::string_view text = context.sources.text(source);
  while (true) {
    std::size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return false;
    text.remove_prefix(start);
    if (!text.starts_with(";;")) return text.starts_with('(');
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
}

Result<SourceId> read_binary(Context& context, const std::string& path, const component::ParseOptions& options) {
  SourceId source = TRY(read_input(context, path));
  if (context.sources.kind(source) == SourceKind::kBinary) return source;
  std::vector<std::uint8_t> bytes;
  if (is_component(context, source)) {
    bytes = component::encode(TRY(component::parse_component(context.sources, source, options)));
  } else {
    bytes = wasm::encode_module(TRY(wasm::load_module(context.sources, source)));
  }
  return context.sources.add(context.sources.name(source), std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
}

Result<component::ast::Component> read_component(Context& context, const std::string& path) {
  return read_component(context, TRY(read_input(context, path)));
}

Result<component::ast::Component> read_component(const Context& context, SourceId source) {
  if (is_component(context, source)) return component::load_component(context.sources, source);
  return error(DiagCode::kFileKind, fmt::format("`{}` is a core module, a component was expected", context.sources.name(source)))
      .hint("`witc new` makes a component of a core module");
}

Result<wasm::Module> read_core_module(Context& context, const std::string& path) {
  SourceId source = TRY(read_input(context, path));
  if (is_component(context, source)) {
    return error(DiagCode::kFileKind, fmt::format("`{}` is a component, a core module was expected", path));
  }
  return wasm::load_module(context.sources, source);
}

Result<void> write_wasm(Context& context, const std::string& path, std::span<const std::uint8_t> bytes, bool as_text) {
  std::string out(bytes.begin(), bytes.end());
  if (!as_text) return write_output(path, out, SourceKind::kBinary);
  SourceId source = context.sources.add("<output>", std::move(out), SourceKind::kBinary);
  std::string text;
  if (is_component(context, source)) {
    text = TRY(component::print_component(TRY(component::load_component(context.sources, source))));
  } else {
    text = TRY(wasm::print_module(TRY(wasm::load_module(context.sources, source))));
  }
  return write_output(path, text + "\n", SourceKind::kText);
}

}  // namespace witc::cli
