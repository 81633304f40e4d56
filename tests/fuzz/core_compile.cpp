// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small module that is valid compiles, or is refused with a diagnostic. Binary if it starts like one, else text.
#include <cstdint>
#include <string>

#include "tests/fuzz/compile.h"
#include "wasm/core/load.h"
#include "wasm/core/validate.h"

using namespace witc;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSmall = 4096;
  if (size > kSmall) return 0;
  SourceMap sources;
  std::string input(reinterpret_cast<const char*>(data), size);
  bool binary = input.starts_with(std::string_view("\0asm", 4));
  SourceId id = sources.add("input", std::move(input), binary ? SourceKind::kBinary : SourceKind::kText);
  Result<wasm::Module> module = wasm::load_module(sources, id);
  if (!module || !wasm::validate_module(sources, *module, wasm::Features::runnable())) return 0;
  (void)compiles_alone(*module);
  return 0;
}
