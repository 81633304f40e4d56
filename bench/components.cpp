// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/components.h"

#include "base/render.h"
#include "bench/harness.h"
#include "wasm/component/encode.h"
#include "wasm/component/parse.h"

namespace witc::bench {

component::ast::Component parse_component(SourceMap& sources, const std::string& text) {
  auto parsed = component::parse_component(sources, sources.add("bench.wat", text, SourceKind::kText));
  if (!parsed) fail(render_text(parsed.error(), sources));
  return *std::move(parsed);
}

peer::LoadedComponent compile_component(peer::ComponentEngine& engine, const std::string& text) {
  SourceMap sources;
  auto loaded = engine.compile(component::encode(parse_component(sources, text)));
  if (!loaded) fail(loaded.error());
  return *std::move(loaded);
}

}  // namespace witc::bench
