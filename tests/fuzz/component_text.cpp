// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Any text is parsed as a component or refused; what is valid encodes to something that decodes and is valid.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/render.h"
#include "wasm/component/decode.h"
#include "wasm/component/encode.h"
#include "wasm/component/parse.h"
#include "wasm/component/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace witc;
  SourceMap sources;
  SourceId source = sources.add("fuzz.wat", std::string(reinterpret_cast<const char*>(data), size), SourceKind::kText);
  auto parsed = component::parse_component(sources, source);
  if (!parsed) {
    WITC_CHECK(!render_text(parsed.error(), sources, {}).empty());
    return 0;
  }
  std::vector<std::uint8_t> bytes = component::encode(*parsed);
  component::Types types;
  auto validated = component::validate_component(sources, *parsed, types);
  if (!validated) {
    WITC_CHECK(!render_text(validated.error(), sources, {}).empty());
    return 0;
  }
  SourceId binary = sources.add("fuzz.wasm", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
  auto decoded = component::decode_component(sources, sources.whole(binary));
  WITC_CHECK(decoded.has_value());
  WITC_CHECK(component::encode(*decoded) == bytes);
  WITC_CHECK(component::validate_component(sources, *decoded, types).has_value());
  return 0;
}
