// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/link/libdl.h"

#include "wasm/core/encode.h"
#include "wasm/core/load.h"

namespace witc::linker {
namespace {

constexpr const char* kText =
#include "embedded/linker/link/libdl.wat.inc"
    ;

}  // namespace

Result<LibraryInput> builtin_libdl(SourceMap& sources) {
  SourceId text = sources.add("libdl.wat", kText, SourceKind::kText);
  std::vector<std::uint8_t> bytes = wasm::encode_module(TRY(wasm::load_module(sources, text)));
  SourceId binary = sources.add("libdl.so", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
  return LibraryInput{"libdl.so", TRY(wasm::load_module(sources, binary)), false};
}

}  // namespace witc::linker
