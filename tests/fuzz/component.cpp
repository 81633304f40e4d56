// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Any bytes are decoded and validated or refused. What decodes encodes to something that decodes to the same;
// what is valid prints, and what is printed parses to a valid component.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/render.h"
#include "wasm/component/decode.h"
#include "wasm/component/encode.h"
#include "wasm/component/parse.h"
#include "wasm/component/print.h"
#include "wasm/component/validate.h"

namespace {

using namespace witc;

bool is_valid(const SourceMap& sources, const component::ast::Component& component) {
  component::Types types;
  auto validated = component::validate_component(sources, component, types, component::Features::all());
  if (!validated) WITC_CHECK(!render_text(validated.error(), sources, {}).empty());
  return validated.has_value();
}

std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  SourceMap sources;
  SourceId source = sources.add("fuzz", std::string(reinterpret_cast<const char*>(data), size), SourceKind::kBinary);
  auto decoded = component::decode_component(sources, sources.whole(source));
  if (!decoded) {
    WITC_CHECK(!render_text(decoded.error(), sources, {}).empty());
    return 0;
  }
  std::string bytes = text_of(component::encode(*decoded));
  SourceId again = sources.add("again", bytes, SourceKind::kBinary);
  auto decoded_again = component::decode_component(sources, sources.whole(again));
  WITC_CHECK(decoded_again.has_value());
  WITC_CHECK(text_of(component::encode(*decoded_again)) == bytes);
  if (!is_valid(sources, *decoded)) {
    (void)component::print_component(*decoded);
    return 0;
  }
  auto printed = component::print_component(*decoded);
  WITC_CHECK(printed.has_value());
  SourceId text = sources.add("printed", *printed, SourceKind::kText);
  auto parsed = component::parse_component(sources, text);
  WITC_CHECK(parsed.has_value());
  WITC_CHECK(is_valid(sources, *parsed));
  return 0;
}
