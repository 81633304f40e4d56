// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The registers that `swifttailcc` passes arguments in: six for integers, eight for floats and vectors.
#include "engine/arguments.h"

#include "engine/slots.h"

namespace witc::engine {
namespace {
constexpr unsigned kIntegers = 6;
constexpr unsigned kFloats = 8;
constexpr std::size_t kResults = 4;

bool in_float_register(const wasm::ValType& type) {
  return type.kind == wasm::ValType::kF32 || type.kind == wasm::ValType::kF64 || type.kind == wasm::ValType::kV128;
}
}  // namespace

bool returns_by_buffer(const wasm::FuncType& type) {
  std::size_t floats = 0;
  for (const wasm::ValType& result : type.results) floats += in_float_register(result) ? 1 : 0;
  return floats > kResults || type.results.size() - floats > kResults;
}

std::vector<BufferedArg> buffered_args(const wasm::FuncType& type) {
  std::vector<BufferedArg> out;
  unsigned integers = returns_by_buffer(type) ? 1 : 0;
  unsigned floats = 0;
  std::uint32_t slot = 0;
  std::uint32_t next = 0;
  for (std::uint32_t i = 0; i < type.params.size(); ++i) {
    const auto count = static_cast<std::uint32_t>(slot_count(type.params[i]));
    if (in_float_register(type.params[i]) ? floats++ >= kFloats : integers++ >= kIntegers) {
      out.push_back({i, slot, next, count});
      next += count;
    }
    slot += count;
  }
  return out;
}

std::vector<std::vector<BufferedArg>> buffered_args(const std::vector<wasm::FuncType>& signatures) {
  std::vector<std::vector<BufferedArg>> out;
  for (const wasm::FuncType& type : signatures) out.push_back(buffered_args(type));
  return out;
}

}  // namespace witc::engine
