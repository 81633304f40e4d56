// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Any text is parsed as a core module or refused, at a place that can be shown; what parses encodes to something that
// decodes to the same, valid or not.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/render.h"
#include "wasm/core/encode.h"
#include "wasm/core/load.h"
#include "wasm/core/print.h"
#include "wasm/core/validate.h"

using namespace witc;
using namespace witc::wasm;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  SourceMap sources;
  SourceId id = sources.add("fuzz.wat", std::string(reinterpret_cast<const char*>(data), size), SourceKind::kText);
  Result<Module> module = load_module(sources, id);
  if (!module) {
    WITC_CHECK(!render_text(module.error(), sources, {}).empty());
    return 0;
  }
  std::vector<std::uint8_t> bytes = encode_module(*module);
  Result<void> valid = validate_module(sources, *module, Features::all());
  if (!valid) {
    WITC_CHECK(!render_text(valid.error(), sources, {}).empty());
    return 0;
  }
  SourceId encoded = sources.add("encoded", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
  Result<Module> decoded = load_module(sources, encoded);
  WITC_CHECK(decoded.has_value());
  WITC_CHECK(encode_module(*decoded) == bytes);
  WITC_CHECK(validate_module(sources, *decoded, Features::all()).has_value());
  WITC_CHECK(print_module(*decoded).has_value());
  return 0;
}
