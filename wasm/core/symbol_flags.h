// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The flags of symbols in `dylink.0` sections (tool-conventions, "Linking"), and the words for them in text.

#include <cstdint>
#include <string_view>

namespace witc::wasm {

struct SymbolFlag {
  std::string_view word;
  std::uint32_t bit;
};

inline constexpr SymbolFlag kSymbolFlags[] = {
    {"binding-weak", 0x1},   {"binding-local", 0x2},  {"visibility-hidden", 0x4},
    {"undefined", 0x10},     {"exported", 0x20},      {"explicit-name", 0x40},
    {"no-strip", 0x80},      {"tls", 0x100},          {"absolute", 0x200},
};

}  // namespace witc::wasm
