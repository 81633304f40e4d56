// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exact bits, but for the two classes of NaN.
#include "engine/wast/values.h"

#include <fmt/format.h>

#include <algorithm>

namespace witc::engine::wast {
namespace {

using wasm::ValType;

constexpr std::uint64_t kQuiet32 = 0x7fc00000;
constexpr std::uint64_t kQuiet64 = 0x7ff8000000000000;

bool is_ref(const ValType& type, wasm::HeapType::Kind heap) { return type.is_ref() && type.ref.heap.kind == heap; }

}  // namespace

std::optional<std::uint64_t> to_slot(const Value& value) {
  switch (value.kind) {
    case Value::kI32:
    case Value::kI64:
    case Value::kF32:
    case Value::kF64:
    case Value::kRefExtern:
      return value.bits;
    case Value::kRefNull:
      return 0;
    case Value::kNanCanonical32:
    case Value::kNanCanonical64:
    case Value::kNanArithmetic32:
    case Value::kNanArithmetic64:
    case Value::kRefFunc:
    case Value::kRefExternAny:
    case Value::kEither:
    case Value::kUnsupported:
      return std::nullopt;
  }
  return std::nullopt;
}

bool matches(const Value& expected, const ValType& type, std::uint64_t slot) {
  constexpr std::uint64_t kSign32 = 1ull << 31;
  constexpr std::uint64_t kSign64 = 1ull << 63;
  switch (expected.kind) {
    case Value::kI32:
      return type.kind == ValType::kI32 && slot == expected.bits;
    case Value::kI64:
      return type.kind == ValType::kI64 && slot == expected.bits;
    case Value::kF32:
      return type.kind == ValType::kF32 && slot == expected.bits;
    case Value::kF64:
      return type.kind == ValType::kF64 && slot == expected.bits;
    case Value::kNanCanonical32:
      return type.kind == ValType::kF32 && (slot & ~kSign32) == kQuiet32;
    case Value::kNanCanonical64:
      return type.kind == ValType::kF64 && (slot & ~kSign64) == kQuiet64;
    case Value::kNanArithmetic32:
      return type.kind == ValType::kF32 && (slot & kQuiet32) == kQuiet32;
    case Value::kNanArithmetic64:
      return type.kind == ValType::kF64 && (slot & kQuiet64) == kQuiet64;
    case Value::kRefNull:
      return type.is_ref() && slot == 0;
    case Value::kRefFunc:
      return is_ref(type, wasm::HeapType::kFunc) && slot != 0;
    case Value::kRefExtern:
      return is_ref(type, wasm::HeapType::kExtern) && slot == expected.bits;
    case Value::kRefExternAny:
      return is_ref(type, wasm::HeapType::kExtern) && slot != 0;
    case Value::kEither:
      return std::any_of(expected.options.begin(), expected.options.end(),
                         [&](const Value& option) { return matches(option, type, slot); });
    case Value::kUnsupported:
      return false;
  }
  return false;
}

std::string to_string(const ValType& type, std::uint64_t slot) {
  constexpr const char* kNames[] = {"i32", "i64", "f32", "f64", "v128", "ref"};
  return fmt::format("{} {:#x}", kNames[type.kind], slot);
}

}  // namespace witc::engine::wast
