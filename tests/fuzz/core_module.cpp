// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Any bytes are a core module or are refused: as a binary if they start like one, else as text. What decodes
// encodes and decodes again to the same; what is valid prints, and what is printed parses and is valid.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "wasm/core/decode.h"
#include "wasm/core/encode.h"
#include "wasm/core/load.h"
#include "wasm/core/parse.h"
#include "wasm/core/print.h"
#include "wasm/core/validate.h"

using namespace witc;
using namespace witc::wasm;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  SourceMap sources;
  std::string input(reinterpret_cast<const char*>(data), size);
  bool binary = input.starts_with(std::string_view("\0asm", 4));
  SourceId id = sources.add("input", std::move(input), binary ? SourceKind::kBinary : SourceKind::kText);
  Result<Module> module = load_module(sources, id);
  if (!module) return 0;
  std::vector<std::uint8_t> first = encode_module(*module);
  SourceId encoded = sources.add("encoded", std::string(first.begin(), first.end()), SourceKind::kBinary);
  Result<Module> again = load_module(sources, encoded);
  bool valid = validate_module(sources, *module, Features::all()).has_value();
  Result<std::string> text = print_module(*module);
  if (!valid) return 0;
  WITC_CHECK(again.has_value() && encode_module(*again) == first);
  WITC_CHECK(validate_module(sources, *again, Features::all()).has_value());
  WITC_CHECK(text.has_value());
  SourceId printed = sources.add("printed", *text, SourceKind::kText);
  Result<Module> parsed = parse_module(sources, printed);
  WITC_CHECK(parsed.has_value());
  WITC_CHECK(validate_module(sources, *parsed, Features::all()).has_value());
  return 0;
}
