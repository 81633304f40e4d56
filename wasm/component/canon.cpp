// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Look-ups in the table of canonical built-ins (wasm/component/canon.h).
#include "wasm/component/canon.h"

#include <array>

namespace witc::component {
namespace {

constexpr auto kTable = std::to_array<CanonInfo>({
#define WITC_CANON(opcode, name, text, immediates, feature) \
  {CanonOp::name, text, CanonImmediates::immediates, CanonFeature::feature},
#include "wasm/component/canon.def"
#undef WITC_CANON
});

}  // namespace

const CanonInfo* find_canon(std::uint8_t opcode) {
  for (const CanonInfo& info : kTable) {
    if (static_cast<std::uint8_t>(info.op) == opcode) return &info;
  }
  return nullptr;
}

const CanonInfo* find_canon(std::string_view name) {
  if (name == "thread.available_parallelism") return find_canon("thread.available-parallelism");  // as wasm-tools has it
  for (const CanonInfo& info : kTable) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

}  // namespace witc::component
