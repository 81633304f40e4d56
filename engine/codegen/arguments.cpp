// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The registers that `swifttailcc` passes arguments in: six for integers, eight for floats and vectors.
#include "engine/codegen/arguments.h"

#include "engine/slots.h"

namespace witc::engine::codegen {
namespace {
constexpr unsigned kIntegers = 6;
constexpr unsigned kFloats = 8;
}  // namespace

std::vector<BufferedArg> buffered_args(const wasm::FuncType& type, bool has_result_buffer) {
  std::vector<BufferedArg> out;
  unsigned integers = has_result_buffer ? 1 : 0;
  unsigned floats = 0;
  std::uint32_t slot = 0;
  std::uint32_t next = 0;
  for (std::uint32_t i = 0; i < type.params.size(); ++i) {
    const wasm::ValType::Kind kind = type.params[i].kind;
    const bool is_float = kind == wasm::ValType::kF32 || kind == wasm::ValType::kF64 || kind == wasm::ValType::kV128;
    const auto count = static_cast<std::uint32_t>(slot_count(type.params[i]));
    if (is_float ? floats++ >= kFloats : integers++ >= kIntegers) {
      out.push_back({i, slot, next, count});
      next += count;
    }
    slot += count;
  }
  return out;
}

}  // namespace witc::engine::codegen
