// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/component/load.h"

#include "wasm/component/decode.h"
#include "wasm/component/parse.h"

namespace witc::component {

Result<ast::Component> load_component(const SourceMap& sources, SourceId id) {
  if (sources.kind(id) == SourceKind::kBinary) return decode_component(sources, sources.whole(id));
  return parse_component(sources, id);
}

}  // namespace witc::component
