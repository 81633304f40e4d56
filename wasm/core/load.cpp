// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/load.h"

#include "wasm/core/decode.h"

namespace witc::wasm {

Result<Module> load_module(const SourceMap& sources, SourceId id) { return decode_module(sources, sources.whole(id)); }

}  // namespace witc::wasm
