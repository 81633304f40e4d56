// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Any text is parsed as a script of the test suite or refused. Nothing is run.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/render.h"
#include "engine/wast/script.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace witc;
  SourceMap sources;
  SourceId id = sources.add("fuzz.wast", std::string(reinterpret_cast<const char*>(data), size), SourceKind::kText);
  auto script = engine::wast::parse_script(sources, id);
  if (!script) WITC_CHECK(!render_text(script.error(), sources, {}).empty());
  return 0;
}
