// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/load.h"

#include "wasm/core/decode.h"
#include "wasm/core/parse.h"

namespace witc::wasm {

Result<Module> load_module(const SourceMap& sources, SourceId id, const TextOptions& options) {
  if (sources.kind(id) == SourceKind::kBinary) return decode_module(sources, sources.whole(id));
  return parse_module(sources, id, options);
}

}  // namespace witc::wasm
